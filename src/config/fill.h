/* fill.h: nodes to settings structs, as the rows say.
 *
 * Objects wait in a queue: filling one reads its scalars and puts the objects inside it at the end.
 * So nothing recurses, every object comes after the one around it, and the checks, run backwards,
 * see inner objects first. */
#ifndef WEIR_CONFIG_FILL_H
#define WEIR_CONFIG_FILL_H

#include "config/scalar.h"

struct arena;
struct config;
struct faults;
struct fill_object;
struct node;
struct places;
struct setting_table;

struct fill {
    const struct setting_table *root;
    struct arena *arena;
    struct faults *faults;
    struct places *places; /* gets the position of everything that was written */
    struct scalar_context scalars;
    struct fill_object *first;
    struct fill_object *last;
};

/* The struct of `f->root`, filled from `node`; whole only when no fault was added. The members of
 * `f` but the last two are set before. */
void *fill_settings(struct fill *f, const struct node *node);

/* Runs the tables' checks on all objects that had no fault; after places_settle. */
void fill_check(struct fill *f, const struct config *config);

#endif
