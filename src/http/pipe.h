/* pipe.h: the bounded body between one writer and one reader on one worker.
 *
 *   writer --put--> [ owned blocks ]                      take --> reader
 *          --lend-> [ borrowed memory, release() after ]
 *          --pull-> [ source: fill(dst, len) on demand ]
 *
 * Slices are taken in the order they were given. The ceiling bounds what put and lend may hold; a
 * pull holds nothing. Full is a normal answer. Bytes are copied once: into a block by put and out
 * by take, or only out by take (lend), or straight from the source to the taker's memory (pull).
 *
 * Each end has a `notify` that only marks or defers work, never calls back into the pipe: the
 * reader is told when something to take appeared (bytes, end, failure), the writer when there is
 * room again after it was refused. Own worker. */
#ifndef WEIR_HTTP_PIPE_H
#define WEIR_HTTP_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct account;
struct slab;

#define PIPE_CEILING_START 65536u   /* 64 KiB */
#define PIPE_CEILING_MAX   1048576u /* 1 MiB */

struct pipe_end {
    void (*notify)(struct pipe_end *end);
};

/* A place to pull bytes from, embedded in its owner. */
struct pipe_source {
    /* Puts at most `len` bytes at `dst`: the number put; 0: later, pipe_wake will be called; -1:
     * failed. */
    ssize_t (*fill)(struct pipe_source *source, uint8_t *dst, size_t len);
    /* Called once: all its bytes were taken, or the pipe gave up. Not from within fill. */
    void (*close)(struct pipe_source *source);
};

/* What a take found after the bytes it gave. */
enum pipe_more {
    PIPE_MORE,  /* there may be more at once */
    PIPE_LATER, /* nothing now: notify will tell */
    PIPE_END,   /* that was all */
    PIPE_BROKEN /* the writer failed: no orderly end */
};

enum pipe_state {
    PIPE_STATE_OPEN,
    PIPE_STATE_ENDED,
    PIPE_STATE_FAILED
};

enum pipe_slice_kind {
    PIPE_SLICE_NONE,
    PIPE_SLICE_BLOCK,
    PIPE_SLICE_LENT,
    PIPE_SLICE_PULL
};

struct pipe_slice {
    struct pipe_slice *next;
    enum pipe_slice_kind kind;
    const uint8_t *data;
    uint64_t len; /* bytes left */

    union {
        struct {
            void (*release)(void *ctx);
            void *ctx;
        } lent;

        struct {
            uint8_t *memory;
            size_t used; /* bytes of the block written so far */
        } block;
        struct pipe_source *source;
    } u;
};

struct pipe {
    struct pipe_slice only; /* the first slice needs no allocation */
    struct pipe_slice *first;
    struct pipe_slice *last;
    struct slab *slab;
    struct account *account;
    struct pipe_end *reader;
    struct pipe_end *writer;
    uint64_t taken;   /* bytes, in all */
    uint32_t held;    /* bytes in blocks and lent memory */
    uint32_t ceiling; /* bytes */
    enum pipe_state state;
    enum err failure;
    bool writer_waits;
};

/* No ends yet; `account` pays for blocks. */
void pipe_init(struct pipe *p, struct slab *slab, struct account *account);

/* Lets go of everything in it; nothing is notified. */
void pipe_fini(struct pipe *p);

/* Writer. Bytes that put or lend would accept now; when it is 0 the writer will be notified. */
size_t pipe_room(struct pipe *p);

/* Copies; the number of bytes accepted, 0 when full or not open. */
size_t pipe_put(struct pipe *p, const void *data, size_t len);

/* Borrows `len` bytes until `release(ctx)` (NULL: they outlive the pipe). A lent slice of any size
 * is taken when less than the ceiling is held. ERR_FULL; ERR_CLOSED when not open: then it is
 * released at once. */
MUST_USE enum err pipe_lend(struct pipe *p, const void *data, size_t len,
                            void (*release)(void *ctx), void *ctx);

/* The next `len` bytes are to be had from `source`. ERR_CLOSED as for lend. */
MUST_USE enum err pipe_pull(struct pipe *p, struct pipe_source *source, uint64_t len);

/* The source has bytes again after fill said later. */
void pipe_wake(struct pipe *p);

/* No more will come. A second end or fail is ignored. */
void pipe_end(struct pipe *p);

/* What is in it is dropped; the reader finds PIPE_BROKEN. */
void pipe_fail(struct pipe *p, enum err why);

/* Reader. At most `len` bytes to `dst`; the number, and what follows. A length of 0 only asks. */
size_t pipe_take(struct pipe *p, uint8_t *dst, size_t len, enum pipe_more *more);

/* Reader: looks at the contiguous bytes in front without taking; 0 when they are to be pulled or
 * absent. */
size_t pipe_peek(const struct pipe *p, const uint8_t **data);
/* Reader: takes `len` bytes that were looked at. */
void pipe_skip(struct pipe *p, size_t len);

/* Reader: drops what is queued now. */
void pipe_drain(struct pipe *p);

static inline bool pipe_is_open(const struct pipe *p)
{
    return p->state == PIPE_STATE_OPEN;
}

#endif
