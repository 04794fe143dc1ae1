#include "handler/files_pending.h"

#include <stddef.h>

#include "base/check.h"

#define BUCKET(hash) ((hash) & (FILES_PENDING_MAX - 1))

_Static_assert((FILES_PENDING_MAX & (FILES_PENDING_MAX - 1)) == 0, "BUCKET takes its lowest bits");

void files_pending_init(struct files_pending *p)
{
    *p = (struct files_pending){.count = 0};
}

struct files_pending_entry *files_pending_find(const struct files_pending *p, uint64_t hash,
                                               const struct files_key *key)
{
    struct files_pending_entry *e = p->buckets[BUCKET(hash)];
    while (e != NULL && !(e->hash == hash && files_object_is_same_key(&e->key, key))) {
        e = e->next;
    }
    return e;
}

void files_pending_add(struct files_pending *p, struct files_pending_entry *e)
{
    MUST(!files_pending_is_full(p));
    e->next = p->buckets[BUCKET(e->hash)];
    p->buckets[BUCKET(e->hash)] = e;
    p->count++;
}

void files_pending_remove(struct files_pending *p, struct files_pending_entry *e)
{
    struct files_pending_entry **at = &p->buckets[BUCKET(e->hash)];
    while (*at != e) {
        MUST(*at != NULL);
        at = &(*at)->next;
    }
    *at = e->next;
    e->next = NULL;
    p->count--;
}

struct files_pending_entry *files_pending_any(const struct files_pending *p)
{
    for (unsigned i = 0; p->count > 0 && i < FILES_PENDING_MAX; i++) {
        if (p->buckets[i] != NULL) {
            return p->buckets[i];
        }
    }
    return NULL;
}
