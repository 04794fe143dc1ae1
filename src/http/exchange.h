/* exchange.h: one request and its response in flight.
 *
 *        protocol half (h2/, h1/)                     handler half (route/, handler/)
 *   head  --- exchange_service.on_request --->   start
 *   body  --- request_body (pipe) ----------->   exchange_take_body
 *         <-- exchange_inform (1xx) ---------
 *         <-- exchange_respond (head) -------
 *         <-- response_body (pipe) ----------    pipe_put, pipe_lend, pipe_pull, pipe_end
 *   exchange_wire_done                           exchange_finish
 *              \________ both: service.on_done, then freed at the end of the turn ________/
 *
 * Laws. Each half lets go once. Handler events (on_body, on_room, on_gone) are told from the
 * deferred phase of the turn, never inside a call that the handler made, and never after
 * exchange_finish. 100 Continue goes out at the handler's first take of the body. Own worker. */
#ifndef WEIR_HTTP_EXCHANGE_H
#define WEIR_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "http/pipe.h"
#include "http/request.h"
#include "loop/task.h"

struct exchange;
struct worker;

enum exchange_state {
    EXCHANGE_ASKED,      /* the head of the request is here, no final head sent */
    EXCHANGE_RESPONDING, /* the final head is on its way, the body may go on */
    EXCHANGE_RESPONDED,  /* END_STREAM of the response has been sent */
    EXCHANGE_BROKEN      /* ended without an orderly end of the response */
};

/* Bits: which halves still hold the exchange. */
enum exchange_half {
    EXCHANGE_HALF_WIRE = 1,
    EXCHANGE_HALF_HANDLER = 2
};

/* The protocol's half: one static table per protocol. */
struct exchange_wire {
    const char *protocol; /* "h2", "h2c", "http/1.1": as logged */
    /* Sends an interim response (1xx). */
    void (*inform)(struct exchange *x, unsigned status, const struct fields *fields);
    /* x->response is complete: sends its head, then the body from x->response_body. */
    void (*respond)(struct exchange *x);
    /* x->response_body has something to take. */
    void (*body_ready)(struct exchange *x);
    /* The handler took `bytes` of the request body: give the peer credit. */
    void (*credit)(struct exchange *x, size_t bytes);
    /* Breaks off: reset the stream or close the connection. */
    void (*reset)(struct exchange *x, enum err why);
    /* Frees the memory the exchange is embedded in. */
    void (*free)(struct exchange *x);
};

/* The handler's ears; entries may be NULL. */
struct exchange_ears {
    void (*on_body)(struct exchange *x); /* request_body has bytes, its end, or a failure */
    void (*on_room)(struct exchange *x); /* response_body has room again */
    void (*on_gone)(struct exchange *x); /* the client is gone: let go now (exchange_finish) */
};

/* What is done with exchanges: implemented by route/, called by protocol rooms. */
struct exchange_service {
    /* The head is complete. */
    void (*on_request)(struct exchange_service *service, struct exchange *x);
    /* The head is no request that can be handled: answer with `status` and why. */
    void (*on_refused)(struct exchange_service *service, struct exchange *x, unsigned status,
                       struct str why);
    /* Both halves have let go: count, log. The exchange is freed after. */
    void (*on_done)(struct exchange_service *service, struct exchange *x);
};

/* The connection a request came by: what logs and handlers may know of it. */
struct exchange_peer {
    struct str address; /* "192.0.2.1:50123" */
    struct str ip;      /* "192.0.2.1" */
    struct str tls;     /* "TLSv1.3", empty for plain */
    uint64_t connection_id;
};

struct exchange {
    uint32_t magic;
    enum exchange_state state;
    unsigned halves;
    unsigned pending; /* handler events to be told, bits */
    struct worker *worker;
    const struct exchange_wire *wire;
    const struct exchange_ears *ears;
    struct exchange_service *service;
    const struct exchange_peer *peer;
    /* Filters, by the route: called once, right before the final head goes; may be NULL. */
    void (*before_head)(struct exchange *x);
    void *handler_state; /* the handler's own */
    const void *pin;     /* the route's: what keeps its part of the snapshot alive */
    const struct str *route_name;
    struct arena *arena;
    struct task task; /* deferred handler events; then the free at the end of the turn */
    struct pipe_end request_reader;
    struct pipe_end response_reader;
    struct pipe_end response_writer;
    struct request request;
    struct response response;
    struct pipe request_body;
    struct pipe response_body;
    struct str request_id; /* empty until made */
    uint64_t began_ns;     /* monotonic: head complete */
    uint64_t stream_id;
    uint64_t body_bytes_sent; /* of the response, by the wire */
    uint64_t max_body_bytes;  /* of the request; UINT64_MAX for no limit */
    enum err failure;         /* why BROKEN */
    bool sent_continue;
    bool is_counted; /* the body limit has been answered */
};

/* By the protocol room, in the memory it embeds `x` in: everything set but x->request's content. */
void exchange_init(struct exchange *x, struct worker *worker, const struct exchange_wire *wire,
                   struct exchange_service *service, struct arena *arena);

/* By the protocol room: the head is complete; hands it to the service. */
void exchange_open(struct exchange *x);

/* By the protocol room, instead of exchange_open: the head is at fault. */
void exchange_open_refused(struct exchange *x, unsigned status, struct str why);

/* By the protocol room: the response's END_STREAM has been sent. */
void exchange_sent(struct exchange *x);

/* By the protocol room: it has no more to do with the exchange (stream closed, connection gone).
 * When the response was not wholly sent, `why` is kept and the handler is told on_gone. */
void exchange_wire_done(struct exchange *x, enum err why);

/* By the handler, from its start: who hears events from now on. NULL: nobody, allowed only right
 * before exchange_finish. */
void exchange_listen(struct exchange *x, const struct exchange_ears *ears);

/* Sends 1xx (not 101). Ignored after the final head. */
void exchange_inform(struct exchange *x, unsigned status, const struct fields *fields);

/* Sends the final head; x->response is filled. For HEAD, 204 and 304 the body is not sent whatever
 * the pipe holds. Once only. */
void exchange_respond(struct exchange *x);

/* Takes request body bytes as pipe_take does; the first call sends 100 Continue where it is
 * expected. */
size_t exchange_take_body(struct exchange *x, uint8_t *dst, size_t len, enum pipe_more *more);

/* The handler lets go; what is in response_body still goes out. The response must have been sent by
 * exchange_respond and response_body ended, else it is broken off (502-like reset). */
void exchange_finish(struct exchange *x);

/* The handler breaks off and lets go: the peer sees a reset. */
void exchange_abort(struct exchange *x, enum err why);

static inline bool exchange_is_head_sent(const struct exchange *x)
{
    return x->state != EXCHANGE_ASKED;
}

#endif
