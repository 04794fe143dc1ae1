/* source.h: a configuration file as bytes, before anybody looks for YAML in it. Blocking. */
#ifndef WEIR_CONFIG_SOURCE_H
#define WEIR_CONFIG_SOURCE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct buf;
struct faults;

/* Adds the content of the file at `path` to `out`, whose ceiling is the most that is accepted. On
 * any error there is a fault that says what to do. */
MUST_USE enum err source_read(const char *path, struct buf *out, struct faults *faults);

/* Whether `text` is UTF-8 without control characters (tab, newline, return may stand); else
 * ERR_SYNTAX and a fault at the first byte that is not. */
MUST_USE enum err source_check(const char *name, struct str text, struct faults *faults);

/* The length of the character that `s` begins with, 0 when it is not UTF-8; `*is_refused`: it may
 * not stand in a file (only as an escape in double quotes). `s` is not empty. */
size_t source_char(struct str s, bool *is_refused);

/* Without the byte order mark that some editors put first. */
struct str source_skip_mark(struct str text);

#endif
