/* drain.h: the graceful end, step by step, on the control worker.
 *
 *   SERVING -> WAITING (drain.delay) -> DRAINING -> BREAKING (deadline) -> ENDING
 *
 * The first begin walks this way, a second one goes to BREAKING at once. */
#ifndef WEIR_SERVER_DRAIN_H
#define WEIR_SERVER_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/timer.h"
#include "server/site_settings.h"

struct crew;
struct log;
struct metrics;

enum drain_state {
    DRAIN_SERVING,
    DRAIN_WAITING,
    DRAIN_DRAINING,
    DRAIN_BREAKING,
    DRAIN_ENDING
};

struct drain {
    enum drain_state state;
    struct crew *crew;
    struct metrics *metrics;
    struct log *log;
    struct site_drain settings;
    struct timer timer;
    uint64_t deadline_ns;
    bool is_hurried; /* a second signal came */
};

void drain_init(struct drain *d, struct crew *crew, struct metrics *metrics, struct log *log,
                const struct site_drain *settings);

/* A signal asks for the end. When all is over the crew has been told to end and the control worker
 * stops. */
void drain_begin(struct drain *d);

#endif
