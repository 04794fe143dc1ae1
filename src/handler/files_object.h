/* files_object.h: a file ready to be answered with: its fields, and its content or its descriptor.
 *
 * Small ones are kept: content in memory, no descriptor. Big ones are shared while anybody sends
 * them: one descriptor for all. Counted, plainly: own worker.
 *
 * The entity tag is a short hash of the file's time, size and number (inode): strong, and the same
 * in every worker and after a restart. */
#ifndef WEIR_HANDLER_FILES_OBJECT_H
#define WEIR_HANDLER_FILES_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/list.h"
#include "base/str.h"
#include "handler/files_open.h"
#include "http/fields.h"

struct account;
struct files_job_line;

#define FILES_OBJECT_MAGIC 0x46494c45u /* FILE */

/* In this order, so that a 304 sends the first one alone (RFC 9110, section 15.4.5). */
enum files_object_field {
    FILES_OBJECT_ETAG,
    FILES_OBJECT_TYPE,
    FILES_OBJECT_MODIFIED,
    FILES_OBJECT_RANGES,
    FILES_OBJECT_FIELDS
};

/* Which file, for whom: the root it was found below, and the path that was asked for. */
struct files_key {
    uint64_t root_id[2];
    struct str path;
};

static inline bool files_object_is_same_key(const struct files_key *a, const struct files_key *b)
{
    return a->root_id[0] == b->root_id[0] && a->root_id[1] == b->root_id[1] &&
           str_eq(a->path, b->path);
}

struct files_object {
    uint32_t magic;
    uint32_t refs;
    struct files_object *next; /* the store's: same bucket */
    uint64_t hash;
    struct files_key key;
    uint64_t checked_ns; /* when the file system was asked last */
    struct files_stamp stamp;
    uint8_t *content; /* NULL when it has a descriptor, or nothing inside */
    int fd;           /* -1 when it is kept */
    bool is_young;    /* it had just been written: a second change may have left the same stamp */
    bool is_used;     /* since the store last looked for something to let go */
    struct field fields[FILES_OBJECT_FIELDS];
    struct str length_text; /* stamp.bytes in digits */
    int64_t modified_s;
    struct list ring;                                /* the store's: kept ones */
    void (*on_idle)(struct files_object *o, void *); /* the store's: nobody uses it any more */
    void *store;
    struct account *account;
    struct files_job_line *line; /* where reads of it wait */
    size_t bytes;                /* charged to the account */
    char text[];
};

struct files_object_config {
    struct files_key key;
    uint64_t hash;
    struct str type;
    struct str charset; /* empty: none */
    struct files_stamp stamp;
    uint8_t *content; /* from malloc, stamp.bytes long; it is the object's then */
    int fd;           /* likewise */
    struct account *account;
    struct files_job_line *line;
    uint64_t now_ns;
    uint64_t wall_ns;
};

/* With one reference. */
struct files_object *files_object_new(const struct files_object_config *config);

static inline void files_object_ref(struct files_object *o)
{
    o->refs++;
}

/* For who does not hold the last one in mind: arena clean-ups. */
void files_object_unref(void *object);

static inline bool files_object_is_kept(const struct files_object *o)
{
    return o->fd < 0;
}

#endif
