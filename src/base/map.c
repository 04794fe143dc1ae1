#include "base/map.h"

#include <endian.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/random.h"

/* Entries stand in an array in order of insertion; an index of twice its size, open addressing with
 * linear probing, says where:
 *
 *   index    [ . 2 . . 1 . 4 . ]      1 + position, 0 empty: half of it is always empty
 *   entries  [ a | b | x | d ]        x: removed, its value is NULL
 *
 * A removed entry keeps its place in both, so that probing passes over it and iteration is not
 * disturbed; its key may be gone and is never read. When the array is full, it is built anew
 * without the removed ones, and twice as large if it is still more than half full. */

#define FIRST_CAP 8

/* --- SipHash-2-4, by Aumasson and Bernstein (2012) --- */

struct sip {
    uint64_t v0;
    uint64_t v1;
    uint64_t v2;
    uint64_t v3;
};

static uint64_t rotate_left(uint64_t x, unsigned by)
{
    return (x << by) | (x >> (64 - by));
}

static void mix(struct sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate_left(s->v1, 13) ^ s->v0;
    s->v3 = rotate_left(s->v3, 16) ^ s->v2;
    s->v0 = rotate_left(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate_left(s->v1, 17) ^ s->v2;
    s->v3 = rotate_left(s->v3, 21) ^ s->v0;
    s->v2 = rotate_left(s->v2, 32);
}

static void absorb(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    mix(s);
    mix(s);
    s->v0 ^= word;
}

/* Eight bytes, the first one lowest. */
static uint64_t load_word(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return le64toh(word);
}

/* The last bytes, fewer than eight, under the length's lowest byte. */
static uint64_t load_tail(struct str s)
{
    uint64_t word = (uint64_t)s.len << 56;
    for (size_t i = s.len & ~(size_t)7; i < s.len; i++) {
        word |= (uint64_t)(unsigned char)s.p[i] << (8 * (i & 7));
    }
    return word;
}

uint64_t map_hash(struct str s, const uint64_t seed[static 2])
{
    struct sip sip = {
        .v0 = seed[0] ^ 0x736f6d6570736575u,
        .v1 = seed[1] ^ 0x646f72616e646f6du,
        .v2 = seed[0] ^ 0x6c7967656e657261u,
        .v3 = seed[1] ^ 0x7465646279746573u,
    };
    for (size_t i = 0; i + 8 <= s.len; i += 8) {
        absorb(&sip, load_word(s.p + i));
    }
    absorb(&sip, load_tail(s));
    sip.v2 ^= 0xff;
    for (int i = 0; i < 4; i++) {
        mix(&sip);
    }
    return sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
}

/* --- The map --- */

void map_init(struct map *m)
{
    *m = (struct map){0};
}

void map_fini(struct map *m)
{
    free(m->entries);
    free(m->index);
    map_init(m);
}

static bool is_match(const struct map_entry *entry, struct str key, uint64_t hash)
{
    return entry->value != NULL && entry->hash == hash && str_eq(entry->key, key);
}

/* The living entry with `key`, or NULL. Ends because half of the index is empty. */
static struct map_entry *find_entry(const struct map *m, struct str key, uint64_t hash)
{
    size_t mask = m->cap * 2 - 1;
    for (size_t slot = hash & mask; m->index[slot] != 0; slot = (slot + 1) & mask) {
        struct map_entry *entry = &m->entries[m->index[slot] - 1];
        if (is_match(entry, key, hash)) {
            return entry;
        }
    }
    return NULL;
}

static void append(struct map *m, struct map_entry entry)
{
    size_t mask = m->cap * 2 - 1;
    size_t slot = entry.hash & mask;
    while (m->index[slot] != 0) {
        slot = (slot + 1) & mask;
    }
    m->entries[m->used++] = entry;
    m->index[slot] = (uint32_t)m->used;
}

static size_t choose_cap(const struct map *m)
{
    if (m->cap == 0) {
        return FIRST_CAP;
    }
    return m->count > m->cap / 2 ? m->cap * 2 : m->cap;
}

static void rebuild(struct map *m)
{
    struct map old = *m;
    m->cap = choose_cap(&old);
    MUST(m->cap <= UINT32_MAX / 2);
    m->used = 0;
    m->entries = calloc(m->cap, sizeof(*m->entries));
    m->index = calloc(m->cap * 2, sizeof(*m->index));
    MUST(m->entries != NULL && m->index != NULL);
    const struct map_entry *entry;
    size_t i;
    MAP_EACH(entry, i, &old) {
        append(m, *entry);
    }
    map_fini(&old);
}

void *map_find(const struct map *m, struct str key)
{
    if (m->count == 0) {
        return NULL;
    }
    struct map_entry *entry = find_entry(m, key, map_hash(key, m->seed));
    return entry == NULL ? NULL : entry->value;
}

void *map_put(struct map *m, struct str key, void *value)
{
    MUST(value != NULL);
    if (m->cap == 0) {
        random_secure(m->seed, sizeof(m->seed));
        rebuild(m);
    }
    uint64_t hash = map_hash(key, m->seed);
    struct map_entry *entry = find_entry(m, key, hash);
    if (entry != NULL) {
        void *replaced = entry->value;
        entry->key = key;
        entry->value = value;
        return replaced;
    }
    if (m->used == m->cap) {
        rebuild(m);
    }
    append(m, (struct map_entry){.key = key, .value = value, .hash = hash});
    m->count++;
    return NULL;
}

void *map_remove(struct map *m, struct str key)
{
    if (m->count == 0) {
        return NULL;
    }
    struct map_entry *entry = find_entry(m, key, map_hash(key, m->seed));
    if (entry == NULL) {
        return NULL;
    }
    void *value = entry->value;
    entry->value = NULL;
    m->count--;
    return value;
}

const struct map_entry *map_next(const struct map *m, size_t *i)
{
    while (*i < m->used) {
        const struct map_entry *entry = &m->entries[(*i)++];
        if (entry->value != NULL) {
            return entry;
        }
    }
    return NULL;
}
