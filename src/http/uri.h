/* uri.h: what a request asks for: its target's path and query. One spelling for one path, so that
 * rules by path cannot be walked around. Any thread; memory is the caller's arena.
 *
 * The rules of the normalised path
 *  1. It begins with '/'; a target of another form is an error (but "*" for OPTIONS).
 *  2. It ends at the first '?'; what follows is the query, kept as sent.
 *  3. An error are: bytes below 0x21, 0x7f and above, '\' and '#' unescaped; '%' without two hex
 *     digits; the escape %00; escapes that together are not UTF-8 (overlong forms and surrogates
 *     included).
 *  4. Escaped letters, digits, '-', '.', '_' and '~' are unescaped (RFC 3986, section 6.2.2.2).
 *  5. Every other escape stays, its hex digits in upper case. So an escaped slash (%2F) never
 *     separates segments.
 *  6. What RFC 3986 forbids in a path but browsers send (" < > [ ] ^ ` { | }) is escaped.
 *  7. Empty segments vanish: "//" is "/". This comes before rule 8.
 *  8. The segments "." and ".." are resolved, in whatever spelling; ".." above the root is an
 *     error. At the end they leave a '/': "/a/.." is "/".
 *
 * A query has only bytes 0x21 to 0x7e without '#'; all else in it is its reader's matter
 * (http/query.h). Errors are to be answered by 400. */
#ifndef WEIR_HTTP_URI_H
#define WEIR_HTTP_URI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "http/method.h"

struct uri_target {
    struct str path;  /* normalised, or "*" */
    struct str query; /* without '?'; p is NULL when there is none */
};

/* What uri_decode refuses beside bad escapes. */
enum uri_decoding {
    URI_DECODE_TEXT, /* nothing: the result may hold any byte */
    URI_DECODE_FILE  /* %2F and %00, which no file name can hold */
};

/* Splits and normalises the target of a request (origin-form or "*": RFC 9112, section 3.2). When
 * nothing had to change the path lies in `target`, which must live as long; else it is in the
 * arena, at most three times as long. ERR_SYNTAX. */
MUST_USE enum err uri_parse_target(struct str target, enum method method, struct arena *a,
                                   struct uri_target *out);

/* Normalises a path alone, under the same rules; '?' is an error. ERR_SYNTAX. */
MUST_USE enum err uri_normalise_path(struct str path, struct arena *a, struct str *out);

/* Unescapes a normalised path or one segment of it, for file names and template values; not copied
 * when there is nothing to unescape. ERR_SYNTAX for a bad escape, ERR_DENIED as `decoding` says. */
MUST_USE enum err uri_decode(struct str s, enum uri_decoding decoding, struct arena *a,
                             struct str *out);

/* Plain bytes as a path for Location and Link: all but unreserved characters, sub-delims, ':', '@'
 * and '/' is escaped ('%' too). Not copied when nothing is. */
struct str uri_encode_path(struct str bytes, struct arena *a);

/* True for a query as above. */
bool uri_query_is_valid(struct str query);

/* The byte of an escape: `s` begins with '%'. -1 when two hex digits do not follow. */
int uri_escaped_byte(struct str s);

#endif
