#include <stdint.h>
#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/slab.h"
#include "h2/h2_memory.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_tables.h"

static void fill(uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        p[i] = (uint8_t)(i * 7);
    }
}

static bool is_filled(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i] != (uint8_t)(i * 7)) {
            return false;
        }
    }
    return true;
}

struct resize_row {
    const char *name;
    size_t from;
    size_t to;
};

static const struct resize_row resize_rows[] = {
    {"within its class", 10, 11},    {"to the same size", 100, 100},
    {"to the next class", 16, 100},  {"from a class to malloc", 20000, 40000},
    {"within malloc", 40000, 80000}, {"from malloc to a class", 40000, 100},
    {"down by a class", 1000, 100},  {"down within its class", 1000, 990},
    {"to one byte", 5000, 1},        {"across the largest class", SLAB_MAX - 16, SLAB_MAX - 15},
};

static void test_resize(void)
{
    struct slab slab;
    size_t before = 0;
    struct h2_memory m;
    const nghttp2_mem *mem = &m.mem;

    slab_init(&slab);
    h2_memory_init(&m, &slab);
    before = slab.live_bytes;
    for (size_t i = 0; i < COUNT_OF(resize_rows); i++) {
        const struct resize_row *row = &resize_rows[i];
        size_t kept = row->from < row->to ? row->from : row->to;
        uint8_t *p = mem->malloc(row->from, mem->mem_user_data);
        fill(p, row->from);
        p = mem->realloc(p, row->to, mem->mem_user_data);
        row_holds(p != NULL && is_filled(p, kept), row->name);
        fill(p, row->to);
        mem->free(p, mem->mem_user_data);
        row_holds(slab.live_bytes == before, row->name);
    }
    h2_memory_fini(&m);
    CU_ASSERT_EQUAL(slab.live_bytes, 0);
    slab_fini(&slab);
}

/* Up and down again and again, as a growing table would: the size is never mistaken. */
static void test_resize_chain(void)
{
    struct slab slab;
    struct h2_memory m;
    const nghttp2_mem *mem = &m.mem;
    uint8_t *p = NULL;

    slab_init(&slab);
    h2_memory_init(&m, &slab);
    for (size_t len = 1; len < 50000; len = len * 3 / 2 + 1) {
        p = mem->realloc(p, len, mem->mem_user_data);
        fill(p, len);
        p = mem->realloc(p, len / 2 + 1, mem->mem_user_data);
        CU_ASSERT(is_filled(p, len / 2 + 1));
        p = mem->realloc(p, len, mem->mem_user_data);
        CU_ASSERT(is_filled(p, len / 2 + 1));
    }
    mem->free(p, mem->mem_user_data);
    h2_memory_fini(&m);
    CU_ASSERT_EQUAL(slab.live_bytes, 0);
    slab_fini(&slab);
}

static void test_clear(void)
{
    struct slab slab;
    struct h2_memory m;
    const nghttp2_mem *mem = &m.mem;
    uint8_t *p = NULL;

    slab_init(&slab);
    h2_memory_init(&m, &slab);
    p = mem->malloc(300, mem->mem_user_data);
    memset(p, 0xff, 300);
    mem->free(p, mem->mem_user_data);
    p = mem->calloc(100, 3, mem->mem_user_data);
    for (size_t i = 0; i < 300; i++) {
        CU_ASSERT_EQUAL(p[i], 0);
    }
    mem->free(p, mem->mem_user_data);
    mem->free(NULL, mem->mem_user_data);
    h2_memory_fini(&m);
    CU_ASSERT_EQUAL(slab.live_bytes, 0);
    slab_fini(&slab);
}

static void test_sizes_beyond_all(void)
{
    struct slab slab;
    struct h2_memory m;
    const nghttp2_mem *mem = &m.mem;
    const size_t all = SIZE_MAX;

    slab_init(&slab);
    h2_memory_init(&m, &slab);
    CU_ASSERT_PTR_NULL(mem->malloc(all - 4, mem->mem_user_data));
    CU_ASSERT_PTR_NULL(mem->calloc(all / 2, 3, mem->mem_user_data));
    h2_memory_fini(&m);
    CU_ASSERT_EQUAL(slab.live_bytes, 0);
    slab_fini(&slab);
}

static void test_alignment(void)
{
    struct slab slab;
    struct h2_memory m;
    const nghttp2_mem *mem = &m.mem;

    slab_init(&slab);
    h2_memory_init(&m, &slab);
    for (size_t len = 1; len < 300; len++) {
        void *p = mem->malloc(len, mem->mem_user_data);
        CU_ASSERT_EQUAL((uintptr_t)p % 16, 0);
        mem->free(p, mem->mem_user_data);
    }
    h2_memory_fini(&m);
    CU_ASSERT_EQUAL(slab.live_bytes, 0);
    slab_fini(&slab);
}

/* The frame buffer, and it alone, is the same for all sessions; freeing it is nobody's. */
static void test_shared_frame(void)
{
    struct slab slab;
    struct h2_memory m;
    const nghttp2_mem *mem = &m.mem;
    void *a = NULL;
    void *b = NULL;
    void *small = NULL;

    slab_init(&slab);
    h2_memory_init(&m, &slab);
    m.is_making = true;
    a = mem->malloc(16384 + 10, mem->mem_user_data);
    b = mem->malloc(16384 + 10, mem->mem_user_data);
    small = mem->malloc(4096, mem->mem_user_data);
    CU_ASSERT_PTR_EQUAL(a, mem->realloc(NULL, 16384 + 10, mem->mem_user_data));
    m.is_making = false;
    CU_ASSERT_PTR_EQUAL(a, b);
    CU_ASSERT_PTR_NOT_EQUAL(a, small);
    memset(a, 1, 16384 + 10);
    mem->free(a, mem->mem_user_data);
    memset(b, 2, 16384 + 10);
    mem->free(b, mem->mem_user_data);
    mem->free(small, mem->mem_user_data);
    a = mem->malloc(16384 + 10, mem->mem_user_data);
    CU_ASSERT_PTR_NOT_EQUAL(a, b);
    mem->free(a, mem->mem_user_data);
    h2_memory_fini(&m);
    CU_ASSERT_EQUAL(slab.live_bytes, 0);
    slab_fini(&slab);
}

/* However nghttp2 asks for it: what a connection keeps is well below a frame. */
static void test_session_is_small(void)
{
    struct h2_lab lab;
    size_t before = 0;
    struct worker *w = NULL;

    lab_init(&lab);
    w = lab.loop.worker;
    before = w->slab.live_bytes;
    lab_open_silent(&lab);
    CU_ASSERT(w->slab.live_bytes - before < 14000);
    lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"h2 memory", "keeps the bytes of what is resized", test_resize},
    {"h2 memory", "keeps the size through many resizes", test_resize_chain},
    {"h2 memory", "clears what calloc gives", test_clear},
    {"h2 memory", "refuses sizes that overflow", test_sizes_beyond_all},
    {"h2 memory", "aligns", test_alignment},
    {"h2 memory", "shares the frame buffer", test_shared_frame},
    {"h2 memory", "gives no session one of its own", test_session_is_small},
};

const struct suite_table h2_memory_tests = SUITE_TABLE(tests);
