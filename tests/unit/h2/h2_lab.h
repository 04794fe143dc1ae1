/* h2_lab.h: a server connection and a client, joined in memory, with time held by hand.
 *
 *   nghttp2's client, or raw frames --bytes--> h2_conn_receive
 *   client <--bytes-- eye <--bytes-- h2_conn_fill
 *
 * The eye reads every frame the server sends by itself, so that a test may ask what stood on the
 * wire and in which order. What the service answers: h2_service.h. One thread. */
#ifndef WEIR_UNIT_H2_H2_LAB_H
#define WEIR_UNIT_H2_H2_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nghttp2/nghttp2.h>

#include "h2/h2_conn.h"
#include "http/exchange.h"
#include "metrics/metrics.h"
#include "support/manual_loop.h"

#define LAB_CHUNK           128    /* streams whose memory comes together */
#define LAB_FILL_BYTES      163840 /* room for one fill, when the test does not say */
#define LAB_BLOCK_BYTES     65536
#define LAB_LATER           64
#define LAB_FRAME_HEAD      9
#define LAB_WINDOW          65535   /* bytes: every window's beginning (RFC 9113, section 6.9.2) */
#define LAB_SERVER_WINDOW   4194304 /* bytes: the server's connection window */
#define LAB_PRIORITY_UPDATE 0x10

struct lab_stream {
    unsigned status;
    unsigned informational; /* the last 1xx */
    unsigned informational_count;
    unsigned fields;        /* of the final head, pseudo-fields included */
    unsigned trailers;      /* fields of them */
    int64_t content_length; /* once there is a status: as in the head, or -1 */
    uint64_t body;          /* bytes received */
    uint64_t sum;           /* of those bytes */
    uint32_t reset_code;
    unsigned done_as; /* 1 for the first whose END_STREAM came; 0: not yet */
    bool is_reset;    /* RST_STREAM came */
    bool has_date;
    /* What the client has still to send. */
    uint64_t up_left;
    bool up_is_open; /* more may follow, see lab_more */
    bool up_has_trailers;
};

/* Neighbours. */
struct lab_chunk {
    size_t first; /* id, halved */
    struct lab_stream v[LAB_CHUNK];
};

/* A frame the server sent. */
struct lab_frame {
    uint8_t type;
    uint8_t flags;
    int32_t id;
    uint32_t length;
    uint32_t code; /* RST_STREAM, GOAWAY: why; WINDOW_UPDATE: how much */
    int32_t last;  /* GOAWAY */
};

/* A header block, written as literals that leave HPACK's tables alone. */
struct lab_block {
    size_t len;
    uint8_t bytes[LAB_BLOCK_BYTES];
};

struct h2_lab {
    struct exchange_service service;
    struct exchange_service *asked; /* the same, unless the test has another */
    struct manual_loop loop;
    struct h2_settings settings;
    struct exchange_peer peer;
    struct h2_conn *conn;      /* NULL once closed */
    nghttp2_session *client;   /* NULL: raw frames only */
    bool is_plain;             /* before lab_open: h2c */
    bool is_lazy;              /* before lab_open: the client gives no credit by itself */
    uint64_t padding;          /* bytes the client adds to each DATA frame */
    struct lab_chunk **chunks; /* of streams, made when first asked for */
    size_t chunk_count;
    struct lab_frame *frames; /* of the server, all */
    size_t frame_count;
    size_t frame_room;
    /* The eye's state. */
    uint8_t ping_data[8]; /* of the server's last PING */
    nghttp2_hd_inflater *inflater;
    uint8_t *header_block;
    size_t header_block_len;
    uint8_t header_flags;
    unsigned done; /* streams whose answer was whole */
    /* The service's. */
    unsigned requests;
    unsigned refused;
    unsigned exchanges_done;
    unsigned gone;  /* on_gone told */
    unsigned late;  /* ears told after exchange_finish: never */
    uint64_t taken; /* bytes by /take and its like */
    bool is_tired;  /* see /tire */
    struct exchange *tired;
    enum err body_failure; /* the last one seen */
    struct exchange *later[LAB_LATER];
    size_t later_count;
    /* Time and output. */
    uint64_t check_at_ns;
    uint64_t sent_bytes;
    size_t fill_bytes; /* room for one fill; to be set before lab_open */
    uint8_t *fill;     /* of just that size, so that a write past its end is seen */
    bool is_open;      /* there was a connection */
    bool is_freed;     /* and its owner was told that it is gone */
};

