/* A queue of slices. Most bodies are one slice (a kept file lent, a big file pulled), which is why
 * the first one is part of the pipe; request bodies are chains of 16 KiB blocks. */
#include "http/pipe.h"

#include <string.h>

#include "base/account.h"
#include "base/check.h"
#include "base/slab.h"

#define BLOCK_BYTES 16384u

void pipe_init(struct pipe *p, struct slab *slab, struct account *account)
{
    p->only.kind = PIPE_SLICE_NONE;
    p->first = NULL;
    p->last = NULL;
    p->slab = slab;
    p->account = account;
    p->reader = NULL;
    p->writer = NULL;
    p->taken = 0;
    p->held = 0;
    p->ceiling = PIPE_CEILING_START;
    p->state = PIPE_STATE_OPEN;
    p->failure = ERR_OK;
    p->writer_waits = false;
}

static void let_go(struct pipe *p, struct pipe_slice *s)
{
    switch (s->kind) {
    case PIPE_SLICE_BLOCK:
        slab_free(p->slab, s->u.block.memory, BLOCK_BYTES);
        account_release(p->account, BLOCK_BYTES);
        break;
    case PIPE_SLICE_LENT:
        if (s->u.lent.release != NULL) {
            s->u.lent.release(s->u.lent.ctx);
        }
        break;
    case PIPE_SLICE_PULL:
        s->u.source->close(s->u.source);
        break;
    case PIPE_SLICE_NONE:
        break;
    }
}

/* Takes the first slice out and lets go of what it stands for. */
static void drop_first(struct pipe *p)
{
    struct pipe_slice *s = p->first;

    p->first = s->next;
    if (p->first == NULL) {
        p->last = NULL;
    }
    if (s->kind != PIPE_SLICE_PULL) {
        p->held -= (uint32_t)s->len;
    }
    let_go(p, s);
    s->kind = PIPE_SLICE_NONE;
    if (s != &p->only) {
        slab_free(p->slab, s, sizeof(*s));
    }
}

void pipe_fini(struct pipe *p)
{
    while (p->first != NULL) {
        drop_first(p);
    }
    p->state = PIPE_STATE_FAILED;
}

static void tell(struct pipe_end *end)
{
    if (end != NULL) {
        end->notify(end);
    }
}

static void tell_writer_if_room(struct pipe *p)
{
    if (p->writer_waits && p->state == PIPE_STATE_OPEN && p->held <= p->ceiling / 2) {
        p->writer_waits = false;
        tell(p->writer);
    }
}

static struct pipe_slice *append(struct pipe *p, enum pipe_slice_kind kind)
{
    struct pipe_slice *s = &p->only;

    if (s->kind != PIPE_SLICE_NONE) {
        s = slab_alloc(p->slab, sizeof(*s));
    }
    s->kind = kind;
    s->next = NULL;
    if (p->last == NULL) {
        p->first = s;
    } else {
        p->last->next = s;
    }
    p->last = s;
    return s;
}

size_t pipe_room(struct pipe *p)
{
    if (p->state != PIPE_STATE_OPEN) {
        return 0;
    }
    if (p->held >= p->ceiling) {
        p->writer_waits = true;
        return 0;
    }
    return p->ceiling - p->held;
}

/* A block with free space at the end of the queue; a new one when there is none. */
static struct pipe_slice *open_block(struct pipe *p)
{
    struct pipe_slice *s = p->last;

    if (s != NULL && s->kind == PIPE_SLICE_BLOCK && s->u.block.used < BLOCK_BYTES) {
        return s;
    }
    s = append(p, PIPE_SLICE_BLOCK);
    s->u.block.memory = slab_alloc(p->slab, BLOCK_BYTES);
    account_charge(p->account, BLOCK_BYTES);
    s->u.block.used = 0;
    s->data = s->u.block.memory;
    s->len = 0;
    return s;
}

size_t pipe_put(struct pipe *p, const void *data, size_t len)
{
    const uint8_t *from = data;
    size_t room = pipe_room(p);
    size_t accepted = len < room ? len : room;

    for (size_t left = accepted; left > 0;) {
        struct pipe_slice *s = open_block(p);
        size_t n = BLOCK_BYTES - s->u.block.used;
        if (n > left) {
            n = left;
        }
        memcpy(s->u.block.memory + s->u.block.used, from, n);
        s->u.block.used += n;
        s->len += n;
        p->held += (uint32_t)n;
        from += n;
        left -= n;
    }
    if (accepted < len && p->state == PIPE_STATE_OPEN) {
        p->writer_waits = true;
    }
    if (accepted > 0) {
        tell(p->reader);
    }
    return accepted;
}

