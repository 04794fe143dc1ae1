/* h2_internal.h: what the files of this room share; no other room includes it. */
#ifndef WEIR_H2_H2_INTERNAL_H
#define WEIR_H2_H2_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nghttp2/nghttp2.h>

#include "base/account.h"
#include "base/arena.h"
#include "base/list.h"
#include "h2/h2_conn.h"
#include "h2/h2_flood.h"
#include "h2/h2_memory.h"
#include "h2/h2_settings.h"
#include "http/date.h"
#include "http/exchange.h"

#define H2_STREAM_MAGIC 0x48325354u /* H2ST */
#define H2_CONN_MAGIC   0x4832434fu /* H2CO */
#define H2_FIRST_BLOCK  1024u /* arena memory inside a stream: an ordinary request needs no more */

/* What is wrong with a request's head, found while it is still coming in; the first stands. */
enum h2_head_fault {
    H2_HEAD_GOOD,
    H2_HEAD_BAD,      /* 400 */
    H2_HEAD_TOO_MANY, /* 431: count or bytes */
    H2_HEAD_LONG_URI  /* 414 */
};

/* How much a transfer has moved since the last look. */
struct h2_meter {
    uint64_t mark_ns;
    uint64_t mark_bytes;
};

struct h2_stream {
    uint32_t magic;
    int32_t id;
    struct h2_conn *conn;
    struct list node; /* in conn->streams */
    enum h2_head_fault head_fault;
    uint32_t header_bytes; /* names and values so far */
    uint32_t header_count;
    unsigned seen;         /* bits: fields the protocol itself must look at, see h2_head.c */
    bool is_request_whole; /* END_STREAM received */
    bool is_deferred;      /* nghttp2 waits for nghttp2_session_resume_data */
    bool is_over;          /* the wire half has let go */
    bool has_head;         /* the request was handed over */
    uint32_t window;       /* our receive window, bytes */
    uint64_t window_mark;  /* bytes taken when it last grew */
    uint64_t received;     /* body bytes */
    struct h2_meter in;
    struct h2_meter out;
    struct arena arena;
    struct exchange exchange;
    char first_block[H2_FIRST_BLOCK];
};

struct h2_conn {
    uint32_t magic;
    uint32_t refs; /* the owner and each stream */
    struct h2_conn_config config;
    struct h2_shared *shared;
    nghttp2_session *session;
    struct account account;
    struct list streams;
    struct h2_stream *head_stream; /* whose header block is coming in */
    struct h2_stream *body_stream; /* whose body went out last: spares a search for each frame */
    int32_t final_id;              /* once drained: requests above it are not processed */
    unsigned open_streams;
    uint8_t *out; /* valid inside fill */
    size_t out_len;
    size_t out_cap;
    bool is_broken;    /* receive failed, or we gave up */
    bool is_dead;      /* nghttp2 failed to make a frame: its HPACK state cannot be trusted */
    bool is_draining;  /* first step done */
    bool is_drained;   /* second step done */
    bool has_settings; /* the peer's SETTINGS have come */
    bool has_ack;      /* and it has seen ours: before, limits of ours do not bind it */
    bool awaits_pong;
    bool is_peer_leaving; /* GOAWAY received */
    struct h2_flood flood;
    uint64_t next_check_ns;  /* what h2_conn_check promised */
    uint64_t min_period_ns;  /* the shortest of the timeouts that hold for streams */
    uint64_t windows;        /* bytes: sum of what streams' windows grew */
    uint64_t opened_ns;      /* monotonic */
    uint64_t idle_since_ns;  /* when the last stream closed */
    uint64_t head_since_ns;  /* when the header block began; 0 when none is coming */
    uint64_t heard_ns;       /* when the last byte came */
    uint64_t pinged_ns;      /* when the unanswered PING went */
    uint64_t drain_since_ns; /* first step */
    struct h2_meter socket;
    struct h2_meter answers;
    uint64_t body_bytes_sent; /* of all streams */
};

struct h2_shared {
    struct worker *worker;
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    struct h2_memory memory;
    int64_t date_second; /* what `date` says */
    char date[DATE_LEN];
};

/* h2_stream.c */
struct h2_stream *h2_stream_new(struct h2_conn *conn, int32_t id);
uint32_t h2_stream_ceiling(const struct h2_stream *s);
void h2_stream_free(struct exchange *x);
void h2_stream_close(struct h2_stream *s,
                     enum err why); /* the wire half lets go; not on nghttp2's list */
struct h2_stream *h2_stream_of(struct h2_conn *conn, int32_t id);
void h2_conn_unref(struct h2_conn *conn);

/* h2_head.c: fields of a request, one by one, then the whole. */
void h2_head_add(struct h2_stream *s, struct str name, struct str value, uint8_t flags);
void h2_head_done(struct h2_stream *s);
void h2_head_trailer(struct h2_stream *s, struct str name, struct str value, uint8_t flags);

/* h2_send.c: the wire's half of an exchange; frames to memory. */
extern const struct exchange_wire h2_wire_tls;
extern const struct exchange_wire h2_wire_plain;
int h2_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t length,
                 nghttp2_data_source *source, void *user_data);
void h2_send_reset(struct h2_stream *s, uint32_t code);

/* h2_callbacks.c */
enum err h2_callbacks_new(nghttp2_session_callbacks **out);

/* h2_time.c */
void h2_time_opened(struct h2_conn *conn);
void h2_time_busy(struct h2_conn *conn);     /* a header block begins */
void h2_time_idle(struct h2_conn *conn);     /* the last stream has closed */
void h2_time_draining(struct h2_conn *conn); /* the first step of a drain */

/* h2_conn.c */
void h2_conn_want_output(struct h2_conn *conn);
void h2_conn_drain_sent(struct h2_conn *conn);                  /* a GOAWAY has gone out */
void h2_conn_ponged(struct h2_conn *conn, const uint8_t *data); /* PING answered: its 8 bytes */
void h2_conn_flooded(struct h2_conn *conn, enum h2_flood_kind kind);

#endif
