#include <stdlib.h>

#include <CUnit/CUnit.h>

#include "base/account.h"
#include "base/arena.h"
#include "base/check.h"
#include "base/random.h"
#include "base/slab.h"
#include "support/suite.h"
#include "unit/base/tables.h"

static bool is_aligned(const void *p, size_t to)
{
    return (uintptr_t)p % to == 0;
}

static void test_first_block(void)
{
    _Alignas(8) char first[256];
    struct account account;
    struct arena a;
    account_init(&account, NULL);
    arena_init(&a, NULL, &account, first, sizeof(first));
    char *p = arena_alloc(&a, 100);
    char *q = arena_alloc(&a, 100);
#ifndef WEIR_SANITIZED
    CU_ASSERT_PTR_EQUAL(p, first);
    CU_ASSERT_PTR_EQUAL(q, first + 104);
    CU_ASSERT_EQUAL(account.used, 0);
    CU_ASSERT_PTR_EQUAL(arena_alloc(&a, 48), first + 208);
#endif
    char *r = arena_alloc(&a, 1);
    CU_ASSERT(r < first || r >= first + sizeof(first));
    CU_ASSERT(account.used > 0);
    memset(p, 1, 100);
    memset(q, 2, 100);
    memset(r, 3, 1);
    arena_fini(&a);
    CU_ASSERT_EQUAL(account.used, 0);
}

/* Allocates in and beyond the bytes from `start` to `end`, which are followed by others. */
static void use_first_block(char *start, char *end, const char *others_end)
{
    struct arena a;
    arena_init(&a, NULL, NULL, start, (size_t)(end - start));
    for (size_t i = 0; i < 6; i++) {
        char *p = arena_alloc(&a, 7);
        bool is_outside = p + 7 <= start || p >= others_end;
        CU_ASSERT_FATAL(is_aligned(p, 8));
        CU_ASSERT_FATAL(is_outside || (p >= start && p + 7 <= end));
        memset(p, 7, 7);
    }
    arena_fini(&a);
}

/* First blocks of any start and length, crooked ones included. */
static void test_crooked_first_block(void)
{
    _Alignas(8) char first[64];
    for (size_t start = 0; start < 8; start++) {
        for (size_t len = 0; len <= 40; len++) {
            use_first_block(first + start, first + start + len, first + sizeof(first));
        }
    }
}

static void test_without_first_block(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    CU_ASSERT_PTR_NOT_NULL(arena_alloc(&a, 0));
    char *p = arena_zalloc(&a, 100);
    for (size_t i = 0; i < 100; i++) {
        CU_ASSERT(p[i] == 0);
    }
    CU_ASSERT_PTR_NOT_NULL(arena_zalloc(&a, 0));
    arena_fini(&a);
    arena_fini(&a);
}

static void test_large(void)
{
    struct slab slab;
    struct account account;
    struct arena a;
    slab_init(&slab);
    account_init(&account, NULL);
    arena_init(&a, &slab, &account, NULL, 0);
    static const size_t sizes[] = {10, 4080, 4081, 4096, 10, 5000, 30000, 10};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char *p = arena_alloc(&a, sizes[i]);
        CU_ASSERT(is_aligned(p, 8));
        memset(p, (int)i, sizes[i]);
    }
    CU_ASSERT(account.used >= 47000);
    CU_ASSERT_EQUAL(account.used, slab.live_bytes);
    arena_fini(&a);
    CU_ASSERT_EQUAL(account.used, 0);
    CU_ASSERT_EQUAL(slab.live_bytes, 0);
    slab_fini(&slab);
}

#ifndef WEIR_SANITIZED
/* Small allocations share blocks; a large one in between does not end the current block. */
static void test_blocks_are_shared(void)
{
    struct account account;
    struct arena a;
    account_init(&account, NULL);
    arena_init(&a, NULL, &account, NULL, 0);
    char *p = arena_alloc(&a, 16);
    arena_alloc(&a, 10000);
    CU_ASSERT_PTR_EQUAL(arena_alloc(&a, 16), p + 16);
    for (size_t i = 0; i < 100; i++) {
        arena_alloc(&a, 16);
    }
    CU_ASSERT(account.used < 4096 + 10000 + 64);
    arena_fini(&a);
}
#endif

static void alloc_absurd(void *ctx)
{
    arena_alloc(ctx, SIZE_MAX - 3);
}

static void test_absurd_size(void)
{
    _Alignas(8) char first[64];
    struct arena a;
    arena_init(&a, NULL, NULL, first, sizeof(first));
    CU_ASSERT(suite_aborts(alloc_absurd, &a));
    arena_fini(&a);
}

static void test_str(void)
{
    char text[] = "text";
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    struct str copy = arena_str(&a, str_from(text));
    text[0] = 'n';
    CU_ASSERT(str_eq(copy, STR("text")));
    CU_ASSERT_EQUAL(copy.p[4], '\0');
    struct str empty = arena_str(&a, str_of(NULL, 0));
    CU_ASSERT(empty.p != NULL && empty.len == 0 && empty.p[0] == '\0');
    arena_fini(&a);
}

