/* files_load.h: opening and reading what is not in the kernel's memory. One load for a path,
 * however many exchanges wait for it. Who leaves is struck off; the load goes on while others wait
 * or a thread has it. A worker has at most FILES_PENDING_MAX under way: names that do not exist
 * come here as well, as many as a client likes. Own worker. */
#ifndef WEIR_HANDLER_FILES_LOAD_H
#define WEIR_HANDLER_FILES_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct exchange;
struct files_key;
struct files_object;
struct files_opened;
struct files_part;
struct files_root;

/* What is looked for, and below which root. */
struct files_wanted {
    struct files_part *part;
    struct files_root *root;
    const struct files_key *key;
    uint64_t hash;
    struct str name; /* as files_name_from_path gives it */
};

/* `x` is answered when the file has been looked at; with 503 at once when too many others are being
 * looked at. */
void files_load_await(const struct files_wanted *wanted, struct exchange *x);

/* Nobody waits: `o` is replaced, or taken out of the store, if the file is another by now. Nothing
 * happens when too many others are being looked at: the next time will do. */
void files_load_recheck(const struct files_wanted *wanted, const struct files_object *o);

/* Reads the file that was opened: `*content` for one that is to be kept, NULL for one that is to be
 * sent from its descriptor (large, or it changed under the read). ERR_AGAIN unless `may_block`: it
 * is not in memory. ERR_IO. Any thread. */
MUST_USE enum err files_load_content(const struct files_root *root, struct files_opened *opened,
                                     bool may_block, uint8_t **content);

/* When the worker ends: what still waits for a place in the queue. Nobody is answered. */
void files_load_drop_all(struct files_part *part);

#endif
