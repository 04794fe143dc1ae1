#include "telemetry/access_writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "telemetry/access_ring.h"

/* One pass: gather the pieces of all rings as they stand now, write them with as few calls as the
 * sink allows, give the room back. A write may end inside a line; the next one then begins with the
 * same ring, so that lines are never mixed.
 *
 *   FLOWING --EAGAIN--> STUCK ----+      `is_called` stays set outside of FLOWING: calls of the
 *      ^ \---error----> FAILING   |      workers would only wake a writer that can do nothing
 *      +-----a write that works---+ */

#define END_NS       (2 * CLOCK_NS_PER_S) /* what a slow reader gets at the end */
#define END_LOOK_MS  50
#define SAY_EVERY_NS (10 * CLOCK_NS_PER_S)

enum flow {
    FLOWING,
    STUCK,
    FAILING
};

struct access_writer {
    struct access_writer_config config;
    int bell;
    _Alignas(64) atomic_bool is_called;
    atomic_bool is_ending;
    atomic_bool is_reopen_asked;
    atomic_ulong written;
    atomic_ulong lost;
    /* the thread's own */
    enum flow flow;
    unsigned first;   /* the ring to begin with */
    bool is_mid_line; /* what comes next from `first` is the rest of a line */
    unsigned long said_dropped;
    uint64_t said_ns;
    struct iovec *pieces; /* two for each ring */
    pthread_t thread;
};

static void ring_bell(struct access_writer *w)
{
    (void)eventfd_write(w->bell, 1);
}

void access_writer_call(struct access_writer *w)
{
    if (!atomic_load_explicit(&w->is_called, memory_order_relaxed) &&
        !atomic_exchange_explicit(&w->is_called, true, memory_order_acq_rel)) {
        ring_bell(w);
    }
}

void access_writer_reopen(struct access_writer *w)
{
    atomic_store(&w->is_reopen_asked, true);
    ring_bell(w);
}

unsigned long access_writer_written(const struct access_writer *w)
{
    return atomic_load_explicit(&w->written, memory_order_relaxed);
}

unsigned long access_writer_lost(const struct access_writer *w)
{
    return atomic_load_explicit(&w->lost, memory_order_relaxed);
}

static unsigned long count_lines(const struct iovec *piece)
{
    const char *p = piece->iov_base;
    const char *end = p + piece->iov_len;
    unsigned long lines = 0;

    while (p < end) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (p == NULL) {
            break;
        }
        lines++;
        p++;
    }
    return lines;
}

/* --- taking from the rings ------------------------------------------------------------------- */

static struct access_ring *ring_at(const struct access_writer *w, unsigned i)
{
    return &w->config.rings[(w->first + i) % w->config.ring_count];
}

static unsigned gather(struct access_writer *w)
{
    unsigned count = 0;

    for (unsigned i = 0; i < w->config.ring_count; i++) {
        count += access_ring_peek(ring_at(w, i), &w->pieces[count]);
    }
    return count;
}

static bool is_at(const struct access_ring *ring, const struct iovec *piece)
{
    const char *p = piece->iov_base;
    return p >= ring->memory && p < ring->memory + ring->size;
}

/* `piece` has been written. */
static void let_go(struct access_writer *w, const struct iovec *piece)
{
    const char *p = piece->iov_base;

    while (!is_at(ring_at(w, 0), piece)) {
        w->first = (w->first + 1) % w->config.ring_count;
    }
    w->is_mid_line = p[piece->iov_len - 1] != '\n';
    atomic_fetch_add_explicit(&w->written, count_lines(piece), memory_order_relaxed);
    access_ring_consume(ring_at(w, 0), piece->iov_len);
}

/* `len` bytes of `*count` pieces have been written; what is left begins at the one returned. */
static struct iovec *advance(struct access_writer *w, struct iovec *piece, unsigned *count,
                             size_t len)
{
    while (len > 0) {
        struct iovec part = {piece->iov_base, len < piece->iov_len ? len : piece->iov_len};
        let_go(w, &part);
        len -= part.iov_len;
        piece->iov_base = (char *)piece->iov_base + part.iov_len;
        piece->iov_len -= part.iov_len;
        if (piece->iov_len == 0) {
            piece++;
            (*count)--;
        }
    }
    return piece;
}

