#include "handler/files_load.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/list.h"
#include "handler/files_answer.h"
#include "handler/files_job.h"
#include "handler/files_object.h"
#include "handler/files_open.h"
#include "handler/files_part.h"
#include "handler/files_pending.h"
#include "handler/files_read.h"
#include "handler/files_root.h"
#include "http/exchange.h"
#include "loop/worker.h"
#include "metrics/metrics.h"

#define LOAD_MAGIC 0x4c4f4144u /* LOAD */
#define HINT_BYTES 262144      /* of a large file: read by the kernel while its head is sent */

struct files_load {
    uint32_t magic;
    struct files_pending_entry entry; /* in the part's loads */
    struct list waiting;
    struct files_part *part;
    struct files_root *root; /* a reference: the snapshot may go while the job runs */
    struct str name;
    bool is_recheck; /* goes on though nobody waits */
    bool has_known;  /* a recheck: `known` is not read again */
    struct files_stamp known;
    struct files_opened opened;
    uint8_t *content;
    struct files_job job;
    char text[];
};

/* In the arena of the exchange that waits. */
struct waiter {
    struct list node;
    struct exchange *x;
    struct files_load *load; /* NULL: dropped */
};

/* --- on an offload thread ------------------------------------------------------------------ */

/* Whether what was read is all of one version. `opened` is brought up to date. */
static bool is_whole(struct files_opened *opened)
{
    struct files_stamp before = opened->stamp;
    return files_open_stamp(opened->fd, &opened->stamp) == ERR_OK &&
           files_open_is_same(&before, &opened->stamp);
}

static enum err read_all(const struct files_opened *opened, bool may_block, uint8_t *dst)
{
    size_t len = (size_t)opened->stamp.bytes;
    size_t got = 0;
    if (!may_block) {
        return files_read_whole_now(opened->fd, dst, len);
    }
    enum err err = files_read_wait(opened->fd, dst, len, 0, &got);
    if (err == ERR_OK && got < len) {
        memset(dst + got, 0, len - got); /* it shrank: is_whole will say so */
    }
    return err;
}

enum err files_load_content(const struct files_root *root, struct files_opened *opened,
                            bool may_block, uint8_t **content)
{
    *content = NULL;
    if (opened->stamp.bytes > root->keep_max || opened->stamp.bytes == 0) {
        return ERR_OK;
    }
    uint8_t *bytes = malloc((size_t)opened->stamp.bytes);
    MUST(bytes != NULL);
    enum err err = read_all(opened, may_block, bytes);
    if (err != ERR_OK || !is_whole(opened)) {
        free(bytes);
        return err;
    }
    *content = bytes;
    return ERR_OK;
}

static bool is_known(const struct files_load *l)
{
    return l->has_known && l->opened.outcome == FILES_OPEN_FILE &&
           files_open_is_same(&l->known, &l->opened.stamp);
}

static void run(struct files_job *job)
{
    struct files_load *l = CONTAINER_OF(job, struct files_load, job);
    files_open(l->root, l->name, true, &l->opened);
    if (l->opened.outcome != FILES_OPEN_FILE || is_known(l)) {
        return;
    }
    if (files_load_content(l->root, &l->opened, true, &l->content) != ERR_OK) {
        close(l->opened.fd);
        l->opened.fd = -1;
        l->opened.outcome = FILES_OPEN_BROKEN;
    } else if (l->content == NULL) {
        (void)posix_fadvise(l->opened.fd, 0, HINT_BYTES, POSIX_FADV_WILLNEED);
    }
}

/* --- back on the worker -------------------------------------------------------------------- */

static void free_load(struct files_load *l)
{
    MUST(list_is_empty(&l->waiting));
    files_pending_remove(&l->part->loads, &l->entry);
    files_root_unref(&l->root);
    l->magic = 0;
    free(l);
}

static struct exchange *take_waiter(struct files_load *l)
{
    struct list *node = list_take_front(&l->waiting);
    if (node == NULL) {
        return NULL;
    }
    struct waiter *waiter = CONTAINER_OF(node, struct waiter, node);
    waiter->load = NULL;
    return waiter->x;
}

static void answer_with(struct files_load *l, struct files_object *o)
{
    struct exchange *x = NULL;
    while ((x = take_waiter(l)) != NULL) {
        files_answer(x, o);
    }
}

static struct files_object *find_present(const struct files_load *l)
{
    return files_store_find(&l->part->store, l->entry.hash, &l->entry.key);
}

static void settle_file(struct files_load *l)
{
    struct files_object *present = find_present(l);
    if (is_known(l) && present != NULL && files_open_is_same(&present->stamp, &l->known)) {
        close(l->opened.fd);
        answer_with(l, present);
        return;
    }
    const struct files_found found = {l->root, &l->entry.key, l->entry.hash,
                                      l->name, &l->opened,    l->content};
    metrics_inc(l->part->worker->metrics, METRIC_FILES_OPENED);
    struct files_object *o = files_part_admit(l->part, &found);
    answer_with(l, o);
    files_object_unref(o);
}

