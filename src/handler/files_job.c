#include "handler/files_job.h"

#include "base/check.h"
#include "base/clock.h"
#include "loop/worker.h"

#define PATIENCE_NS   (5 * CLOCK_NS_PER_S)
#define REFUSALS_TICK 128 /* in one tick: each may be an answer to write */

static void run_job(struct offload_job *job)
{
    struct files_job *j = CONTAINER_OF(job, struct files_job, job);
    j->run(j);
}

static void finish(struct files_job *j, enum err why)
{
    j->state = FILES_JOB_IDLE;
    j->done(j, why);
}

static void come_home(struct offload_job *job)
{
    finish(CONTAINER_OF(job, struct files_job, job), ERR_OK);
}

static enum err try_start(struct files_job *j)
{
    struct worker *worker = j->line->worker;
    enum err err = offload_start(worker->offload, worker, &j->job);
    if (err == ERR_OK) {
        j->state = FILES_JOB_RUNNING;
    }
    return err;
}

/* --- the line ------------------------------------------------------------------------------ */

static struct files_job *first_in(const struct files_job_line *line)
{
    return list_is_empty(&line->waiting) ? NULL
                                         : CONTAINER_OF(line->waiting.next, struct files_job, node);
}

static void expect_tick(struct files_job_line *line)
{
    struct worker *worker = line->worker;
    timer_set(&worker->timers, &line->retry, worker->now_ns + TIMER_TICK_NS);
}

static void join(struct files_job_line *line, struct files_job *j)
{
    j->state = FILES_JOB_WAITING;
    list_push_back(&line->waiting, &j->node);
    if (!timer_is_set(&line->retry)) {
        expect_tick(line);
    }
}

/* As many as there are places for, the oldest first; why it went no further. */
static enum err send_waiting(struct files_job_line *line)
{
    enum err err = ERR_OK;
    struct files_job *j = NULL;
    while (err == ERR_OK && (j = first_in(line)) != NULL) {
        err = try_start(j);
        if (err == ERR_OK) {
            list_remove(&j->node);
        }
    }
    return err;
}

/* All have the same patience: the oldest lose theirs first. */
static void refuse_waiting(struct files_job_line *line, enum err why)
{
    struct files_job *j = NULL;
    for (unsigned n = 0; n < REFUSALS_TICK && (j = first_in(line)) != NULL; n++) {
        if (why == ERR_FULL && line->worker->now_ns < j->give_up_ns) {
            return;
        }
        list_remove(&j->node);
        finish(j, why);
    }
}

static void try_again(struct timer *timer)
{
    struct files_job_line *line = CONTAINER_OF(timer, struct files_job_line, retry);
    enum err err = send_waiting(line);
    if (err != ERR_OK) {
        refuse_waiting(line, err);
    }
    if (!list_is_empty(&line->waiting)) {
        expect_tick(line);
    }
}

void files_job_line_init(struct files_job_line *line, struct worker *worker)
{
    line->worker = worker;
    list_init(&line->waiting);
    timer_init(&line->retry, try_again);
}

void files_job_line_fini(struct files_job_line *line)
{
    timer_cancel(&line->worker->timers, &line->retry);
    while (list_take_front(&line->waiting) != NULL) {
    }
}

/* --- a job --------------------------------------------------------------------------------- */

void files_job_init(struct files_job *j, struct files_job_line *line,
                    void (*run)(struct files_job *job),
                    void (*done)(struct files_job *job, enum err why))
{
    *j = (struct files_job){.line = line, .run = run, .done = done};
    j->job.run = run_job;
    j->job.done = come_home;
    list_init(&j->node);
}

void files_job_start(struct files_job *j)
{
    struct files_job_line *line = j->line;
    MUST(j->state == FILES_JOB_IDLE);
    j->give_up_ns = line->worker->now_ns + PATIENCE_NS;
    if (!list_is_empty(&line->waiting) || try_start(j) != ERR_OK) {
        join(line, j);
    }
}

bool files_job_cancel(struct files_job *j)
{
    if (j->state == FILES_JOB_WAITING) {
        list_remove(&j->node);
        j->state = FILES_JOB_IDLE;
    }
    return j->state == FILES_JOB_IDLE;
}
