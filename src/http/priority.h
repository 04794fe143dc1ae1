/* priority.h: the Priority field (RFC 9218, section 4). Any thread. */
#ifndef WEIR_HTTP_PRIORITY_H
#define WEIR_HTTP_PRIORITY_H

#include <stdbool.h>

#include "base/str.h"

#define PRIORITY_URGENCY_DEFAULT 3u

struct priority {
    unsigned urgency; /* 0, most urgent, to 7 */
    bool is_incremental;
};

/* Takes what `value` says into `*p`; members that are absent, unknown or malformed leave it as it
 * is, so that a response's word can be laid over a request's. */
void priority_apply(struct str value, struct priority *p);

#endif
