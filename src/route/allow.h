/* allow.h: the value of an Allow field (RFC 9110, section 10.2.1). Any thread. */
#ifndef WEIR_ROUTE_ALLOW_H
#define WEIR_ROUTE_ALLOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* "GET, HEAD, OPTIONS": the METHOD_BIT set without METHOD_OTHER, then `others`. */
struct str allow_text(struct arena *a, uint32_t methods, const struct str *others,
                      size_t other_count);

#endif
