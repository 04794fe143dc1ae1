/* worker.h: one thread with one event loop, and the turn it goes through again and again.
 *
 *   wait  ->  socket events  ->  messages  ->  timers  ->  deferred  ->  flush  ->  frees  ->
 * (wait)
 *
 * Reads of a connection that stopped at their byte budget queue themselves as deferred for the next
 * turn. Everything a worker owns is touched by its own thread alone; the way in from others is
 * worker_post. The control worker is an ordinary worker that runs on the main thread.
 *
 * worker_new makes the event base before its thread starts. Any thread: worker_post, worker_stop.
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

/* What a room keeps once per worker: made before the worker's thread runs, freed after it ended. */
struct worker_part_kind {
    const char *name;
    void *(*make)(struct worker *worker);
    void (*free)(void *part);
};

struct worker_config {
    unsigned index; /* 0 is the control worker */
    struct log *log;
    struct metrics_row *metrics; /* this worker's own */
    struct offload *offload;
    const struct worker_part_kind *const *parts; /* NULL-ended; NULL for none */
    void *context; /* for parts: what the process shares (snapshot source, access log ...) */
};

struct worker {
    uint32_t magic;
    unsigned index;
    uint64_t now_ns;  /* monotonic, read once a turn */
    uint64_t wall_ns; /* wall clock, read once a turn */
    struct slab slab;
    struct account account;
    struct random random;
    struct metrics_row *metrics;
    struct log *log;
    struct offload *offload;
    struct timer_wheel timers;
    struct list deferred;
    struct list next_turn;
    struct list flush;
    struct list grave;
    struct mailbox mailbox;
    struct event_base *base;
    struct event *wake_event;
    struct event *timer_event;
    uint64_t timer_armed_ns;
    const struct worker_part_kind *const *part_kinds;
    void **parts;
    void *context;
    bool is_stopping;
    atomic_uint_fast64_t turn_began_ns; /* for the lag watch; 0 while waiting */
};

/* ERR_IO, ERR_NO_MEMORY. Any thread. */
MUST_USE enum err worker_new(const struct worker_config *config, struct worker **out);

/* The thread must have ended. Runs what is left in the grave; sets *worker to NULL. */
void worker_free(struct worker **worker);

/* Turns until worker_stop. On the thread that is to be this worker. */
void worker_run(struct worker *w);

/* One turn; waits for events only when `may_wait` and nothing is to be done. For tests and
 * worker_run. */
void worker_turn(struct worker *w, bool may_wait);

/* Ends worker_run after the current turn. Own worker. */
void worker_stop(struct worker *w);

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

/* This worker's part of that kind; it must be one of those given to worker_new. */
void *worker_part(struct worker *w, const struct worker_part_kind *kind);

#endif
