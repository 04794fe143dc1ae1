#include "config/places.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"

#define NONE SIZE_MAX

struct span {
    uintptr_t begin;
    uintptr_t end;
    struct position at;
    size_t around; /* index of the span it stands in */
    size_t order;  /* of arrival: what is outside comes first */
};

struct places {
    struct arena *arena;
    struct span *spans;
    size_t count;
    size_t cap;
    bool is_settled;
};

struct places *places_new(struct arena *arena)
{
    struct places *places = arena_zalloc(arena, sizeof(*places));

    places->arena = arena;
    return places;
}

void places_add(struct places *places, const void *p, size_t size, struct position at)
{
    uintptr_t begin = (uintptr_t)p;

    MUST(!places->is_settled);
    if (places->count == places->cap) {
        size_t cap = places->cap == 0 ? 64 : places->cap * 2;
        struct span *spans = arena_alloc(places->arena, cap * sizeof(*spans));
        if (places->count > 0) {
            memcpy(spans, places->spans, places->count * sizeof(*spans));
        }
        places->spans = spans;
        places->cap = cap;
    }
    size_t order = places->count;
    places->spans[places->count++] = (struct span){begin, begin + size, at, NONE, order};
}

/* Of spans with one beginning, the larger first: it holds the others. */
static int compare_spans(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;
    int by_begin = (x->begin > y->begin) - (x->begin < y->begin);
    int by_end = (x->end < y->end) - (x->end > y->end);

    if (by_begin != 0) {
        return by_begin;
    }
    return by_end != 0 ? by_end : (x->order > y->order) - (x->order < y->order);
}

/* The innermost span that holds `p`, from `i` outwards. */
static size_t climb(const struct places *places, size_t i, uintptr_t p)
{
    while (i != NONE && places->spans[i].end <= p) {
        i = places->spans[i].around;
    }
    return i;
}

void places_settle(struct places *places)
{
    size_t inner = NONE;

    if (places->count > 1) {
        qsort(places->spans, places->count, sizeof(*places->spans), compare_spans);
    }
    for (size_t i = 0; i < places->count; i++) {
        inner = climb(places, inner, places->spans[i].begin);
        places->spans[i].around = inner;
        inner = i;
    }
    places->is_settled = true;
}

bool places_find(const struct places *places, const void *p, struct position *out)
{
    size_t low = 0;
    size_t high =
        places->count; /* spans before `low` begin at or before p, from `high` behind it */

    MUST(places->is_settled);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (places->spans[middle].begin <= (uintptr_t)p) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t i = low == 0 ? NONE : climb(places, low - 1, (uintptr_t)p);
    if (i == NONE) {
        return false;
    }
    *out = places->spans[i].at;
    return true;
}
