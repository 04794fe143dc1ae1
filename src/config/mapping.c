#include "config/mapping.h"

#include "base/arena.h"
#include "base/map.h"
#include "config/faults.h"
#include "config/node.h"

struct settling {
    struct node_pair *pairs;
    size_t count;
    struct map keys; /* to the key's node */
};

static bool is_merge(const struct node_pair *pair)
{
    return pair->key->is_plain && str_eq(pair->key->text, STR("<<"));
}

/* The mappings that `<<` names: itself, or a list of them. */
static size_t merged_count(const struct node *value)
{
    return value->type == NODE_LIST ? value->count : 1;
}

static const struct node *merged_at(const struct node *value, size_t i)
{
    return value->type == NODE_LIST ? value->pairs[i].value : value;
}

static void add_own(struct settling *s, const struct node_pair *pair, struct arena *arena,
                    struct faults *faults)
{
    struct node *key = pair->key;
    const struct node *first = map_find(&s->keys, key->text);

    if (first == NULL) {
        map_put(&s->keys, key->text, key);
        s->pairs[s->count++] = *pair;
        return;
    }
    if (faults_is_full(faults)) {
        faults->count++;
        return;
    }
    struct str name = faults_quote(arena, key->text);
    struct str place = faults_place(arena, first->at);
    faults_add(faults, key->at, "key '%.*s' stands twice; the first is at %.*s", STR_ARGS(name),
               STR_ARGS(place));
}

static void merge_one(struct settling *s, const struct node *from, struct faults *faults)
{
    if (from->type == NODE_SCALAR || from->type == NODE_LIST) {
        faults_add(faults, from->at, "'<<' merges a mapping or a list of mappings, not %s",
                   node_type_name(from));
        return;
    }
    for (size_t i = 0; i < from->count; i++) {
        if (map_find(&s->keys, from->pairs[i].key->text) == NULL) {
            map_put(&s->keys, from->pairs[i].key->text, from->pairs[i].key);
            s->pairs[s->count++] = from->pairs[i];
        }
    }
}

static void merge_all(struct settling *s, const struct node *value, struct faults *faults)
{
    for (size_t i = 0; i < merged_count(value); i++) {
        merge_one(s, merged_at(value, i), faults);
    }
}

/* The most pairs there can be in the end. */
static size_t bound_pairs(const struct node *mapping)
{
    size_t bound = 0;

    for (size_t i = 0; i < mapping->count; i++) {
        const struct node *value = mapping->pairs[i].value;
        bound++;
        for (size_t k = 0; is_merge(&mapping->pairs[i]) && k < merged_count(value); k++) {
            bound += merged_at(value, k)->count;
        }
    }
    return bound;
}

unsigned long mapping_merged_values(const struct node *mapping)
{
    unsigned long values = 0;

    for (size_t i = 0; i < mapping->count; i++) {
        if (is_merge(&mapping->pairs[i])) {
            values += mapping->pairs[i].value->values;
        }
    }
    return values;
}

void mapping_settle(struct node *mapping, struct arena *arena, struct faults *faults)
{
    struct settling s = {.count = 0};

    if (mapping->count == 0) {
        return;
    }
    s.pairs = arena_alloc(arena, bound_pairs(mapping) * sizeof(*s.pairs));
    map_init(&s.keys);
    for (size_t i = 0; i < mapping->count; i++) {
        if (!is_merge(&mapping->pairs[i])) {
            add_own(&s, &mapping->pairs[i], arena, faults);
        }
    }
    for (size_t i = 0; i < mapping->count; i++) {
        if (is_merge(&mapping->pairs[i])) {
            merge_all(&s, mapping->pairs[i].value, faults);
        }
    }
    map_fini(&s.keys);
    mapping->pairs = s.pairs;
    mapping->count = s.count;
}
