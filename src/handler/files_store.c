#include "handler/files_store.h"

#include <stdlib.h>

#include "base/check.h"
#include "metrics/metrics.h"

#define BUCKETS_FIRST 256

static struct files_object **new_buckets(size_t count)
{
    struct files_object **buckets = calloc(count, sizeof(struct files_object *));
    MUST(buckets != NULL);
    return buckets;
}

void files_store_init(struct files_store *s, const uint64_t seed[static 2],
                      struct metrics_row *metrics)
{
    *s = (struct files_store){.mask = BUCKETS_FIRST - 1, .metrics = metrics};
    s->seed[0] = seed[0];
    s->seed[1] = seed[1];
    s->buckets = new_buckets(BUCKETS_FIRST);
    list_init(&s->ring);
}

void files_store_fini(struct files_store *s)
{
    for (size_t i = 0; i <= s->mask; i++) {
        while (s->buckets[i] != NULL) {
            files_store_remove(s, s->buckets[i]);
        }
    }
    free(s->buckets);
    s->buckets = NULL;
}

/* --- hashing ------------------------------------------------------------------------------- */

/* Both halves of the product, folded: each bit of the result hangs on all bits of the factors. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t word_at(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

/* At most 8 bytes. */
static uint64_t tail_of(const char *p, size_t len)
{
    uint64_t word = 0;
    memcpy(&word, p, len);
    return word;
}

/* The secret is mixed into every word, so that equal hashes cannot be computed from outside. */
uint64_t files_store_hash(const struct files_store *s, const struct files_key *key)
{
    const char *p = key->path.p;
    size_t left = key->path.len;
    uint64_t hash = s->seed[0] ^ key->root_id[0] ^ key->path.len;
    while (left > 8) {
        hash = mix(hash ^ word_at(p), s->seed[1]);
        p += 8;
        left -= 8;
    }
    return mix(hash ^ tail_of(p, left), s->seed[1]);
}

/* --- finding ------------------------------------------------------------------------------- */

static bool is_for(const struct files_object *o, uint64_t hash, const struct files_key *key)
{
    return o->hash == hash && files_object_is_same_key(&o->key, key);
}

struct files_object *files_store_find(const struct files_store *s, uint64_t hash,
                                      const struct files_key *key)
{
    struct files_object *o = s->buckets[hash & s->mask];
    while (o != NULL && !is_for(o, hash, key)) {
        o = o->next;
    }
    return o;
}

/* --- changing ------------------------------------------------------------------------------ */

static void link_into(struct files_store *s, struct files_object *o)
{
    struct files_object **bucket = &s->buckets[o->hash & s->mask];
    o->next = *bucket;
    *bucket = o;
}

static void grow(struct files_store *s)
{
    struct files_object **old = s->buckets;
    size_t old_mask = s->mask;
    s->mask = old_mask * 2 + 1;
    s->buckets = new_buckets(s->mask + 1);
    for (size_t i = 0; i <= old_mask; i++) {
        struct files_object *o = old[i];
        while (o != NULL) {
            struct files_object *next = o->next;
            link_into(s, o);
            o = next;
        }
    }
    free(old);
}

static void unlink_from(struct files_store *s, struct files_object *o)
{
    struct files_object **at = &s->buckets[o->hash & s->mask];
    while (*at != o) {
        MUST(*at != NULL);
        at = &(*at)->next;
    }
    *at = o->next;
    o->next = NULL;
    o->on_idle = NULL;
    o->store = NULL;
    s->count--;
}

void files_store_remove(struct files_store *s, struct files_object *o)
{
    unlink_from(s, o);
    if (files_object_is_kept(o)) {
        list_remove(&o->ring);
        s->bytes -= o->bytes;
        metrics_add(s->metrics, METRIC_FILES_KEPT_BYTES, (uint64_t)0 - o->bytes);
        files_object_unref(o);
    }
}

/* A big one has lost its last user. */
static void leave(struct files_object *o, void *store)
{
    unlink_from(store, o);
}

/* Who was used goes to the end of the ring once more. */
static void make_room(struct files_store *s, size_t bytes, uint64_t keep_total)
{
    while (s->bytes + bytes > keep_total) {
        struct list *first = list_take_front(&s->ring);
        if (first == NULL) {
            return;
        }
        struct files_object *o = CONTAINER_OF(first, struct files_object, ring);
        if (o->is_used) {
            o->is_used = false;
            list_push_back(&s->ring, &o->ring);
        } else {
            metrics_inc(s->metrics, METRIC_FILES_KEPT_EVICTIONS);
            files_store_remove(s, o);
        }
    }
}

static void keep(struct files_store *s, struct files_object *o)
{
    files_object_ref(o);
    list_push_back(&s->ring, &o->ring);
    s->bytes += o->bytes;
    metrics_add(s->metrics, METRIC_FILES_KEPT_BYTES, o->bytes);
}

void files_store_add(struct files_store *s, struct files_object *o, uint64_t keep_total)
{
    struct files_object *present = files_store_find(s, o->hash, &o->key);
    if (present != NULL) {
        files_store_remove(s, present);
    }
    if (files_object_is_kept(o)) {
        if (o->bytes > keep_total) {
            return;
        }
        make_room(s, o->bytes, keep_total);
        keep(s, o);
    } else {
        o->on_idle = leave;
        o->store = s;
    }
    if (s->count > s->mask) {
        grow(s);
    }
    link_into(s, o);
    s->count++;
}