static void test_printf(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    struct str s = arena_printf(&a, "%s:%d", "localhost", 8443);
    CU_ASSERT(str_eq(s, STR("localhost:8443")));
    CU_ASSERT_EQUAL(s.p[s.len], '\0');
    s = arena_printf(&a, "%6000d", 1);
    CU_ASSERT_EQUAL(s.len, 6000);
    CU_ASSERT(str_has_suffix(s, STR("  1")));
    s = arena_printf(&a, "%s", "");
    CU_ASSERT(s.len == 0 && s.p[0] == '\0');
    arena_fini(&a);
}

struct trail {
    char text[8];
    size_t len;
    struct arena *arena;
};

static void leave_a(void *ctx)
{
    struct trail *trail = ctx;
    trail->text[trail->len++] = 'a';
}

static void leave_b(void *ctx)
{
    struct trail *trail = ctx;
    trail->text[trail->len++] = 'b';
}

/* A clean-up may use the arena and register another. */
static void leave_c(void *ctx)
{
    struct trail *trail = ctx;
    trail->text[trail->len++] = 'c';
    memset(arena_alloc(trail->arena, 5000), 0, 5000);
    arena_on_free(trail->arena, leave_a, trail);
}

static void test_cleanups(void)
{
    struct arena a;
    struct trail trail = {.arena = &a};
    arena_init(&a, NULL, NULL, NULL, 0);
    arena_on_free(&a, leave_a, &trail);
    arena_on_free(&a, leave_b, &trail);
    arena_on_free(&a, leave_c, &trail);
    CU_ASSERT_EQUAL(trail.len, 0);
    arena_fini(&a);
    CU_ASSERT_STRING_EQUAL(trail.text, "caba");
    arena_fini(&a);
    CU_ASSERT_EQUAL(trail.len, 4);
}

/* --- Against a model: what was given stays as it was filled --- */

#define PIECES 400

struct given {
    unsigned char *p;
    size_t size;
    unsigned char fill;
};

static size_t choose_size(struct random *r)
{
    static const size_t bounds[] = {9, 65, 300, 2000, 5000, 30000};
    return random_below(r, bounds[random_below(r, COUNT_OF(bounds))]);
}

static bool is_intact(const struct given *g)
{
    for (size_t i = 0; i < g->size; i++) {
        if (g->p[i] != g->fill) {
            return false;
        }
    }
    return true;
}

static void fill_arena(struct arena *a, struct random *r)
{
    struct given given[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        struct given *g = &given[i];
        *g = (struct given){.size = choose_size(r), .fill = (unsigned char)random_next(r)};
        g->p = arena_alloc(a, g->size);
        CU_ASSERT_FATAL(is_aligned(g->p, 8));
        memset(g->p, g->fill, g->size);
    }
    for (size_t i = 0; i < PIECES; i++) {
        CU_ASSERT_FATAL(is_intact(&given[i]));
    }
}

static void test_against_model(void)
{
    _Alignas(8) char first[1000];
    struct slab slab;
    struct account parent;
    struct account account;
    struct random r;
    slab_init(&slab);
    account_init(&parent, NULL);
    account_init(&account, &parent);
    random_init(&r, 7);
    for (size_t round = 0; round < 40; round++) {
        struct arena a;
        arena_init(&a, round % 2 == 0 ? &slab : NULL, &account, round % 3 == 0 ? NULL : first,
                   random_below(&r, sizeof(first) + 1));
        fill_arena(&a, &r);
        CU_ASSERT(account.used > 0 && parent.used == account.used);
        arena_fini(&a);
        CU_ASSERT_EQUAL(parent.used, 0);
        CU_ASSERT_EQUAL(slab.live_bytes, 0);
    }
    slab_fini(&slab);
}

#if defined(__SANITIZE_ADDRESS__) && defined(WEIR_SANITIZED)

static void overrun(void *ctx)
{
    char *p = arena_alloc(ctx, 24);
    char *volatile end = p + 24;
    *end = 1;
}

/* Not by abort, but by an exit that is not 0: told apart from running through by abort() after. */
static void overrun_then_abort(void *ctx)
{
    overrun(ctx);
    abort();
}

static void test_overrun_is_seen(void)
{
    _Alignas(8) char first[64];
    struct arena a;
    arena_init(&a, NULL, NULL, first, sizeof(first));
    arena_alloc(&a, 8);
    CU_ASSERT(!suite_aborts(overrun_then_abort, &a));
    arena_fini(&a);
}

#endif

static const struct suite_test tests[] = {
    {"arena", "first block", test_first_block},
    {"arena", "crooked first block", test_crooked_first_block},
    {"arena", "without first block", test_without_first_block},
    {"arena", "large allocations", test_large},
#ifndef WEIR_SANITIZED
    {"arena", "blocks are shared", test_blocks_are_shared},
#endif
    {"arena", "absurd size aborts", test_absurd_size},
    {"arena", "strings", test_str},
    {"arena", "printf", test_printf},
    {"arena", "clean-ups", test_cleanups},
    {"arena", "random sizes stay as filled", test_against_model},
#if defined(__SANITIZE_ADDRESS__) && defined(WEIR_SANITIZED)
    {"arena", "an overrun is seen", test_overrun_is_seen},
#endif
};

const struct suite_table arena_tests = SUITE_TABLE(tests);
