/* serve_text.h: `weir serve` is a configuration like any other: this writes it. Any thread. */
#ifndef WEIR_SERVER_SERVE_TEXT_H
#define WEIR_SERVER_SERVE_TEXT_H

#include <stdbool.h>

#include "base/err.h"

struct buf;
struct options;
struct self_signed;

/* Whether a configuration can name it: it is UTF-8. */
bool serve_text_is_fit(const char *path);

/* `pair` is only read with TLS. ERR_FULL; ERR_SYNTAX: a path is not fit. */
MUST_USE enum err serve_text_write(const struct options *o, const struct self_signed *pair,
                                   struct buf *text);

#endif
