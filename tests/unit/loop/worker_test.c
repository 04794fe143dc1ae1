#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <CUnit/CUnit.h>
#include <event2/event.h>

#include "base/check.h"
#include "base/clock.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "support/manual_loop.h"
#include "unit/loop/tables.h"

#ifdef __SANITIZE_ADDRESS__
#    include <sanitizer/asan_interface.h>
#endif

/* --- Order within a turn ---------------------------------------------------------------------- */

/* Writes down what ran, one letter each. */
struct diary {
    struct manual_loop loop;
    char text[64];
    size_t len;
};

struct entry {
    struct task task;
    struct message message;
    struct timer timer;
    struct diary *diary;
    void (*then)(struct entry *entry); /* may be NULL */
    char letter;
};

static void write_entry(struct entry *e)
{
    MUST(e->diary->len + 1 < sizeof(e->diary->text));
    e->diary->text[e->diary->len] = e->letter;
    e->diary->len++;
    if (e->then != NULL) {
        e->then(e);
    }
}

static void run_entry(struct task *task)
{
    write_entry(CONTAINER_OF(task, struct entry, task));
}

static void deliver_entry(struct message *message, struct worker *worker)
{
    struct entry *e = CONTAINER_OF(message, struct entry, message);
    MUST(worker == e->diary->loop.worker);
    write_entry(e);
}

static void fire_entry(struct timer *timer)
{
    write_entry(CONTAINER_OF(timer, struct entry, timer));
}

static void on_pipe(evutil_socket_t fd, short what, void *arg)
{
    struct entry *e = arg;
    char byte = 0;
    (void)what;
    worker_enter(e->diary->loop.worker);
    MUST(read(fd, &byte, 1) == 1);
    write_entry(e);
}

static void entry_init(struct entry *e, struct diary *d, char letter)
{
    *e = (struct entry){.diary = d, .letter = letter};
    task_init(&e->task, run_entry);
    timer_init(&e->timer, fire_entry);
    e->message.deliver = deliver_entry;
}

static void diary_init(struct diary *d)
{
    *d = (struct diary){.len = 0};
    manual_loop_init(&d->loop, NULL, NULL);
}

static void check_turn(struct diary *d, const char *wanted)
{
    manual_loop_turn(&d->loop);
    CU_ASSERT_STRING_EQUAL(d->text, wanted);
    memset(d->text, 0, sizeof(d->text));
    d->len = 0;
}

static void test_phases(void)
{
    struct diary d;
    struct entry e[6];
    int fds[2];
    diary_init(&d);
    MUST(pipe2(fds, O_CLOEXEC) == 0);
    for (unsigned i = 0; i < 6; i++) {
        entry_init(&e[i], &d, "emtdfg"[i]);
    }
    struct worker *w = d.loop.worker;
    struct event *event = event_new(w->base, fds[0], EV_READ, on_pipe, &e[0]);
    worker_bury(w, &e[5].task);
    worker_flush(w, &e[4].task);
    worker_defer(w, &e[3].task);
    timer_set(&w->timers, &e[2].timer, w->now_ns);
    CU_ASSERT_EQUAL(worker_post(w, &e[1].message), ERR_OK);
    MUST(event_add(event, NULL) == 0 && write(fds[1], "x", 1) == 1);
    check_turn(&d, "emtdfg");
    check_turn(&d, "");
    event_free(event);
    close(fds[0]);
    close(fds[1]);
    manual_loop_fini(&d.loop);
}

static void defer_next(struct entry *e)
{
    worker_defer(e->diary->loop.worker, &e[1].task);
}

static void test_defer_while_deferred(void)
{
    struct diary d;
    struct entry e[3];
    diary_init(&d);
    for (unsigned i = 0; i < 3; i++) {
        entry_init(&e[i], &d, "abc"[i]);
        e[i].then = i < 2 ? defer_next : NULL;
    }
    worker_defer(d.loop.worker, &e[0].task);
    worker_defer(d.loop.worker, &e[0].task);
    check_turn(&d, "abc");
    manual_loop_fini(&d.loop);
}

static void again_next_turn(struct entry *e)
{
    worker_next_turn(e->diary->loop.worker, &e->task);
}

static void test_next_turn(void)
{
    struct diary d;
    struct entry deferred;
    struct entry flush;
    diary_init(&d);
    entry_init(&deferred, &d, 'd');
    entry_init(&flush, &d, 'f');
    deferred.then = again_next_turn;
    flush.then = again_next_turn;
    worker_defer(d.loop.worker, &deferred.task);
    worker_flush(d.loop.worker, &flush.task);
    check_turn(&d, "df");
    check_turn(&d, "df");
    task_cancel(&flush.task);
    check_turn(&d, "d");
    deferred.then = NULL;
    check_turn(&d, "d");
    check_turn(&d, "");
    manual_loop_fini(&d.loop);
}

