#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/method.h"
#include "unit/http/tables.h"

static void test_names(void)
{
    for (enum method m = METHOD_GET; m < METHOD_OTHER; m++) {
        struct str name = method_name(m);
        row_holds(method_from(name) == m, name);
        row_holds(method_from(str_head(name, name.len - 1)) == METHOD_OTHER, name);
    }
    CU_ASSERT(str_eq(method_name(METHOD_OTHER), STR("-")));
}

static void test_others(void)
{
    static const struct str others[] = {
        STR_LIT(""),     STR_LIT("-"),       STR_LIT("get"),      STR_LIT("Get"),
        STR_LIT("GETS"), STR_LIT("GOT"),     STR_LIT("PO"),       STR_LIT("PULL"),
        STR_LIT("PUTS"), STR_LIT("POSTS"),   STR_LIT("PATHC"),    STR_LIT("HEAP"),
        STR_LIT("LINK"), STR_LIT("DELETER"), STR_LIT("CONNECTS"), STR_LIT("PROPFIND"),
        STR_LIT("GE\0"),
    };
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        row_holds(method_from(others[i]) == METHOD_OTHER, others[i]);
    }
}

static void test_properties(void)
{
    static const struct {
        enum method method;
        bool is_safe;
        bool is_idempotent;
    } rows[] = {
        {METHOD_GET, true, true},       {METHOD_HEAD, true, true},    {METHOD_OPTIONS, true, true},
        {METHOD_TRACE, true, true},     {METHOD_QUERY, true, true},   {METHOD_PUT, false, true},
        {METHOD_DELETE, false, true},   {METHOD_POST, false, false},  {METHOD_PATCH, false, false},
        {METHOD_CONNECT, false, false}, {METHOD_OTHER, false, false},
    };

    CU_ASSERT_EQUAL(COUNT_OF(rows), METHOD_COUNT_);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str name = method_name(rows[i].method);
        row_holds(method_is_safe(rows[i].method) == rows[i].is_safe, name);
        row_holds(method_is_idempotent(rows[i].method) == rows[i].is_idempotent, name);
    }
}

static const struct suite_test tests[] = {
    {"method", "each name is its own", test_names},
    {"method", "nothing else is a method", test_others},
    {"method", "safe and idempotent", test_properties},
};
const struct suite_table method_tests = SUITE_TABLE(tests);
