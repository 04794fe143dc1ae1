#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/query.h"
#include "unit/http/tables.h"

/* Writes the parameters as "name=value;" or "name;" */
static struct str show(struct str query, struct arena *a)
{
    struct str shown = STR("");
    struct query_param p;
    while (query_next(&query, a, &p)) {
        const char *equals = p.value.p == NULL ? "" : "=";
        shown = arena_printf(a, "%.*s%.*s%s%.*s;", STR_ARGS(shown), STR_ARGS(p.name), equals,
                             STR_ARGS(p.value));
    }
    return shown;
}

static const struct {
    const char *query;
    const char *shown;
} rows[] = {
    {"", ""},
    {"a", "a;"},
    {"a=", "a=;"},
    {"a=1", "a=1;"},
    {"a=1&b=2", "a=1;b=2;"},
    {"&&a=1&&b&", "a=1;b;"},
    {"=1", "=1;"},
    {"=", "=;"},
    {"a=1=2", "a=1=2;"},
    {"a+b=c+d", "a b=c d;"},
    {"%61=%3d%26", "a==&;"},
    {"a=%2B", "a=+;"},
    {"a=%", "a=%;"},
    {"a=%4", "a=%4;"},
    {"a=%zz%41", "a=%zzA;"},
    {"a=%%41", "a=%A;"},
    {"a=%C3%A9", "a=\xc3\xa9;"},
    {"a=%ff", "a=\xff;"},
    {"a;b=1", "a;b=1;"},
};

static void test_rows(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str query = str_from(rows[i].query);
        row_holds(str_eq(show(query, &a), str_from(rows[i].shown)), query);
    }
    arena_fini(&a);
}

static void test_find(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    struct str query = STR("x=1&na%6de=first&name=second&flag");
    struct str value;
    CU_ASSERT(query_find(query, STR("name"), &a, &value));
    CU_ASSERT(str_eq(value, STR("first")));
    CU_ASSERT(query_find(query, STR("flag"), &a, &value));
    CU_ASSERT(value.p == NULL);
    CU_ASSERT(!query_find(query, STR("nam"), &a, &value));
    CU_ASSERT(!query_find(str_of(NULL, 0), STR("name"), &a, &value));
    CU_ASSERT(query_find(STR("a=%00b"), STR("a"), &a, &value));
    CU_ASSERT(str_eq(value, STR("\0b")));
    arena_fini(&a);
}

static const struct suite_test tests[] = {
    {"query", "parameters, decoded", test_rows},
    {"query", "finds the first of a name", test_find},
};
const struct suite_table query_tests = SUITE_TABLE(tests);
