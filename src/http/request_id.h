/* request_id.h: the name of one request in logs, traces and error pages. Own worker. */
#ifndef WEIR_HTTP_REQUEST_ID_H
#define WEIR_HTTP_REQUEST_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct exchange;
struct random;

#define REQUEST_ID_LEN 26 /* characters of one made here */
#define REQUEST_ID_MAX 64 /* of one that came in */

/* x->request_id, made at the first call: what came as x-request-id when that is valid, else a new
 * one in the arena. */
struct str request_id_get(struct exchange *x);

/* 1 to 64 letters, digits, '.', '_' and '-'. */
bool request_id_is_valid(struct str id);

/* A new one, no zero byte: 48 bits of milliseconds since 1970 and 80 random bits in Crockford's
 * base32, so that ids sort by time. */
void request_id_make(uint64_t wall_ns, struct random *random, char out[static REQUEST_ID_LEN]);

#endif
