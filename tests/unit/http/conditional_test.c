#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/conditional.h"
#include "unit/http/tables.h"

/* The representation: changed at MODIFIED, asked for at NOW. */
#define MODIFIED 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define NOW      (MODIFIED + 3600)

#define BEFORE  "Sun, 06 Nov 1994 08:49:36 GMT"
#define SAME    "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER   "Sun, 06 Nov 1994 08:49:38 GMT"
#define OLD     "Sunday, 06-Nov-94 08:49:37 GMT"
#define ANSI    "Sun Nov  6 08:49:37 1994"
#define NO_DATE "yesterday"

/* What there is now. */
enum have {
    STRONG,    /* etag "a" and a date */
    WEAK,      /* etag W/"a" and a date */
    ONLY_DATE, /* no etag */
    ONLY_ETAG, /* "a", no date */
    NOTHING    /* no representation */
};

static struct conditional_current make_current(enum have have)
{
    if (have == NOTHING) {
        return (struct conditional_current){0};
    }
    struct str etag = have == ONLY_DATE ? STR("") : have == WEAK ? STR("W/\"a\"") : STR("\"a\"");
    return (struct conditional_current){
        .etag = etag,
        .last_modified_s = have == ONLY_ETAG ? 0 : MODIFIED,
        .has_last_modified = have != ONLY_ETAG,
        .exists = true,
    };
}

#define OK   CONDITIONAL_PROCEED
#define N304 CONDITIONAL_NOT_MODIFIED
#define N412 CONDITIONAL_PRECONDITION_FAILED

#define MATCH    FIELD_IF_MATCH
#define NONE     FIELD_IF_NONE_MATCH
#define MODSINCE FIELD_IF_MODIFIED_SINCE
#define UNMOD    FIELD_IF_UNMODIFIED_SINCE

struct row {
    enum method method;
    enum have have;
    enum conditional_outcome outcome;

    struct {
        enum field_id id;
        const char *value;
    } fields[4];
};

