#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/random.h"
#include "base/slab.h"
#include "support/suite.h"
#include "unit/base/tables.h"

static void test_classes(void)
{
    for (size_t i = 1; i < SLAB_CLASSES; i++) {
        CU_ASSERT(slab_class_bytes[i] > slab_class_bytes[i - 1]);
    }
    CU_ASSERT_EQUAL(slab_class_bytes[SLAB_CLASSES - 1], SLAB_MAX);
    CU_ASSERT_EQUAL(slab_rounded(0), 32);
    CU_ASSERT_EQUAL(slab_rounded(SLAB_MAX + 1), SLAB_MAX + 1);
}

/* The smallest class that is large enough, for every size. */
static void test_rounding(void)
{
    size_t class = 0;
    for (size_t size = 1; size <= SLAB_MAX; size++) {
        if (size > slab_class_bytes[class]) {
            class ++;
        }
        CU_ASSERT_FATAL(slab_rounded(size) == slab_class_bytes[class]);
    }
}

static void test_every_size(void)
{
    struct slab s;
    slab_init(&s);
    for (size_t size = 0; size <= SLAB_MAX + 100; size += 13) {
        char *p = slab_alloc(&s, size);
        CU_ASSERT_FATAL((uintptr_t)p % 16 == 0);
        memset(p, 0x55, size);
        CU_ASSERT_FATAL(s.live_bytes == slab_rounded(size));
        slab_free(&s, p, size);
        CU_ASSERT_FATAL(s.live_bytes == 0);
    }
    slab_free(&s, NULL, 100);
    slab_free(&s, NULL, SLAB_MAX + 1);
    CU_ASSERT_EQUAL(s.live_bytes, 0);
    slab_fini(&s);
}

static void test_try(void)
{
    struct slab s;
    slab_init(&s);
    char *p = slab_try_alloc(&s, 100);
    char *q = slab_try_alloc(&s, 100000);
    CU_ASSERT(p != NULL && q != NULL);
    if (q != NULL) {
        memset(q, 1, 100000);
    }
    slab_free(&s, p, 100);
    slab_free(&s, q, 100000);
    CU_ASSERT_EQUAL(s.live_bytes, 0);
    slab_fini(&s);
}

#ifdef WEIR_SANITIZED

static void test_try_fails_when_told(void)
{
    struct slab s;
    slab_init(&s);
    failpoint_arm(FAILPOINT_ALLOC, 2);
    char *p = slab_try_alloc(&s, 100);
    char *q = slab_try_alloc(&s, 100);
    char *r = slab_try_alloc(&s, 100);
    failpoint_arm(FAILPOINT_ALLOC, 0);
    CU_ASSERT(p != NULL && q == NULL && r != NULL);
    slab_free(&s, p, 100);
    slab_free(&s, r, 100);
    slab_fini(&s);
}

static void free_with_larger_size(void *ctx)
{
    struct slab *s = ctx;
    slab_free(s, slab_alloc(s, 100), 100000);
}

static void test_wrong_size(void)
{
    struct slab s;
    slab_init(&s);
    CU_ASSERT(suite_aborts(free_with_larger_size, &s));
    slab_fini(&s);
}

#else

static void test_last_freed_is_next(void)
{
    struct slab s;
    slab_init(&s);
    for (size_t i = 0; i < SLAB_CLASSES; i++) {
        size_t size = slab_class_bytes[i];
        char *a = slab_alloc(&s, size);
        char *b = slab_alloc(&s, size);
        CU_ASSERT(a != b);
        slab_free(&s, a, size);
        slab_free(&s, b, size - 1);
        CU_ASSERT_PTR_EQUAL(slab_alloc(&s, size - 2), b);
        CU_ASSERT_PTR_EQUAL(slab_try_alloc(&s, size), a);
    }
    slab_fini(&s);
}

static void test_large_begin_at_pages(void)
{
    struct slab s;
    slab_init(&s);
    slab_alloc(&s, 40);
    for (size_t i = 0; i < 300; i++) {
        size_t size = 4161 + i * 54;
        CU_ASSERT_FATAL((uintptr_t)slab_alloc(&s, size) % 4096 == 0);
        slab_alloc(&s, 40);
    }
    slab_fini(&s);
}

static size_t count_resident_pages(void *p, size_t pages)
{
    unsigned char resident[8] = {0};
    size_t count = 0;
    CU_ASSERT_EQUAL_FATAL(mincore(p, pages * 4096, resident), 0);
    for (size_t i = 0; i < pages; i++) {
        count += resident[i] & 1u;
    }
    return count;
}

