#include <string.h>

#include <CUnit/CUnit.h>

#include "base/clock.h"
#include "unit/base/tables.h"

static void test_monotonic(void)
{
    uint64_t last = clock_now_ns();
    CU_ASSERT(last > 0);
    for (size_t i = 0; i < 1000; i++) {
        uint64_t now = clock_now_ns();
        CU_ASSERT_FATAL(now >= last);
        last = now;
    }
}

/* After 2020, before 2500: nanoseconds since 1970, not another unit. */
static void test_wall(void)
{
    uint64_t seconds = clock_wall_ns() / CLOCK_NS_PER_S;
    CU_ASSERT(seconds > 1577836800u && seconds < 16725225600u);
}

static void test_thread_cpu(void)
{
    uint64_t cpu = clock_thread_cpu_ns();
    uint64_t start = clock_now_ns();
    while (clock_thread_cpu_ns() == cpu && clock_now_ns() - start < 10 * CLOCK_NS_PER_S) {
    }
    CU_ASSERT(clock_thread_cpu_ns() > cpu);
}

static void check_rfc3339(uint64_t wall_ns, const char *wanted)
{
    char out[25];
    clock_format_rfc3339(wall_ns, out);
    CU_ASSERT_STRING_EQUAL(out, wanted);
}

static void test_rfc3339(void)
{
    check_rfc3339(0, "1970-01-01T00:00:00.000Z");
    check_rfc3339(1582934399999999999u, "2020-02-28T23:59:59.999Z");
    check_rfc3339(1582934400000000000u, "2020-02-29T00:00:00.000Z");
    check_rfc3339(1795442706789000000u, "2026-11-23T14:05:06.789Z");
    check_rfc3339(UINT64_MAX, "2554-07-21T23:34:33.709Z");
}

static const struct suite_test tests[] = {
    {"clock", "monotonic", test_monotonic},
    {"clock", "wall", test_wall},
    {"clock", "thread's CPU time", test_thread_cpu},
    {"clock", "RFC 3339", test_rfc3339},
};

const struct suite_table clock_tests = SUITE_TABLE(tests);
