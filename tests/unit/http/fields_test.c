#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/fields.h"
#include "unit/http/tables.h"

struct bench {
    struct arena arena;
    struct fields fields;
};

static void set_up(struct bench *b)
{
    arena_init(&b->arena, NULL, NULL, NULL, 0);
    fields_init(&b->fields);
}

static void tear_down(struct bench *b)
{
    arena_fini(&b->arena);
}

static bool has(const struct bench *b, enum field_id id, struct str value)
{
    return str_eq(fields_value(&b->fields, id), value);
}

static void test_add_and_find(void)
{
    struct bench b;
    set_up(&b);
    CU_ASSERT(fields_find(&b.fields, FIELD_HOST) == NULL);
    CU_ASSERT(fields_value(&b.fields, FIELD_HOST).p == NULL);
    fields_add(&b.fields, &b.arena, FIELD_HOST, STR("a"));
    fields_add_named(&b.fields, &b.arena, STR("x-one"), STR("1"));
    fields_add_named(&b.fields, &b.arena, STR("accept"), STR("*/*"));
    fields_add_named(&b.fields, &b.arena, STR("x-two"), STR("2"));
    CU_ASSERT(has(&b, FIELD_HOST, STR("a")));
    CU_ASSERT(has(&b, FIELD_ACCEPT, STR("*/*")));
    CU_ASSERT(str_eq(fields_find_named(&b.fields, STR("x-two"))->value, STR("2")));
    CU_ASSERT(str_eq(fields_find_named(&b.fields, STR("host"))->value, STR("a")));
    CU_ASSERT(fields_find_named(&b.fields, STR("x-three")) == NULL);
    CU_ASSERT_EQUAL(b.fields.v[1].id, FIELD_OTHER);
    CU_ASSERT_EQUAL(b.fields.v[2].id, FIELD_ACCEPT);
    tear_down(&b);
}

static void test_grows_in_order(void)
{
    struct bench b;
    set_up(&b);
    for (int i = 0; i < 1000; i++) {
        struct field *f = fields_add_named(&b.fields, &b.arena, STR("x"), STR(""));
        f->value = arena_printf(&b.arena, "%d", i);
    }
    CU_ASSERT_EQUAL(b.fields.count, 1000);
    CU_ASSERT(str_eq(b.fields.v[0].value, STR("0")));
    CU_ASSERT(str_eq(b.fields.v[16].value, STR("16")));
    CU_ASSERT(str_eq(b.fields.v[999].value, STR("999")));
    tear_down(&b);
}

static void test_set_and_remove(void)
{
    struct bench b;
    set_up(&b);
    fields_add(&b.fields, &b.arena, FIELD_VARY, STR("a"));
    fields_add_named(&b.fields, &b.arena, STR("x-one"), STR("1"));
    fields_add(&b.fields, &b.arena, FIELD_VARY, STR("b"));
    fields_add_named(&b.fields, &b.arena, STR("x-two"), STR("2"));
    fields_set(&b.fields, &b.arena, FIELD_VARY, STR("c"));
    CU_ASSERT_EQUAL(b.fields.count, 3);
    CU_ASSERT_EQUAL(fields_count_of(&b.fields, FIELD_VARY), 1);
    CU_ASSERT(has(&b, FIELD_VARY, STR("c")));
    CU_ASSERT(str_eq(b.fields.v[0].name, STR("x-one")));
    CU_ASSERT(str_eq(b.fields.v[1].name, STR("x-two")));
    CU_ASSERT_EQUAL(fields_remove_named(&b.fields, &b.arena, STR("x-one")), 1);
    CU_ASSERT(fields_find_named(&b.fields, STR("x-two")) != NULL);
    CU_ASSERT_EQUAL(fields_remove_named(&b.fields, &b.arena, STR("x-one")), 0);
    CU_ASSERT_EQUAL(fields_remove_named(&b.fields, &b.arena, STR("vary")), 1);
    CU_ASSERT_EQUAL(fields_remove(&b.fields, &b.arena, FIELD_HOST), 0);
    CU_ASSERT_EQUAL(b.fields.count, 1);
    tear_down(&b);
}

static const struct field ready[] = {
    {.name = STR_LIT("server"), .value = STR_LIT("weir"), .id = FIELD_SERVER},
    {.name = STR_LIT("etag"), .value = STR_LIT("\"1\""), .id = FIELD_ETAG},
};

