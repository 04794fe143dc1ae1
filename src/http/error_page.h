/* error_page.h: the one way to answer with an error. Own worker. */
#ifndef WEIR_HTTP_ERROR_PAGE_H
#define WEIR_HTTP_ERROR_PAGE_H

#include "base/str.h"

struct exchange;

#define ERROR_PAGE_DETAIL_MAX 1024 /* bytes; the rest is cut off */

/* Answers `x` with `status` and finishes it: a page for those who prefer text/html, else
 * application/problem+json (RFC 9457), both with the request id. `detail` is a plain sentence for
 * the client, any bytes; empty: a general one. Response fields set before stay (Allow, Retry-After,
 * WWW-Authenticate, of a 416 Content-Range), but those that described another content. No final
 * head may have been sent. */
void error_page_send(struct exchange *x, unsigned status, struct str detail);

#endif
