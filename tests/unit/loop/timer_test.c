#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "loop/timer.h"
#include "unit/loop/tables.h"

#define HOUR_NS  (3600 * CLOCK_NS_PER_S)
#define START_NS (100 * HOUR_NS + 1234567)

/* A timer that knows when it should fire and notes when it did. */
struct probe {
    struct timer timer;
    struct list sorted; /* the model: by deadline */
    struct timer_wheel *wheel;
    const uint64_t *now_ns;
    uint64_t again_ns; /* not 0: sets itself anew this much after its deadline */
    unsigned fired;
    uint64_t fired_ns;
};

static const uint64_t never = UINT64_MAX;

static void note(struct timer *timer)
{
    struct probe *p = CONTAINER_OF(timer, struct probe, timer);
    p->fired++;
    p->fired_ns = *p->now_ns;
    if (p->again_ns != 0) {
        timer_set(p->wheel, &p->timer, p->timer.deadline_ns + p->again_ns);
    }
}

static void probe_init(struct probe *p, struct timer_wheel *w, const uint64_t *now_ns)
{
    *p = (struct probe){.wheel = w, .now_ns = now_ns};
    timer_init(&p->timer, note);
    list_init(&p->sorted);
}

static void test_fires_within_a_tick(void)
{
    static const uint64_t waits_ns[] = {
        1,
        TIMER_TICK_NS - 1,
        TIMER_TICK_NS,
        TIMER_TICK_NS + 1,
        1000000000,
        1024000000,
        1027999999,
        5 * CLOCK_NS_PER_S,
        65536000000,
        60 * HOUR_NS,
        80 * HOUR_NS,
        400 * HOUR_NS,
        4194304000000,
        4194304000000 - 1,
        74 * HOUR_NS + 12345,
        268435456000000,
    };
    for (size_t i = 0; i < COUNT_OF(waits_ns); i++) {
        struct timer_wheel w;
        struct probe p;
        uint64_t now_ns = START_NS;
        timer_wheel_init(&w, now_ns);
        probe_init(&p, &w, &now_ns);
        timer_set(&w, &p.timer, now_ns + waits_ns[i]);
        unsigned wakes = 0;
        while (p.fired == 0 && wakes < 100) {
            now_ns = timer_wheel_next_ns(&w);
            timer_wheel_run(&w, now_ns);
            wakes++;
        }
        CU_ASSERT_EQUAL(p.fired, 1);
        CU_ASSERT(now_ns >= START_NS + waits_ns[i]);
        CU_ASSERT(now_ns - (START_NS + waits_ns[i]) < TIMER_TICK_NS);
        CU_ASSERT_EQUAL(timer_wheel_next_ns(&w), never);
        CU_ASSERT_EQUAL(w.count, 0);
    }
}

static void test_past_fires_at_next_run(void)
{
    struct timer_wheel w;
    struct probe p;
    uint64_t now_ns = START_NS;
    timer_wheel_init(&w, now_ns);
    probe_init(&p, &w, &now_ns);
    timer_set(&w, &p.timer, START_NS - HOUR_NS);
    CU_ASSERT(timer_is_set(&p.timer));
    CU_ASSERT(timer_wheel_next_ns(&w) <= now_ns);
    timer_wheel_run(&w, now_ns);
    CU_ASSERT_EQUAL(p.fired, 1);
    CU_ASSERT_FALSE(timer_is_set(&p.timer));
}

/* Always due again, and yet a run comes to its end. */
static void test_past_from_fire(void)
{
    struct timer_wheel w;
    struct probe p;
    uint64_t now_ns = START_NS;
    timer_wheel_init(&w, now_ns);
    probe_init(&p, &w, &now_ns);
    p.again_ns = 1;
    timer_set(&w, &p.timer, START_NS - HOUR_NS);
    for (unsigned i = 1; i <= 10; i++) {
        timer_wheel_run(&w, now_ns);
        CU_ASSERT_EQUAL(p.fired, i);
    }
    timer_cancel(&w, &p.timer);
}

