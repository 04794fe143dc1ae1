/* offload.h: a few threads for what blocks: cold files, loading certificates.
 *
 * A job is embedded in what it works on. `run` is called on an offload thread and may touch nothing
 * that a worker touches meanwhile; then `done` is called on the worker that asked. A job cannot be
 * called back: who no longer wants it marks that for `done`. */
#ifndef WEIR_LOOP_OFFLOAD_H
#define WEIR_LOOP_OFFLOAD_H

#include "base/err.h"
#include "loop/mailbox.h"

struct offload;
struct worker;

struct offload_job {
    struct message message; /* how it comes back; first member */
    struct offload_job *next;
    struct worker *worker;
    void (*run)(struct offload_job *job);
    void (*done)(struct offload_job *job);
};

/* `threads` >= 1, at most `queue_limit` jobs waiting. ERR_IO when a thread cannot be made. */
MUST_USE enum err offload_new(unsigned threads, unsigned queue_limit, struct offload **out);

/* Runs what is queued, ends the threads; sets *offload to NULL. Every worker that started jobs is
 * still there: worker_run does not end before its jobs are back, and worker_free waits for them. */
void offload_free(struct offload **offload);

/* Own worker. ERR_FULL when the queue is full, ERR_CLOSED when the worker is stopping: nothing will
 * happen then. */
MUST_USE enum err offload_start(struct offload *offload, struct worker *worker,
                                struct offload_job *job);

#endif