static void settle_failure(struct files_load *l)
{
    struct files_object *present = find_present(l);
    struct exchange *x = NULL;
    if (present != NULL && l->opened.outcome != FILES_OPEN_FULL) {
        files_store_remove(&l->part->store, present);
    }
    while ((x = take_waiter(l)) != NULL) {
        files_answer_failure(x, &l->opened);
    }
}

static void refuse(struct exchange *x)
{
    const struct files_opened full = {.outcome = FILES_OPEN_FULL, .fd = -1};
    metrics_inc(x->worker->metrics, METRIC_FILES_OVERLOADED);
    files_answer_failure(x, &full);
}

static void refuse_all(struct files_load *l)
{
    struct exchange *x = NULL;
    while ((x = take_waiter(l)) != NULL) {
        refuse(x);
    }
}

static void on_loaded(struct files_job *job, enum err why)
{
    struct files_load *l = CONTAINER_OF(job, struct files_load, job);
    OBJ_CHECK(l, LOAD_MAGIC);
    if (why != ERR_OK) {
        refuse_all(l);
    } else if (l->opened.outcome == FILES_OPEN_FILE) {
        settle_file(l);
    } else {
        settle_failure(l);
    }
    free_load(l);
}

/* --- asking -------------------------------------------------------------------------------- */

static struct str keep_text(char *at, struct str s)
{
    memcpy(at, s.p, s.len);
    at[s.len] = '\0';
    return str_of(at, s.len);
}

static struct files_load *new_load(const struct files_wanted *w)
{
    struct files_load *l = calloc(1, sizeof(*l) + w->key->path.len + w->name.len + 2);
    MUST(l != NULL);
    l->magic = LOAD_MAGIC;
    l->part = w->part;
    l->root = files_root_ref(w->root);
    l->entry.hash = w->hash;
    l->entry.key = *w->key;
    l->entry.key.path = keep_text(l->text, w->key->path);
    l->name = keep_text(l->text + w->key->path.len + 1, w->name);
    list_init(&l->waiting);
    files_pending_add(&w->part->loads, &l->entry);
    files_job_init(&l->job, &w->part->line, run, on_loaded);
    return l;
}

static void start_load(struct files_load *l)
{
    metrics_inc(l->part->worker->metrics, METRIC_FILES_OPENS_OFFLOADED);
    files_job_start(&l->job);
}

static struct files_load *find_load(const struct files_wanted *w)
{
    struct files_pending_entry *e = files_pending_find(&w->part->loads, w->hash, w->key);
    return e == NULL ? NULL : CONTAINER_OF(e, struct files_load, entry);
}

/* The last one to leave takes along a load that no thread has: it would hold a place for nobody. */
static void leave(struct waiter *waiter)
{
    struct files_load *l = waiter->load;
    list_remove(&waiter->node);
    if (l != NULL && list_is_empty(&l->waiting) && !l->is_recheck && files_job_cancel(&l->job)) {
        free_load(l);
    }
}

static void on_gone(struct exchange *x)
{
    leave(x->handler_state);
    exchange_finish(x);
}

static void wait_for(struct files_load *l, struct exchange *x)
{
    static const struct exchange_ears ears = {.on_gone = on_gone};
    struct waiter *waiter = arena_alloc(x->arena, sizeof(*waiter));
    waiter->x = x;
    waiter->load = l;
    list_push_back(&l->waiting, &waiter->node);
    x->handler_state = waiter;
    exchange_listen(x, &ears);
}

void files_load_await(const struct files_wanted *wanted, struct exchange *x)
{
    struct files_load *l = find_load(wanted);
    if (l == NULL && files_pending_is_full(&wanted->part->loads)) {
        refuse(x);
        return;
    }
    if (l == NULL) {
        l = new_load(wanted);
        start_load(l);
    }
    wait_for(l, x);
}

void files_load_recheck(const struct files_wanted *wanted, const struct files_object *o)
{
    if (find_load(wanted) != NULL || files_pending_is_full(&wanted->part->loads)) {
        return;
    }
    struct files_load *l = new_load(wanted);
    l->is_recheck = true;
    l->has_known = !o->is_young;
    l->known = o->stamp;
    start_load(l);
}

void files_load_drop_all(struct files_part *part)
{
    struct files_pending_entry *e = NULL;
    while ((e = files_pending_any(&part->loads)) != NULL) {
        struct files_load *l = CONTAINER_OF(e, struct files_load, entry);
        MUST(files_job_cancel(&l->job));
        while (take_waiter(l) != NULL) {
        }
        free_load(l);
    }
}
