#include "handler/files_job.h"

#include "base/check.h"
#include "base/clock.h"
#include "loop/worker.h"

#define PATIENCE_NS (5 * CLOCK_NS_PER_S)

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

static void wait_a_tick(struct files_job *j)
{
    j->state = FILES_JOB_WAITING;
    timer_set(&j->worker->timers, &j->retry, j->worker->now_ns + TIMER_TICK_NS);
}

static void try_again(struct timer *timer)
{
    struct files_job *j = CONTAINER_OF(timer, struct files_job, retry);
    enum err err = offload_start(j->worker->offload, j->worker, &j->job);
    if (err == ERR_OK) {
        j->state = FILES_JOB_RUNNING;
    } else if (err == ERR_FULL && j->worker->now_ns < j->give_up_ns) {
        wait_a_tick(j);
    } else {
        finish(j, err);
    }
}

void files_job_init(struct files_job *j, struct worker *worker, void (*run)(struct files_job *job),
                    void (*done)(struct files_job *job, enum err why))
{
    *j = (struct files_job){.worker = worker, .run = run, .done = done};
    j->job.run = run_job;
    j->job.done = come_home;
    timer_init(&j->retry, try_again);
}

void files_job_start(struct files_job *j)
{
    MUST(j->state == FILES_JOB_IDLE);
    j->give_up_ns = j->worker->now_ns + PATIENCE_NS;
    if (offload_start(j->worker->offload, j->worker, &j->job) == ERR_OK) {
        j->state = FILES_JOB_RUNNING;
        return;
    }
    wait_a_tick(j);
}

bool files_job_cancel(struct files_job *j)
{
    if (j->state == FILES_JOB_WAITING) {
        timer_cancel(&j->worker->timers, &j->retry);
        j->state = FILES_JOB_IDLE;
    }
    return j->state == FILES_JOB_IDLE;
}