/* The block is constant memory: writing to it would crash. */
static void test_borrowed_is_copied(void)
{
    struct bench b;
    set_up(&b);
    fields_borrow(&b.fields, ready, COUNT_OF(ready));
    CU_ASSERT(b.fields.v == ready);
    CU_ASSERT(has(&b, FIELD_ETAG, STR("\"1\"")));
    CU_ASSERT_EQUAL(fields_remove(&b.fields, &b.arena, FIELD_HOST), 0);
    CU_ASSERT(b.fields.v == ready);
    CU_ASSERT_EQUAL(fields_remove(&b.fields, &b.arena, FIELD_SERVER), 1);
    CU_ASSERT(b.fields.v != ready);
    CU_ASSERT_EQUAL(b.fields.count, 1);
    CU_ASSERT(has(&b, FIELD_ETAG, STR("\"1\"")));

    fields_init(&b.fields);
    fields_borrow(&b.fields, ready, COUNT_OF(ready));
    fields_add(&b.fields, &b.arena, FIELD_AGE, STR("3"));
    CU_ASSERT_EQUAL(b.fields.count, 3);
    CU_ASSERT(has(&b, FIELD_SERVER, STR("weir")));
    CU_ASSERT(has(&b, FIELD_AGE, STR("3")));
    CU_ASSERT(str_eq(ready[0].value, STR("weir")));
    tear_down(&b);
}

static void test_joined(void)
{
    struct bench b;
    set_up(&b);
    struct str one = STR("a");
    CU_ASSERT(fields_joined(&b.fields, &b.arena, FIELD_VARY).p == NULL);
    fields_add(&b.fields, &b.arena, FIELD_VARY, one);
    CU_ASSERT(fields_joined(&b.fields, &b.arena, FIELD_VARY).p == one.p);
    fields_add(&b.fields, &b.arena, FIELD_COOKIE, STR("k=1"));
    fields_add(&b.fields, &b.arena, FIELD_VARY, STR("b,c"));
    fields_add(&b.fields, &b.arena, FIELD_VARY, STR(""));
    fields_add(&b.fields, &b.arena, FIELD_VARY, STR("d"));
    fields_add(&b.fields, &b.arena, FIELD_COOKIE, STR("l=2"));
    CU_ASSERT(str_eq(fields_joined(&b.fields, &b.arena, FIELD_VARY), STR("a, b,c, , d")));
    CU_ASSERT(str_eq(fields_joined(&b.fields, &b.arena, FIELD_COOKIE), STR("k=1; l=2")));
    tear_down(&b);
}

static void test_joined_empty_ones(void)
{
    struct bench b;
    set_up(&b);
    fields_add(&b.fields, &b.arena, FIELD_VARY, STR(""));
    fields_add(&b.fields, &b.arena, FIELD_VARY, STR(""));
    struct str joined = fields_joined(&b.fields, &b.arena, FIELD_VARY);
    struct str list = joined;
    struct str member;
    CU_ASSERT(!str_next_member(&list, &member));
    CU_ASSERT(joined.p != NULL);
    tear_down(&b);
}

/* The same answer as a rule written out for one byte. */
static bool is_tchar(unsigned c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != 0 && c < 128 && strchr("!#$%&'*+-.^_`|~", (int)c) != NULL);
}

static void test_names(void)
{
    CU_ASSERT(!fields_name_is_valid(STR(""), true));
    CU_ASSERT(fields_name_is_valid(STR("content-type"), true));
    CU_ASSERT(fields_name_is_valid(STR("Content-Type"), false));
    CU_ASSERT(!fields_name_is_valid(STR("content-Type"), true));
    CU_ASSERT(!fields_name_is_valid(STR("a b"), false));
    CU_ASSERT(!fields_name_is_valid(STR(":path"), true));
    for (unsigned c = 0; c < 256; c++) {
        char name[] = {'x', (char)c, 'y'};
        bool is_upper = c >= 'A' && c <= 'Z';
        CU_ASSERT_EQUAL(fields_name_is_valid(str_of(name, 3), false), is_tchar(c));
        CU_ASSERT_EQUAL(fields_name_is_valid(str_of(name, 3), true), is_tchar(c) && !is_upper);
    }
}

static void test_values(void)
{
    CU_ASSERT(fields_value_is_valid(STR("")));
    CU_ASSERT(fields_value_is_valid(STR("a\tb c")));
    for (unsigned c = 0; c < 256; c++) {
        char value[] = {'x', (char)c, 'y'};
        bool is_blank = c == ' ' || c == '\t';
        bool is_good = c == '\t' || (c >= 0x20 && c != 0x7f);
        CU_ASSERT_EQUAL(fields_value_is_valid(str_of(value, 3)), is_good);
        CU_ASSERT_EQUAL(fields_value_is_valid(str_of(value + 1, 2)), is_good && !is_blank);
        CU_ASSERT_EQUAL(fields_value_is_valid(str_of(value, 2)), is_good && !is_blank);
        CU_ASSERT_EQUAL(fields_value_is_valid(str_of(value + 1, 1)), is_good && !is_blank);
    }
}

static const struct suite_test tests[] = {
    {"fields", "adds and finds", test_add_and_find},
    {"fields", "grows and keeps the order", test_grows_in_order},
    {"fields", "sets and removes", test_set_and_remove},
    {"fields", "copies a borrowed list before a change", test_borrowed_is_copied},
    {"fields", "joins the lines of one name", test_joined},
    {"fields", "joins empty lines", test_joined_empty_ones},
    {"fields", "valid names, byte by byte", test_names},
    {"fields", "valid values, byte by byte", test_values},
};
const struct suite_table fields_tests = SUITE_TABLE(tests);