/* The rest of a line whose beginning stands in a file that is left. */
static void skip_rest_of_line(struct access_writer *w)
{
    struct iovec pieces[2];
    unsigned count = w->is_mid_line ? access_ring_peek(ring_at(w, 0), pieces) : 0;

    for (unsigned i = 0; i < count && w->is_mid_line; i++) {
        const char *p = pieces[i].iov_base;
        const char *end = memchr(p, '\n', pieces[i].iov_len);
        size_t len = end != NULL ? (size_t)(end - p) + 1 : pieces[i].iov_len;
        access_ring_consume(ring_at(w, 0), len);
        w->is_mid_line = end == NULL;
    }
    if (count > 0) {
        atomic_fetch_add_explicit(&w->lost, 1, memory_order_relaxed);
    }
}

static void lose_what_is_left(struct access_writer *w)
{
    unsigned count = gather(w);

    for (unsigned i = 0; i < count; i++) {
        atomic_fetch_add_explicit(&w->lost, count_lines(&w->pieces[i]), memory_order_relaxed);
    }
}

/* --- what is said ---------------------------------------------------------------------------- */

static const char *name_of(const struct access_writer *w)
{
    return w->config.sink.path != NULL ? w->config.sink.path : "standard output";
}

static const char *advise(int error_number)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
        return "make room on that disk";
    case EPIPE:
        return "its reader has gone: start it again";
    default:
        return "look after that disk, or name another path";
    }
}

static void say_failing(const struct access_writer *w, int error_number)
{
    LOG_ERROR(w->config.log,
              "cannot write the access log %s: %s; %s (tried again all the time; lines are kept "
              "while the buffer has room, then dropped)",
              name_of(w), strerrordesc_np(error_number), advise(error_number));
}

static void say_working(const struct access_writer *w)
{
    LOG_INFO(w->config.log, "the access log %s is written again", name_of(w));
}

static unsigned long count_dropped(const struct access_writer *w)
{
    unsigned long dropped = access_writer_lost(w);

    for (unsigned i = 0; i < w->config.ring_count; i++) {
        dropped += atomic_load_explicit(&w->config.rings[i].dropped, memory_order_relaxed);
    }
    return dropped;
}

static void say_more_dropped(const struct access_writer *w, unsigned long more)
{
    LOG_WARN(w->config.log,
             "the access log %s: %lu lines dropped; give it a faster disk or reader, or a larger "
             "buffer",
             name_of(w), more);
}

static void say_dropped(struct access_writer *w)
{
    unsigned long dropped = count_dropped(w);

    if (dropped > w->said_dropped) {
        say_more_dropped(w, dropped - w->said_dropped);
        w->said_dropped = dropped;
    }
}

static void say_dropped_at_times(struct access_writer *w)
{
    uint64_t now_ns = clock_now_ns();

    if (now_ns - w->said_ns >= SAY_EVERY_NS) {
        w->said_ns = now_ns;
        say_dropped(w);
    }
}

/* --- the thread ------------------------------------------------------------------------------ */

static void set_flow(struct access_writer *w, enum flow flow, int error_number)
{
    if (flow == FAILING && w->flow != FAILING) {
        say_failing(w, error_number);
    }
    if (flow == FLOWING && w->flow == FAILING) {
        say_working(w);
    }
    w->flow = flow;
    if (flow != FLOWING) {
        atomic_store_explicit(&w->is_called, true, memory_order_relaxed);
    }
}

