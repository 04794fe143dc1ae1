#include <CUnit/CUnit.h>

#include "base/buf.h"
#include "support/suite.h"
#include "unit/base/tables.h"

static void test_add(void)
{
    struct buf b;
    buf_init(&b, 1000);
    CU_ASSERT(str_is_empty(buf_str(&b)));
    CU_ASSERT_EQUAL(buf_add(&b, STR("hello")), ERR_OK);
    CU_ASSERT_EQUAL(buf_add(&b, str_of(NULL, 0)), ERR_OK);
    CU_ASSERT_EQUAL(buf_add_char(&b, ','), ERR_OK);
    CU_ASSERT_EQUAL(buf_printf(&b, " %s %d", "world", 7), ERR_OK);
    CU_ASSERT(str_eq(buf_str(&b), STR("hello, world 7")));
    buf_clear(&b);
    CU_ASSERT_EQUAL(b.len, 0);
    CU_ASSERT(b.cap > 0);
    buf_fini(&b);
    CU_ASSERT(b.data == NULL && b.cap == 0);
    buf_fini(&b);
}

static void test_growth(void)
{
    struct buf b;
    buf_init(&b, 100000);
    for (size_t i = 0; i < 100000; i++) {
        CU_ASSERT_FATAL(buf_add_char(&b, (char)('a' + i % 26)) == ERR_OK);
    }
    CU_ASSERT_EQUAL(b.len, 100000);
    CU_ASSERT_EQUAL(b.cap, 100000);
    for (size_t i = 0; i < b.len; i++) {
        CU_ASSERT_FATAL(b.data[i] == (char)('a' + i % 26));
    }
    CU_ASSERT_EQUAL(buf_add_char(&b, 'x'), ERR_FULL);
    buf_fini(&b);
}

/* Exactly full is fine; one more changes nothing. */
static void test_ceiling(void)
{
    struct buf b;
    buf_init(&b, 8);
    CU_ASSERT_EQUAL(buf_add(&b, STR("123456789")), ERR_FULL);
    CU_ASSERT_EQUAL(b.len, 0);
    CU_ASSERT_EQUAL(buf_add(&b, STR("1234")), ERR_OK);
    CU_ASSERT_EQUAL(buf_printf(&b, "%d", 56789), ERR_FULL);
    CU_ASSERT(str_eq(buf_str(&b), STR("1234")));
    CU_ASSERT_EQUAL(buf_printf(&b, "%d", 5678), ERR_OK);
    CU_ASSERT(str_eq(buf_str(&b), STR("12345678")));
    CU_ASSERT(b.cap <= 8);
    CU_ASSERT_EQUAL(buf_add(&b, str_of(NULL, 0)), ERR_OK);
    CU_ASSERT_EQUAL(buf_printf(&b, "%s", ""), ERR_OK);
    CU_ASSERT_EQUAL(buf_add_char(&b, 'x'), ERR_FULL);
    CU_ASSERT(str_eq(buf_str(&b), STR("12345678")));
    buf_fini(&b);
}

static void test_no_room_at_all(void)
{
    struct buf b;
    buf_init(&b, 0);
    CU_ASSERT_EQUAL(buf_add(&b, STR("")), ERR_OK);
    CU_ASSERT_EQUAL(buf_add_char(&b, 'x'), ERR_FULL);
    CU_ASSERT_PTR_NULL(buf_room(&b, 1));
    CU_ASSERT_PTR_NULL(buf_room(&b, SIZE_MAX));
    buf_fini(&b);
}

static void test_room(void)
{
    struct buf b;
    buf_init(&b, 10);
    CU_ASSERT_EQUAL(buf_add(&b, STR("abc")), ERR_OK);
    CU_ASSERT_PTR_NULL(buf_room(&b, 8));
    CU_ASSERT_PTR_NULL(buf_room(&b, SIZE_MAX));
    char *room = buf_room(&b, 7);
    CU_ASSERT_PTR_NOT_NULL(room);
    CU_ASSERT(str_eq(buf_str(&b), STR("abc")));
    if (room != NULL) {
        memset(room, 'd', 7);
        buf_added(&b, 2);
    }
    CU_ASSERT(str_eq(buf_str(&b), STR("abcdd")));
    buf_fini(&b);
}

static void add_too_much(void *ctx)
{
    struct buf *b = ctx;
    buf_added(b, b->cap - b->len + 1);
}

static void drop_too_much(void *ctx)
{
    struct buf *b = ctx;
    buf_drop_front(b, b->len + 1);
}

static void test_misuse(void)
{
    struct buf b;
    buf_init(&b, 100);
    CU_ASSERT_EQUAL(buf_add(&b, STR("abc")), ERR_OK);
    CU_ASSERT(suite_aborts(add_too_much, &b));
    CU_ASSERT(suite_aborts(drop_too_much, &b));
    buf_fini(&b);
}

static void test_drop_front(void)
{
    struct buf b;
    buf_init(&b, 100);
    buf_drop_front(&b, 0);
    CU_ASSERT_EQUAL(buf_add(&b, STR("abcdef")), ERR_OK);
    buf_drop_front(&b, 0);
    buf_drop_front(&b, 2);
    CU_ASSERT(str_eq(buf_str(&b), STR("cdef")));
    buf_drop_front(&b, 4);
    CU_ASSERT_EQUAL(b.len, 0);
    CU_ASSERT_EQUAL(buf_add(&b, STR("gh")), ERR_OK);
    CU_ASSERT(str_eq(buf_str(&b), STR("gh")));
    buf_fini(&b);
}

static const struct suite_test tests[] = {
    {"buf", "add", test_add},
    {"buf", "growth", test_growth},
    {"buf", "ceiling", test_ceiling},
    {"buf", "no room at all", test_no_room_at_all},
    {"buf", "room", test_room},
    {"buf", "misuse aborts", test_misuse},
    {"buf", "drop front", test_drop_front},
};

const struct suite_table buf_tests = SUITE_TABLE(tests);
