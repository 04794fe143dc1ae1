/* files_root.h: a directory that is served, and how. Constant once made, shared by a handler and by
 * what offload threads still do for it: counted. Any thread. */
#ifndef WEIR_HANDLER_FILES_ROOT_H
#define WEIR_HANDLER_FILES_ROOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct files_settings;

struct files_root {
    atomic_uint refs;
    int fd;              /* O_PATH */
    bool has_openat2;    /* else names are walked by hand, links refused */
    bool serves_hidden;  /* names that begin with a dot */
    uint64_t id[2];      /* same for roots whose answers are the same, over reloads too */
    uint64_t keep_max;   /* bytes */
    uint64_t keep_total; /* bytes */
    uint64_t recheck_ns;
    struct str charset; /* may be empty */
    const struct str *index;
    size_t index_count;
    char text[]; /* what the strings above point to */
};

/* With one reference. Blocking. ERR_NOT_FOUND, ERR_DENIED, ERR_IO ...: `*why` is the errno. */
MUST_USE enum err files_root_open(const struct files_settings *settings, struct files_root **out,
                                  int *why);

struct files_root *files_root_ref(struct files_root *root);

/* Sets *root to NULL. */
void files_root_unref(struct files_root **root);

#endif