/* A periodic timer that the loop slept through catches up, one period after the other. */
static void test_period_catches_up(void)
{
    struct timer_wheel w;
    struct probe p;
    uint64_t now_ns = START_NS;
    timer_wheel_init(&w, now_ns);
    probe_init(&p, &w, &now_ns);
    p.again_ns = 10 * TIMER_TICK_NS;
    timer_set(&w, &p.timer, START_NS);
    now_ns += 1001 * TIMER_TICK_NS;
    timer_wheel_run(&w, now_ns);
    CU_ASSERT_EQUAL(p.fired, 101);
    CU_ASSERT_EQUAL(w.count, 1);
}

static void test_cancel_and_move(void)
{
    struct timer_wheel w;
    struct probe p;
    uint64_t now_ns = START_NS;
    timer_wheel_init(&w, now_ns);
    probe_init(&p, &w, &now_ns);
    timer_cancel(&w, &p.timer);
    timer_set(&w, &p.timer, now_ns + HOUR_NS);
    timer_set(&w, &p.timer, now_ns + 2 * HOUR_NS);
    CU_ASSERT_EQUAL(w.count, 1);
    now_ns += HOUR_NS + CLOCK_NS_PER_S;
    timer_wheel_run(&w, now_ns);
    CU_ASSERT_EQUAL(p.fired, 0);
    timer_cancel(&w, &p.timer);
    timer_cancel(&w, &p.timer);
    CU_ASSERT_EQUAL(w.count, 0);
    CU_ASSERT_EQUAL(timer_wheel_next_ns(&w), never);
    now_ns += 2 * HOUR_NS;
    timer_wheel_run(&w, now_ns);
    CU_ASSERT_EQUAL(p.fired, 0);
}

/* Two timers of one tick; whichever fires first cancels the other. */
struct rival {
    struct timer timer;
    struct timer_wheel *wheel;
    struct rival *other;
    unsigned fired;
};

static void cancel_other(struct timer *timer)
{
    struct rival *r = CONTAINER_OF(timer, struct rival, timer);
    r->fired++;
    timer_cancel(r->wheel, &r->other->timer);
}

static void test_cancel_while_firing(void)
{
    struct timer_wheel w;
    struct rival rivals[2];
    timer_wheel_init(&w, START_NS);
    for (unsigned i = 0; i < 2; i++) {
        rivals[i] = (struct rival){.wheel = &w, .other = &rivals[1 - i]};
        timer_init(&rivals[i].timer, cancel_other);
        timer_set(&w, &rivals[i].timer, START_NS + CLOCK_NS_PER_S);
    }
    timer_wheel_run(&w, START_NS + 2 * CLOCK_NS_PER_S);
    CU_ASSERT_EQUAL(rivals[0].fired + rivals[1].fired, 1);
    CU_ASSERT_EQUAL(w.count, 0);
    CU_ASSERT_EQUAL(timer_wheel_next_ns(&w), never);
}

/* A year with one timer in it is a handful of jumps, not two billion ticks. */
static void test_long_jump(void)
{
    struct timer_wheel w;
    struct probe p;
    uint64_t now_ns = START_NS;
    timer_wheel_init(&w, now_ns);
    probe_init(&p, &w, &now_ns);
    timer_set(&w, &p.timer, now_ns + 364 * 24 * HOUR_NS);
    now_ns += 363 * 24 * HOUR_NS;
    timer_wheel_run(&w, now_ns);
    CU_ASSERT_EQUAL(p.fired, 0);
    now_ns += 365 * 24 * HOUR_NS;
    timer_wheel_run(&w, now_ns);
    CU_ASSERT_EQUAL(p.fired, 1);
}

/* --- Against a sorted list -------------------------------------------------------------------- */

#define PROBES 300

struct model {
    struct timer_wheel wheel;
    struct list sorted;
    struct random random;
    uint64_t now_ns;
    struct probe probes[PROBES];
};

static void model_set(struct model *m, struct probe *p, uint64_t deadline_ns)
{
    struct list *at = NULL;
    timer_set(&m->wheel, &p->timer, deadline_ns);
    list_remove(&p->sorted);
    LIST_EACH(at, &m->sorted) {
        if (CONTAINER_OF(at, struct probe, sorted)->timer.deadline_ns > deadline_ns) {
            break;
        }
    }
    list_insert_before(at, &p->sorted);
}

static void model_cancel(struct model *m, struct probe *p)
{
    timer_cancel(&m->wheel, &p->timer);
    list_remove(&p->sorted);
}

