/* net_worker.h: a worker that a test turns by hand, with its metrics and a log that can be read. */
#ifndef WEIR_UNIT_NET_NET_WORKER_H
#define WEIR_UNIT_NET_NET_WORKER_H

#include <stdbool.h>

#include "base/log.h"
#include "loop/worker.h"
#include "metrics/metrics.h"

struct net_worker {
    struct worker *worker;
    struct metrics_row *metrics;
    struct log log;
    int log_pipe[2];
    struct worker_clock clock;
    uint64_t now_ns; /* its clock: moved by the test */
};

void net_worker_init(struct net_worker *n, unsigned index);
void net_worker_init_with(struct net_worker *n, unsigned index,
                          const struct worker_part_kind *const *parts);
void net_worker_fini(struct net_worker *n);

/* A few turns without waiting. */
void net_worker_turn(struct net_worker *n);

uint64_t net_worker_metric(const struct net_worker *n, enum metric_id id);

/* Lines logged since the last call that have `part` in them. */
unsigned net_worker_logged(struct net_worker *n, const char *part);

#endif
