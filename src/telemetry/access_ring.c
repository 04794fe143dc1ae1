#include "telemetry/access_ring.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static size_t round_up(size_t size)
{
    size_t power = 4096;
    while (power < size) {
        power *= 2;
    }
    return power;
}

void access_ring_init(struct access_ring *r, size_t size, size_t line_max)
{
    *r = (struct access_ring){.size = round_up(size), .line_max = line_max};
    atomic_init(&r->head, 0);
    atomic_init(&r->tail, 0);
    atomic_init(&r->dropped, 0);
    r->memory = malloc(r->size + line_max);
    MUST(r->memory != NULL && line_max <= r->size / 2);
}

void access_ring_fini(struct access_ring *r)
{
    free(r->memory);
    r->memory = NULL;
}

static uint64_t own_head(const struct access_ring *r)
{
    return atomic_load_explicit(&r->head, memory_order_relaxed);
}

/* Acquire: the writer has read what stood before `tail`, so it may be written over. */
static void look_at_tail(struct access_ring *r)
{
    r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
}

static bool has_room(const struct access_ring *r)
{
    return r->size - (own_head(r) - r->tail_seen) >= r->line_max;
}

char *access_ring_reserve(struct access_ring *r)
{
    if (!has_room(r)) {
        look_at_tail(r);
        if (!has_room(r)) {
            return NULL;
        }
    }
    return r->memory + (own_head(r) & (r->size - 1));
}

size_t access_ring_commit(struct access_ring *r, size_t len)
{
    uint64_t head = own_head(r);
    size_t end = (head & (r->size - 1)) + len;

    MUST(len <= r->line_max);
    if (end > r->size) {
        memcpy(r->memory, r->memory + r->size, end - r->size);
    }
    head += len;
    atomic_store_explicit(&r->head, head, memory_order_release);
    if (head - r->tail_seen >= r->size / 2) {
        look_at_tail(r);
    }
    return head - r->tail_seen;
}

void access_ring_drop(struct access_ring *r)
{
    uint64_t dropped = atomic_load_explicit(&r->dropped, memory_order_relaxed);
    atomic_store_explicit(&r->dropped, dropped + 1, memory_order_relaxed);
}

unsigned access_ring_peek(const struct access_ring *r, struct iovec out[static 2])
{
    uint64_t head = atomic_load_explicit(&r->head, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    size_t place = tail & (r->size - 1);
    size_t len = head - tail;
    size_t first = len < r->size - place ? len : r->size - place;

    out[0] = (struct iovec){r->memory + place, first};
    out[1] = (struct iovec){r->memory, len - first};
    return (first > 0 ? 1u : 0u) + (len > first ? 1u : 0u);
}

void access_ring_consume(struct access_ring *r, size_t len)
{
    uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    atomic_store_explicit(&r->tail, tail + len, memory_order_release);
}
