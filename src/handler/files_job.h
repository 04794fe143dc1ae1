/* files_job.h: an offloaded job that waits in line when the queue is full. Embedded in what it
 * works on.
 *
 *   IDLE --start--> RUNNING --done--> IDLE
 *           full \-> WAITING --first in line--> RUNNING, or after 5 s done with ERR_FULL
 *
 * A worker has one line, and at each tick asks once for the oldest in it: however many wait, the
 * lock that all workers share is not taken more often for it, and nobody overtakes.
 *
 * `done` is never called from within start. Own worker, but for `run`. */
#ifndef WEIR_HANDLER_FILES_JOB_H
#define WEIR_HANDLER_FILES_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"
#include "loop/offload.h"
#include "loop/timer.h"

struct worker;

struct files_job_line {
    struct worker *worker;
    struct list waiting; /* of struct files_job, the oldest first */
    struct timer retry;  /* set while somebody waits */
};

enum files_job_state {
    FILES_JOB_IDLE,
    FILES_JOB_WAITING,
    FILES_JOB_RUNNING
};

struct files_job {
    struct offload_job job;
    struct list node; /* in the line while WAITING */
    struct files_job_line *line;
    enum files_job_state state;
    uint64_t give_up_ns;
    void (*run)(struct files_job *job);                /* on an offload thread */
    void (*done)(struct files_job *job, enum err why); /* ERR_OK: `run` has run */
};

void files_job_line_init(struct files_job_line *line, struct worker *worker);

/* Who still waits will not be told; cancelling is all that may be done with it. */
void files_job_line_fini(struct files_job_line *line);

/* `line` outlives the job, but for its cancelling. */
void files_job_init(struct files_job *j, struct files_job_line *line,
                    void (*run)(struct files_job *job),
                    void (*done)(struct files_job *job, enum err why));

/* Must be idle. `done` will be told ERR_OK; ERR_FULL when the queue stayed full, ERR_CLOSED when
 * the worker is stopping: nothing has run then. */
void files_job_start(struct files_job *j);

/* True: it had not begun, or was idle, and `done` will not be called. False: it is running. */
bool files_job_cancel(struct files_job *j);

#endif
