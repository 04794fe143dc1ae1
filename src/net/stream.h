/* stream.h: a connection's bytes, plain or TLS.
 *
 *   socket -> worker's scratch -> (TLS) -> on_bytes           edge-triggered, until EAGAIN or the
 * budget fill -> worker's scratch -> (TLS) -> one write -> socket  once at the end of the turn
 *
 * Scratch memory belongs to the worker; only what the socket refused stays with the stream: at most
 * STREAM_OUT_BYTES, TLS's overhead, and what TLS answers to as much input as one read takes. The
 * user is told through `struct stream_user`; it embeds the stream, closes it, and owns all timers.
 * Own worker. */
#ifndef WEIR_NET_STREAM_H
#define WEIR_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event_struct.h>

#include "base/err.h"
#include "loop/task.h"

struct stream;
struct stream_scratch;
struct worker;
struct worker_part_kind;
typedef struct ssl_st SSL;

#define STREAM_IN_BYTES  65536u  /* most that one read takes */
#define STREAM_OUT_BYTES 163840u /* most plaintext that one fill may give: 160 KiB */

enum stream_state {
    STREAM_HANDSHAKE, /* TLS not yet agreed */
    STREAM_OPEN,
    STREAM_DRAINING, /* our side is shut; the peer's bytes are dropped until it closes too */
    STREAM_CLOSED
};

/* Why reading stands still; bits. */
enum stream_pause {
    STREAM_PAUSE_OUTPUT = 1,
    STREAM_PAUSE_MEMORY = 2
};

struct stream_user {
    /* The handshake is done, or the connection is plain. ALPN can be asked. */
    void (*on_open)(struct stream *s);
    /* All of it must be consumed. An error breaks the stream off. */
    enum err (*on_bytes)(struct stream *s, const uint8_t *data, size_t len);
    /* At most `cap` bytes to be sent now; 0 when there are none. */
    size_t (*fill)(struct stream *s, uint8_t *out, size_t cap);
    /* Everything the user had is handed to the socket. */
    void (*on_idle)(struct stream *s);
    /* It is over: ERR_CLOSED (the peer ended in order), ERR_RESET, ERR_TLS, ERR_PROTOCOL, ERR_IO.
     * The stream is still to be closed by stream_close. Called at most once. */
    void (*on_end)(struct stream *s, enum err why);
};

struct stream {
    const struct stream_user *user;
    struct worker *worker;
    struct stream_scratch *scratch;
    SSL *ssl; /* NULL: plain */
    int fd;
    enum stream_state state;
    unsigned paused;
    bool peer_is_closing; /* the kernel said so: read until the end */
    bool may_hide_reset;  /* the last read was short: behind its bytes there may be a reset */
    bool wants_end;
    bool is_over;       /* on_end has been told */
    uint32_t cold_left; /* bytes still to be sent in small records */
    uint8_t *pending;   /* what the socket refused */
    size_t pending_len;
    size_t pending_sent;
    size_t pending_cap;
    uint64_t bytes_in;
    uint64_t bytes_out;    /* handed to the kernel */
    uint64_t last_sent_ns; /* when bytes_out moved last */
    uint64_t out_at_read;  /* bytes_out at the last short read */
    struct task read_task;
    struct task pump_task;
    struct event event;
};

/* The scratch memory that streams of one worker share. */
extern const struct worker_part_kind stream_scratch_kind;

/* Takes over `fd` (non-blocking) and `ssl` (NULL for plain), both closed with the stream. A plain
 * stream's on_open is told later in this turn. ERR_IO, ERR_NO_MEMORY: then both stay the caller's.
 */
MUST_USE enum err stream_open(struct stream *s, struct worker *worker, int fd, SSL *ssl,
                              const struct stream_user *user);

/* The user has something to send: fill is called at the end of this turn. */
void stream_want_fill(struct stream *s);

/* Reading stops for this reason; it goes on, later in the turn, when the last reason is gone. */
void stream_pause(struct stream *s, enum stream_pause reason);
void stream_resume(struct stream *s, enum stream_pause reason);

/* After what fill still gives: close_notify, half-close, then what comes is dropped until the
 * peer's end (RFC 9112, section 9.6 has the reason: unread input would turn the close into a
 * reset). on_end tells. */
void stream_shut(struct stream *s);

/* At once, silently; frees what it owns but not `s`. Harmless twice. */
void stream_close(struct stream *s);

/* True when bytes wait for the socket. */
static inline bool stream_is_stalled(const struct stream *s)
{
    return s->pending_len > s->pending_sent;
}

/* Bytes the peer has not acknowledged yet, here and in the kernel. */
size_t stream_unsent(const struct stream *s);

/* The protocol agreed by ALPN; empty when none. */
size_t stream_alpn(const struct stream *s, const uint8_t **name);

#endif
