/* nghttp2 frees without naming the size, so each piece begins with it. */
#include "h2/h2_memory.h"

#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/slab.h"

#define FRAME_MIN 16384u /* nothing else that a session asks for at its birth is so large */
#define FRAME_MAX 20000u

struct piece {
    size_t size;     /* the head included */
    size_t is_frame; /* the shared one; also keeps what follows aligned to 16 */
};

static void *fill_in(struct piece *p, size_t size)
{
    p->size = size;
    p->is_frame = 0;
    return p + 1;
}

static bool is_frame(const struct h2_memory *m, size_t size)
{
    return m->is_making && size >= FRAME_MIN && size <= FRAME_MAX;
}

static void *allocate(size_t size, void *ctx)
{
    struct h2_memory *m = ctx;
    struct piece *p = NULL;

    if (size > SIZE_MAX - sizeof(*p)) {
        return NULL;
    }
    if (is_frame(m, size)) {
        return (struct piece *)m->frame + 1;
    }
    p = slab_try_alloc(m->slab, size + sizeof(*p));
    return p == NULL ? NULL : fill_in(p, size + sizeof(*p));
}

static void release(void *memory, void *ctx)
{
    struct h2_memory *m = ctx;
    struct piece *p = memory;

    if (p != NULL && p[-1].is_frame == 0) {
        slab_free(m->slab, p - 1, p[-1].size);
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

/* Never fails, as other memory of bounded size: nghttp2 1.52 keeps a pointer to what it frees when
 * its queue of streams cannot grow. */
static void *reallocate(void *memory, size_t size, void *ctx)
{
    struct h2_memory *m = ctx;
    struct piece *p = memory;
    void *larger = NULL;
    size_t old = p == NULL ? 0 : p[-1].size - sizeof(*p);

    MUST(size <= SIZE_MAX - sizeof(*p));
    if (p == NULL && is_frame(m, size)) {
        return (struct piece *)m->frame + 1; /* nghttp2 asks for its frame buffer this way */
    }
    if (size <= old && slab_rounded(size + sizeof(*p)) == slab_rounded(old + sizeof(*p))) {
        return memory;
    }
    larger = fill_in(slab_alloc(m->slab, size + sizeof(*p)), size + sizeof(*p));
    if (p != NULL) {
        memcpy(larger, memory, old < size ? old : size);
        release(memory, ctx);
    }
    return larger;
}

void h2_memory_init(struct h2_memory *m, struct slab *slab)
{
    struct piece *frame = slab_alloc(slab, FRAME_MAX + sizeof(*frame));

    frame->size = FRAME_MAX + sizeof(*frame);
    frame->is_frame = 1;
    *m = (struct h2_memory){.slab = slab, .frame = frame};
    m->mem = (nghttp2_mem){
        .mem_user_data = m,
        .malloc = allocate,
        .free = release,
        .calloc = allocate_cleared,
        .realloc = reallocate,
    };
}

void h2_memory_fini(struct h2_memory *m)
{
    MUST(!m->is_making);
    slab_free(m->slab, m->frame, FRAME_MAX + sizeof(struct piece));
}
