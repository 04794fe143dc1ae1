/* files_part.h: what a worker has for `files:`: the files it keeps, the media types, the loads
 * under way. Own worker. */
#ifndef WEIR_HANDLER_FILES_PART_H
#define WEIR_HANDLER_FILES_PART_H

#include <stdint.h>

#include "handler/files_job.h"
#include "handler/files_pending.h"
#include "handler/files_store.h"

struct files_opened;
struct files_root;
struct mime;
struct worker;

struct files_part {
    struct worker *worker;
    struct mime *mime;
    struct files_store store;
    struct files_pending loads; /* of struct files_load */
    struct files_job_line line; /* loads and reads that wait for a place in the offload queue */
};

void files_part_init(struct files_part *part, struct worker *worker);

/* No load may be left. */
void files_part_fini(struct files_part *part);

/* A file that was found. */
struct files_found {
    const struct files_root *root;
    const struct files_key *key;
    uint64_t hash;
    struct str name; /* as it was opened: tells the media type */
    const struct files_opened *opened;
    uint8_t *content; /* from malloc; NULL: send it from its descriptor */
};

/* Makes an object of it and puts it into the store. One reference is the caller's; descriptor and
 * content are the object's. */
struct files_object *files_part_admit(struct files_part *part, const struct files_found *found);

#endif
