/* conditional.h: preconditions (RFC 9110, section 13). To be asked only when the answer without
 * them would be 2xx (section 13.2.1), right before acting. Any thread. */
#ifndef WEIR_HTTP_CONDITIONAL_H
#define WEIR_HTTP_CONDITIONAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "http/fields.h"
#include "http/method.h"

enum conditional_outcome {
    CONDITIONAL_PROCEED,
    CONDITIONAL_NOT_MODIFIED,        /* 304, with the validators */
    CONDITIONAL_PRECONDITION_FAILED, /* 412 */
};

/* What is known of the current representation. */
struct conditional_current {
    struct str etag;         /* as in the field, with quotes and W/; empty: it has none */
    int64_t last_modified_s; /* since 1970 */
    bool has_last_modified;
    bool exists; /* false: there is no current representation (a PUT that creates) */
};

/* If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since, in the order of section 13.2.2.
 * Dates that cannot be read, or stand there twice, do not count. QUERY is treated as GET is.
 * `now_s`, since 1970, is the Date of the response. */
enum conditional_outcome conditional_check(enum method method, const struct fields *fields,
                                           const struct conditional_current *current,
                                           int64_t now_s);

/* Whether Range counts (section 13.1.5): true without If-Range; else its entity tag must match
 * strongly, or its date be that of the representation exactly, which must be over a second old, as
 * a younger one is no strong validator (section 8.8.2.2). */
bool conditional_range_counts(const struct fields *fields,
                              const struct conditional_current *current, int64_t now_s);

#endif
