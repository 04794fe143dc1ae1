#include <CUnit/CUnit.h>

#include "base/arena.h"
#include "base/check.h"
#include "http/etag.h"
#include "unit/http/tables.h"

static void test_parse(void)
{
    static const struct {
        const char *text;
        const char *opaque; /* NULL: none */
        bool is_weak;
    } rows[] = {
        {"\"a\"", "\"a\"", false},   {"W/\"a\"", "\"a\"", true},
        {"\"\"", "\"\"", false},     {"\"a,b\"", "\"a,b\"", false},
        {"\"\\\"", "\"\\\"", false}, {"\"\xff\"", "\"\xff\"", false},
        {"\"!#\"", "\"!#\"", false}, {"", NULL, false},
        {"a", NULL, false},          {"\"", NULL, false},
        {"\"a", NULL, false},        {"a\"", NULL, false},
        {"w/\"a\"", NULL, false},    {"W/", NULL, false},
        {"W/a", NULL, false},        {"W\"a\"", NULL, false},
        {"\"a b\"", NULL, false},    {"\"a\"b", NULL, false},
        {"\"a\"\"", NULL, false},    {" \"a\"", NULL, false},
        {"\"a\" ", NULL, false},     {"*", NULL, false},
        {"\"\x7f\"", NULL, false},   {"W/ \"a\"", NULL, false},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str text = str_from(rows[i].text);
        struct etag etag;
        bool is_good = etag_parse(text, &etag);
        row_holds(is_good == (rows[i].opaque != NULL), text);
        if (is_good && rows[i].opaque != NULL) {
            row_holds(str_eq(etag.opaque, str_from(rows[i].opaque)), text);
            row_holds(etag.is_weak == rows[i].is_weak, text);
        }
    }
}

static struct str show(struct str list, struct arena *a)
{
    struct str shown = STR("");
    struct etag etag;
    while (etag_next(&list, &etag)) {
        shown = arena_printf(a, "%.*s%s%.*s", STR_ARGS(shown), etag.is_weak ? "~" : "",
                             STR_ARGS(etag.opaque));
    }
    return shown;
}

static void test_lists(void)
{
    static const struct {
        const char *list;
        const char *shown;
    } rows[] = {
        {"", ""},
        {" ", ""},
        {",,", ""},
        {"\"a\"", "\"a\""},
        {"\"a\",\"b\"", "\"a\"\"b\""},
        {" \"a\" ,\t, W/\"b\" ", "\"a\"~\"b\""},
        {"\"a,b\", \"c\"", "\"a,b\"\"c\""},
        /* A backslash escapes nothing */
        {"\"a\\\", \"b\"", "\"a\\\"\"b\""},
        {"bad, \"b\"", "\"b\""},
        {"\"a\" bad, \"b\"", "\"b\""},
        {"\"a\"\"b\", \"c\"", "\"c\""},
        {"*, \"b\"", "\"b\""},
        {"\"unclosed, \"b\"", "\"b\""},
        {"\"a\",", "\"a\""},
    };
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str list = str_from(rows[i].list);
        row_holds(str_eq(show(list, &a), str_from(rows[i].shown)), list);
    }
    arena_fini(&a);
}

/* The table of RFC 9110, section 8.8.3.2. */
static void test_matching(void)
{
    static const struct {
        const char *a;
        const char *b;
        bool strong;
        bool weak;
    } rows[] = {
        {"W/\"1\"", "W/\"1\"", false, true}, {"W/\"1\"", "W/\"2\"", false, false},
        {"W/\"1\"", "\"1\"", false, true},   {"\"1\"", "W/\"1\"", false, true},
        {"\"1\"", "\"1\"", true, true},      {"\"1\"", "\"2\"", false, false},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct etag a;
        struct etag b;
        CU_ASSERT(etag_parse(str_from(rows[i].a), &a));
        CU_ASSERT(etag_parse(str_from(rows[i].b), &b));
        row_holds(etag_match_strong(a, b) == rows[i].strong, str_from(rows[i].a));
        row_holds(etag_match_weak(a, b) == rows[i].weak, str_from(rows[i].a));
    }
}

static const struct suite_test tests[] = {
    {"etag", "one", test_parse},
    {"etag", "lists", test_lists},
    {"etag", "strong and weak", test_matching},
};
const struct suite_table etag_tests = SUITE_TABLE(tests);
