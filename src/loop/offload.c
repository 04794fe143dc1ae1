#include "loop/offload.h"

#include <signal.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "loop/lock.h"
#include "loop/worker.h"

/* One queue, first in, first out, under one lock; a job is long compared with it. A finished job
 * goes home as a message, so the way back takes no lock and never fails: its worker does not end
 * before its jobs are back. */

struct offload {
    struct lock lock;
    struct lock_bell bell; /* a job has come, or the end */
    /* under the lock */
    struct offload_job *first;
    struct offload_job *last;
    unsigned waiting;
    bool is_ending;
    /* never change */
    unsigned queue_limit;
    unsigned thread_count;
    pthread_t threads[];
};

static struct offload_job *wait_for_job(struct offload *o) LOCK_REQUIRES(o->lock);

/* NULL: the queue is empty and the end has come. */
static struct offload_job *wait_for_job(struct offload *o)
{
    while (o->first == NULL && !o->is_ending) {
        lock_bell_wait(&o->bell, &o->lock);
    }
    struct offload_job *job = o->first;
    if (job != NULL) {
        o->first = job->next;
        o->waiting--;
    }
    return job;
}

static struct offload_job *next_job(struct offload *o)
{
    lock_acquire(&o->lock);
    struct offload_job *job = wait_for_job(o);
    lock_release(&o->lock);
    return job;
}

static void do_job(struct offload_job *job)
{
    job->run(job);
    MUST(worker_post(job->worker, &job->message) == ERR_OK);
}

static void *run_jobs(void *arg)
{
    struct offload *o = arg;
    struct offload_job *job = NULL;
    while ((job = next_job(o)) != NULL) {
        do_job(job);
    }
    return NULL;
}

/* Signals are the control worker's: a thread takes over its maker's mask, so that everything is
 * blocked from its first instruction on. */
static bool start_threads(struct offload *o, unsigned threads)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    MUST(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    while (o->thread_count < threads &&
           pthread_create(&o->threads[o->thread_count], NULL, run_jobs, o) == 0) {
        (void)pthread_setname_np(o->threads[o->thread_count], "weir-offload");
        o->thread_count++;
    }
    MUST(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return o->thread_count == threads;
}

enum err offload_new(unsigned threads, unsigned queue_limit, struct offload **out)
{
    MUST(threads >= 1 && queue_limit >= 1);
    struct offload *o = calloc(1, sizeof(*o) + threads * sizeof(o->threads[0]));
    MUST(o != NULL);
    lock_init(&o->lock);
    lock_bell_init(&o->bell);
    o->queue_limit = queue_limit;
    *out = o;
    if (!start_threads(o, threads)) {
        offload_free(out);
        return ERR_IO;
    }
    return ERR_OK;
}

static void end_thread(pthread_t thread)
{
    MUST(pthread_join(thread, NULL) == 0);
}

void offload_free(struct offload **offload)
{
    struct offload *o = *offload;
    if (o == NULL) {
        return;
    }
    lock_acquire(&o->lock);
    o->is_ending = true;
    lock_release(&o->lock);
    lock_bell_ring_all(&o->bell);
    for (unsigned i = 0; i < o->thread_count; i++) {
        end_thread(o->threads[i]);
    }
    lock_bell_fini(&o->bell);
    lock_fini(&o->lock);
    free(o);
    *offload = NULL;
}

static void come_home(struct message *message, struct worker *worker)
{
    struct offload_job *job = CONTAINER_OF(message, struct offload_job, message);
    worker->offload_open--;
    job->done(job);
}

static enum err enqueue(struct offload *o, struct offload_job *job)
{
    enum err err = ERR_FULL;
    lock_acquire(&o->lock);
    if (o->waiting < o->queue_limit) {
        if (o->first == NULL) {
            o->first = job;
        } else {
            o->last->next = job;
        }
        o->last = job;
        o->waiting++;
        err = ERR_OK;
    }
    lock_release(&o->lock);
    return err;
}

enum err offload_start(struct offload *offload, struct worker *worker, struct offload_job *job)
{
    if (worker->is_stopping) {
        return ERR_CLOSED;
    }
    if (failpoint_hit(FAILPOINT_OFFLOAD)) {
        return ERR_FULL;
    }
    job->message.deliver = come_home;
    job->next = NULL;
    job->worker = worker;
    enum err err = enqueue(offload, job);
    if (err == ERR_OK) {
        worker->offload_open++;
        lock_bell_ring(&offload->bell);
    }
    return err;
}
