#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/clock.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "support/manual_loop.h"
#include "unit/loop/tables.h"

/* --- Real threads ----------------------------------------------------------------------------- */

struct crew {
    struct metrics *metrics;
    struct worker *workers[2];
    pthread_t threads[2];
};

static void crew_init(struct crew *c)
{
    *c = (struct crew){.metrics = metrics_new(2)};
    for (unsigned i = 0; i < 2; i++) {
        const struct worker_config config = {.index = i, .metrics = metrics_row(c->metrics, i)};
        MUST(worker_new(&config, &c->workers[i]) == ERR_OK);
    }
}

static void *run_worker(void *arg)
{
    worker_run(arg);
    return NULL;
}

static void crew_start(struct crew *c)
{
    for (unsigned i = 0; i < 2; i++) {
        MUST(pthread_create(&c->threads[i], NULL, run_worker, c->workers[i]) == 0);
    }
}

static void crew_end(struct crew *c)
{
    for (unsigned i = 0; i < 2; i++) {
        MUST(pthread_join(c->threads[i], NULL) == 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        worker_free(&c->workers[i]);
        CU_ASSERT_PTR_NULL(c->workers[i]);
    }
    metrics_free(&c->metrics);
}

static void stop_worker(struct message *message, struct worker *worker)
{
    (void)message;
    worker_stop(worker);
}

#define RALLY 20000

struct ball {
    struct message message;
    struct crew *crew;
    struct message stops[2];
    unsigned hits; /* plain: the mailbox alone hands it over */
    unsigned wrong_side;
};

static void end_rally(struct ball *ball)
{
    for (unsigned i = 0; i < 2; i++) {
        ball->stops[i].deliver = stop_worker;
        MUST(worker_post(ball->crew->workers[i], &ball->stops[i]) == ERR_OK);
    }
}

static void hit(struct message *message, struct worker *worker)
{
    struct ball *ball = CONTAINER_OF(message, struct ball, message);
    if (worker->index != ball->hits % 2) {
        ball->wrong_side++;
    }
    ball->hits++;
    if (ball->hits == RALLY) {
        end_rally(ball);
        return;
    }
    MUST(worker_post(ball->crew->workers[ball->hits % 2], message) == ERR_OK);
}

static void test_ping_pong(void)
{
    struct crew crew;
    struct ball ball = {.message = {.deliver = hit}, .crew = &crew};
    crew_init(&crew);
    MUST(worker_post(crew.workers[0], &ball.message) == ERR_OK);
    crew_start(&crew);
    crew_end(&crew);
    CU_ASSERT_EQUAL(ball.hits, RALLY);
    CU_ASSERT_EQUAL(ball.wrong_side, 0);
}

/* Refuses what is posted after its end, and delivers what was accepted. */
struct parcel {
    struct message message;
    bool is_delivered;
};

static void deliver_parcel(struct message *message, struct worker *worker)
{
    (void)worker;
    CONTAINER_OF(message, struct parcel, message)->is_delivered = true;
}

static void test_post_after_end(void)
{
    struct crew crew;
    struct message stops[2] = {{.deliver = stop_worker}, {.deliver = stop_worker}};
    struct parcel parcels[2] = {{.message.deliver = deliver_parcel},
                                {.message.deliver = deliver_parcel}};
    crew_init(&crew);
    for (unsigned i = 0; i < 2; i++) {
        MUST(worker_post(crew.workers[i], &stops[i]) == ERR_OK);
    }
    CU_ASSERT_EQUAL(worker_post(crew.workers[0], &parcels[0].message), ERR_OK);
    crew_start(&crew);
    MUST(pthread_join(crew.threads[0], NULL) == 0);
    CU_ASSERT(parcels[0].is_delivered);
    CU_ASSERT_EQUAL(worker_post(crew.workers[0], &parcels[1].message), ERR_CLOSED);
    MUST(pthread_create(&crew.threads[0], NULL, run_worker, crew.workers[0]) == 0);
    crew_end(&crew);
    CU_ASSERT_FALSE(parcels[1].is_delivered);
}

static void test_undelivered_at_free(void)
{
    struct manual_loop l;
    struct parcel parcel = {.message.deliver = deliver_parcel};
    manual_loop_init(&l, NULL, NULL);
    CU_ASSERT_EQUAL(worker_post(l.worker, &parcel.message), ERR_OK);
    manual_loop_fini(&l);
    CU_ASSERT(parcel.is_delivered);
}

/* A timer on the real clock, through the real wait; several times, each later than the one before.
 */
#define ALARMS 4

struct alarm {
    struct timer timer;
    struct worker *worker;
    unsigned rung;
    unsigned early;
    unsigned late;
};

static void ring_alarm(struct timer *timer)
{
    struct alarm *a = CONTAINER_OF(timer, struct alarm, timer);
    uint64_t now_ns = a->worker->now_ns;
    a->early += now_ns < timer->deadline_ns ? 1 : 0;
    a->late += now_ns > timer->deadline_ns + 2000 * CLOCK_NS_PER_MS ? 1 : 0;
    a->rung++;
    if (a->rung == ALARMS) {
        worker_stop(a->worker);
        return;
    }
    timer_set(&a->worker->timers, timer, now_ns + a->rung * 15 * CLOCK_NS_PER_MS);
}

static void test_waits_for_timer(void)
{
    struct metrics *metrics = metrics_new(1);
    struct alarm alarm = {0};
    const struct worker_config config = {.metrics = metrics_row(metrics, 0)};
    MUST(worker_new(&config, &alarm.worker) == ERR_OK);
    timer_init(&alarm.timer, ring_alarm);
    timer_set(&alarm.worker->timers, &alarm.timer, alarm.worker->now_ns + 20 * CLOCK_NS_PER_MS);
    uint64_t cpu_ns = clock_thread_cpu_ns();
    worker_run(alarm.worker);
    CU_ASSERT_EQUAL(alarm.rung, ALARMS);
    CU_ASSERT_EQUAL(alarm.early, 0);
    CU_ASSERT_EQUAL(alarm.late, 0);
    CU_ASSERT(clock_thread_cpu_ns() - cpu_ns < 40 * CLOCK_NS_PER_MS);
    CU_ASSERT(metrics_sum(metrics, METRIC_LOOP_TURNS) < 40);
    worker_free(&alarm.worker);
    metrics_free(&metrics);
}

/* --- Parts ------------------------------------------------------------------------------------ */

struct part_log {
    unsigned made;
    unsigned freed;
    unsigned fail_at; /* this one is not made; 0 none */
    unsigned last_freed;
};

struct part {
    struct part_log *log;
    unsigned number;
};

static void *make_part(struct worker *worker)
{
    struct part_log *log = worker->context;
    if (log->made + 1 == log->fail_at) {
        return NULL;
    }
    struct part *part = malloc(sizeof(*part));
    MUST(part != NULL);
    log->made++;
    *part = (struct part){log, log->made};
    return part;
}

static void free_part(void *arg)
{
    struct part *part = arg;
    CU_ASSERT(part->log->freed == 0 || part->number < part->log->last_freed);
    part->log->last_freed = part->number;
    part->log->freed++;
    free(part);
}

static const struct worker_part_kind kind_a = {"a", make_part, free_part};
static const struct worker_part_kind kind_b = {"b", make_part, free_part};
static const struct worker_part_kind kind_c = {"c", make_part, free_part};
static const struct worker_part_kind *const kinds[] = {&kind_a, &kind_b, &kind_c, NULL};

static void test_parts(void)
{
    struct manual_loop l;
    struct part_log log = {0};
    manual_loop_init(&l, kinds, &log);
    CU_ASSERT_EQUAL(log.made, 3);
    CU_ASSERT_EQUAL(((struct part *)worker_part(l.worker, &kind_a))->number, 1);
    CU_ASSERT_EQUAL(((struct part *)worker_part(l.worker, &kind_c))->number, 3);
    manual_loop_fini(&l);
    CU_ASSERT_EQUAL(log.freed, 3);
}

static unsigned count_fds(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

static void test_part_fails(void)
{
    for (unsigned fail_at = 1; fail_at <= 3; fail_at++) {
        struct metrics *metrics = metrics_new(1);
        struct part_log log = {.fail_at = fail_at};
        struct worker *w = NULL;
        unsigned fds = count_fds();
        const struct worker_config config = {
            .metrics = metrics_row(metrics, 0), .parts = kinds, .context = &log};
        CU_ASSERT_EQUAL(worker_new(&config, &w), ERR_NO_MEMORY);
        CU_ASSERT_PTR_NULL(w);
        CU_ASSERT_EQUAL(log.made, fail_at - 1);
        CU_ASSERT_EQUAL(log.freed, fail_at - 1);
        CU_ASSERT_EQUAL(count_fds(), fds);
        metrics_free(&metrics);
    }
}

/* With ever more descriptors allowed: fails cleanly until there are enough. */
static void test_no_descriptors(void)
{
    struct rlimit before;
    MUST(getrlimit(RLIMIT_NOFILE, &before) == 0);
    struct metrics *metrics = metrics_new(1);
    const struct worker_config config = {.metrics = metrics_row(metrics, 0)};
    struct worker *w = NULL;
    unsigned fds = count_fds();
    unsigned failures = 0;
    for (rlim_t limit = 3; w == NULL && limit < 256; limit++) {
        MUST(setrlimit(RLIMIT_NOFILE, &(struct rlimit){limit, before.rlim_max}) == 0);
        if (worker_new(&config, &w) != ERR_OK) {
            CU_ASSERT_PTR_NULL(w);
            failures++;
        }
    }
    MUST(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CU_ASSERT(failures >= 2);
    CU_ASSERT_PTR_NOT_NULL(w);
    worker_free(&w);
    CU_ASSERT_EQUAL(count_fds(), fds);
    metrics_free(&metrics);
}

static const struct suite_test tests[] = {
    {"worker", "two workers play ping-pong", test_ping_pong},
    {"worker", "posts after the end are refused", test_post_after_end},
    {"worker", "the last messages are delivered", test_undelivered_at_free},
    {"worker", "sleeps until a timer is due", test_waits_for_timer},
    {"worker", "parts: made in order, freed backwards", test_parts},
    {"worker", "parts: one that cannot be made", test_part_fails},
    {"worker", "no descriptors left", test_no_descriptors},
};

const struct suite_table worker_tests = SUITE_TABLE(tests);