static void flush_next(struct entry *e)
{
    worker_flush(e->diary->loop.worker, &e[1].task);
}

static void bury_next(struct entry *e)
{
    worker_bury(e->diary->loop.worker, &e[1].task);
}

/* Queued as deferred, then buried: the grave takes it out of the other ring. */
static void test_bury(void)
{
    struct diary d;
    struct entry e[3];
    diary_init(&d);
    for (unsigned i = 0; i < 3; i++) {
        entry_init(&e[i], &d, "abg"[i]);
    }
    e[0].then = flush_next;
    e[1].then = bury_next;
    worker_defer(d.loop.worker, &e[0].task);
    worker_defer(d.loop.worker, &e[2].task);
    worker_bury(d.loop.worker, &e[2].task);
    check_turn(&d, "abg");
    manual_loop_fini(&d.loop);
}

static void test_cancelled_task(void)
{
    struct diary d;
    struct entry e;
    diary_init(&d);
    entry_init(&e, &d, 'x');
    worker_defer(d.loop.worker, &e.task);
    CU_ASSERT(task_is_queued(&e.task));
    task_cancel(&e.task);
    CU_ASSERT_FALSE(task_is_queued(&e.task));
    check_turn(&d, "");
    manual_loop_fini(&d.loop);
}

/* A task that queues itself in the same turn for ever leaves room for the rest of the loop. */
struct hog {
    struct task task;
    struct worker *worker;
    unsigned runs;
};

static void hog_on(struct task *task)
{
    struct hog *hog = CONTAINER_OF(task, struct hog, task);
    hog->runs++;
    worker_defer(hog->worker, task);
}

static void test_hog(void)
{
    struct manual_loop l;
    struct hog hog = {0};
    manual_loop_init(&l, NULL, NULL);
    hog.worker = l.worker;
    task_init(&hog.task, hog_on);
    worker_defer(l.worker, &hog.task);
    manual_loop_turn(&l);
    unsigned first = hog.runs;
    CU_ASSERT(first >= 1000 && first <= 100000);
    worker_turn(l.worker, true); /* may wait, and does not: there is work left */
    CU_ASSERT_EQUAL(hog.runs, 2 * first);
    task_cancel(&hog.task);
    manual_loop_fini(&l);
}

/* --- Time ------------------------------------------------------------------------------------- */

static void test_clock_once_a_turn(void)
{
    struct diary d;
    struct entry e;
    diary_init(&d);
    entry_init(&e, &d, 't');
    struct worker *w = d.loop.worker;
    uint64_t began_ns = w->now_ns;
    uint64_t began_wall_ns = w->wall_ns;
    timer_set(&w->timers, &e.timer, began_ns + 90 * CLOCK_NS_PER_MS);
    manual_loop_advance_ms(&d.loop, 89);
    check_turn(&d, "");
    manual_loop_advance_ms(&d.loop, 5);
    CU_ASSERT_EQUAL(w->now_ns, began_ns + 94 * CLOCK_NS_PER_MS);
    CU_ASSERT_EQUAL(w->wall_ns, began_wall_ns + 94 * CLOCK_NS_PER_MS);
    check_turn(&d, "t");
    manual_loop_fini(&d.loop);
}

/* The wall clock is set back or forth under the worker's feet: it follows soon. */
static void test_wall_clock_steps(void)
{
    struct manual_loop l;
    manual_loop_init(&l, NULL, NULL);
    l.wall_ns -= 3600 * CLOCK_NS_PER_S;
    manual_loop_advance_ms(&l, 1000);
    CU_ASSERT_EQUAL(l.worker->wall_ns, l.wall_ns);
    manual_loop_fini(&l);
}

static void test_metrics_of_turns(void)
{
    struct diary d;
    struct entry e;
    struct histogram_sum turns;
    diary_init(&d);
    entry_init(&e, &d, 'x');
    manual_loop_turn(&d.loop);
    manual_loop_turn(&d.loop);
    CU_ASSERT_EQUAL(metrics_sum(d.loop.metrics, METRIC_LOOP_TURNS), 2);
    CU_ASSERT_EQUAL(metrics_sum(d.loop.metrics, METRIC_LOOP_SLOW_TURNS), 0);
    metrics_sum_histogram(d.loop.metrics, HISTOGRAM_LOOP_TURN, &turns);
    CU_ASSERT_EQUAL(turns.count, 2);
    manual_loop_fini(&d.loop);
}

