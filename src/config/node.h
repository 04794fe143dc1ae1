/* node.h: a configuration as it was written: values with their positions. An alias is the very node
 * that its anchor names, so nodes form a graph without circles, bounded as config.h says. Nodes
 * live in the arena they were read into. Any thread. */
#ifndef WEIR_CONFIG_NODE_H
#define WEIR_CONFIG_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "config/position.h"

enum node_type {
    NODE_SCALAR,
    NODE_LIST,
    NODE_MAPPING,
    NODE_BROKEN /* faulty, and reported: pass over it */
};

struct node_pair {
    struct node *key; /* a NODE_SCALAR; NULL in a list */
    struct node *value;
};

struct node {
    enum node_type type;
    bool is_plain;   /* a scalar without quotes */
    unsigned height; /* lists and mappings from here down, this one included */
    struct str text; /* of a scalar; zero byte behind */
    struct node_pair *pairs;
    size_t count;
    size_t values; /* nodes from here down, aliases counted each time */
    struct position at;
};

/* NULL when the mapping has no such key. */
const struct node_pair *node_find(const struct node *mapping, struct str key);

/* No value at all: nothing, null, or ~. */
bool node_is_null(const struct node *n);

/* "a list", "a mapping", "text": for sentences. */
const char *node_type_name(const struct node *n);

#endif
