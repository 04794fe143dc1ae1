#include "handler/files_pull.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/account.h"
#include "base/check.h"
#include "handler/files_job.h"
#include "handler/files_object.h"
#include "handler/files_read.h"
#include "http/exchange.h"
#include "loop/worker.h"
#include "metrics/metrics.h"

#define PULL_MAGIC  0x50554c4cu /* PULL */
#define READ_MIN    16384u      /* by an offload thread in one go, unless more is asked for */
#define READ_MAX    131072u     /* likewise, for who takes it in */
#define BITE_MIN    4096u       /* who takes less at a time, on average, does not */
#define CHECK_BYTES (8u << 20)  /* that often the file is looked at again */

enum pull_state {
    PULL_READY,   /* no job is under way; what is in `buffer` goes first */
    PULL_READING, /* an offload thread owns `buffer` */
    PULL_FAILED,
    PULL_CLOSED /* by the pipe while a job ran: freed when that is home */
};

struct pull {
    uint32_t magic;
    enum pull_state state;
    struct pipe_source source;
    struct pipe *pipe;
    struct worker *worker;
    struct account *account; /* pays for the buffer */
    struct files_object *object;
    uint64_t at;       /* the next byte to give */
    uint64_t end;      /* behind the last one */
    uint64_t check_at; /* where to look at the file again */
    uint8_t *buffer;   /* what was read beforehand: from `buffer_at` to `buffer_len` */
    size_t buffer_bytes;
    size_t buffer_at;
    size_t buffer_len;
    size_t reach;    /* what may be read beforehand */
    unsigned bites;  /* taken from `buffer` */
    bool is_read_ok; /* by the job */
    struct files_job job;
};

static void set_state(struct pull *p, enum pull_state to)
{
    static const unsigned allowed[] = {
        [PULL_READY] = 1u << PULL_READING | 1u << PULL_FAILED,
        [PULL_READING] = 1u << PULL_READY | 1u << PULL_FAILED | 1u << PULL_CLOSED,
        [PULL_FAILED] = 0,
        [PULL_CLOSED] = 0,
    };
    MUST((allowed[p->state] & 1u << to) != 0);
    p->state = to;
}

static void drop_buffer(struct pull *p)
{
    if (p->buffer != NULL) {
        account_release(p->account, p->buffer_bytes);
        free(p->buffer);
        p->buffer = NULL;
    }
}

static void free_pull(struct pull *p)
{
    drop_buffer(p);
    files_object_unref(p->object);
    p->magic = 0;
    slab_free(&p->worker->slab, p, sizeof(*p));
}

/* --- the disk ------------------------------------------------------------------------------ */

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void read_cold(struct files_job *job)
{
    struct pull *p = CONTAINER_OF(job, struct pull, job);
    (void)posix_fadvise(p->object->fd, (off_t)p->at, 0, POSIX_FADV_SEQUENTIAL);
    p->is_read_ok =
        files_read_wait(p->object->fd, p->buffer, p->buffer_bytes, p->at, &p->buffer_len) == ERR_OK;
}

static void on_read(struct files_job *job, enum err why)
{
    struct pull *p = CONTAINER_OF(job, struct pull, job);
    if (p->state == PULL_CLOSED) {
        free_pull(p);
        return;
    }
    bool has_bytes = why == ERR_OK && p->is_read_ok && p->buffer_len > 0;
    set_state(p, has_bytes ? PULL_READY : PULL_FAILED);
    if (!has_bytes) {
        drop_buffer(p);
    }
    pipe_wake(p->pipe);
}

/* Whole bites of what was asked for, so that no crumb is left for a frame of its own. */
static size_t size_of_read(const struct pull *p, size_t asked)
{
    MUST(asked > 0);
    size_t bytes = asked < p->reach ? p->reach - p->reach % asked : asked;
    return (size_t)smaller(smaller(bytes, READ_MAX), p->end - p->at);
}

static void start_read(struct pull *p, size_t asked)
{
    p->buffer_bytes = size_of_read(p, asked);
    p->buffer = malloc(p->buffer_bytes);
    MUST(p->buffer != NULL);
    account_charge(p->account, p->buffer_bytes);
    p->buffer_at = 0;
    p->buffer_len = 0;
    p->bites = 0;
    set_state(p, PULL_READING);
    metrics_inc(p->worker->metrics, METRIC_FILES_READS_OFFLOADED);
    files_job_start(&p->job);
}

