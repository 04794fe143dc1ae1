#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/slab.h"

#define BLOCK_BYTES 4096
#define ALIGNMENT   8

struct arena_block {
    struct arena_block *next;
    size_t bytes; /* this head included */
    _Alignas(16) char data[];
};

struct arena_cleanup {
    struct arena_cleanup *next;
    void (*run)(void *ctx);
    void *ctx;
};

/* No room. The pointers are not NULL, so that even an allocation of no bytes is somewhere. */
static void have_no_room(struct arena *a)
{
    a->cur = (char *)a;
    a->end = (char *)a;
}

static void have_room(struct arena *a, char *start, size_t len)
{
    size_t skipped = (size_t)(-(uintptr_t)start % ALIGNMENT);
    if (len < skipped + ALIGNMENT) {
        have_no_room(a);
        return;
    }
    a->cur = start + skipped;
    a->end = a->cur + (len - skipped) / ALIGNMENT * ALIGNMENT;
}

void arena_init(struct arena *a, struct slab *slab, struct account *account, void *first,
                size_t first_len)
{
    *a = (struct arena){.slab = slab, .account = account};
    have_room(a, first, first == NULL ? 0 : first_len);
}

static size_t charged_bytes(const struct arena *a, size_t bytes)
{
    return a->slab != NULL ? slab_rounded(bytes) : bytes;
}

static struct arena_block *take_block(struct arena *a, size_t bytes)
{
    struct arena_block *block = a->slab != NULL ? slab_alloc(a->slab, bytes) : malloc(bytes);
    MUST(block != NULL);
    block->next = a->blocks;
    block->bytes = bytes;
    a->blocks = block;
    account_charge(a->account, charged_bytes(a, bytes));
    return block;
}

static void free_block(struct arena *a, struct arena_block *block)
{
    account_release(a->account, charged_bytes(a, block->bytes));
    if (a->slab != NULL) {
        slab_free(a->slab, block, block->bytes);
    } else {
        free(block);
    }
}

/* A clean-up may still allocate here and register further ones. */
static void run_cleanups(struct arena *a)
{
    while (a->cleanups != NULL) {
        struct arena_cleanup *cleanup = a->cleanups;
        a->cleanups = cleanup->next;
        cleanup->run(cleanup->ctx);
    }
}

void arena_fini(struct arena *a)
{
    run_cleanups(a);
    while (a->blocks != NULL) {
        struct arena_block *block = a->blocks;
        a->blocks = block->next;
        free_block(a, block);
    }
    have_no_room(a);
}

/* What deserves a block of its own leaves the rest of the current one in use. */
static bool is_large(size_t size)
{
#ifdef WEIR_SANITIZED
    (void)size;
    return true;
#else
    return size > BLOCK_BYTES - sizeof(struct arena_block);
#endif
}

void *arena_alloc_slow(struct arena *a, size_t size)
{
    MUST(size <= SIZE_MAX / 2);
    if (is_large(size)) {
        return take_block(a, sizeof(struct arena_block) + size)->data;
    }
    struct arena_block *block = take_block(a, BLOCK_BYTES);
    have_room(a, block->data, BLOCK_BYTES - sizeof(*block));
    a->cur += (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    return block->data;
}

void *arena_zalloc(struct arena *a, size_t size)
{
    return memset(arena_alloc(a, size), 0, size);
}

struct str arena_str(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.len + 1);
    if (s.len > 0) {
        memcpy(copy, s.p, s.len);
    }
    copy[s.len] = '\0';
    return str_of(copy, s.len);
}

static __attribute__((format(printf, 1, 0))) size_t measure(const char *format, va_list args)
{
    MUST(format != NULL);
    int len = vsnprintf(NULL, 0, format, args);
    MUST(len >= 0);
    return (size_t)len;
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t len = measure(format, args);
    va_end(args);
    char *text = arena_alloc(a, len + 1);
    va_start(args, format);
    vsnprintf(text, len + 1, format, args);
    va_end(args);
    return str_of(text, len);
}

void arena_on_free(struct arena *a, void (*run)(void *ctx), void *ctx)
{
    struct arena_cleanup *cleanup = arena_alloc(a, sizeof(*cleanup));
    *cleanup = (struct arena_cleanup){.next = a->cleanups, .run = run, .ctx = ctx};
    a->cleanups = cleanup;
}
