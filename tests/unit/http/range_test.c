#include <CUnit/CUnit.h>

#include "base/arena.h"
#include "base/check.h"
#include "http/range.h"
#include "unit/http/tables.h"

/* The result as text: "none", "416", or "first-last first-last". */
static struct str show(struct str value, uint64_t length, struct arena *a)
{
    struct range_set set;
    enum range_outcome outcome = range_parse(value, length, &set);
    if (outcome != RANGE_SATISFIABLE) {
        return outcome == RANGE_NONE ? STR("none") : STR("416");
    }
    struct str shown = STR("");
    for (unsigned i = 0; i < set.count; i++) {
        shown = arena_printf(a, "%.*s%s%llu-%llu", STR_ARGS(shown), i > 0 ? " " : "",
                             (unsigned long long)set.v[i].first, (unsigned long long)set.v[i].last);
    }
    return shown;
}

static const struct {
    const char *value;
    uint64_t length;
    const char *shown;
} rows[] = {
    {"bytes=0-0", 100, "0-0"},
    {"bytes=0-99", 100, "0-99"},
    {"bytes=0-100", 100, "0-99"},
    {"bytes=0-", 100, "0-99"},
    {"bytes=99-", 100, "99-99"},
    {"bytes=100-", 100, "416"},
    {"bytes=50-10", 100, "none"},
    {"bytes=-1", 100, "99-99"},
    {"bytes=-100", 100, "0-99"},
    {"bytes=-101", 100, "0-99"},
    {"bytes=-0", 100, "416"},
    {"bytes=-", 100, "none"},
    {"bytes=", 100, "none"},
    {"bytes=,", 100, "none"},
    {"bytes", 100, "none"},
    {"", 100, "none"},
    {"BYTES=1-2", 100, "1-2"},
    {"bytes =1-2", 100, "none"},
    {"byte=1-2", 100, "none"},
    {"items=0-1", 100, "none"},
    {"bytes=1", 100, "none"},
    {"bytes=a-b", 100, "none"},
    {"bytes=1-b", 100, "none"},
    {"bytes=1-2-3", 100, "none"},
    {"bytes=--1", 100, "none"},
    {"bytes=+1-2", 100, "none"},
    {"bytes=0x1-2", 100, "none"},
    {"bytes=1 -2", 100, "none"},
    {"bytes=1- 2", 100, "none"},
    {"bytes=1-2;3-4", 100, "none"},
    {"bytes=1-2,x", 100, "none"},
    {"bytes=\"1-2\"", 100, "none"},
    {"bytes=1-2, 5-6", 100, "1-2 5-6"},
    {"bytes=1-2 ,\t5-6", 100, "1-2 5-6"},
    {"bytes=,1-2,,5-6,", 100, "1-2 5-6"},
    {"bytes=50-60,1-2", 100, "50-60 1-2"},
    {"bytes=1-2,200-300", 100, "1-2"},
    {"bytes=200-300,1-2", 100, "1-2"},
    {"bytes=200-300,400-", 100, "416"},
    {"bytes=200-300,5-1", 100, "none"},
    {"bytes=-0,-0", 100, "416"},
    /* overlapping and touching ones */
    {"bytes=0-10,5-20", 100, "0-20"},
    {"bytes=5-20,0-10", 100, "0-20"},
    {"bytes=0-9,10-19", 100, "0-19"},
    {"bytes=10-19,0-9", 100, "0-19"},
    {"bytes=0-9,11-19", 100, "0-9 11-19"},
    {"bytes=0-0,-1", 1, "0-0"},
    {"bytes=0-0,-1", 100, "0-0 99-99"},
    {"bytes=0-9,20-29,10-19", 100, "0-29"},
    {"bytes=20-29,0-9,40-49,10-19", 100, "0-29 40-49"},
    {"bytes=90-,-5", 100, "90-99"},
    {"bytes=0-,0-,0-", 100, "none"},
    {"bytes=0-,0-", 100, "0-99"},
    {"bytes=0-50,10-20,30-40", 100, "0-50"},
    {"bytes=0-50,10-20,30-40,45-46", 100, "none"},
    /* an empty representation */
    {"bytes=0-", 0, "416"},
    {"bytes=0-0", 0, "416"},
    {"bytes=-1", 0, "none"},
    {"bytes=0-,-1", 0, "none"},
    /* numbers that are too large */
    {"bytes=18446744073709551615-", 100, "416"},
    {"bytes=18446744073709551616-", 100, "416"},
    {"bytes=99999999999999999999999999-", 100, "416"},
    {"bytes=5-18446744073709551616", 100, "5-99"},
    {"bytes=5-99999999999999999999999999", 100, "5-99"},
    {"bytes=-99999999999999999999999999", 100, "0-99"},
    {"bytes=99999999999999999999-5", 100, "none"},
    {"bytes=0-", UINT64_MAX, "0-18446744073709551614"},
    {"bytes=-1", UINT64_MAX, "18446744073709551614-18446744073709551614"},
    {"bytes=18446744073709551614-18446744073709551615", UINT64_MAX,
     "18446744073709551614-18446744073709551614"},
    {"bytes=0-18446744073709551613,18446744073709551614-", UINT64_MAX, "0-18446744073709551614"},
    {"bytes=0000000000000000000000000000001-2", 100, "1-2"},
    /* 16 are allowed, 17 are not */
    {"bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30",
     100, "0-0 2-2 4-4 6-6 8-8 10-10 12-12 14-14 16-16 18-18 20-20 22-22 24-24 26-26 28-28 30-30"},
    {"bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30,"
     "32-32",
     100, "none"},
    {"bytes=900-,900-,900-,900-,900-,900-,900-,900-,900-,900-,900-,900-,900-,900-,900-,900-,900-",
     100, "none"},
};

static void test_rows(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str value = str_from(rows[i].value);
        row_holds(str_eq(show(value, rows[i].length, &a), str_from(rows[i].shown)), value);
    }
    arena_fini(&a);
}

static void test_len(void)
{
    CU_ASSERT_EQUAL(range_len((struct range){0, 0}), 1);
    CU_ASSERT_EQUAL(range_len((struct range){10, 19}), 10);
}

static const struct suite_test tests[] = {
    {"range", "what is asked, and what it comes to", test_rows},
    {"range", "length", test_len},
};
const struct suite_table range_tests = SUITE_TABLE(tests);
