#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "loop/offload.h"
#include "loop/worker.h"
#include "support/manual_loop.h"
#include "unit/loop/tables.h"

#define JOBS 200

struct batch;

struct work {
    struct offload_job job;
    struct batch *batch;
    unsigned input;
    unsigned output;
};

struct batch {
    struct manual_loop loop;
    struct offload *offload;
    struct work works[JOBS];
    pthread_t home;
    unsigned done;
    unsigned done_elsewhere;
    atomic_uint ran_at_home;
    atomic_bool may_go; /* slow jobs wait for it */
};

static void square(struct offload_job *job)
{
    struct work *work = CONTAINER_OF(job, struct work, job);
    if (pthread_equal(pthread_self(), work->batch->home)) {
        atomic_fetch_add(&work->batch->ran_at_home, 1);
    }
    work->output = work->input * work->input;
}

static void wait_and_square(struct offload_job *job)
{
    struct work *work = CONTAINER_OF(job, struct work, job);
    const struct timespec nap = {.tv_nsec = 1000000};
    while (!atomic_load(&work->batch->may_go)) {
        nanosleep(&nap, NULL);
    }
    square(job);
}

static void count_done(struct offload_job *job)
{
    struct batch *b = CONTAINER_OF(job, struct work, job)->batch;
    b->done++;
    if (!pthread_equal(pthread_self(), b->home)) {
        b->done_elsewhere++;
    }
}

static void batch_init(struct batch *b, unsigned threads, unsigned queue_limit)
{
    *b = (struct batch){.home = pthread_self()};
    MUST(offload_new(threads, queue_limit, &b->offload) == ERR_OK);
    manual_loop_init_offload(&b->loop, NULL, NULL, b->offload);
    for (unsigned i = 0; i < JOBS; i++) {
        b->works[i] = (struct work){.batch = b, .input = i, .job = {.run = square}};
        b->works[i].job.done = count_done;
    }
}

static void batch_fini(struct batch *b)
{
    offload_free(&b->offload);
    manual_loop_fini(&b->loop);
}

static enum err start(struct batch *b, unsigned i)
{
    return offload_start(b->offload, b->loop.worker, &b->works[i].job);
}

static bool is_all_done(void *ctx)
{
    return ((struct batch *)ctx)->done == JOBS;
}

static void test_jobs_come_home(void)
{
    struct batch b;
    batch_init(&b, 3, JOBS);
    for (unsigned i = 0; i < JOBS; i++) {
        CU_ASSERT_EQUAL(start(&b, i), ERR_OK);
    }
    CU_ASSERT_EQUAL(b.done, 0);
    CU_ASSERT(manual_loop_until(&b.loop, is_all_done, &b));
    CU_ASSERT_EQUAL(b.done_elsewhere, 0);
    CU_ASSERT_EQUAL(atomic_load(&b.ran_at_home), 0);
    for (unsigned i = 0; i < JOBS; i++) {
        CU_ASSERT_EQUAL(b.works[i].output, i * i);
    }
    CU_ASSERT_EQUAL(b.loop.worker->offload_open, 0);
    batch_fini(&b);
}

/* One thread holds one job; the queue takes two more and no third. */
static void test_full(void)
{
    struct batch b;
    batch_init(&b, 1, 2);
    unsigned accepted = 0;
    for (unsigned i = 0; i < JOBS; i++) {
        b.works[i].job.run = wait_and_square;
        enum err err = start(&b, i);
        CU_ASSERT(err == ERR_OK || err == ERR_FULL);
        accepted += err == ERR_OK ? 1 : 0;
    }
    CU_ASSERT(accepted == 2 || accepted == 3);
    atomic_store(&b.may_go, true);
    batch_fini(&b);
    CU_ASSERT_EQUAL(b.done, accepted);
}