static const struct row rows[] = {
    /* nothing asked */
    {METHOD_GET, STRONG, OK, {{0}}},
    {METHOD_PUT, NOTHING, OK, {{0}}},
    /* If-Match */
    {METHOD_GET, STRONG, OK, {{MATCH, "\"a\""}}},
    {METHOD_PUT, STRONG, OK, {{MATCH, "\"a\""}}},
    {METHOD_PUT, STRONG, N412, {{MATCH, "\"b\""}}},
    {METHOD_GET, STRONG, N412, {{MATCH, "\"b\""}}},
    {METHOD_HEAD, STRONG, N412, {{MATCH, "\"b\""}}},
    {METHOD_PUT, STRONG, OK, {{MATCH, "\"b\", \"a\""}}},
    {METHOD_PUT, STRONG, OK, {{MATCH, "\"b\""}, {MATCH, "\"a\""}}},
    {METHOD_PUT, STRONG, N412, {{MATCH, "W/\"a\""}}},
    {METHOD_PUT, WEAK, N412, {{MATCH, "W/\"a\""}}},
    {METHOD_PUT, WEAK, N412, {{MATCH, "\"a\""}}},
    {METHOD_PUT, STRONG, OK, {{MATCH, "*"}}},
    {METHOD_PUT, WEAK, OK, {{MATCH, "*"}}},
    {METHOD_PUT, ONLY_DATE, OK, {{MATCH, "*"}}},
    {METHOD_PUT, NOTHING, N412, {{MATCH, "*"}}},
    {METHOD_PUT, NOTHING, N412, {{MATCH, "\"a\""}}},
    {METHOD_PUT, ONLY_DATE, N412, {{MATCH, "\"a\""}}},
    {METHOD_PUT, STRONG, N412, {{MATCH, "a"}}},
    {METHOD_PUT, STRONG, N412, {{MATCH, ""}}},
    {METHOD_PUT, STRONG, N412, {{MATCH, "\"A\""}}},
    {METHOD_PUT, STRONG, N412, {{MATCH, "*"}, {MATCH, "\"b\""}}},
    {METHOD_DELETE, STRONG, N412, {{MATCH, "\"b\""}}},
    {METHOD_OTHER, STRONG, N412, {{MATCH, "\"b\""}}},
    /* If-Unmodified-Since */
    {METHOD_PUT, STRONG, N412, {{UNMOD, BEFORE}}},
    {METHOD_PUT, STRONG, OK, {{UNMOD, SAME}}},
    {METHOD_PUT, STRONG, OK, {{UNMOD, AFTER}}},
    {METHOD_GET, STRONG, N412, {{UNMOD, BEFORE}}},
    {METHOD_PUT, STRONG, OK, {{UNMOD, NO_DATE}}},
    {METHOD_PUT, STRONG, OK, {{UNMOD, BEFORE}, {UNMOD, BEFORE}}},
    {METHOD_PUT, ONLY_ETAG, OK, {{UNMOD, BEFORE}}},
    {METHOD_PUT, NOTHING, OK, {{UNMOD, BEFORE}}},
    {METHOD_PUT, STRONG, OK, {{UNMOD, OLD}}},
    {METHOD_PUT, STRONG, OK, {{UNMOD, ANSI}}},
    /* If-Match hides If-Unmodified-Since */
    {METHOD_PUT, STRONG, OK, {{MATCH, "\"a\""}, {UNMOD, BEFORE}}},
    {METHOD_PUT, STRONG, N412, {{MATCH, "\"b\""}, {UNMOD, AFTER}}},
    /* If-None-Match */
    {METHOD_GET, STRONG, N304, {{NONE, "\"a\""}}},
    {METHOD_HEAD, STRONG, N304, {{NONE, "\"a\""}}},
    {METHOD_QUERY, STRONG, N304, {{NONE, "\"a\""}}},
    {METHOD_PUT, STRONG, N412, {{NONE, "\"a\""}}},
    {METHOD_POST, STRONG, N412, {{NONE, "\"a\""}}},
    {METHOD_GET, STRONG, OK, {{NONE, "\"b\""}}},
    {METHOD_GET, STRONG, N304, {{NONE, "W/\"a\""}}},
    {METHOD_GET, WEAK, N304, {{NONE, "\"a\""}}},
    {METHOD_GET, WEAK, N304, {{NONE, "W/\"a\""}}},
    {METHOD_GET, STRONG, N304, {{NONE, "\"b\" , W/\"a\",\"c\""}}},
    {METHOD_GET, STRONG, N304, {{NONE, "\"b\""}, {NONE, "\"a\""}}},
    {METHOD_GET, STRONG, N304, {{NONE, "*"}}},
    {METHOD_GET, ONLY_DATE, N304, {{NONE, "*"}}},
    {METHOD_PUT, STRONG, N412, {{NONE, "*"}}},
    {METHOD_PUT, NOTHING, OK, {{NONE, "*"}}},
    {METHOD_PUT, NOTHING, OK, {{NONE, "\"a\""}}},
    {METHOD_GET, ONLY_DATE, OK, {{NONE, "\"a\""}}},
    {METHOD_GET, STRONG, OK, {{NONE, "a"}}},
    {METHOD_GET, STRONG, OK, {{NONE, ""}}},
    {METHOD_GET, STRONG, N304, {{NONE, "rubbish, \"a\""}}},
    {METHOD_GET, STRONG, OK, {{NONE, "\"x,\"a\",y\""}}},
    /* If-Modified-Since */
    {METHOD_GET, STRONG, OK, {{MODSINCE, BEFORE}}},
    {METHOD_GET, STRONG, N304, {{MODSINCE, SAME}}},
    {METHOD_GET, STRONG, N304, {{MODSINCE, AFTER}}},
    {METHOD_HEAD, STRONG, N304, {{MODSINCE, SAME}}},
    {METHOD_GET, STRONG, N304, {{MODSINCE, OLD}}},
    {METHOD_GET, STRONG, N304, {{MODSINCE, ANSI}}},
    {METHOD_GET, STRONG, OK, {{MODSINCE, NO_DATE}}},
    {METHOD_GET, STRONG, OK, {{MODSINCE, ""}}},
    {METHOD_GET, STRONG, OK, {{MODSINCE, SAME}, {MODSINCE, SAME}}},
    {METHOD_PUT, STRONG, OK, {{MODSINCE, SAME}}},
    {METHOD_POST, STRONG, OK, {{MODSINCE, AFTER}}},
    {METHOD_GET, ONLY_ETAG, OK, {{MODSINCE, AFTER}}},
    {METHOD_GET, NOTHING, OK, {{MODSINCE, AFTER}}},
    /* If-None-Match hides If-Modified-Since */
    {METHOD_GET, STRONG, OK, {{NONE, "\"b\""}, {MODSINCE, AFTER}}},
    {METHOD_GET, STRONG, N304, {{NONE, "\"a\""}, {MODSINCE, BEFORE}}},
    {METHOD_GET, ONLY_DATE, OK, {{MODSINCE, AFTER}, {NONE, "\"b\""}}},
    /* both kinds: the first that fails decides */
    {METHOD_GET, STRONG, N304, {{MATCH, "\"a\""}, {NONE, "\"a\""}}},
    {METHOD_GET, STRONG, N412, {{MATCH, "\"b\""}, {NONE, "\"a\""}}},
    {METHOD_GET, STRONG, N412, {{NONE, "\"a\""}, {UNMOD, BEFORE}}},
    {METHOD_GET, STRONG, N304, {{UNMOD, SAME}, {MODSINCE, SAME}}},
    {METHOD_GET, STRONG, N412, {{MODSINCE, SAME}, {UNMOD, BEFORE}}},
    {METHOD_PUT, STRONG, N412, {{MATCH, "\"a\""}, {NONE, "*"}}},
    {METHOD_GET,
     STRONG,
     OK,
     {{MATCH, "\"a\""}, {NONE, "\"b\""}, {MODSINCE, AFTER}, {UNMOD, BEFORE}}},
    /* methods beyond it all */
    {METHOD_OPTIONS, STRONG, OK, {{MATCH, "\"b\""}}},
    {METHOD_TRACE, STRONG, OK, {{NONE, "\"a\""}}},
    {METHOD_CONNECT, STRONG, OK, {{UNMOD, BEFORE}}},
};

