/* suggest.h: what somebody who wrote an unknown key may have meant. Any thread. */
#ifndef WEIR_CONFIG_SUGGEST_H
#define WEIR_CONFIG_SUGGEST_H

#include "base/str.h"

struct arena;
struct setting_table;

/* The end of a sentence about `word`, which no row of `here` knows: the nearest key here, the
 * section below `root` where that very key belongs, or the nearest key there; else the keys that
 * are known here. */
struct str suggest_key(const struct setting_table *root, const struct setting_table *here,
                       struct str word, struct arena *arena);

/* Calls `each` with every key that may stand in a mapping of `table`. */
void suggest_each_key(const struct setting_table *table, void (*each)(void *ctx, struct str key),
                      void *ctx);

#endif
