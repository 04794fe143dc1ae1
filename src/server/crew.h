/* crew.h: the workers that serve, and how the control thread tells them things. Control thread. */
#ifndef WEIR_SERVER_CREW_H
#define WEIR_SERVER_CREW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct acceptor;
struct crew;
struct listener;
struct log;
struct metrics;
struct offload;
struct spread;
struct worker;
struct worker_part_kind;

struct crew_config {
    unsigned workers;
    const struct worker_part_kind *const *parts; /* NULL-ended */
    void *context;                               /* struct worker.context of all */
    struct log *log;
    struct metrics *metrics; /* a row more than workers: 0 is the control worker's */
    struct offload *offload;
};

/* One worker that serves. */
struct crew_member {
    struct crew *crew;
    struct worker *worker;
    struct acceptor **acceptors; /* one for each listener */
    size_t acceptor_count;
};

/* Makes the control worker and the serving ones; no thread runs yet. ERR_IO, ERR_NO_MEMORY. */
MUST_USE enum err crew_new(const struct crew_config *config, struct crew **out);

/* All threads must have ended; sets *crew to NULL. */
void crew_free(struct crew **crew);

struct worker *crew_control(const struct crew *crew);
struct worker *const *crew_workers(const struct crew *crew);
struct spread *crew_spread(const struct crew *crew);
unsigned crew_count(const struct crew *crew);

/* Connections of all members, those on their way from one to another as well. */
unsigned crew_connections(const struct crew *crew);

/* Every member accepts from its socket of `listener`. Before crew_start. */
MUST_USE enum err crew_listen(struct crew *crew, struct listener *listener);

/* Starts the threads, signals blocked in them. ERR_IO: those that started have been ended. */
MUST_USE enum err crew_start(struct crew *crew);

/* `run` for each member, on its own thread, soon. After the last one has run, crew_is_told is true.
 */
void crew_tell(struct crew *crew, void (*run)(struct crew_member *member));
bool crew_is_told(const struct crew *crew);

/* What was broken off by crew_break, so far. */
unsigned crew_broken(const struct crew *crew);

/* Orders for crew_tell. */
void crew_leave_listeners(
    struct crew_member *member);             /* what waits is accepted first; then all drain */
void crew_break(struct crew_member *member); /* breaks every connection off */
void crew_end(struct crew_member *member);   /* ends the thread */

/* Waits for the threads' end. */
void crew_join(struct crew *crew);

#endif
