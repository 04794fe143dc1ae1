/* config.h: from a YAML or JSON file to checked settings, or to every fault in it.
 *
 *   text -> document (nodes with positions) -> fill (rows -> structs) -> checks -> struct config
 *
 * What is read lives in the caller's arena. Blocking: start, `weir check`, or an offload thread. */
#ifndef WEIR_CONFIG_CONFIG_H
#define WEIR_CONFIG_CONFIG_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "config/faults.h"
#include "config/position.h"
#include "config/setting.h"

struct places;

#define CONFIG_FILE_MAX   (16 * 1024 * 1024) /* bytes */
#define CONFIG_DEPTH_MAX  64                 /* lists and mappings inside each other */
#define CONFIG_VALUES_MAX 1000000            /* an alias counts as all it stands for */

struct config {
    const struct setting_table *table;
    void *settings; /* the struct of `table` */
    struct places *places;
};

/* Reads the file at `path` as `table` says. Any error: `faults` tells why. ERR_SYNTAX when the text
 * is at fault, else why it could not be read. `out` is not set on an error, but where all members
 * could be read and only the tables' checks found faults: so that more can be looked for. */
MUST_USE enum err config_load_file(const char *path, const struct setting_table *table,
                                   struct arena *arena, struct faults *faults, struct config *out);

/* The same from memory; `name` is the file it is said to be, for faults and relative paths. */
MUST_USE enum err config_load_text(const char *name, struct str text,
                                   const struct setting_table *table, struct arena *arena,
                                   struct faults *faults, struct config *out);

/* Where the user wrote the member at `member` of some settings struct of `config`, or, when it is
 * a default, where the object that holds it begins. */
struct position config_position(const struct config *config, const void *member);

#endif
