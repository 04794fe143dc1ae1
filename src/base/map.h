/* map.h: from text to pointer. Keys are borrowed and must outlive the map, values are not owned.
 * Keyed hashing, so that a peer who chooses keys cannot make them collide. Iteration is in order of
 * insertion (removals keep it). One thread at a time. */
#ifndef WEIR_BASE_MAP_H
#define WEIR_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct map_entry {
    struct str key;
    void *value; /* NULL: removed */
    uint64_t hash;
};

struct map {
    struct map_entry *entries; /* in order of insertion */
    uint32_t *index;           /* open addressing, 1 + position in entries, 0 empty */
    size_t count;              /* living entries */
    size_t used;               /* slots of `entries` taken, removed ones included */
    size_t cap;                /* of entries; the index has twice as many */
    uint64_t seed[2];
};

void map_init(struct map *m);
void map_fini(struct map *m);

/* NULL when absent. */
void *map_find(const struct map *m, struct str key);

/* Adds or replaces, key included; the value replaced, or NULL. `value` is not NULL. */
void *map_put(struct map *m, struct str key, void *value);

/* Takes it out; NULL when absent. */
void *map_remove(struct map *m, struct str key);

static inline size_t map_count(const struct map *m)
{
    return m->count;
}

/* The living entry at or after position `*i`, NULL at the end; `*i` is moved behind it. Start with
 * 0. Entries may be removed meanwhile, not added. */
const struct map_entry *map_next(const struct map *m, size_t *i);

#define MAP_EACH(entry, i, map) for ((i) = 0; ((entry) = map_next((map), &(i))) != NULL;)

/* SipHash-2-4 of `s` under a key of two words. */
uint64_t map_hash(struct str s, const uint64_t seed[static 2]);

#endif
