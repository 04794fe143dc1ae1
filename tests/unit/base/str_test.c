#include <CUnit/CUnit.h>

#include "base/str.h"
#include "unit/base/tables.h"

static void test_eq(void)
{
    CU_ASSERT(str_eq(STR("abc"), STR("abc")));
    CU_ASSERT(str_eq(STR(""), str_of(NULL, 0)));
    CU_ASSERT(!str_eq(STR("abc"), STR("abd")));
    CU_ASSERT(!str_eq(STR("abc"), STR("ab")));
}

static void test_eq_nocase(void)
{
    CU_ASSERT(str_eq_nocase(STR("Content-Type"), STR("cONTENT-tYPE")));
    CU_ASSERT(str_eq_nocase(STR(""), str_of(NULL, 0)));
    CU_ASSERT(!str_eq_nocase(STR("a"), STR("ab")));
    /* Only letters have a case: '@' and '`', '[' and '{' stand 32 apart, too */
    CU_ASSERT(!str_eq_nocase(STR("@["), STR("`{")));
    CU_ASSERT(!str_eq_nocase(STR("\xc4"), STR("\xe4")));
}

static void test_cmp(void)
{
    CU_ASSERT(str_cmp(STR("a"), STR("b")) < 0);
    CU_ASSERT(str_cmp(STR("b"), STR("a")) > 0);
    CU_ASSERT(str_cmp(STR("ab"), STR("a")) > 0);
    CU_ASSERT(str_cmp(STR("a"), STR("ab")) < 0);
    CU_ASSERT(str_cmp(STR("b"), STR("ab")) > 0);
    CU_ASSERT(str_cmp(str_of(NULL, 0), STR("")) == 0);
    CU_ASSERT(str_cmp(STR("\xff"), STR("a")) > 0);
}

static void test_skip_and_head(void)
{
    CU_ASSERT(str_eq(str_skip(STR("hello"), 2), STR("llo")));
    CU_ASSERT(str_eq(str_skip(STR("hello"), 5), STR("")));
    CU_ASSERT(str_eq(str_skip(STR("hello"), 9), STR("")));
    CU_ASSERT(str_eq(str_head(STR("hello"), 2), STR("he")));
    CU_ASSERT(str_eq(str_head(STR("hello"), 9), STR("hello")));
}

static void test_prefix_and_suffix(void)
{
    CU_ASSERT(str_has_prefix(STR("/api/users"), STR("/api")));
    CU_ASSERT(str_has_prefix(STR("/api"), STR("/api")));
    CU_ASSERT(str_has_prefix(STR("x"), STR("")));
    CU_ASSERT(!str_has_prefix(STR("/ap"), STR("/api")));
    CU_ASSERT(!str_has_prefix(STR("/apx"), STR("/api")));
    CU_ASSERT(str_has_suffix(STR("site.css"), STR(".css")));
    CU_ASSERT(str_has_suffix(STR(".css"), STR(".css")));
    CU_ASSERT(!str_has_suffix(STR("css"), STR(".css")));
    CU_ASSERT(!str_has_suffix(STR("a.csv"), STR(".css")));
}

static void test_index(void)
{
    CU_ASSERT_EQUAL(str_index(STR("a:b:c"), ':'), 1);
    CU_ASSERT_EQUAL(str_index(STR("abc"), ':'), 3);
    CU_ASSERT_EQUAL(str_index(STR(""), ':'), 0);
    CU_ASSERT_EQUAL(str_index(str_of(NULL, 0), ':'), 0);
    CU_ASSERT_EQUAL(str_index(str_of("ab\0c", 4), 'c'), 3);
}

static void test_cut(void)
{
    struct str rest;
    CU_ASSERT(str_eq(str_cut(STR("key=value=x"), '=', &rest), STR("key")));
    CU_ASSERT(str_eq(rest, STR("value=x")));
    CU_ASSERT(str_eq(str_cut(STR("key="), '=', &rest), STR("key")));
    CU_ASSERT(rest.p != NULL && rest.len == 0);
    CU_ASSERT(str_eq(str_cut(STR("key"), '=', &rest), STR("key")));
    CU_ASSERT(rest.p == NULL && rest.len == 0);
    CU_ASSERT(str_eq(str_cut(STR("=v"), '=', NULL), STR("")));
}

