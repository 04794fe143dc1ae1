/* authority.h: host and port, as in :authority and Host (RFC 3986, section 3.2; RFC 9110, section
 * 4.2). Any thread; memory is the caller's arena.
 *
 * The rules
 *  1. A host is a name, an IPv4 address or an IPv6 address in brackets; userinfo, zones and
 *     "IPvFuture" are errors, an empty host too.
 *  2. A name has letters, digits, '-', '.', '_', '~' and sub-delims, at most 255 bytes; it is put
 *     into lower case; one '.' at its end is dropped, two are an error. Escapes are errors: a name
 * on the net has none, and would have a second spelling by them.
 *  3. An IPv6 address is written in its one canonical form (RFC 5952), without brackets.
 *  4. A port is decimal, 0 to 65535; an empty one ("host:") is none. */
#ifndef WEIR_HTTP_AUTHORITY_H
#define WEIR_HTTP_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define AUTHORITY_HOST_MAX 255 /* bytes */

enum authority_kind {
    AUTHORITY_NAME,
    AUTHORITY_IPV4,
    AUTHORITY_IPV6
};

struct authority {
    struct str host; /* not copied when it was in that form already */
    enum authority_kind kind;
    uint16_t port;
    bool has_port;
};

/* ERR_SYNTAX; ERR_RANGE for a port over 65535 or a host over 255 bytes. */
MUST_USE enum err authority_parse(struct str text, struct arena *a, struct authority *out);

/* The host alone, by rules 1 to 3. */
MUST_USE enum err authority_parse_host(struct str text, struct arena *a, struct authority *out);

#endif