enum err pipe_lend(struct pipe *p, const void *data, size_t len, void (*release)(void *ctx),
                   void *ctx)
{
    struct pipe_slice *s = NULL;

    if (p->state == PIPE_STATE_OPEN && len > 0) {
        if (pipe_room(p) == 0 || len > UINT32_MAX - p->held) {
            return ERR_FULL;
        }
        s = append(p, PIPE_SLICE_LENT);
        s->data = data;
        s->len = len;
        s->u.lent.release = release;
        s->u.lent.ctx = ctx;
        p->held += (uint32_t)len;
        tell(p->reader);
        return ERR_OK;
    }
    if (release != NULL) {
        release(ctx);
    }
    return p->state == PIPE_STATE_OPEN ? ERR_OK : ERR_CLOSED;
}

enum err pipe_pull(struct pipe *p, struct pipe_source *source, uint64_t len)
{
    struct pipe_slice *s = NULL;

    if (p->state == PIPE_STATE_OPEN && len > 0) {
        s = append(p, PIPE_SLICE_PULL);
        s->data = NULL;
        s->len = len;
        s->u.source = source;
        tell(p->reader);
        return ERR_OK;
    }
    source->close(source);
    return p->state == PIPE_STATE_OPEN ? ERR_OK : ERR_CLOSED;
}

void pipe_wake(struct pipe *p)
{
    tell(p->reader);
}

void pipe_end(struct pipe *p)
{
    if (p->state != PIPE_STATE_OPEN) {
        return;
    }
    p->state = PIPE_STATE_ENDED;
    tell(p->reader);
}

void pipe_fail(struct pipe *p, enum err why)
{
    if (p->state == PIPE_STATE_FAILED) {
        return;
    }
    pipe_fini(p);
    p->failure = why;
    tell(p->reader);
}

/* What a reader is to think when nothing is queued. */
static enum pipe_more rest_of(const struct pipe *p)
{
    switch (p->state) {
    case PIPE_STATE_ENDED:
        return PIPE_END;
    case PIPE_STATE_FAILED:
        return PIPE_BROKEN;
    case PIPE_STATE_OPEN:
    default:
        return PIPE_LATER;
    }
}

/* From the first slice, which is a pull. Moves the slice on; a failing source fails the pipe. */
static size_t take_pulled(struct pipe *p, uint8_t *dst, size_t len, enum pipe_more *more)
{
    struct pipe_slice *s = p->first;
    size_t want = s->len < len ? (size_t)s->len : len;
    ssize_t n = s->u.source->fill(s->u.source, dst, want);

    if (n < 0) {
        pipe_fini(p);
        p->failure = ERR_IO;
        *more = PIPE_BROKEN;
        return 0;
    }
    *more = n == 0 ? PIPE_LATER : PIPE_MORE;
    s->len -= (uint64_t)n;
    return (size_t)n;
}

static size_t take_held(struct pipe *p, uint8_t *dst, size_t len)
{
    struct pipe_slice *s = p->first;
    size_t n = s->len < len ? (size_t)s->len : len;

    memcpy(dst, s->data, n);
    s->data += n;
    s->len -= n;
    p->held -= (uint32_t)n;
    return n;
}

static size_t take_first(struct pipe *p, uint8_t *dst, size_t len, enum pipe_more *more)
{
    size_t n =
        p->first->kind == PIPE_SLICE_PULL ? take_pulled(p, dst, len, more) : take_held(p, dst, len);

    if (p->first != NULL && p->first->len == 0) {
        drop_first(p);
    }
    return n;
}

size_t pipe_take(struct pipe *p, uint8_t *dst, size_t len, enum pipe_more *more)
{
    size_t got = 0;

    *more = PIPE_MORE;
    while (got < len && p->first != NULL && *more == PIPE_MORE) {
        got += take_first(p, dst + got, len - got, more);
    }
    p->taken += got;
    if (p->first == NULL) {
        *more = rest_of(p);
    }
    tell_writer_if_room(p);
    return got;
}

size_t pipe_peek(const struct pipe *p, const uint8_t **data)
{
    if (p->first == NULL || p->first->kind == PIPE_SLICE_PULL) {
        *data = NULL;
        return 0;
    }
    *data = p->first->data;
    return (size_t)p->first->len;
}

void pipe_skip(struct pipe *p, size_t len)
{
    struct pipe_slice *s = p->first;

    MUST(s != NULL && s->kind != PIPE_SLICE_PULL && len <= s->len);
    s->data += len;
    s->len -= len;
    p->held -= (uint32_t)len;
    p->taken += len;
    if (s->len == 0) {
        drop_first(p);
    }
    tell_writer_if_room(p);
}

void pipe_drain(struct pipe *p)
{
    while (p->first != NULL) {
        drop_first(p);
    }
    tell_writer_if_room(p);
}