static void test_trim(void)
{
    CU_ASSERT(str_eq(str_trim(STR(" \t a b\t ")), STR("a b")));
    CU_ASSERT(str_eq(str_trim(STR("ab")), STR("ab")));
    CU_ASSERT(str_eq(str_trim(STR(" \t ")), STR("")));
    CU_ASSERT(str_eq(str_trim(STR("")), STR("")));
    /* Line ends are no OWS */
    CU_ASSERT(str_eq(str_trim(STR("\na\r")), STR("\na\r")));
}

static void check_members(const char *text, const char *const *wanted)
{
    struct str list = str_from(text);
    struct str member = {NULL, 0};
    size_t i = 0;
    for (; wanted[i] != NULL; i++) {
        CU_ASSERT(str_next_member(&list, &member));
        CU_ASSERT(str_eq(member, str_from(wanted[i])));
    }
    CU_ASSERT(!str_next_member(&list, &member));
    CU_ASSERT_EQUAL(list.len, 0);
}

static void test_members(void)
{
    check_members("", (const char *const[]){NULL});
    check_members(" , ,\t,", (const char *const[]){NULL});
    check_members("gzip", (const char *const[]){"gzip", NULL});
    check_members("gzip;q=0.5 , br,, zstd ",
                  (const char *const[]){"gzip;q=0.5", "br", "zstd", NULL});
    check_members(",a", (const char *const[]){"a", NULL});
}

static void test_quoted_members(void)
{
    check_members("\"a,b\" , c", (const char *const[]){"\"a,b\"", "c", NULL});
    check_members("x=\"\\\",\", y", (const char *const[]){"x=\"\\\",\"", "y", NULL});
    /* Outside quotes a backslash is only itself */
    check_members("a\\,b", (const char *const[]){"a\\", "b", NULL});
    /* What is never closed runs to the end */
    check_members("\"a, b", (const char *const[]){"\"a, b", NULL});
    check_members("\"a\\", (const char *const[]){"\"a\\", NULL});
}

static void test_distance(void)
{
    CU_ASSERT_EQUAL(str_distance(STR("listeners"), STR("listeners"), 3), 0);
    CU_ASSERT_EQUAL(str_distance(STR("listner"), STR("listener"), 3), 1);
    CU_ASSERT_EQUAL(str_distance(STR("uptsream"), STR("upstream"), 3), 1);
    CU_ASSERT_EQUAL(str_distance(STR("kitten"), STR("sitting"), 5), 3);
    CU_ASSERT_EQUAL(str_distance(STR("kitten"), STR("sitting"), 2), 3);
    CU_ASSERT_EQUAL(str_distance(STR(""), STR("abc"), 5), 3);
    CU_ASSERT_EQUAL(str_distance(STR("abc"), STR(""), 5), 3);
    CU_ASSERT_EQUAL(str_distance(STR(""), STR(""), 5), 0);
    CU_ASSERT_EQUAL(str_distance(STR("abc"), STR("xyz"), 1), 2);
    /* Optimal string alignment: what was swapped is not touched again */
    CU_ASSERT_EQUAL(str_distance(STR("ca"), STR("abc"), 5), 3);
}

static void test_distance_of_long_texts(void)
{
    char a[64];
    char b[64];
    memset(a, 'a', sizeof(a));
    memset(b, 'b', sizeof(b));
    CU_ASSERT_EQUAL(str_distance(str_of(a, 63), str_of(a, 63), 3), 0);
    CU_ASSERT_EQUAL(str_distance(str_of(a, 63), str_of(b, 63), 100), 63);
    CU_ASSERT_EQUAL(str_distance(str_of(a, 64), str_of(a, 64), 3), 4);
    CU_ASSERT_EQUAL(str_distance(str_of(a, 1), str_of(a, 64), 3), 4);
}

static const struct suite_test tests[] = {
    {"str", "equality", test_eq},
    {"str", "equality without case", test_eq_nocase},
    {"str", "order", test_cmp},
    {"str", "skip and head", test_skip_and_head},
    {"str", "prefix and suffix", test_prefix_and_suffix},
    {"str", "index", test_index},
    {"str", "cut", test_cut},
    {"str", "trim", test_trim},
    {"str", "list members", test_members},
    {"str", "quoted list members", test_quoted_members},
    {"str", "distance", test_distance},
    {"str", "distance of long texts", test_distance_of_long_texts},
};

const struct suite_table str_tests = SUITE_TABLE(tests);
