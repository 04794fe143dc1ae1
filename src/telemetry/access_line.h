/* access_line.h: one finished exchange as one line of JSON.
 *
 *   {"time":"2026-11-23T14:05:06.789Z","request_id":"...","client":"192.0.2.1:50123",
 *    "protocol":"h2","tls":"TLSv1.3","method":"GET","scheme":"https","host":"example.org",
 *    "path":"/a?b=c","status":200,"bytes":5120,"request_bytes":0,"duration_us":840,
 *    "route":"pages","referer":"...","user_agent":"...","error":"reset by the peer",
 *    "connection_id":7,"stream":13}
 *
 * Always in this order; a text that is empty or absent is left out, `error` is there when the
 * answer was broken off. Texts are escaped and cut as telemetry/json_text.h says. `bytes` are those
 * of the body sent, `request_bytes` those of the body received. `duration_us` is in whole turns of
 * the loop: what was asked and answered within one turn took 0. */
#ifndef WEIR_TELEMETRY_ACCESS_LINE_H
#define WEIR_TELEMETRY_ACCESS_LINE_H

#include <stddef.h>

#include "base/str.h"

struct exchange;

#define ACCESS_LINE_MAX 4096 /* bytes, the newline counted */

/* Writes the line with its newline to `dst`, which has ACCESS_LINE_MAX bytes; its length. Own
 * worker. */
size_t access_line_write(char *dst, const struct exchange *x, struct str time);

#endif
