/* router.h: leads each exchange through its route. One part of every worker that serves; its first
 * member is the struct exchange_service that protocol rooms are given.
 *
 *   head --> count, normalise, match, pin --> guards --> handler --> filters --> head out
 *                                              WAIT: goes on when the guard resumes
 *   both halves have let go --> count, log, unpin
 *
 * Own worker, but for what says otherwise. */
#ifndef WEIR_ROUTE_ROUTER_H
#define WEIR_ROUTE_ROUTER_H

#include <stdint.h>

#include "base/err.h"

struct access_log;
struct snapshot;
struct worker;
struct worker_part_kind;

/* What the routers of a process share: struct worker.context of workers that have this part; it
 * outlives them, and is not changed while they run. */
struct router_shared {
    struct access_log *access_log; /* NULL: none */
    struct worker *control;        /* frees what the others let go; NULL: they do it themselves */
};

extern const struct worker_part_kind router_kind;

/* From now on exchanges follow `snapshot`, of which the worker takes a reference; those on their
 * way go on with what they have. Own worker, or before its thread runs. */
void router_adopt(struct worker *worker, struct snapshot *snapshot);

/* The same by post. Any thread that holds a reference of its own. ERR_CLOSED: the worker has
 * ended. */
MUST_USE enum err router_post(struct worker *worker, struct snapshot *snapshot);

#endif
