/* slab.h: a worker's memory: free lists by size class.
 *
 * Sizes are rounded up to a class; a freed piece goes on top of its class's list and is the next to
 * be given, still warm. Classes of a page and more begin at a page, so that a large buffer of
 * which only the start is used costs one page. In sanitizer builds every piece is a real malloc.
 * Own worker. */
#ifndef WEIR_BASE_SLAB_H
#define WEIR_BASE_SLAB_H

#include <stddef.h>

#define SLAB_CLASSES 20
#define SLAB_MAX     20480 /* larger pieces go to malloc */

struct slab_piece {
    struct slab_piece *next;
};

struct slab_chunk;

struct slab {
    struct slab_piece *free[SLAB_CLASSES];
    struct slab_chunk *chunks; /* all memory taken from the system, for slab_fini */
    char *fresh;               /* not yet cut, small classes */
    char *fresh_end;
    size_t chunk_bytes; /* taken from the system in all */
    size_t live_bytes;  /* given out, rounded to classes */
};

void slab_init(struct slab *s);

/* Gives all memory back, given-out pieces included. */
void slab_fini(struct slab *s);

/* `size` bytes, aligned to 16, not cleared; never NULL: aborts when the system has no memory. */
void *slab_alloc(struct slab *s, size_t size) __attribute__((malloc, returns_nonnull));

/* The same, but NULL when the system has no memory: for libraries that can live with it. */
void *slab_try_alloc(struct slab *s, size_t size) __attribute__((malloc));

/* Takes back `p`, which was asked for with the same `size`; NULL is allowed. */
void slab_free(struct slab *s, void *p, size_t size);

/* The bytes a request for `size` really takes. */
size_t slab_rounded(size_t size);

#endif
