/* scalar.h: one word of text to one value: numbers with units, words, paths. Any thread. */
#ifndef WEIR_CONFIG_SCALAR_H
#define WEIR_CONFIG_SCALAR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "config/setting.h"

struct arena;

/* Where values go and what surrounds them. */
struct scalar_context {
    struct arena *arena;
    struct str directory; /* absolute: paths start here */
};

bool scalar_is(enum setting_type type);

/* Bytes that a value of `type` takes; 0 when it is no scalar. */
size_t scalar_size(enum setting_type type);

/* "a duration such as 5s or 250ms": for sentences. */
const char *scalar_wants(enum setting_type type);

/* Reads `text` as `type`, within the bounds of `row`, into `out`. `is_plain`: it stands without
 * quotes. What is wrong with it is returned, as the end of a sentence; empty: nothing. */
struct str scalar_read(const struct scalar_context *context, const struct setting *row,
                       enum setting_type type, struct str text, bool is_plain, void *out);

#endif
