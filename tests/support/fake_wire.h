/* fake_wire.h: one exchange without a protocol: a test asks, brings a body, takes the answer, and
 * finds recorded all that a protocol would have sent.
 *
 *   struct fake_wire w;
 *   fake_wire_init(&w, &loop, service);
 *   fake_wire_ask(&w, "GET", "example.com", "/a?b");
 *   fake_wire_open(&w);                     the service has it
 *   manual_loop_settle(&loop);
 *   ... w.status, fake_wire_field(&w, "allow"), fake_wire_text(&w) ...
 *   fake_wire_fini(&w);
 *
 * Like a protocol, it takes the body at the end of a turn, and its half goes once the answer is out
 * or has been reset. */
#ifndef WEIR_SUPPORT_FAKE_WIRE_H
#define WEIR_SUPPORT_FAKE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "http/exchange.h"

struct manual_loop;

#define FAKE_WIRE_INFORMS 8

struct fake_wire {
    struct exchange x;
    struct arena arena;
    struct arena kept; /* what is recorded outlives the exchange */
    struct task pump;
    struct manual_loop *loop;
    size_t budget; /* bytes of the answer it may still take; SIZE_MAX: all at once */
    size_t brought;

    /* The record. */
    struct fields head; /* of the final head */
    struct fields trailers;
    struct buf body;
    int64_t content_length;
    unsigned status; /* 0: no final head */
    unsigned informs[FAKE_WIRE_INFORMS];
    unsigned inform_count;
    unsigned responds;
    unsigned resets;
    enum err reset_why;
    size_t credit;       /* bytes the handler took */
    bool has_ended;      /* the whole answer is out */
    bool is_body_broken; /* PIPE_BROKEN was found */
    bool is_wire_done;
    bool is_freed;
};

void fake_wire_init(struct fake_wire *w, struct manual_loop *loop,
                    struct exchange_service *service);

/* Ends what still runs, settles, and proves that the exchange was freed. */
void fake_wire_fini(struct fake_wire *w);

/* Before it is opened. `host` may be NULL. The texts outlive `w`. */
void fake_wire_ask(struct fake_wire *w, const char *method, const char *host, const char *target);
void fake_wire_add_field(struct fake_wire *w, const char *name, const char *value);

/* Without a body; after fake_wire_announce with one. */
void fake_wire_open(struct fake_wire *w);
/* A body will come; `length` as content-length, or CONTENT_LENGTH_UNKNOWN. */
void fake_wire_announce(struct fake_wire *w, int64_t length);

/* Body bytes from the client, under x.max_body_bytes as protocols keep it; the number accepted. */
size_t fake_wire_bring(struct fake_wire *w, const void *data, size_t len);
void fake_wire_end(struct fake_wire *w);
/* The body breaks: ERR_TIMEOUT, say. */
void fake_wire_break(struct fake_wire *w, enum err why);

/* The client resets. */
void fake_wire_leave(struct fake_wire *w, enum err why);

/* The client takes up to `len` more bytes of the answer. Begins with budget SIZE_MAX. */
void fake_wire_take(struct fake_wire *w, size_t len);

/* Of the recorded head; "" when absent. */
struct str fake_wire_field(const struct fake_wire *w, const char *name);
struct str fake_wire_text(const struct fake_wire *w);

/* Asks without a body, settles, takes all. */
void fake_wire_get(struct fake_wire *w, const char *method, const char *host, const char *target);

#endif
