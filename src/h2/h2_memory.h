/* h2_memory.h: nghttp2's allocator on a worker's slab. A session allocates and frees several pieces
 * a request; from free lists they cost a few instructions. Own worker.
 *
 * Of an idle session's memory the largest piece is the buffer in which nghttp2 packs a frame, one
 * page in use. What stands in it is needed only until h2_conn_fill has copied it out, before
 * anything else of the worker runs; so all sessions of a worker are given the same one. Parts of a
 * frame that is longer come from the slab as everything else. */
#ifndef WEIR_H2_H2_MEMORY_H
#define WEIR_H2_H2_MEMORY_H

#include <stdbool.h>

#include <nghttp2/nghttp2.h>

struct slab;

struct h2_memory {
    nghttp2_mem mem; /* for nghttp2 */
    struct slab *slab;
    void *frame;    /* the shared buffer */
    bool is_making; /* a session is being made: its frame buffer is asked for */
};

/* `slab` outlives `m`, and `m` every session made with it. */
void h2_memory_init(struct h2_memory *m, struct slab *slab);
void h2_memory_fini(struct h2_memory *m);

#endif
