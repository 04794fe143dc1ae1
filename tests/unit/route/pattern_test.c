#include <CUnit/CUnit.h>

#include "base/check.h"
#include "route/pattern.h"
#include "unit/route/route_lab.h"
#include "unit/route/tables.h"

/* What was read, written in one line ("/users/<id>+all"); or the sentence of a fault. */
static struct str shown(struct arena *a, const char *text)
{
    struct pattern p;
    struct str why;
    uint32_t name = 0;

    if (pattern_parse(str_from(text), a, &p, &why) != ERR_OK) {
        return why;
    }
    struct str out = STR("");
    for (uint32_t i = 0; i < p.segment_count; i++) {
        bool is_template = pattern_is_template(&p, i);
        struct str said = is_template ? p.names[name] : p.segments[i].literal;
        name += is_template;
        out = arena_printf(a, is_template ? "%.*s/<%.*s>" : "%.*s/%.*s", STR_ARGS(out),
                           STR_ARGS(said));
    }
    if (p.tail == PATTERN_TAIL_REST) {
        return arena_printf(a, "%.*s+rest(%.*s)", STR_ARGS(out), STR_ARGS(p.names[name]));
    }
    return p.tail == PATTERN_TAIL_ALL ? arena_printf(a, "%.*s+all", STR_ARGS(out)) : out;
}

static void test_reading(void)
{
    static const struct {
        const char *text;
        const char *shown;
    } rows[] = {
        {"/", "/"},
        {"/a", "/a"},
        {"/a/", "/a/"},
        {"/a/b", "/a/b"},
        {"//a///b", "/a/b"},
        {"/a/./b", "/a/b"},
        {"/a/.", "/a/"},
        {"/%7euser", "/~user"},
        {"/a%2fb", "/a%2Fb"},
        {"/stra\xc3\x9f"
         "e",
         "/stra%C3%9Fe"},
        {"/a*b", "/a*b"},
        {"/**", "+all"},
        {"/a/**", "/a+all"},
        {"/{id}", "/<id>"},
        {"/users/{id}", "/users/<id>"},
        {"/users/{id}/", "/users/<id>/"},
        {"/{a}/{b}/c", "/<a>/<b>/c"},
        {"/files/{rest...}", "/files+rest(rest)"},
        {"/{rest...}", "+rest(rest)"},
        {"/{x}/**", "/<x>+all"},
        {"", "does not begin with '/'"},
        {"a", "does not begin with '/'"},
        {"**", "does not begin with '/'"},
        {"/{a}/{a}", "has {a} twice"},
        {"/{a}/{a...}", "has {a} twice"},
        {"/{}", "has a template without a name"},
        {"/{...}", "has a template without a name"},
        {"/{a b}", "has a template whose name is not of letters, digits, '_' and '-'"},
        {"/a{b}", "has a brace inside a segment: a template is a whole segment, as in "
                  "'/users/{id}'"},
        {"/{b}c", "has a brace inside a segment: a template is a whole segment, as in "
                  "'/users/{id}'"},
        {"/{a", "has a brace inside a segment: a template is a whole segment, as in "
                "'/users/{id}'"},
        {"/a}", "has a brace inside a segment: a template is a whole segment, as in "
                "'/users/{id}'"},
        {"/{{a}}", "has a brace inside a segment: a template is a whole segment, as in "
                   "'/users/{id}'"},
        {"/**/a", "has '**' before its end"},
        {"/**/", "has '**' before its end"},
        {"/{a...}/b", "has a '...' template before its end"},
        {"/a/*", "has '*' as a segment: write '{name}' for one segment, '**' at the end for all "
                 "below"},
        {"/a/../b", "has a '..' segment, which no request has"},
        {"/a b", "is no path: it has a space, a control character, '\\', '#', '?' or a bad '%' "
                 "escape"},
        {"/a?b", "is no path: it has a space, a control character, '\\', '#', '?' or a bad '%' "
                 "escape"},
        {"/%zz", "is no path: it has a space, a control character, '\\', '#', '?' or a bad '%' "
                 "escape"},
        {"/\xff", "is no path: it has a space, a control character, '\\', '#', '?' or a bad '%' "
                  "escape"},
    };
    struct arena a;

    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        lab_assert_text(shown(&a, rows[i].text), rows[i].shown);
    }
    arena_fini(&a);
}

static void test_depth(void)
{
    char deep[2 * (PATTERN_SEGMENTS_MAX + 1) + 1] = "";
    struct arena a;

    arena_init(&a, NULL, NULL, NULL, 0);
    for (unsigned i = 0; i <= PATTERN_SEGMENTS_MAX; i++) {
        memcpy(deep + strlen(deep), "/a", 3);
    }
    lab_assert_text(shown(&a, deep), "has over 64 segments");
    deep[(size_t)2 * PATTERN_SEGMENTS_MAX] = '\0';
    lab_assert_text(shown(&a, deep), deep);
    arena_fini(&a);
}

/* Each goes before all that follow it. */
static void test_order(void)
{
    static const char *const in_order[] = {
        "/a/b/c",     "/a/b",          "/a/b/{x}",  "/a/{x}/c",  "/a/{x}",
        "/a/{x}/{y}", "/a/{x}/{y...}", "/a/{x}/**", "/a/{x...}", "/a/**",
        "/{x}/b",     "/{x}/{y}",      "/{x}/**",   "/{x...}",   "/**",
    };
    struct pattern p[COUNT_OF(in_order)];
    struct arena a;
    struct str why;

    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(in_order); i++) {
        CU_ASSERT_FATAL(pattern_parse(str_from(in_order[i]), &a, &p[i], &why) == ERR_OK);
    }
    for (size_t i = 0; i < COUNT_OF(in_order); i++) {
        for (size_t k = 0; k < COUNT_OF(in_order); k++) {
            int difference = pattern_compare(&p[i], &p[k]);
            CU_ASSERT((difference > 0) - (difference < 0) == (i > k) - (i < k));
        }
    }
    arena_fini(&a);
}

static void test_hosts(void)
{
    static const struct {
        const char *text;
        enum host_kind kind;
        const char *name;
    } rows[] = {
        {"Example.COM", HOST_EXACT, "example.com"},
        {"example.com.", HOST_EXACT, "example.com"},
        {"*.Example.com", HOST_WILDCARD, ".example.com"},
        {"*", HOST_ANY, ""},
        {"192.0.2.1", HOST_EXACT, "192.0.2.1"},
        {"[2001:DB8::1]", HOST_EXACT, "2001:db8::1"},
    };

    static const char *const bad[] = {"",       "a b", "example.com:80", "*.*.com", "a*.com",
                                      "*x.com", "*.",  "*.192.0.2.1",    "u@a"};
    struct host_pattern host;
    struct arena a;
    struct str why;

    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CU_ASSERT_FATAL(pattern_parse_host(str_from(rows[i].text), &a, &host, &why) == ERR_OK);
        CU_ASSERT(host.kind == rows[i].kind);
        lab_assert_text(host.name, rows[i].name);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CU_ASSERT(pattern_parse_host(str_from(bad[i]), &a, &host, &why) == ERR_SYNTAX);
    }
    arena_fini(&a);
}

static const struct suite_test tests[] = {
    {"pattern", "reads paths, or says what is wrong", test_reading},
    {"pattern", "has at most 64 segments", test_depth},
    {"pattern", "orders by specificity", test_order},
    {"pattern", "reads hosts", test_hosts},
};

const struct suite_table pattern_tests = SUITE_TABLE(tests);
