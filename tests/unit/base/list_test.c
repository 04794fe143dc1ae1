#include <CUnit/CUnit.h>

#include "base/list.h"
#include "unit/base/tables.h"

struct item {
    char name;
    struct list node;
};

/* The ring's names, forwards; fails when it reads differently backwards. */
static void check_ring(struct list *ring, const char *wanted)
{
    size_t n = 0;
    struct list *node;
    LIST_EACH(node, ring) {
        CU_ASSERT_FATAL(wanted[n] != '\0');
        CU_ASSERT_EQUAL(CONTAINER_OF(node, struct item, node)->name, wanted[n]);
        CU_ASSERT_PTR_EQUAL(node->next->prev, node);
        n++;
    }
    CU_ASSERT_EQUAL(wanted[n], '\0');
    CU_ASSERT_EQUAL(list_is_empty(ring), n == 0);
}

static void make_items(struct item items[static 4])
{
    for (size_t i = 0; i < 4; i++) {
        items[i].name = "abcd"[i];
        list_init(&items[i].node);
    }
}

static void test_push(void)
{
    struct item items[4];
    struct list ring;
    make_items(items);
    list_init(&ring);
    check_ring(&ring, "");
    list_push_back(&ring, &items[0].node);
    list_push_back(&ring, &items[1].node);
    list_push_front(&ring, &items[2].node);
    list_insert_before(&items[1].node, &items[3].node);
    check_ring(&ring, "cadb");
}

static void test_remove(void)
{
    struct item items[4];
    struct list ring;
    make_items(items);
    list_init(&ring);
    for (size_t i = 0; i < 4; i++) {
        list_push_back(&ring, &items[i].node);
    }
    list_remove(&items[1].node);
    list_remove(&items[1].node);
    CU_ASSERT(list_is_empty(&items[1].node));
    check_ring(&ring, "acd");
    CU_ASSERT_PTR_EQUAL(list_take_front(&ring), &items[0].node);
    CU_ASSERT(list_is_empty(&items[0].node));
    check_ring(&ring, "cd");
    list_take_front(&ring);
    list_take_front(&ring);
    CU_ASSERT_PTR_NULL(list_take_front(&ring));
    check_ring(&ring, "");
}

static void test_remove_while_iterating(void)
{
    struct item items[4];
    struct list ring;
    struct list *node;
    struct list *after;
    make_items(items);
    list_init(&ring);
    for (size_t i = 0; i < 4; i++) {
        list_push_back(&ring, &items[i].node);
    }
    LIST_EACH_SAFE(node, after, &ring) {
        if (CONTAINER_OF(node, struct item, node)->name != 'c') {
            list_remove(node);
        }
    }
    check_ring(&ring, "c");
}

static void test_splice(void)
{
    struct item items[4];
    struct list to;
    struct list from;
    make_items(items);
    list_init(&to);
    list_init(&from);
    list_splice_back(&to, &from);
    check_ring(&to, "");
    list_push_back(&from, &items[0].node);
    list_push_back(&from, &items[1].node);
    list_splice_back(&to, &from);
    check_ring(&to, "ab");
    check_ring(&from, "");
    list_push_back(&from, &items[2].node);
    list_push_back(&from, &items[3].node);
    list_splice_back(&to, &from);
    check_ring(&to, "abcd");
    list_splice_back(&to, &from);
    check_ring(&to, "abcd");
}

static const struct suite_test tests[] = {
    {"list", "push", test_push},
    {"list", "remove", test_remove},
    {"list", "remove while iterating", test_remove_while_iterating},
    {"list", "splice", test_splice},
};

const struct suite_table list_tests = SUITE_TABLE(tests);
