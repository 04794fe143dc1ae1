/* h2_memory.h: nghttp2's allocator on a worker's slab. A session allocates and frees several pieces
 * a request; from free lists they cost a few instructions. Own worker. */
#ifndef WEIR_H2_H2_MEMORY_H
#define WEIR_H2_H2_MEMORY_H

#include <nghttp2/nghttp2.h>

struct slab;

/* `slab` outlives every session made with `mem`. */
void h2_memory_init(nghttp2_mem *mem, struct slab *slab);

#endif
