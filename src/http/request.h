/* request.h: what was asked; what is answered. Plain data, filled by a protocol room (request) and
 * by a handler (response); memory is the exchange's arena. */
#ifndef WEIR_HTTP_REQUEST_H
#define WEIR_HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "http/fields.h"
#include "http/method.h"

#define CONTENT_LENGTH_UNKNOWN (-1)

struct request {
    enum method method;
    struct str method_text;
    struct str scheme;    /* "https" or "http" */
    struct str authority; /* host and port as sent; may be empty */
    struct str target;    /* path and query as sent */
    struct str path;      /* normalised, see http/uri.h; set before routing */
    struct str query;     /* as sent, without '?'; p is NULL when there is none */
    struct fields fields;
    struct fields trailers; /* complete when the body has ended */
    int64_t content_length; /* bytes, or CONTENT_LENGTH_UNKNOWN */
    bool has_body;          /* false: END_STREAM came with the head */
    bool expects_continue;  /* Expect: 100-continue (RFC 9110, section 10.1.1) */
};

struct response {
    unsigned status;
    struct fields fields;
    struct fields trailers; /* to be set before the body's end is taken */
    int64_t content_length; /* bytes, or CONTENT_LENGTH_UNKNOWN; the wire makes the field from it */
    struct str
        length_text;  /* the same in digits, when the handler has them ready; else p is NULL */
    bool has_no_body; /* HEAD, 204, 304: content_length may stand without a body */
};

#endif
