/* walk.h: every table below a root, each once, with the path that leads to it. Any thread. */
#ifndef WEIR_CONFIG_WALK_H
#define WEIR_CONFIG_WALK_H

#include <stddef.h>

#include "base/str.h"

struct arena;
struct setting_table;

struct walk_stop {
    const struct setting_table *table;
    struct str path; /* listeners[].tls, upstreams.*; empty for the root */
};

struct walk {
    struct walk_stop *stops; /* nearest to the root first */
    size_t count;
    size_t cap;
};

void walk_tables(const struct setting_table *root, struct arena *arena, struct walk *out);

#endif