static void add_row(struct fields *fields, struct arena *a, const struct row *row)
{
    for (size_t i = 0; i < COUNT_OF(row->fields) && row->fields[i].value != NULL; i++) {
        fields_add(fields, a, row->fields[i].id, str_from(row->fields[i].value));
    }
}

static void test_rows(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fields fields;
        struct conditional_current current = make_current(rows[i].have);
        fields_init(&fields);
        add_row(&fields, &a, &rows[i]);
        row_holds(conditional_check(rows[i].method, &fields, &current, NOW) == rows[i].outcome,
                  arena_printf(&a, "%zu, %s", i, rows[i].fields[0].value));
    }
    arena_fini(&a);
}

static void test_if_range(void)
{
    static const struct {
        const char *first; /* NULL: no such field */
        const char *second;
        enum have have;
        int64_t now_s;
        bool counts;
    } cases[] = {
        {NULL, NULL, STRONG, NOW, true},
        {NULL, NULL, NOTHING, NOW, true},
        {"\"a\"", NULL, STRONG, NOW, true},
        {"\"b\"", NULL, STRONG, NOW, false},
        {"W/\"a\"", NULL, STRONG, NOW, false},
        {"\"a\"", NULL, WEAK, NOW, false},
        {"W/\"a\"", NULL, WEAK, NOW, false},
        {"\"a\"", NULL, ONLY_DATE, NOW, false},
        {"\"a\"", NULL, NOTHING, NOW, false},
        {"\"b\", \"a\"", NULL, STRONG, NOW, false},
        {"*", NULL, STRONG, NOW, false},
        {"\"a\"", "\"a\"", STRONG, NOW, false},
        {SAME, NULL, STRONG, NOW, true},
        {SAME, NULL, ONLY_DATE, NOW, true},
        {OLD, NULL, STRONG, NOW, true},
        {SAME, NULL, ONLY_ETAG, NOW, false},
        {SAME, NULL, NOTHING, NOW, false},
        {BEFORE, NULL, STRONG, NOW, false},
        {AFTER, NULL, STRONG, NOW, false},
        /* Too young to be strong */
        {SAME, NULL, STRONG, MODIFIED, false},
        {SAME, NULL, STRONG, MODIFIED - 10, false},
        {SAME, NULL, STRONG, MODIFIED + 1, true},
        {NO_DATE, NULL, STRONG, NOW, false},
        {"", NULL, STRONG, NOW, false},
        {"a", NULL, STRONG, NOW, false},
    };
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fields fields;
        struct conditional_current current = make_current(cases[i].have);
        fields_init(&fields);
        if (cases[i].first != NULL) {
            fields_add(&fields, &a, FIELD_IF_RANGE, str_from(cases[i].first));
        }
        if (cases[i].second != NULL) {
            fields_add(&fields, &a, FIELD_IF_RANGE, str_from(cases[i].second));
        }
        row_holds(conditional_range_counts(&fields, &current, cases[i].now_s) == cases[i].counts,
                  arena_printf(&a, "%zu, %s", i, cases[i].first));
    }
    arena_fini(&a);
}

static const struct suite_test tests[] = {
    {"conditional", "section 13, row by row", test_rows},
    {"conditional", "If-Range", test_if_range},
};
const struct suite_table conditional_tests = SUITE_TABLE(tests);
