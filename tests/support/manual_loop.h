/* manual_loop.h: a worker whose turns and whose time a test drives by hand.
 *
 *   struct manual_loop loop;
 *   manual_loop_init(&loop, parts, context);
 *   ... start something on loop.worker ...
 *   manual_loop_settle(&loop);           until nothing is left to do
 *   manual_loop_advance_ms(&loop, 5000); timers fire, each at its own time
 *   manual_loop_fini(&loop);
 *
 * No turn waits. The clock stands still unless it is advanced. One thread. */
#ifndef WEIR_SUPPORT_MANUAL_LOOP_H
#define WEIR_SUPPORT_MANUAL_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "loop/worker.h"

struct metrics;

struct manual_loop {
    struct worker_clock clock; /* first member */
    uint64_t now_ns;           /* begins at 1000 s, so that "before the start" is a time as well */
    uint64_t wall_ns;          /* begins at 2026-11-23T14:00:00Z */
    struct log log;            /* to standard error, from warnings on */
    struct metrics *metrics;   /* one row, the worker's */
    struct worker *worker;
};

/* `parts` as in worker_config. Aborts when the worker cannot be made. */
void manual_loop_init(struct manual_loop *l, const struct worker_part_kind *const *parts,
                      void *context);

/* For tests of what needs offload threads: as above. */
void manual_loop_init_offload(struct manual_loop *l, const struct worker_part_kind *const *parts,
                              void *context, struct offload *offload);
void manual_loop_fini(struct manual_loop *l);

void manual_loop_turn(struct manual_loop *l);

/* Turns until one finds no task to run and no message, two in a row; aborts after 1000: something
 * never rests. Offloaded jobs are not waited for. */
void manual_loop_settle(struct manual_loop *l);

/* Turns until `is_done`, real time passing for other threads and processes; false after 5 s. */
bool manual_loop_until(struct manual_loop *l, bool (*is_done)(void *ctx), void *ctx);

/* Moves the clock on, stopping for a turn wherever a timer is due, and settles at the end. */
void manual_loop_advance_ms(struct manual_loop *l, uint64_t ms);

#endif