/* --- the pipe ------------------------------------------------------------------------------ */

/* The buffer is empty: how it was taken tells how much to read next time. A client that opens its
 * window by a byte at a time is not to make each of its streams hold a large one. */
static void learn_reach(struct pull *p)
{
    bool is_sipped = p->buffer_len / p->bites < BITE_MIN;
    p->reach = is_sipped ? READ_MIN : (size_t)smaller(2 * p->reach, READ_MAX);
}

static size_t take_buffered(struct pull *p, uint8_t *dst, size_t len)
{
    size_t n = (size_t)smaller(len, p->buffer_len - p->buffer_at);
    memcpy(dst, p->buffer + p->buffer_at, n);
    p->buffer_at += n;
    p->bites++;
    if (p->buffer_at == p->buffer_len) {
        learn_reach(p);
        drop_buffer(p);
    }
    return n;
}

/* The last bytes, and some on the way, are given only while the file is what it was. */
static bool is_sound(struct pull *p)
{
    struct files_stamp now;
    if (p->at < p->check_at) {
        return true;
    }
    p->check_at = smaller(p->at + CHECK_BYTES, p->end);
    return files_open_stamp(p->object->fd, &now) == ERR_OK &&
           files_open_is_same(&now, &p->object->stamp);
}

/* ERR_AGAIN: a job has been sent for it. */
static enum err take_bytes(struct pull *p, uint8_t *dst, size_t len, size_t *got)
{
    if (p->buffer != NULL) {
        *got = take_buffered(p, dst, len);
        return ERR_OK;
    }
    enum err err = files_read_now(p->object->fd, dst, len, p->at, got);
    if (err == ERR_AGAIN) {
        start_read(p, len);
    }
    return err;
}

static ssize_t fill(struct pipe_source *source, uint8_t *dst, size_t len)
{
    struct pull *p = CONTAINER_OF(source, struct pull, source);
    size_t got = 0;
    OBJ_CHECK(p, PULL_MAGIC);
    if (p->state == PULL_READING) {
        return 0;
    }
    if (p->state == PULL_FAILED) {
        return -1;
    }
    enum err err = take_bytes(p, dst, (size_t)smaller(len, p->end - p->at), &got);
    if (err == ERR_AGAIN) {
        return 0;
    }
    p->at += got;
    if (err != ERR_OK || !is_sound(p)) {
        set_state(p, PULL_FAILED);
        return -1;
    }
    return (ssize_t)got;
}

/* The buffer stays until the job is home, and the one who paid for it goes now. */
static void charge_worker(struct pull *p)
{
    account_release(p->account, p->buffer_bytes);
    p->account = &p->worker->account;
    account_charge(p->account, p->buffer_bytes);
}

static void close_pull(struct pipe_source *source)
{
    struct pull *p = CONTAINER_OF(source, struct pull, source);
    OBJ_CHECK(p, PULL_MAGIC);
    if (files_job_cancel(&p->job)) {
        free_pull(p);
        return;
    }
    set_state(p, PULL_CLOSED);
    charge_worker(p);
}

void files_pull_start(struct exchange *x, struct files_object *o, uint64_t first, uint64_t len)
{
    struct pull *p = slab_alloc(&x->worker->slab, sizeof(*p));
    *p = (struct pull){
        .magic = PULL_MAGIC,
        .state = PULL_READY,
        .source = {fill, close_pull},
        .pipe = &x->response_body,
        .worker = x->worker,
        .account = x->arena->account,
        .reach = READ_MIN,
        .object = o,
        .at = first,
        .end = first + len,
        .check_at = smaller(first + CHECK_BYTES, first + len),
    };
    files_object_ref(o);
    files_job_init(&p->job, o->line, read_cold, on_read);
    /* Closed: the client has left, and so was the source. */
    enum err err = pipe_pull(&x->response_body, &p->source, len);
    MUST(err == ERR_OK || err == ERR_CLOSED);
}
