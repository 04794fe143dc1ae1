#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/random.h"
#include "support/suite.h"
#include "unit/base/tables.h"

/* What the authors' own xoshiro256** and splitmix64 give. */
static void test_reference(void)
{
    static const uint64_t wanted[] = {
        11520u,
        0u,
        1509978240u,
        1215971899390074240u,
        1216172134540287360u,
        607988272756665600u,
        16172922978634559625u,
        8476171486693032832u,
        10595114339597558777u,
        2904607092377533576u,
    };
    struct random r = {{1, 2, 3, 4}};
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        CU_ASSERT_EQUAL(random_next(&r), wanted[i]);
    }
}

static void test_seeding(void)
{
    struct random r;
    random_init(&r, 1234567);
    CU_ASSERT_EQUAL(r.s[0], 6457827717110365317u);
    CU_ASSERT_EQUAL(r.s[1], 3203168211198807973u);
    CU_ASSERT_EQUAL(r.s[2], 9817491932198370423u);
    CU_ASSERT_EQUAL(r.s[3], 4593380528125082431u);
}

static void test_same_seed(void)
{
    struct random a;
    struct random b;
    struct random c;
    random_init(&a, 5);
    random_init(&b, 5);
    random_init(&c, 6);
    size_t same = 0;
    for (size_t i = 0; i < 100; i++) {
        uint64_t x = random_next(&a);
        CU_ASSERT_EQUAL(x, random_next(&b));
        same += x == random_next(&c);
    }
    CU_ASSERT_EQUAL(same, 0);
}

/* 70,000 draws of 7: each number 10,000 times, give or take five standard deviations. */
static void test_below(void)
{
    unsigned seen[7] = {0};
    struct random r;
    random_init(&r, 1);
    for (size_t i = 0; i < 70000; i++) {
        uint64_t x = random_below(&r, 7);
        CU_ASSERT_FATAL(x < 7);
        seen[x]++;
    }
    for (size_t i = 0; i < COUNT_OF(seen); i++) {
        CU_ASSERT(seen[i] > 9500 && seen[i] < 10500);
    }
    CU_ASSERT_EQUAL(random_below(&r, 1), 0);
}

/* With a bound of 3/4 of the range, a plain remainder would give the lowest third twice as often
 * as the rest. */
static void test_below_is_fair(void)
{
    const uint64_t bound = 3ull << 62;
    unsigned low = 0;
    struct random r;
    random_init(&r, 2);
    for (size_t i = 0; i < 30000; i++) {
        uint64_t x = random_below(&r, bound);
        CU_ASSERT_FATAL(x < bound);
        low += x < bound / 3;
    }
    CU_ASSERT(low > 9500 && low < 10500);
}

static void draw_below_zero(void *ctx)
{
    random_below(ctx, 0);
}

static void test_below_zero(void)
{
    struct random r;
    random_init(&r, 2);
    CU_ASSERT(suite_aborts(draw_below_zero, &r));
}

static void test_unit(void)
{
    double sum = 0;
    struct random r;
    random_init(&r, 3);
    for (size_t i = 0; i < 10000; i++) {
        double x = random_unit(&r);
        CU_ASSERT_FATAL(x >= 0 && x < 1);
        sum += x;
    }
    CU_ASSERT(sum > 4850 && sum < 5150);
}

static void test_secure(void)
{
    unsigned char a[1000] = {0};
    unsigned char b[1000] = {0};
    random_secure(a, sizeof(a) - 1);
    random_secure(b, sizeof(b) - 1);
    CU_ASSERT(memcmp(a, b, sizeof(a)) != 0);
    CU_ASSERT(a[sizeof(a) - 1] == 0);
    size_t zeros = 0;
    for (size_t i = 0; i < sizeof(a); i++) {
        zeros += a[i] == 0;
    }
    CU_ASSERT(zeros < 50);
    random_secure(NULL, 0);
}

static const struct suite_test tests[] = {
    {"random", "reference sequence", test_reference},
    {"random", "reference seeding", test_seeding},
    {"random", "same seed, same sequence", test_same_seed},
    {"random", "below a bound", test_below},
    {"random", "below a bound, fairly", test_below_is_fair},
    {"random", "below nothing aborts", test_below_zero},
    {"random", "unit interval", test_unit},
    {"random", "from the kernel", test_secure},
};

const struct suite_table random_tests = SUITE_TABLE(tests);
