/* h2_conn.h: the server's end of one HTTP/2 connection (RFC 9113): bytes in, requests out;
 * responses in, bytes out. No socket: whoever owns one feeds h2_conn_receive and empties
 * h2_conn_fill. No clock: time is the worker's. Own worker. */
#ifndef WEIR_H2_H2_CONN_H
#define WEIR_H2_H2_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "h2/h2_settings.h"
#include "http/exchange.h"

struct h2_conn;
struct worker;
struct worker_part_kind;

/* Least room that h2_conn_fill needs to make progress. */
#define H2_FILL_MIN 40960u

struct h2_conn_config {
    struct worker *worker;
    const struct h2_settings *settings; /* outlives the connection */
    struct exchange_service *service;
    const struct exchange_peer *peer; /* outlives the exchanges: until `freed` */
    bool is_tls;
    void *owner;
    void (*want_output)(void *owner); /* there is something to fill; may be called often */
    /* A deadline before the one h2_conn_check gave: call it again at `at_ns`. */
    void (*want_check)(void *owner, uint64_t at_ns);
    void (*freed)(void *owner); /* the last exchange is gone: the owner may free itself */
};

/* What sessions of one worker share: callbacks, options, allocator, the Date field. */
extern const struct worker_part_kind h2_shared_kind;

/* Queues our SETTINGS. ERR_NO_MEMORY. */
MUST_USE enum err h2_conn_new(const struct h2_conn_config *config, struct h2_conn **out);

/* The connection is gone: every open exchange learns `why`. Memory goes, and config->freed is
 * called, when the last exchange has been freed; sets *conn to NULL. */
void h2_conn_close(struct h2_conn **conn, enum err why);

/* All of `data` is consumed. ERR_PROTOCOL: the session is over, a GOAWAY may be waiting in fill.
 * ERR_NO_MEMORY. */
MUST_USE enum err h2_conn_receive(struct h2_conn *conn, const uint8_t *data, size_t len);

/* Frames to be sent now, at most `cap` bytes, which is at least H2_FILL_MIN; 0 when there are none.
 */
size_t h2_conn_fill(struct h2_conn *conn, uint8_t *out, size_t cap);

/* True while so much waits to be sent that reading must stop (RFC 9113, section 10.5). */
bool h2_conn_is_choked(const struct h2_conn *conn);

/* True when nothing is to be read or written any more: close in order. */
bool h2_conn_is_done(const struct h2_conn *conn);

/* First step of a graceful end (RFC 9113, section 6.8): GOAWAY with the highest id, and a PING. The
 * second step follows by itself on the PING's answer, or by h2_conn_drain_now. */
void h2_conn_drain(struct h2_conn *conn);

/* Second step: GOAWAY with the last id that is being processed. */
void h2_conn_drain_now(struct h2_conn *conn);

/* Ends with a GOAWAY of `why`: ERR_TIMEOUT and ERR_CLOSED are NO_ERROR, ERR_FULL is
 * ENHANCE_YOUR_CALM. */
void h2_conn_give_up(struct h2_conn *conn, enum err why);

/* Looks at every deadline; when to look again (monotonic ns). `sent_bytes` is what the socket has
 * taken so far, `is_stalled` whether it refuses more. ERR_TIMEOUT: close; a GOAWAY waits in fill.
 */
MUST_USE enum err h2_conn_check(struct h2_conn *conn, uint64_t sent_bytes, bool is_stalled,
                                uint64_t *next_ns);

/* Requests in flight. */
unsigned h2_conn_open_streams(const struct h2_conn *conn);

/* Requests whose answer was not wholly sent. */
unsigned h2_conn_unanswered(const struct h2_conn *conn);

#endif
