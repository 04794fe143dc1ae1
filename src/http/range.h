/* range.h: byte ranges asked for (RFC 9110, section 14). Any thread. */
#ifndef WEIR_HTTP_RANGE_H
#define WEIR_HTTP_RANGE_H

#include <stdint.h>

#include "base/str.h"

#define RANGE_MAX 16 /* ranges in one field */

struct range {
    uint64_t first; /* the first byte */
    uint64_t last;  /* the last one, inside the representation */
};

struct range_set {
    struct range v[RANGE_MAX];
    unsigned count;
};

enum range_outcome {
    RANGE_NONE,         /* the field does not count: answer with the whole */
    RANGE_SATISFIABLE,  /* 206: `set` holds at least one range */
    RANGE_UNSATISFIABLE /* 416, with Content-Range: bytes <star>/length */
};

/* Reads the value of Range for a representation of `length` bytes. The field does not count when it
 * has another unit, breaks the grammar, asks for over 16 ranges, or has more than two ranges that
 * overlap another (section 14.2). Ranges that overlap or touch become one, in the place of the
 * first; beyond that the order is the client's. Of an empty representation nothing can be sent: a
 * suffix, which the RFC calls satisfiable, does not count then. `value` is one field line; who
 * finds two of them ignores both. */
enum range_outcome range_parse(struct str value, uint64_t length, struct range_set *set);

static inline uint64_t range_len(struct range r)
{
    return r.last - r.first + 1;
}

#endif