/* From a nanosecond to five days, each size as likely as any other; now and then the past. */
static uint64_t random_wait(struct model *m)
{
    static const uint64_t most_ns = 120 * HOUR_NS;
    uint64_t wait_ns = random_next(&m->random) >> (16 + random_below(&m->random, 47));
    return wait_ns < most_ns ? wait_ns : most_ns;
}

static void model_change(struct model *m)
{
    struct probe *p = &m->probes[random_below(&m->random, PROBES)];
    switch (random_below(&m->random, 8)) {
    case 0:
        model_cancel(m, p);
        break;
    case 1:
        model_set(m, p, m->now_ns - random_below(&m->random, m->now_ns / 2));
        break;
    default:
        model_set(m, p, m->now_ns + random_wait(m));
        break;
    }
}

/* Sometimes exactly when the wheel wants to be called, sometimes late, sometimes for nothing. */
static void model_pass_time(struct model *m)
{
    uint64_t next_ns = timer_wheel_next_ns(&m->wheel);
    switch (random_below(&m->random, 16)) {
    case 0:
        m->now_ns += random_below(&m->random, HOUR_NS);
        break;
    case 1:
    case 2:
    case 3:
        m->now_ns += random_below(&m->random, 2 * TIMER_TICK_NS);
        break;
    default:
        if (next_ns != UINT64_MAX && next_ns > m->now_ns) {
            m->now_ns = next_ns;
        }
        break;
    }
}

/* All that are a tick overdue have fired, none that is not due has. */
static bool model_agrees(struct model *m)
{
    struct list *node = NULL;
    struct list *after = NULL;
    size_t left = 0;
    LIST_EACH_SAFE(node, after, &m->sorted) {
        struct probe *p = CONTAINER_OF(node, struct probe, sorted);
        uint64_t deadline_ns = p->timer.deadline_ns;
        if (p->fired > 0 && (p->fired > 1 || deadline_ns > m->now_ns)) {
            return false;
        }
        if (p->fired == 0 && deadline_ns + TIMER_TICK_NS <= m->now_ns) {
            return false;
        }
        if (p->fired > 0) {
            p->fired = 0;
            list_remove(node);
        } else {
            left++;
        }
    }
    return left == m->wheel.count;
}

static bool model_is_never_late(struct model *m)
{
    if (list_is_empty(&m->sorted)) {
        return timer_wheel_next_ns(&m->wheel) == UINT64_MAX;
    }
    const struct probe *first = CONTAINER_OF(m->sorted.next, struct probe, sorted);
    return timer_wheel_next_ns(&m->wheel) < first->timer.deadline_ns + TIMER_TICK_NS;
}

static bool model_step(struct model *m)
{
    uint64_t changes = random_below(&m->random, 4);
    for (uint64_t i = 0; i < changes; i++) {
        model_change(m);
    }
    if (!model_is_never_late(m)) {
        return false;
    }
    model_pass_time(m);
    timer_wheel_run(&m->wheel, m->now_ns);
    return model_agrees(m);
}

static void model_init(struct model *m, uint64_t seed)
{
    m->now_ns = START_NS + seed * 999999937;
    random_init(&m->random, seed);
    timer_wheel_init(&m->wheel, m->now_ns);
    list_init(&m->sorted);
    for (size_t i = 0; i < PROBES; i++) {
        probe_init(&m->probes[i], &m->wheel, &m->now_ns);
    }
}

static void test_model(void)
{
    struct model m;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        model_init(&m, seed);
        uint64_t began_ns = m.now_ns;
        bool agrees = true;
        for (unsigned step = 0; step < 5000 && agrees; step++) {
            agrees = model_step(&m);
        }
        CU_ASSERT(agrees);
        CU_ASSERT(m.now_ns - began_ns > 48 * HOUR_NS);
    }
}

static const struct suite_test tests[] = {
    {"timer", "at its deadline or within a tick", test_fires_within_a_tick},
    {"timer", "the past fires at the next run", test_past_fires_at_next_run},
    {"timer", "set to the past while firing", test_past_from_fire},
    {"timer", "a period catches up", test_period_catches_up},
    {"timer", "cancelled, moved, cancelled again", test_cancel_and_move},
    {"timer", "cancelled by another of its tick", test_cancel_while_firing},
    {"timer", "a jump over a year", test_long_jump},
    {"timer", "agrees with a sorted list for days", test_model},
};

const struct suite_table timer_tests = SUITE_TABLE(tests);
