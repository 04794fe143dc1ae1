/* slab.h: a worker's memory: free lists by size class.
 *
 * Sizes are rounded up to a class; a freed piece goes on top of its class's list and is the next to
 * be given, still warm. Classes of two pages and more begin at a page, so that a large buffer of
 * which only the start is used costs one page. In sanitizer builds every piece is a real malloc.
 * Own worker. */
#ifndef WEIR_BASE_SLAB_H
#define WEIR_BASE_SLAB_H

#include <stddef.h>
#include <stdint.h>

#define SLAB_CLASSES 20
#define SLAB_MAX     20480 /* larger pieces go to malloc */
#define SLAB_STEP    32    /* all classes are multiples of it */

struct slab_piece {
    struct slab_piece *next;
};

struct slab_region;

struct slab {
    struct slab_piece *free[SLAB_CLASSES];
    struct slab_region *regions; /* all memory taken from the system, for slab_fini */
    char *pages;                 /* not yet cut: whole pages */
    char *pages_end;
    char *fresh; /* not yet cut: a chunk for the small classes */
    char *fresh_end;
    size_t chunk_bytes; /* taken from the system in all */
    size_t live_bytes;  /* given out, rounded to classes */
};

/* The class of a size, by its number of steps, and the bytes of a class. */
extern const uint8_t slab_class_of[SLAB_MAX / SLAB_STEP + 1];
extern const uint16_t slab_class_bytes[SLAB_CLASSES];

void slab_init(struct slab *s);

/* Gives all memory back, given-out pieces up to SLAB_MAX included. In sanitizer builds those are
 * left to the leak checker, which names who forgot them. */
void slab_fini(struct slab *s);

/* The bytes a request for `size` really takes. */
static inline size_t slab_rounded(size_t size)
{
    if (size > SLAB_MAX) {
        return size;
    }
    return slab_class_bytes[slab_class_of[(size + SLAB_STEP - 1) / SLAB_STEP]];
}

/* The ways past the free list. */
void *slab_alloc_slow(struct slab *s, size_t size) __attribute__((returns_nonnull));
void *slab_try_alloc_slow(struct slab *s, size_t size);
void slab_free_slow(struct slab *s, void *p, size_t size);

/* The top of the class's free list; NULL when it is empty. */
static inline void *slab_take_free(struct slab *s, size_t size)
{
#ifndef WEIR_SANITIZED
    if (__builtin_expect(size <= SLAB_MAX, 1)) {
        unsigned class = slab_class_of[(size + SLAB_STEP - 1) / SLAB_STEP];
        struct slab_piece *piece = s->free[class];
        if (__builtin_expect(piece != NULL, 1)) {
            s->free[class] = piece->next;
            s->live_bytes += slab_class_bytes[class];
            return piece;
        }
    }
#else
    (void)s;
    (void)size;
#endif
    return NULL;
}

/* `size` bytes, aligned to 16, not cleared; never NULL: aborts when the system has no memory. */
static inline void *slab_alloc(struct slab *s, size_t size)
{
    void *piece = slab_take_free(s, size);
    return __builtin_expect(piece != NULL, 1) ? piece : slab_alloc_slow(s, size);
}

/* The same, but NULL when the system has no memory: for libraries that can live with it. */
static inline void *slab_try_alloc(struct slab *s, size_t size)
{
    void *piece = slab_take_free(s, size);
    return __builtin_expect(piece != NULL, 1) ? piece : slab_try_alloc_slow(s, size);
}

/* Takes back `p`, which was asked for with the same `size`; NULL is allowed. */
static inline void slab_free(struct slab *s, void *p, size_t size)
{
#ifndef WEIR_SANITIZED
    if (__builtin_expect(p != NULL && size <= SLAB_MAX, 1)) {
        unsigned class = slab_class_of[(size + SLAB_STEP - 1) / SLAB_STEP];
        struct slab_piece *piece = p;
        piece->next = s->free[class];
        s->free[class] = piece;
        s->live_bytes -= slab_class_bytes[class];
        return;
    }
#endif
    slab_free_slow(s, p, size);
}

#endif
