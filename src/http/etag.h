/* etag.h: entity tags (RFC 9110, section 8.8.3) and lists of them. Any thread. */
#ifndef WEIR_HTTP_ETAG_H
#define WEIR_HTTP_ETAG_H

#include <stdbool.h>

#include "base/str.h"

struct etag {
    struct str opaque; /* with its quotes */
    bool is_weak;
};

/* The whole of `text`, nothing around it. False when it is no entity tag. */
bool etag_parse(struct str text, struct etag *out);

/* The next entity tag of a list; members that are none are passed over. False at the end; `*list`
 * is moved on. A quoted text ends at the next '"', a backslash means nothing in it. */
bool etag_next(struct str *list, struct etag *out);

/* RFC 9110, section 8.8.3.2: both strong and the same. */
bool etag_match_strong(struct etag a, struct etag b);
/* The same, weak or not. */
bool etag_match_weak(struct etag a, struct etag b);

#endif
