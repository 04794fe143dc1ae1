/* method.h: request methods. Any thread. */
#ifndef WEIR_HTTP_METHOD_H
#define WEIR_HTTP_METHOD_H

#include <stdbool.h>

#include "base/str.h"

enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_PATCH,
    METHOD_QUERY, /* RFC 10008: safe, idempotent, with content */
    METHOD_CONNECT,
    METHOD_TRACE,
    METHOD_OTHER, /* a token not listed here; its text stands in the request */
    METHOD_COUNT_
};

/* Case-sensitive (RFC 9110, section 9.1); METHOD_OTHER when unknown. */
enum method method_from(struct str text);

/* METHOD_OTHER gives "-". */
struct str method_name(enum method method);

/* RFC 9110, sections 9.2.1 and 9.2.2; QUERY from RFC 10008. */
bool method_is_safe(enum method method);
bool method_is_idempotent(enum method method);

/* Sets of methods, for Allow and matching. */
#define METHOD_BIT(method) (1u << (unsigned)(method))
#define METHOD_ALL         ((1u << METHOD_COUNT_) - 1u)

#endif
