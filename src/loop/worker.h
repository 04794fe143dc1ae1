/* worker.h: one thread with one event loop, and the turn it goes through again and again.
 *
 *   wait  ->  socket events  ->  messages  ->  timers  ->  deferred  ->  flush  ->  frees  ->
 * (wait)
 *
 * Reads of a connection that stopped at their byte budget queue themselves as deferred for the next
 * turn. Everything a worker owns is touched by its own thread alone; the way in from others is
 * worker_post. The control worker is an ordinary worker that runs on the main thread.
 *
 * A callback that libevent calls begins with worker_enter: libevent has no hook between its wait
 * and its callbacks, and the first one of a turn must find the clock read.
 *
 * worker_new makes the event base before its thread starts. Any thread: worker_post, worker_lag_ns.
 * Own worker: everything else. */
#ifndef WEIR_LOOP_WORKER_H
#define WEIR_LOOP_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/account.h"
#include "base/err.h"
#include "base/random.h"
#include "base/slab.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include "loop/timer.h"

struct event;
struct event_base;
struct log;
struct metrics_row;
struct offload;
struct worker;

/* What a room keeps once per worker: made before the worker's thread runs, freed after it ended,
 * the last one first. */
struct worker_part_kind {
    const char *name;
    void *(*make)(struct worker *worker); /* NULL: it failed, and so does worker_new */
    void (*free)(void *part);
};

/* Time as the worker sees it, so that a test can hold it. Never 0. */
struct worker_clock {
    uint64_t (*now_ns)(const struct worker_clock *clock);  /* monotonic */
    uint64_t (*wall_ns)(const struct worker_clock *clock); /* since 1970 UTC */
};

struct worker_config {
    unsigned index; /* 0 is the control worker */
    struct log *log;
    struct metrics_row *metrics; /* this worker's own */
    struct offload *offload;
    const struct worker_part_kind *const *parts; /* NULL-ended; NULL for none */
    void *context; /* for parts: what the process shares (snapshot source, access log ...) */
    const struct worker_clock *clock; /* NULL: the system's; another one must outlive the worker */
};

struct worker {
    uint32_t magic;
    unsigned index;
    uint64_t now_ns;                    /* monotonic, read once a turn */
    uint64_t wall_ns;                   /* wall clock, read once a turn */
    atomic_uint_fast64_t turn_began_ns; /* 0 while waiting; the lag watch reads it */
    const struct worker_clock *clock;
    uint64_t wall_read_ns; /* when the wall clock was last asked; since then it is computed */
    uint64_t busy_rest_ns; /* less than a microsecond, not counted yet */
    struct list deferred;
    struct list next_turn;
    struct list flush;
    struct list grave;
    struct metrics_row *metrics;
    struct log *log;
    struct offload *offload;
    unsigned offload_open; /* jobs that have not come back */
    bool is_stopping;
    struct event_base *base;
    struct event *wake_event;
    struct event *timer_event;
    uint64_t timer_armed_ns; /* UINT64_MAX: not armed */
    const struct worker_part_kind *const *part_kinds;
    void **parts;
    void *context;
    struct account account;
    struct random random;
    struct slab slab;
    struct timer_wheel timers;
    _Alignas(64) struct mailbox mailbox; /* others write here: a cache line of its own */
};

/* ERR_IO, ERR_FULL (descriptors), ERR_NO_MEMORY: nothing is left behind then. Any thread. */
MUST_USE enum err worker_new(const struct worker_config *config, struct worker **out);

/* The thread must have ended, and no other may post any more. Delivers what is left in the mailbox,
 * runs the grave until it is empty, frees the parts, last one first; sets *worker to NULL. Deferred
 * and flush tasks that are left do not run. */
void worker_free(struct worker **worker);

/* Turns until worker_stop was called and all offloaded jobs have come back; from then on nothing
 * may be posted. On the thread that is to be this worker. */
void worker_run(struct worker *w);

/* One turn; waits for events only when `may_wait` and nothing is to be done. For tests and
 * worker_run. */
void worker_turn(struct worker *w, bool may_wait);

/* Ends worker_run after the current turn; no more offloaded jobs can be started. Own worker: others
 * post a message that calls it. */
void worker_stop(struct worker *w);

/* For worker_enter alone. */
void worker_read_clock(struct worker *w);

/* First thing in every callback given to libevent: if it is the turn's first, the wait is over and
 * the clock is read. */
static inline void worker_enter(struct worker *w)
{
    if (atomic_load_explicit(&w->turn_began_ns, memory_order_relaxed) == 0) {
        worker_read_clock(w);
    }
}

/* For how long the worker's turn has been going on; 0 while it waits. Any thread; `now_ns`
 * monotonic. */
uint64_t worker_lag_ns(const struct worker *w, uint64_t now_ns);

/* Later in this turn (from a socket event, message, timer or deferred task); again while queued:
 * no-op. */
static inline void worker_defer(struct worker *w, struct task *t)
{
    if (!task_is_queued(t)) {
        list_push_back(&w->deferred, &t->node);
    }
}

/* In the next turn, which then does not wait. */
static inline void worker_next_turn(struct worker *w, struct task *t)
{
    if (!task_is_queued(t)) {
        list_push_back(&w->next_turn, &t->node);
    }
}

/* Once at the end of this turn. */
static inline void worker_flush(struct worker *w, struct task *t)
{
    if (!task_is_queued(t)) {
        list_push_back(&w->flush, &t->node);
    }
}

/* At the very end of this turn: for frees. */
static inline void worker_bury(struct worker *w, struct task *t)
{
    task_cancel(t);
    list_push_back(&w->grave, &t->node);
}

/* Any thread. Ownership of `message` passes over unless ERR_CLOSED. */
MUST_USE enum err worker_post(struct worker *w, struct message *message);

/* This worker's part of that kind; it must be one of those given to worker_new, and, inside another
 * part's make, stand before that one. */
void *worker_part(struct worker *w, const struct worker_part_kind *kind);

#endif
