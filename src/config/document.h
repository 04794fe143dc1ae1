/* document.h: YAML or JSON text to nodes. One reader for both: JSON is YAML in its flow style, but
 * for what escape.h adds. Bounds are those of config.h. */
#ifndef WEIR_CONFIG_DOCUMENT_H
#define WEIR_CONFIG_DOCUMENT_H

#include "base/err.h"
#include "base/str.h"

struct arena;
struct faults;
struct node;

/* What bounds a document. */
struct document_limits {
    unsigned depth_max;
    unsigned long values_max;
};

/* `*out` is the root, also when there are faults that leave the rest readable; ERR_SYNTAX, and no
 * root, when there are others. `name` lives as long as `arena`. */
MUST_USE enum err document_read(const char *name, struct str text,
                                const struct document_limits *limits, struct arena *arena,
                                struct faults *faults, struct node **out);

#endif
