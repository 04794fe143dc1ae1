/* effective.h: the settings in force, as YAML that reads back to the same settings: every default
 * written out, secrets as "(secret)". */
#ifndef WEIR_CONFIG_EFFECTIVE_H
#define WEIR_CONFIG_EFFECTIVE_H

#include "base/err.h"
#include "config/setting.h"

struct buf;

/* `settings` is the struct of `table`. ERR_FULL when `out` is. */
MUST_USE enum err effective_print(const struct setting_table *table, const void *settings,
                                  struct buf *out);

#endif