/* Freed with a full queue: all of it runs, and comes home before its worker goes. */
static void test_end_with_full_queue(void)
{
    struct batch b;
    batch_init(&b, 2, JOBS);
    for (unsigned i = 0; i < JOBS; i++) {
        b.works[i].job.run = wait_and_square;
        CU_ASSERT_EQUAL(start(&b, i), ERR_OK);
    }
    atomic_store(&b.may_go, true);
    batch_fini(&b);
    CU_ASSERT_PTR_NULL(b.offload);
    CU_ASSERT_EQUAL(b.done, JOBS);
}

static void test_stopping_worker(void)
{
    struct batch b;
    batch_init(&b, 1, JOBS);
    worker_stop(b.loop.worker);
    CU_ASSERT_EQUAL(start(&b, 0), ERR_CLOSED);
    batch_fini(&b);
    CU_ASSERT_EQUAL(b.done, 0);
}

/* A worker on a thread of its own is told to stop with a job still out: its thread stays until the
 * job is back. */
static void stop_and_start(struct message *message, struct worker *worker)
{
    struct batch *b = CONTAINER_OF(message, struct work, job.message)->batch;
    b->home = pthread_self();
    CU_ASSERT_EQUAL(start(b, 1), ERR_OK);
    worker_stop(worker);
    atomic_store(&b->may_go, true);
}

static void *run_worker(void *arg)
{
    worker_run(arg);
    return NULL;
}

static void test_stopping_waits_for_jobs(void)
{
    struct batch b;
    pthread_t thread;
    batch_init(&b, 1, JOBS);
    b.works[0].job.message.deliver = stop_and_start;
    b.works[1].job.run = wait_and_square;
    MUST(worker_post(b.loop.worker, &b.works[0].job.message) == ERR_OK);
    MUST(pthread_create(&thread, NULL, run_worker, b.loop.worker) == 0);
    MUST(pthread_join(thread, NULL) == 0);
    CU_ASSERT_EQUAL(b.done, 1);
    CU_ASSERT_EQUAL(b.done_elsewhere, 0);
    batch_fini(&b);
}

static void look_at_signals(struct offload_job *job)
{
    sigset_t mask;
    MUST(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0);
    struct work *work = CONTAINER_OF(job, struct work, job);
    work->output = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGUSR2) == 1;
}

static void test_signals_blocked(void)
{
    struct batch b;
    batch_init(&b, 1, JOBS);
    b.works[0].job.run = look_at_signals;
    CU_ASSERT_EQUAL(start(&b, 0), ERR_OK);
    batch_fini(&b);
    CU_ASSERT_EQUAL(b.works[0].output, 1);
    sigset_t mask;
    MUST(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0);
    CU_ASSERT_EQUAL(sigismember(&mask, SIGTERM), 0);
}

#ifdef WEIR_SANITIZED
static void test_failpoint(void)
{
    struct batch b;
    batch_init(&b, 1, JOBS);
    failpoint_arm(FAILPOINT_OFFLOAD, 2);
    CU_ASSERT_EQUAL(start(&b, 0), ERR_OK);
    CU_ASSERT_EQUAL(start(&b, 1), ERR_FULL);
    CU_ASSERT_EQUAL(start(&b, 2), ERR_OK);
    failpoint_arm(FAILPOINT_OFFLOAD, 0);
    batch_fini(&b);
    CU_ASSERT_EQUAL(b.done, 2);
}
#endif

static const struct suite_test tests[] = {
    {"offload", "run elsewhere, done at home", test_jobs_come_home},
    {"offload", "a full queue refuses", test_full},
    {"offload", "ends only after its queue", test_end_with_full_queue},
    {"offload", "a stopping worker starts none", test_stopping_worker},
    {"offload", "a stopping worker waits for its jobs", test_stopping_waits_for_jobs},
    {"offload", "no signal reaches its threads", test_signals_blocked},
#ifdef WEIR_SANITIZED
    {"offload", "fails where it is told to fail", test_failpoint},
#endif
};

const struct suite_table offload_tests = SUITE_TABLE(tests);
