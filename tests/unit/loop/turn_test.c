#include <fcntl.h>
#include <string.h>
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

static const struct suite_test tests[] = {
    {"turn", "its phases, in order", test_phases},
    {"turn", "deferred while deferred: same turn", test_defer_while_deferred},
    {"turn", "next turn: once in each", test_next_turn},
    {"turn", "flush and grave come last", test_bury},
    {"turn", "a cancelled task does not run", test_cancelled_task},
    {"turn", "a task that never rests", test_hog},
    {"turn", "time stands still within it", test_clock_once_a_turn},
    {"turn", "follows steps of the wall clock", test_wall_clock_steps},
    {"turn", "is counted", test_metrics_of_turns},
    {"turn", "a slow one is seen", test_slow_turn},
    {"turn", "short ones add up", test_short_turns_add_up},
#ifdef __SANITIZE_ADDRESS__
    {"turn", "stale time cannot be read", test_stale_time},
#endif
};

const struct suite_table turn_tests = SUITE_TABLE(tests);
