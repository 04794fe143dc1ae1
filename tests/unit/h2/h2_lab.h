/* h2_lab.h: a server connection and nghttp2's own client, joined in memory, with time held by hand.
 *
 *   client --bytes--> h2_conn_receive ... h2_conn_fill --bytes--> client
 *
 * What the service does with a request depends on its path:
 *   /hello        200 and "hello"                 /echo     sends the body back as it comes, trailers too
 *   /size/N       200 and N bytes                 /sink     never takes the body, never answers
 *   /early        413 without taking the body     /hints    103, then 200
 *   /trailers     200, body, one trailer          /later    answers only when lab_answer is called
 *   /huge-head    a head that cannot be sent      /short    promises 10 bytes, gives 5
 *   /take         takes the body, then 200        /urgent   200 with priority: u=0 of its own */
#ifndef WEIR_UNIT_H2_LAB_H
#define WEIR_UNIT_H2_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nghttp2/nghttp2.h>

#include "h2/h2_conn.h"
#include "http/exchange.h"
#include "support/manual_loop.h"

#define LAB_STREAMS 32768 /* by stream id, halved */

struct lab_stream {
    unsigned status;
    unsigned informational; /* the last 1xx */
    uint64_t body;          /* bytes received */
    uint32_t close_code;
    unsigned done_as; /* 1 for the first whose END_STREAM came; 0: not yet */
    bool is_closed;
    bool has_trailers;
    bool has_date;
};

struct h2_lab {
    struct exchange_service service; /* first member */
    struct manual_loop loop;
    struct h2_settings settings;
    struct exchange_peer peer;
    struct h2_conn *conn; /* NULL once closed */
    nghttp2_session *client;
    struct lab_stream *streams;
    unsigned done;          /* streams whose answer was whole */
    unsigned requests;      /* on_request so far */
    unsigned refused;       /* on_refused so far */
    unsigned exchanges_done;
    uint32_t goaway_code;
    int32_t goaway_last;
    unsigned goaways;
    uint64_t check_at_ns; /* asked for by want_check */
    bool is_freed;
    struct exchange *later[64];
    size_t later_count;
    size_t server_window; /* bytes the lab carries to the client in one step; 0: all */
};

void lab_init(struct h2_lab *lab);
void lab_fini(struct h2_lab *lab);

/* Before the first lab_pump. Defaults stand in lab->settings; lab_open uses them. */
void lab_open(struct h2_lab *lab);

/* Carries bytes both ways until nothing moves. */
void lab_pump(struct h2_lab *lab);
/* Only client to server, or server to client; false when nothing moved. */
bool lab_to_server(struct h2_lab *lab);
bool lab_to_client(struct h2_lab *lab);

/* Raw bytes to the server, past the client's session. The error of h2_conn_receive. */
enum err lab_raw(struct h2_lab *lab, const void *data, size_t len);

/* A request; the stream's id. `body_len` bytes of body, or -1 for none. */
int32_t lab_get(struct h2_lab *lab, const char *path);
int32_t lab_request(struct h2_lab *lab, const char *method, const char *path, const char *name,
                    const char *value, int64_t body_len);

struct lab_stream *lab_stream(struct h2_lab *lab, int32_t id);

/* Answers the waiting /later requests. */
void lab_answer(struct h2_lab *lab);

/* Moves time, calling h2_conn_check as its owner would; the error of the last check. */
enum err lab_advance_ms(struct h2_lab *lab, uint64_t ms, bool is_stalled);

#endif
