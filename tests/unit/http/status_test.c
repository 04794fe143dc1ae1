#include <limits.h>

#include <CUnit/CUnit.h>

#include "http/status.h"
#include "unit/http/tables.h"

static void test_titles(void)
{
    CU_ASSERT(str_eq(status_title(200), STR("OK")));
    CU_ASSERT(str_eq(status_title(404), STR("Not Found")));
    CU_ASSERT(str_eq(status_title(413), STR("Content Too Large")));
    CU_ASSERT(str_eq(status_title(511), STR("Network Authentication Required")));
    CU_ASSERT(str_eq(status_title(299), STR("Success")));
    CU_ASSERT(str_eq(status_title(499), STR("Client Error")));
    CU_ASSERT(str_eq(status_title(599), STR("Server Error")));
    CU_ASSERT(str_eq(status_title(0), STR("Unknown")));
    CU_ASSERT(str_eq(status_title(600), STR("Unknown")));
    CU_ASSERT(str_eq(status_title(UINT_MAX), STR("Unknown")));
    for (unsigned status = 0; status < 1000; status++) {
        CU_ASSERT(status_title(status).len > 0);
    }
}

static void test_advice(void)
{
    CU_ASSERT(status_advice(404).len > 0);
    CU_ASSERT_EQUAL(status_advice(418).len, 0);
}

static void test_no_content(void)
{
    CU_ASSERT(status_has_no_content(100));
    CU_ASSERT(status_has_no_content(204));
    CU_ASSERT(status_has_no_content(304));
    CU_ASSERT(!status_has_no_content(200));
    CU_ASSERT(!status_has_no_content(205));
    CU_ASSERT(!status_has_no_content(404));
}

static const struct suite_test tests[] = {
    {"status", "titles", test_titles},
    {"status", "advice", test_advice},
    {"status", "statuses without content", test_no_content},
};
const struct suite_table status_tests = SUITE_TABLE(tests);
