/* files_pending.h: the loads a worker has under way, by root and path.
 *
 *   buckets:  [ ]->a->b   [ ]   [ ]->c       as many buckets as there may be loads: they never grow
 *
 * The hash is the store's, so it is keyed. Any name may be asked for, hence the ceiling: what is
 * here costs memory and a place in the offload queue even when there is no such file. Owns nothing.
 * Own worker. */
#ifndef WEIR_HANDLER_FILES_PENDING_H
#define WEIR_HANDLER_FILES_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "handler/files_object.h"

#define FILES_PENDING_MAX 1024u /* a power of two */

/* Embedded in the load. */
struct files_pending_entry {
    struct files_pending_entry *next; /* same bucket */
    uint64_t hash;
    struct files_key key;
};

struct files_pending {
    struct files_pending_entry *buckets[FILES_PENDING_MAX];
    unsigned count;
};

void files_pending_init(struct files_pending *p);

static inline bool files_pending_is_full(const struct files_pending *p)
{
    return p->count >= FILES_PENDING_MAX;
}

/* NULL when absent. */
struct files_pending_entry *files_pending_find(const struct files_pending *p, uint64_t hash,
                                               const struct files_key *key);

/* `e` has its hash and its key; there must be room, and none with this key. */
void files_pending_add(struct files_pending *p, struct files_pending_entry *e);

/* It must be in. */
void files_pending_remove(struct files_pending *p, struct files_pending_entry *e);

/* Any of them; NULL when there is none. */
struct files_pending_entry *files_pending_any(const struct files_pending *p);

#endif
