/* accept.h: what the client would like (RFC 9110, section 12.5.1). Any thread. */
#ifndef WEIR_HTTP_ACCEPT_H
#define WEIR_HTTP_ACCEPT_H

#include "base/str.h"
#include "http/fields.h"

#define ACCEPT_BEST 1000

/* The weight the client gives a media type, in thousandths: 0 is "not acceptable". `type` is lower
 * case, with the parameters it has: "text/html;charset=utf-8". The most specific range decides, and
 * among equals the first; ranges that cannot be read do not count, nor any after the 64th. Without
 * Accept all is ACCEPT_BEST. */
unsigned accept_weight(const struct fields *fields, struct str type);

#endif