/* True when all that was found has been written. */
static bool make_pass(struct access_writer *w)
{
    unsigned count = gather(w);
    struct iovec *piece = w->pieces;

    while (count > 0) {
        size_t written = 0;
        int error_number = 0;
        enum err e = access_sink_write(&w->config.sink, piece, count, &written, &error_number);
        if (e != ERR_OK && error_number != EINTR) {
            set_flow(w, e == ERR_AGAIN ? STUCK : FAILING, error_number);
            return false;
        }
        if (e == ERR_OK) {
            set_flow(w, FLOWING, 0);
            piece = advance(w, piece, &count, written);
        }
    }
    return true;
}

static void reopen_if_asked(struct access_writer *w)
{
    if (!atomic_exchange(&w->is_reopen_asked, false)) {
        return;
    }
    if (access_sink_reopen(&w->config.sink, w->config.log) == ERR_OK) {
        skip_rest_of_line(w);
        set_flow(w, FLOWING, 0);
    }
}

static void wait_for_work(struct access_writer *w, int timeout_ms)
{
    struct pollfd fds[2] = {
        {.fd = w->bell, .events = POLLIN},
        {.fd = w->flow == STUCK ? w->config.sink.fd : -1, .events = POLLOUT},
    };
    eventfd_t rings;

    if (poll(fds, COUNT_OF(fds), timeout_ms) > 0 && fds[0].revents != 0) {
        (void)eventfd_read(w->bell, &rings);
    }
}

/* Cleared before the rings are looked at: who finds it set after that knows that a look is still to
 * come, or comes again by the clock. */
static void hear_calls(struct access_writer *w)
{
    if (w->flow == FLOWING) {
        atomic_store_explicit(&w->is_called, false, memory_order_release);
    }
}

/* A reader that is only slow gets some time; what failed before gets one more try. */
static void write_the_rest(struct access_writer *w)
{
    uint64_t deadline_ns = clock_now_ns() + END_NS;

    while (!make_pass(w) && w->flow == STUCK && clock_now_ns() < deadline_ns) {
        wait_for_work(w, END_LOOK_MS);
    }
    lose_what_is_left(w);
    say_dropped(w);
}

static void *run(void *arg)
{
    struct access_writer *w = arg;
    int interval_ms = (int)(w->config.flush_interval_ns / CLOCK_NS_PER_MS);

    while (!atomic_load_explicit(&w->is_ending, memory_order_acquire)) {
        wait_for_work(w, interval_ms > 0 ? interval_ms : 1);
        reopen_if_asked(w);
        hear_calls(w);
        (void)make_pass(w);
        say_dropped_at_times(w);
    }
    write_the_rest(w);
    return NULL;
}

/* Signals are the control worker's: a thread takes over its maker's mask. */
static bool start_thread(struct access_writer *w)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    MUST(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    bool is_started = pthread_create(&w->thread, NULL, run, w) == 0;
    MUST(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (is_started) {
        (void)pthread_setname_np(w->thread, "weir-access-log");
    }
    return is_started;
}

static void dispose(struct access_writer *w)
{
    if (w->bell >= 0) {
        (void)close(w->bell);
    }
    free(w->pieces);
    free(w);
}

enum err access_writer_new(const struct access_writer_config *config, struct access_writer **out)
{
    struct access_writer *w = aligned_alloc(_Alignof(struct access_writer), sizeof(*w));

    MUST(w != NULL && config->ring_count >= 1);
    *w = (struct access_writer){.config = *config, .said_ns = clock_now_ns()};
    w->pieces = calloc(config->ring_count, 2 * sizeof(*w->pieces));
    MUST(w->pieces != NULL);
    w->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum err e = w->bell < 0 ? err_from_errno(errno) : ERR_OK;
    if (e == ERR_OK && !start_thread(w)) {
        e = ERR_IO;
    }
    if (e != ERR_OK) {
        dispose(w);
        return e;
    }
    *out = w;
    return ERR_OK;
}

void access_writer_free(struct access_writer **writer)
{
    struct access_writer *w = *writer;

    atomic_store_explicit(&w->is_ending, true, memory_order_release);
    ring_bell(w);
    MUST(pthread_join(w->thread, NULL) == 0);
    access_sink_close(&w->config.sink);
    dispose(w);
    *writer = NULL;
}
