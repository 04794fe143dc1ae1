#include <CUnit/CUnit.h>

#include "base/check.h"
#include "loop/worker.h"
#include "net/spread.h"
#include "unit/net/net_tables.h"

/* Only the index of a worker is looked at. */
static void make_workers(struct worker *workers, struct worker **pointers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        workers[i].index = i + 1;
        pointers[i] = &workers[i];
    }
}

static void test_two(void)
{
    static struct worker w[2];
    struct worker *p[2];
    make_workers(w, p, 2);
    struct spread *s = spread_new(p, 2);
    CU_ASSERT_PTR_EQUAL(spread_enter(s, &w[0]), &w[0]);
    CU_ASSERT_PTR_EQUAL(spread_enter(s, &w[0]), &w[1]);
    CU_ASSERT_PTR_EQUAL(spread_enter(s, &w[0]), &w[0]);
    CU_ASSERT_PTR_EQUAL(spread_enter(s, &w[0]), &w[1]);
    CU_ASSERT_EQUAL(spread_load(s, &w[0]), 2);
    CU_ASSERT_EQUAL(spread_load(s, &w[1]), 2);
    spread_leave(s, &w[0]);
    spread_leave(s, &w[0]);
    CU_ASSERT_PTR_EQUAL(spread_enter(s, &w[1]), &w[0]);
    spread_return(s, &w[1], &w[0]);
    CU_ASSERT_EQUAL(spread_load(s, &w[0]), 0);
    CU_ASSERT_EQUAL(spread_load(s, &w[1]), 3);
    spread_free(&s);
    CU_ASSERT_PTR_NULL(s);
}

/* All connections hash onto one worker: none ends up above 1.25x the mean. */
static void test_skewed(void)
{
    static struct worker w[4];
    struct worker *p[4];
    make_workers(w, p, 4);
    struct spread *s = spread_new(p, 4);
    for (unsigned i = 0; i < 1000; i++) {
        spread_enter(s, &w[2]);
    }
    unsigned total = 0;
    for (unsigned i = 0; i < 4; i++) {
        total += spread_load(s, &w[i]);
        CU_ASSERT(spread_load(s, &w[i]) <= 313);
        CU_ASSERT(spread_load(s, &w[i]) >= 229);
    }
    CU_ASSERT_EQUAL(total, 1000);
    spread_free(&s);
}

/* Within the quarter nothing is passed on: that costs more than it wins. */
static void test_even(void)
{
    static struct worker w[2];
    struct worker *p[2];
    make_workers(w, p, 2);
    struct spread *s = spread_new(p, 2);
    for (unsigned i = 0; i < 100; i++) {
        CU_ASSERT_PTR_EQUAL(spread_enter(s, &w[i % 2]), &w[i % 2]);
    }
    for (unsigned i = 0; i < 10; i++) {
        CU_ASSERT_PTR_EQUAL(spread_enter(s, &w[0]), &w[0]);
    }
    spread_free(&s);
}

static void test_alone(void)
{
    static struct worker w[1];
    struct worker *p[1];
    make_workers(w, p, 1);
    struct spread *s = spread_new(p, 1);
    for (unsigned i = 0; i < 10; i++) {
        CU_ASSERT_PTR_EQUAL(spread_enter(s, &w[0]), &w[0]);
    }
    CU_ASSERT_EQUAL(spread_load(s, &w[0]), 10);
    spread_free(&s);
}

static const struct suite_test tests[] = {
    {"spread", "two workers", test_two},
    {"spread", "all on one", test_skewed},
    {"spread", "nothing passed when even", test_even},
    {"spread", "one worker keeps them", test_alone},
};

const struct suite_table spread_tests = SUITE_TABLE(tests);