/* Passes time inside a turn, as slow work does. */
static void work_slowly(struct entry *e)
{
    struct manual_loop *l = &e->diary->loop;
    l->now_ns += 7 * CLOCK_NS_PER_MS;
    CU_ASSERT_EQUAL(worker_lag_ns(l->worker, l->now_ns), 7 * CLOCK_NS_PER_MS);
}

static void test_slow_turn(void)
{
    struct diary d;
    struct entry e;
    diary_init(&d);
    entry_init(&e, &d, 's');
    e.then = work_slowly;
    worker_defer(d.loop.worker, &e.task);
    check_turn(&d, "s");
    CU_ASSERT_EQUAL(metrics_sum(d.loop.metrics, METRIC_LOOP_SLOW_TURNS), 1);
    CU_ASSERT_EQUAL(metrics_sum(d.loop.metrics, METRIC_LOOP_LAG_MAX_US), 7000);
    CU_ASSERT_EQUAL(metrics_sum(d.loop.metrics, METRIC_LOOP_BUSY_US), 7000);
    CU_ASSERT_EQUAL(worker_lag_ns(d.loop.worker, d.loop.now_ns), 0);
    manual_loop_fini(&d.loop);
}

static void work_briefly(struct entry *e)
{
    e->diary->loop.now_ns += 300;
    again_next_turn(e);
}

/* A busy worker's turns may all be shorter than a microsecond. */
static void test_short_turns_add_up(void)
{
    struct diary d;
    struct entry e;
    diary_init(&d);
    entry_init(&e, &d, 's');
    e.then = work_briefly;
    worker_defer(d.loop.worker, &e.task);
    for (unsigned i = 0; i < 10; i++) {
        check_turn(&d, "s");
    }
    CU_ASSERT_EQUAL(metrics_sum(d.loop.metrics, METRIC_LOOP_BUSY_US), 3);
    task_cancel(&e.task);
    manual_loop_fini(&d.loop);
}

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

#ifdef __SANITIZE_ADDRESS__
/* Under address sanitizer the time cannot be read before worker_enter has been called. */
static void read_stale_time(evutil_socket_t fd, short what, void *arg)
{
    struct worker *w = arg;
    (void)fd;
    (void)what;
    CU_ASSERT_NOT_EQUAL(__asan_address_is_poisoned(&w->now_ns), 0);
    CU_ASSERT_NOT_EQUAL(__asan_address_is_poisoned(&w->wall_ns), 0);
    worker_enter(w);
    CU_ASSERT_EQUAL(__asan_address_is_poisoned(&w->now_ns), 0);
    CU_ASSERT_EQUAL(__asan_address_is_poisoned(&w->wall_ns), 0);
}

static void test_stale_time(void)
{
    struct manual_loop l;
    int fds[2];
    manual_loop_init(&l, NULL, NULL);
    MUST(pipe2(fds, O_CLOEXEC) == 0 && write(fds[1], "x", 1) == 1);
    struct event *event = event_new(l.worker->base, fds[0], EV_READ, read_stale_time, l.worker);
    MUST(event_add(event, NULL) == 0);
    manual_loop_turn(&l);
    CU_ASSERT_EQUAL(l.worker->now_ns, l.now_ns);
    event_free(event);
    close(fds[0]);
    close(fds[1]);
    manual_loop_fini(&l);
}
#endif

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
    {"worker", "the phases of a turn, in order",        test_phases              },
    {"worker", "deferred while deferred: same turn",    test_defer_while_deferred},
    {"worker", "next turn: once in each",               test_next_turn           },
    {"worker", "flush and grave come last",             test_bury                },
    {"worker", "a cancelled task does not run",         test_cancelled_task      },
    {"worker", "a task that never rests",               test_hog                 },
    {"worker", "time stands still within a turn",       test_clock_once_a_turn   },
    {"worker", "follows steps of the wall clock",       test_wall_clock_steps    },
    {"worker", "counts its turns",                      test_metrics_of_turns    },
    {"worker", "a slow turn is seen",                   test_slow_turn           },
    {"worker", "short turns add up",                    test_short_turns_add_up  },
    {"worker", "two workers play ping-pong",            test_ping_pong           },
    {"worker", "posts after the end are refused",       test_post_after_end      },
    {"worker", "the last messages are delivered",       test_undelivered_at_free },
    {"worker", "sleeps until a timer is due",           test_waits_for_timer     },
#ifdef __SANITIZE_ADDRESS__
    {"worker", "stale time cannot be read",             test_stale_time          },
#endif
    {"worker", "parts: made in order, freed backwards", test_parts               },
    {"worker", "parts: one that cannot be made",        test_part_fails          },
    {"worker", "no descriptors left",                   test_no_descriptors      },
};

const struct suite_table worker_tests = SUITE_TABLE(tests);
