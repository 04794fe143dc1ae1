/* access_ring.h: lines on their way from one worker to the writer thread; no lock.
 *
 *   memory  [ free | tail ... waiting lines ... head | free ] [ overhang ]
 *
 * `head` and `tail` only grow; a place is its number modulo the size, a power of two. The worker
 * reserves room for the longest line, writes straight into it and commits what it used. The place
 * after the last byte is the overhang: a line that began near the end runs into it, and commit
 * moves that part to the front, so that neither the worker nor the writer ever sees a seam inside a
 * line that is being written. reserve, commit, drop: own worker. peek, consume: writer thread. */
#ifndef WEIR_TELEMETRY_ACCESS_RING_H
#define WEIR_TELEMETRY_ACCESS_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct access_ring {
    _Alignas(64) atomic_uint_fast64_t head;
    atomic_uint_fast64_t dropped; /* lines; added to by the worker alone */
    uint64_t tail_seen;           /* the worker's last look at `tail` */
    uint64_t second;              /* that `time` tells, since 1970 */
    char time[32];                /* RFC 3339, for the worker's lines */
    _Alignas(64) atomic_uint_fast64_t tail;
    _Alignas(64) char *memory;
    size_t size;
    size_t line_max;
};

/* At least `size` bytes for lines of at most `line_max`, which is far less. */
void access_ring_init(struct access_ring *r, size_t size, size_t line_max);
void access_ring_fini(struct access_ring *r);

/* `line_max` bytes to write at, or NULL when fewer are free. */
char *access_ring_reserve(struct access_ring *r);

/* The first `len` of them are a line. The number of bytes that wait now; below half of the size it
 * may be told too high, never too low. */
size_t access_ring_commit(struct access_ring *r, size_t len);

void access_ring_drop(struct access_ring *r);

/* What waits, in one or two pieces: their number, 0 when there is nothing. */
unsigned access_ring_peek(const struct access_ring *r, struct iovec out[static 2]);

/* The first `len` bytes of what waits are done with. */
void access_ring_consume(struct access_ring *r, size_t len);

#endif
