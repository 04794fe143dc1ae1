#include "base/slab.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/failpoint.h"

#ifdef WEIR_SANITIZED
#    include <malloc.h>
#endif

/* Where memory comes from:
 *
 *   region (mmap, 1 MiB)    [ cut ............ | pages .................... pages_end ]
 *                             |    |    |
 *   classes of pages:       piece  |  piece       each begins at a page; only its first bytes are
 *                                  |              touched here, and only when it comes back
 *   small classes:               chunk (64 KiB)   [ piece | piece | fresh ..... fresh_end ]
 *
 * Nothing is cut before it is asked for, so pages nobody used are never touched and cost nothing.
 * Freed pieces return to their class's list and nowhere else. */

#define REGION_BYTES ((size_t)1 << 20)
#define CHUNK_BYTES  ((size_t)64 << 10)
#define PAGE_BYTES   4096
#define SMALL_MAX    4160 /* larger classes begin at a page */

struct slab_region {
    struct slab_region *next;
    void *memory; /* REGION_BYTES */
};

/* 1056 and 4160: a power of two and the head that h2/ puts before each piece for nghttp2, which
 * asks for many such. */
const uint16_t slab_class_bytes[SLAB_CLASSES] = {
    32,  64,   96,   128,  160,  192,  256,  320,   384,   512,
    768, 1056, 1536, 2048, 3072, 4160, 8192, 12288, 16384, SLAB_MAX,
};

/* The sizes over `above` up to `up_to` belong to `class`. */
#define SIZES(above, up_to, class) [(above) / SLAB_STEP + 1 ...(up_to) / SLAB_STEP] = (class)

const uint8_t slab_class_of[SLAB_MAX / SLAB_STEP + 1] = {
    [0] = 0,
    SIZES(0, 32, 0),
    SIZES(32, 64, 1),
    SIZES(64, 96, 2),
    SIZES(96, 128, 3),
    SIZES(128, 160, 4),
    SIZES(160, 192, 5),
    SIZES(192, 256, 6),
    SIZES(256, 320, 7),
    SIZES(320, 384, 8),
    SIZES(384, 512, 9),
    SIZES(512, 768, 10),
    SIZES(768, 1056, 11),
    SIZES(1056, 1536, 12),
    SIZES(1536, 2048, 13),
    SIZES(2048, 3072, 14),
    SIZES(3072, 4160, 15),
    SIZES(4160, 8192, 16),
    SIZES(8192, 12288, 17),
    SIZES(12288, 16384, 18),
    SIZES(16384, SLAB_MAX, 19),
};

void slab_init(struct slab *s)
{
    *s = (struct slab){0};
}

void slab_fini(struct slab *s)
{
    while (s->regions != NULL) {
        struct slab_region *region = s->regions;
        s->regions = region->next;
        munmap(region->memory, REGION_BYTES);
        free(region);
    }
    slab_init(s);
}

#ifdef WEIR_SANITIZED

/* Larger than any class or not, each piece is the system's. */
static void *take_piece(struct slab *s, size_t size)
{
    void *piece = malloc(size > 0 ? size : 1);
    if (piece != NULL) {
        s->live_bytes += slab_rounded(size);
    }
    return piece;
}

/* Address sanitizer knows the size that was asked for: a wrong one at the return would put a piece
 * on a wrong list in a release. */
static void check_size(void *p, size_t size)
{
#    if defined(__SANITIZE_ADDRESS__)
    MUST(malloc_usable_size(p) == (size > 0 ? size : 1));
#    else
    MUST(malloc_usable_size(p) >= size);
#    endif
}

void slab_free_slow(struct slab *s, void *p, size_t size)
{
    if (p == NULL) {
        return;
    }
    check_size(p, size);
    s->live_bytes -= slab_rounded(size);
    free(p);
}

#else

/* False when the system has no memory. What is left of the region before is less than the largest
 * piece asked of it; it is given up. */
static bool add_region(struct slab *s)
{
    struct slab_region *region = malloc(sizeof(*region));
    if (region == NULL) {
        return false;
    }
    void *memory =
        mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        free(region);
        return false;
    }
    /* A huge page would be paid in full at the first touch. Where the kernel knows none, it
     * refuses, and nothing is lost. */
    (void)madvise(memory, REGION_BYTES, MADV_NOHUGEPAGE);
    *region = (struct slab_region){.next = s->regions, .memory = memory};
    s->regions = region;
    s->pages = memory;
    s->pages_end = s->pages + REGION_BYTES;
    s->chunk_bytes += REGION_BYTES;
    return true;
}

static void *cut_pages(struct slab *s, size_t bytes)
{
    if ((size_t)(s->pages_end - s->pages) < bytes && !add_region(s)) {
        return NULL;
    }
    void *cut = s->pages;
    s->pages += bytes;
    return cut;
}

/* The rest of the chunk before, smaller than this piece, is given up. */
static void *cut_small(struct slab *s, size_t bytes)
{
    if ((size_t)(s->fresh_end - s->fresh) < bytes) {
        char *chunk = cut_pages(s, CHUNK_BYTES);
        if (chunk == NULL) {
            return NULL;
        }
        s->fresh = chunk;
        s->fresh_end = chunk + CHUNK_BYTES;
    }
    void *cut = s->fresh;
    s->fresh += bytes;
    return cut;
}

static void *cut_piece(struct slab *s, size_t size)
{
    if (size > SLAB_MAX) {
        return malloc(size);
    }
    size_t bytes = slab_rounded(size);
    return bytes <= SMALL_MAX ? cut_small(s, bytes) : cut_pages(s, bytes);
}

static void *take_piece(struct slab *s, size_t size)
{
    size_t bytes = slab_rounded(size);
    unsigned class = size > SLAB_MAX ? 0 : slab_class_of[(size + SLAB_STEP - 1) / SLAB_STEP];
    struct slab_piece *piece = size > SLAB_MAX ? NULL : s->free[class];
    if (piece != NULL) {
        s->free[class] = piece->next;
    } else {
        piece = cut_piece(s, size);
    }
    if (piece != NULL) {
        s->live_bytes += bytes;
    }
    return piece;
}

void slab_free_slow(struct slab *s, void *p, size_t size)
{
    if (p == NULL) {
        return;
    }
    MUST(size > SLAB_MAX);
    s->live_bytes -= size;
    free(p);
}

#endif

void *slab_alloc_slow(struct slab *s, size_t size)
{
    void *piece = take_piece(s, size);
    MUST(piece != NULL);
    return piece;
}

void *slab_try_alloc_slow(struct slab *s, size_t size)
{
    return failpoint_hit(FAILPOINT_ALLOC) ? NULL : take_piece(s, size);
}
