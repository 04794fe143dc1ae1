#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/request_id.h"
#include "unit/http/tables.h"

#define START_NS 1000000000000000000ull

static void test_validity(void)
{
    char text[REQUEST_ID_MAX + 1];
    memset(text, 'x', sizeof(text));
    CU_ASSERT(!request_id_is_valid(STR("")));
    CU_ASSERT(!request_id_is_valid(str_of(NULL, 0)));
    CU_ASSERT(request_id_is_valid(str_of(text, REQUEST_ID_MAX)));
    CU_ASSERT(!request_id_is_valid(str_of(text, REQUEST_ID_MAX + 1)));
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    for (unsigned c = 0; c < 256; c++) {
        char one = (char)c;
        bool is_allowed = c != 0 && strchr(allowed, (int)c) != NULL;
        CU_ASSERT_EQUAL(request_id_is_valid(str_of(&one, 1)), is_allowed);
    }
}

static void test_time_part(void)
{
    struct random random;
    random_init(&random, 1);
    char id[REQUEST_ID_LEN];
    request_id_make(0, &random, id);
    CU_ASSERT(str_eq(str_of(id, 10), STR("0000000000")));
    request_id_make(33 * CLOCK_NS_PER_MS + 5, &random, id);
    CU_ASSERT(str_eq(str_of(id, 10), STR("0000000011")));
    /* As far as nanoseconds in 64 bits go: the year 2554 */
    request_id_make(UINT64_MAX, &random, id);
    CU_ASSERT(str_eq(str_of(id, 10), STR("0GRVVT1DFD")));
    CU_ASSERT(request_id_is_valid(str_of(id, REQUEST_ID_LEN)));
}

static void test_order(void)
{
    struct random random;
    random_init(&random, 7);
    char last[REQUEST_ID_LEN];
    request_id_make(START_NS, &random, last);
    for (uint64_t i = 1; i < 2000; i++) {
        char id[REQUEST_ID_LEN];
        request_id_make(START_NS + i * CLOCK_NS_PER_MS, &random, id);
        CU_ASSERT(memcmp(last, id, REQUEST_ID_LEN) < 0);
        memcpy(last, id, REQUEST_ID_LEN);
    }
}

/* Each of the 16 random characters takes each of the 32 values sooner or later. */
static void test_spread(void)
{
    struct random random;
    random_init(&random, 9);
    unsigned seen[REQUEST_ID_LEN][256] = {{0}};
    for (int i = 0; i < 4000; i++) {
        char id[REQUEST_ID_LEN];
        request_id_make(1, &random, id);
        for (size_t at = 10; at < REQUEST_ID_LEN; at++) {
            seen[at][(unsigned char)id[at]] = 1;
        }
    }
    for (size_t at = 10; at < REQUEST_ID_LEN; at++) {
        unsigned count = 0;
        for (size_t c = 0; c < 256; c++) {
            count += seen[at][c];
        }
        CU_ASSERT_EQUAL(count, 32);
    }
}

static const struct suite_test tests[] = {
    {"request_id", "which may come in", test_validity},
    {"request_id", "begins with the time", test_time_part},
    {"request_id", "sorts by time", test_order},
    {"request_id", "is random", test_spread},
};
const struct suite_table request_id_tests = SUITE_TABLE(tests);
