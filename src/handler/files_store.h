/* files_store.h: the files a worker has ready, by root and path.
 *
 *   buckets:  [ ]->a->b   [ ]   [ ]->c       kept ones stand in a ring as well, and the store holds
 *   ring:     a - c                          a reference to them; b is big: it stands here only
 *                                            while somebody else holds it
 *
 * Who is not used between two passes of the ring goes first when room is needed. The hash is keyed,
 * and only files that exist get in, so that a client cannot fill it with names. Own worker. */
#ifndef WEIR_HANDLER_FILES_STORE_H
#define WEIR_HANDLER_FILES_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "handler/files_object.h"

struct metrics_row;

struct files_store {
    struct files_object **buckets;
    size_t mask;  /* of a hash: a power of two less one */
    size_t count; /* objects */
    size_t bytes; /* of kept ones */
    struct list ring;
    uint64_t seed[2];
    struct metrics_row *metrics;
};

/* `seed` is secret. */
void files_store_init(struct files_store *s, const uint64_t seed[static 2],
                      struct metrics_row *metrics);

/* Lets go of all objects; those in use live on. */
void files_store_fini(struct files_store *s);

uint64_t files_store_hash(const struct files_store *s, const struct files_key *key);

/* NULL when absent. */
struct files_object *files_store_find(const struct files_store *s, uint64_t hash,
                                      const struct files_key *key);

/* Puts `o` in, in the place of one with the same key. A kept one pushes out others until all kept
 * ones are within `keep_total` bytes; it stays out when it is larger itself. */
void files_store_add(struct files_store *s, struct files_object *o, uint64_t keep_total);

/* Takes it out; it must be in. */
void files_store_remove(struct files_store *s, struct files_object *o);

#endif
