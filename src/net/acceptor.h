/* acceptor.h: takes connections from one socket of a listener and hands them to its service, on
 * this worker or, when this one has too many, on another.
 *
 * Out of descriptors it gives up a reserve to refuse who waits (else they would wait for ever, and
 * the loop would spin), counts, says so once, and tries again 100 ms later. Own worker. */
#ifndef WEIR_NET_ACCEPTOR_H
#define WEIR_NET_ACCEPTOR_H

#include "base/err.h"

struct acceptor;
struct listener;
struct spread;
struct worker;

#define ACCEPTOR_TURN_MAX   64 /* connections taken in one turn */
#define ACCEPTOR_BACKOFF_MS 100

/* Accepts from socket `i` of `listener` from the next turn on. `spread` (NULL: each connection
 * stays here) outlives it. ERR_IO when the event cannot be made or no descriptor is left for the
 * reserve. */
MUST_USE enum err acceptor_new(struct worker *worker, struct listener *listener, unsigned i,
                               struct spread *spread, struct acceptor **out);

/* Hands on all connections that wait, then closes the socket; sets *a to NULL. */
void acceptor_free(struct acceptor **a);

#endif
