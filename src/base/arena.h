/* arena.h: memory that lives as long as one thing (a request, a parsed file) and goes all at once.
 *
 *   first block, often embedded in the owner     further blocks, from the slab or malloc
 *   [ used ...... cur | free .... end ]  ->  [ .... ] -> [ .... ]
 *
 * Clean-ups registered with the arena run, last first, before its memory goes. In sanitizer builds
 * each allocation is a real malloc, so that an overrun is seen. One thread at a time. */
#ifndef WEIR_BASE_ARENA_H
#define WEIR_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/account.h"
#include "base/str.h"

struct slab;
struct arena_block;
struct arena_cleanup;

struct arena {
    char *cur;
    char *end;
    struct arena_block *blocks; /* beyond the first, newest first */
    struct arena_cleanup *cleanups;
    struct slab *slab; /* NULL: malloc */
    struct account *account;
};

/* `first` (may be NULL) is `first_len` bytes that outlive the arena; further blocks come from
 * `slab` (NULL: malloc) and are charged to `account` (NULL: nobody). */
void arena_init(struct arena *a, struct slab *slab, struct account *account, void *first,
                size_t first_len);

/* Runs the clean-ups, frees all blocks. The arena may be initialised again. */
void arena_fini(struct arena *a);

/* The way beyond the first block. */
void *arena_alloc_slow(struct arena *a, size_t size) __attribute__((returns_nonnull));

/* `size` bytes aligned to 8 (16 from sanitizer builds' malloc); never NULL, not cleared. Sizes that
 * a peer controls must be bounded before. */
static inline void *arena_alloc(struct arena *a, size_t size)
{
#ifndef WEIR_SANITIZED
    /* What is left is a multiple of 8: whatever fits also fits rounded. */
    if (__builtin_expect(size <= (size_t)(a->end - a->cur), 1)) {
        void *p = a->cur;
        a->cur += (size + 7) & ~(size_t)7;
        return p;
    }
#endif
    return arena_alloc_slow(a, size);
}

/* The same, cleared. */
void *arena_zalloc(struct arena *a, size_t size) __attribute__((returns_nonnull));

/* A copy of `s`, with a zero byte behind it that is not counted. */
struct str arena_str(struct arena *a, struct str s);

/* printf into the arena; zero byte behind. */
struct str arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* `run(ctx)` when the arena goes. */
void arena_on_free(struct arena *a, void (*run)(void *ctx), void *ctx);

#endif
