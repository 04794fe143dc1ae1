/* nghttp2 frees without naming the size, so each piece begins with it. */
#include "h2/h2_memory.h"

#include <stdint.h>
#include <string.h>

#include "base/slab.h"

struct piece {
    size_t size; /* the head included */
    size_t pad;  /* keeps what follows aligned to 16 */
};

static void *allocate(size_t size, void *ctx)
{
    struct piece *p = NULL;

    if (size > SIZE_MAX - sizeof(*p)) {
        return NULL;
    }
    p = slab_try_alloc(ctx, size + sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->size = size + sizeof(*p);
    return p + 1;
}

static void release(void *memory, void *ctx)
{
    struct piece *p = memory;

    if (p != NULL) {
        p--;
        slab_free(ctx, p, p->size);
    }
}

static void *allocate_cleared(size_t count, size_t size, void *ctx)
{
    void *memory = NULL;

    if (size != 0 && count > (SIZE_MAX - sizeof(struct piece)) / size) {
        return NULL;
    }
    memory = allocate(count * size, ctx);
    if (memory != NULL) {
        memset(memory, 0, count * size);
    }
    return memory;
}

static void *reallocate(void *memory, size_t size, void *ctx)
{
    struct piece *p = memory;
    void *larger = NULL;
    size_t old = 0;

    if (p == NULL) {
        return allocate(size, ctx);
    }
    old = p[-1].size - sizeof(*p);
    if (size <= old && slab_rounded(size + sizeof(*p)) == slab_rounded(old + sizeof(*p))) {
        return memory;
    }
    larger = allocate(size, ctx);
    if (larger == NULL) {
        return NULL;
    }
    memcpy(larger, memory, old < size ? old : size);
    release(memory, ctx);
    return larger;
}

void h2_memory_init(nghttp2_mem *mem, struct slab *slab)
{
    *mem = (nghttp2_mem){
        .mem_user_data = slab,
        .malloc = allocate,
        .free = release,
        .calloc = allocate_cleared,
        .realloc = reallocate,
    };
}