void lab_init(struct h2_lab *lab);
/* With other parts of the worker, h2_shared_kind among them, and their context. */
void lab_init_parts(struct h2_lab *lab, const struct worker_part_kind *const *parts, void *context);
void lab_fini(struct h2_lab *lab);

/* Defaults stand in lab->settings; these use them. */
void lab_open(struct h2_lab *lab);
/* Without a client: prefaces and SETTINGS are exchanged, the rest is the test's. */
void lab_open_raw(struct h2_lab *lab);
/* The server alone: not a byte has been exchanged. */
void lab_open_silent(struct h2_lab *lab);

/* The steps of lab_open, for a test that lets them fail: the server, then nghttp2's client. */
MUST_USE enum err lab_begin(struct h2_lab *lab);
void lab_make_client(struct h2_lab *lab);

/* Carries bytes both ways until nothing moves. */
void lab_pump(struct h2_lab *lab);
/* Only client to server, or server to client; false when nothing moved. */
bool lab_to_server(struct h2_lab *lab);
bool lab_to_client(struct h2_lab *lab);

/* Raw bytes or a frame to the server, past the client's session. The error of h2_conn_receive. */
enum err lab_raw(struct h2_lab *lab, const void *data, size_t len);
enum err lab_send(struct h2_lab *lab, uint8_t type, uint8_t flags, int32_t id, const void *payload,
                  size_t len);
/* The same written to `out`, which has LAB_FRAME_HEAD + len bytes of room; the frame's length. */
size_t lab_write_frame(uint8_t *out, const struct lab_frame *frame, const void *payload);

void lab_block_add(struct lab_block *b, const char *name, const char *value);
void lab_block_add_len(struct lab_block *b, struct str name, struct str value);
/* The four pseudo-fields. */
void lab_block_request(struct lab_block *b, const char *method, const char *path);
/* HEADERS in one frame. */
enum err lab_raw_request(struct h2_lab *lab, int32_t id, const char *method, const char *path,
                         bool is_last);

/* A request; the stream's id. `name` may be NULL. `body_len` bytes of body, or -1 for none. */
int32_t lab_get(struct h2_lab *lab, const char *path);
int32_t lab_request(struct h2_lab *lab, const char *method, const char *path, const char *name,
                    const char *value, int64_t body_len);
/* A request whose body is left open: nothing is sent until lab_more. */
int32_t lab_post_open(struct h2_lab *lab, const char *path, const char *name, const char *value);
void lab_more(struct h2_lab *lab, int32_t id, uint64_t len, bool is_last);
/* Any fields; names go as they are. */
int32_t lab_submit(struct h2_lab *lab, const nghttp2_nv *nv, size_t count, bool has_body);
nghttp2_nv lab_nv(const char *name, const char *value);
void lab_reset(struct h2_lab *lab, int32_t id, uint32_t code);

struct lab_stream *lab_stream(struct h2_lab *lab, int32_t id);

/* Place in lab->frames of the first frame of that type on that stream at or after `from`;
 * lab->frame_count when there is none. */
size_t lab_find(const struct h2_lab *lab, size_t from, uint8_t type, int32_t id);
/* How many there are. */
size_t lab_count(const struct h2_lab *lab, uint8_t type, int32_t id);
/* The place of the frame with END_STREAM, or lab->frame_count. */
size_t lab_find_end(const struct h2_lab *lab, int32_t id);
/* The last GOAWAY, or NULL. */
const struct lab_frame *lab_goaway(const struct h2_lab *lab);

uint64_t lab_metric(const struct h2_lab *lab, enum metric_id id);

/* Looks at deadlines as the owner would. */
enum err lab_check(struct h2_lab *lab, bool is_stalled);
/* Moves time in steps of at most 10 ms, checking when a deadline is due; the error of the last
 * check. What the checks made is pumped, unless the socket is stalled. */
enum err lab_advance_ms(struct h2_lab *lab, uint64_t ms, bool is_stalled);

#endif
