/* files_open.h: opens files below a root and tells what is there. Any thread. */
#ifndef WEIR_HANDLER_FILES_OPEN_H
#define WEIR_HANDLER_FILES_OPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct files_root;

enum files_open_outcome {
    FILES_OPEN_FILE,      /* a regular file: `fd`, `stamp` */
    FILES_OPEN_DIRECTORY, /* the name, without a slash at its end, is a directory's */
    FILES_OPEN_MISSING,   /* no such file, or none that is served */
    FILES_OPEN_DENIED,    /* the system does not let us read it */
    FILES_OPEN_COLD,      /* not to be had without blocking */
    FILES_OPEN_FULL,      /* no descriptor left: `error_number` */
    FILES_OPEN_BROKEN     /* the system failed: `error_number` */
};

/* What a file was when it was looked at; another stamp is another content. */
struct files_stamp {
    uint64_t device;
    uint64_t inode;
    uint64_t bytes;
    int64_t modified_ns; /* since 1970 */
};

struct files_opened {
    enum files_open_outcome outcome;
    int fd; /* the caller's to close; else -1 */
    int error_number;
    size_t index; /* which of the root's index names it was; SIZE_MAX: none of them */
    struct files_stamp stamp;
};

/* `name` as files_name_from_path gives it; an empty one, or one with a slash at its end, asks for
 * the directory's index. Unless `may_block` only what the kernel has in memory is found. */
void files_open(const struct files_root *root, struct str name, bool may_block,
                struct files_opened *out);

/* What the open file is now. ERR_IO. */
MUST_USE enum err files_open_stamp(int fd, struct files_stamp *out);

bool files_open_is_same(const struct files_stamp *a, const struct files_stamp *b);

#endif
