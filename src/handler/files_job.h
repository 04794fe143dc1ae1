/* files_job.h: an offloaded job that waits when the queue is full. Embedded in what it works on.
 *
 *   IDLE --start--> RUNNING --done--> IDLE
 *           full \-> WAITING --tick--> RUNNING, or after 5 s done with ERR_FULL
 *
 * `done` is never called from within start. Own worker, but for `run`. */
#ifndef WEIR_HANDLER_FILES_JOB_H
#define WEIR_HANDLER_FILES_JOB_H

#include <stdint.h>

#include "base/err.h"
#include "loop/offload.h"
#include "loop/timer.h"

struct worker;

enum files_job_state {
    FILES_JOB_IDLE,
    FILES_JOB_WAITING,
    FILES_JOB_RUNNING
};

struct files_job {
    struct offload_job job;
    struct timer retry;
    struct worker *worker;
    enum files_job_state state;
    uint64_t give_up_ns;
    void (*run)(struct files_job *job);                /* on an offload thread */
    void (*done)(struct files_job *job, enum err why); /* ERR_OK: `run` has run */
};

void files_job_init(struct files_job *j, struct worker *worker, void (*run)(struct files_job *job),
                    void (*done)(struct files_job *job, enum err why));

/* Must be idle. `done` will be told ERR_OK; ERR_FULL when the queue stayed full, ERR_CLOSED when
 * the worker is stopping: nothing has run then. */
void files_job_start(struct files_job *j);

/* True: it had not begun, or was idle, and `done` will not be called. False: it is running. */
bool files_job_cancel(struct files_job *j);

#endif