/* Some sandboxes' kernels call every page resident. */
static bool is_mincore_honest(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_FATAL(page != MAP_FAILED);
    size_t count = count_resident_pages(page, 1);
    munmap(page, 4096);
    return count == 0;
}

/* An nghttp2 session's send buffer is this large, and mostly only its start is used. */
static void test_untouched_pages_cost_nothing(void)
{
    struct slab s;
    if (!is_mincore_honest()) {
        return;
    }
    slab_init(&s);
    char *pieces[100];
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        pieces[i] = slab_alloc(&s, 16394);
        pieces[i][0] = 1;
        CU_ASSERT_EQUAL(count_resident_pages(pieces[i], 5), 1);
    }
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        slab_free(&s, pieces[i], 16394);
        CU_ASSERT_EQUAL(count_resident_pages(pieces[i], 5), 1);
    }
    CU_ASSERT(s.chunk_bytes < 4 * COUNT_OF(pieces) * SLAB_MAX / 3);
    slab_fini(&s);
}

/* Pieces still out go, too. */
static void test_fini_takes_all(void)
{
    struct slab s;
    slab_init(&s);
    for (size_t i = 0; i < 1000; i++) {
        memset(slab_alloc(&s, 2000), 1, 2000);
    }
    CU_ASSERT_EQUAL(s.live_bytes, 2048 * 1000);
    CU_ASSERT(s.chunk_bytes >= s.live_bytes && s.chunk_bytes < s.live_bytes * 2);
    slab_fini(&s);
    CU_ASSERT_EQUAL(s.live_bytes, 0);
    CU_ASSERT_EQUAL(s.chunk_bytes, 0);
    memset(slab_alloc(&s, 2000), 1, 2000);
    slab_fini(&s);
}

static void free_small_as_large(void *ctx)
{
    struct slab *s = ctx;
    slab_free_slow(s, slab_alloc(s, 100), 100);
}

static void test_wrong_size(void)
{
    struct slab s;
    slab_init(&s);
    CU_ASSERT(suite_aborts(free_small_as_large, &s));
    slab_fini(&s);
}

#endif

/* --- Against a model: what is out stays as it was filled --- */

#define PIECES 500

struct piece {
    unsigned char *p; /* NULL: not out */
    size_t size;
    unsigned char fill;
};

static bool is_intact(const struct piece *piece)
{
    for (size_t i = 0; i < piece->size; i++) {
        if (piece->p[i] != piece->fill) {
            return false;
        }
    }
    return true;
}

static size_t take(struct slab *s, struct piece *piece, struct random *r)
{
    static const size_t bounds[] = {40, 300, 3000, SLAB_MAX + 1000};
    piece->size = random_below(r, bounds[random_below(r, COUNT_OF(bounds))]);
    piece->fill = (unsigned char)random_next(r);
    piece->p = slab_alloc(s, piece->size);
    memset(piece->p, piece->fill, piece->size);
    return slab_rounded(piece->size);
}

static size_t give_back(struct slab *s, struct piece *piece)
{
    CU_ASSERT_FATAL(is_intact(piece));
    slab_free(s, piece->p, piece->size);
    piece->p = NULL;
    return slab_rounded(piece->size);
}

static void test_against_model(void)
{
    struct piece pieces[PIECES] = {{0}};
    size_t live = 0;
    struct slab s;
    struct random r;
    slab_init(&s);
    random_init(&r, 99);
    for (size_t i = 0; i < 30000; i++) {
        struct piece *piece = &pieces[random_below(&r, PIECES)];
        if (piece->p == NULL) {
            live += take(&s, piece, &r);
        } else {
            live -= give_back(&s, piece);
        }
        CU_ASSERT_FATAL(s.live_bytes == live);
    }
    for (size_t i = 0; i < PIECES; i++) {
        if (pieces[i].p != NULL) {
            give_back(&s, &pieces[i]);
        }
    }
    CU_ASSERT_EQUAL(s.live_bytes, 0);
    slab_fini(&s);
}

static const struct suite_test tests[] = {
    {"slab", "classes", test_classes},
    {"slab", "rounding", test_rounding},
    {"slab", "every size", test_every_size},
    {"slab", "try", test_try},
    {"slab", "wrong size aborts", test_wrong_size},
#ifdef WEIR_SANITIZED
    {"slab", "try fails when told", test_try_fails_when_told},
#else
    {"slab", "last freed is next", test_last_freed_is_next},
    {"slab", "large pieces begin at pages", test_large_begin_at_pages},
    {"slab", "untouched pages cost nothing", test_untouched_pages_cost_nothing},
    {"slab", "fini takes all", test_fini_takes_all},
#endif
    {"slab", "random pieces stay as filled", test_against_model},
};

const struct suite_table slab_tests = SUITE_TABLE(tests);
