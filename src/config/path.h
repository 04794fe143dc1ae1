/* path.h: where in the tree of settings a value stands, for sentences: listeners[0].tls. Steps are
 * linked upwards and made into text only when a fault needs it. Any thread. */
#ifndef WEIR_CONFIG_PATH_H
#define WEIR_CONFIG_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;

struct path {
    const struct path *above; /* NULL at the root */
    struct str key;
    size_t index; /* when it is an item of a list */
    bool is_item;
};

/* Empty for the root. */
struct str path_text(const struct path *path, struct arena *arena);

#endif
