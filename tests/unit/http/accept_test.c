#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/accept.h"
#include "unit/http/tables.h"

#define HTML "text/html;charset=utf-8"
#define JSON "application/json"

static const struct {
    const char *accept;
    const char *type;
    unsigned weight;
} rows[] = {
    {"*/*", HTML, 1000},
    {"text/html", HTML, 1000},
    {"TEXT/HTML", HTML, 1000},
    {"text/*", HTML, 1000},
    {"Text/*", HTML, 1000},
    {"text/*", JSON, 0},
    {"text/plain", HTML, 0},
    {"text/htm", HTML, 0},
    {"text/html2", HTML, 0},
    {"", HTML, 0},
    {",", HTML, 0},
    {"text/html;q=0.5", HTML, 500},
    {"text/html; q=0.5", HTML, 500},
    {"text/html ; Q=0.5", HTML, 500},
    {"text/html;q=0", HTML, 0},
    {"text/html;q=0.000", HTML, 0},
    {"text/html;q=0.001", HTML, 1},
    {"text/html;q=1.000", HTML, 1000},
    {"text/html;q=1.", HTML, 1000},
    {"text/html;q=0.", HTML, 0},
    {"text/html;q=0.12", HTML, 120},
    /* weights that are none */
    {"text/html;q=1.001", HTML, 0},
    {"text/html;q=2", HTML, 0},
    {"text/html;q=0.1234", HTML, 0},
    {"text/html;q=-1", HTML, 0},
    {"text/html;q=.5", HTML, 0},
    {"text/html;q=0.a", HTML, 0},
    {"text/html;q=", HTML, 0},
    {"text/html;q", HTML, 0},
    {"text/html;q=0 .5", HTML, 0},
    /* the most specific decides, wherever it stands */
    {"*/*, text/html;q=0.3", HTML, 300},
    {"text/html;q=0.3, */*", HTML, 300},
    {"text/*;q=0.7, */*;q=0.1", HTML, 700},
    {"text/*;q=0.7, */*;q=0.1", JSON, 100},
    {"text/*;q=0, */*", HTML, 0},
    {"text/html;q=0, text/*, */*", HTML, 0},
    {"text/html;q=0.2, text/html;q=0.9", HTML, 200},
    /* parameters */
    {"text/html;charset=utf-8;q=0.4, text/html", HTML, 400},
    {"text/html;charset=\"UTF-8\";q=0.4, text/html", HTML, 400},
    {"text/html;charset=latin1;q=0.4, text/html;q=0.6", HTML, 600},
    {"text/html;level=1", HTML, 0},
    {"text/html;charset=utf-8;level=1", HTML, 0},
    {"text/html;;q=0.4", HTML, 400},
    /* what follows the weight does not count */
    {"text/html;q=0.4;level=1", HTML, 400},
    /* forms that are none */
    {"*", HTML, 0},
    {"*/html", HTML, 0},
    {"text", HTML, 0},
    {"text/", HTML, 0},
    {"text/**", HTML, 0},
    {"/", HTML, 0},
    {"text/html text/plain", HTML, 0},
    /* browsers and programs */
    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML, 1000},
    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON, 800},
    {"image/avif,image/webp,*/*", HTML, 1000},
};

static void test_rows(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fields fields;
        fields_init(&fields);
        fields_add(&fields, &a, FIELD_ACCEPT, str_from(rows[i].accept));
        row_holds(accept_weight(&fields, str_from(rows[i].type)) == rows[i].weight,
                  str_from(rows[i].accept));
    }
    arena_fini(&a);
}

static void test_lines(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    struct fields fields;
    fields_init(&fields);
    CU_ASSERT_EQUAL(accept_weight(&fields, STR(HTML)), ACCEPT_BEST);
    fields_add(&fields, &a, FIELD_ACCEPT, STR("*/*;q=0.5"));
    fields_add(&fields, &a, FIELD_ACCEPT, STR("text/html;q=0.6"));
    CU_ASSERT_EQUAL(accept_weight(&fields, STR(HTML)), 600);
    arena_fini(&a);
}

static void test_bound(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    struct str list = STR("a/b");
    for (int i = 1; i < 63; i++) {
        list = arena_printf(&a, "%.*s,a/b", STR_ARGS(list));
    }
    struct fields fields;
    fields_init(&fields);
    struct field *f = fields_add(&fields, &a, FIELD_ACCEPT, STR(""));
    f->value = arena_printf(&a, "%.*s,text/html", STR_ARGS(list));
    CU_ASSERT_EQUAL(accept_weight(&fields, STR(HTML)), ACCEPT_BEST);
    f->value = arena_printf(&a, "a/b,%.*s,text/html", STR_ARGS(list));
    CU_ASSERT_EQUAL(accept_weight(&fields, STR(HTML)), 0);
    arena_fini(&a);
}

static const struct suite_test tests[] = {
    {"accept", "ranges and weights", test_rows},
    {"accept", "no line, two lines", test_lines},
    {"accept", "only 64 ranges are read", test_bound},
};
const struct suite_table accept_tests = SUITE_TABLE(tests);
