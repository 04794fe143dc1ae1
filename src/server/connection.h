/* connection.h: one client's connection: a stream of bytes, the protocol spoken on it, one timer
 * for all its deadlines. Here socket and protocol meet; neither knows the other.
 *
 *   OPENING -> SERVING -> LINGERING -> CLOSED      each step may also fall through to CLOSED
 *
 * Own worker. */
#ifndef WEIR_SERVER_CONNECTION_H
#define WEIR_SERVER_CONNECTION_H

#include <stdint.h>

#include "h2/h2_settings.h"

struct address;
struct spread;
struct tls_context;
struct worker;
struct worker_part_kind;

/* What the connections of one listener have in common; immutable, outlives them. */
struct connection_terms {
    const struct tls_context *tls; /* NULL: plain */
    struct h2_settings h2;
    struct spread *spread; /* NULL: nobody counts */
    /* The part whose first member is the struct exchange_service that answers. */
    const struct worker_part_kind *service_kind;
};

/* All connections of a worker. */
extern const struct worker_part_kind connections_kind;

/* Serves `fd`, which it owns from now on. */
void connection_accept(const struct connection_terms *terms, struct worker *worker, int fd,
                       const struct address *peer);

/* What a worker's connections still hold. */
struct connections_left {
    unsigned connections;
    unsigned requests; /* not wholly answered */
};

/* Begins the graceful end of every connection, and of those that still come. */
void connections_drain(struct worker *worker);

struct connections_left connections_count(struct worker *worker);

/* Breaks every connection off; what they held. */
struct connections_left connections_break(struct worker *worker);

#endif
