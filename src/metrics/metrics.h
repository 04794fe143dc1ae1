/* metrics.h: counters, gauges and histograms: a row for each worker, summed by the reader.
 *
 * The list of all metrics stands in metrics/list.h. A worker adds to its own row with a relaxed
 * load and a relaxed store, no lock and no locked instruction; whoever reads sums the rows. Adding:
 * own worker (its row). Reading: any thread. */
#ifndef WEIR_METRICS_METRICS_H
#define WEIR_METRICS_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "metrics/list.h"

#define METRIC_ID(id, kind, name, labels, meaning) METRIC_##id,

enum metric_id {
    METRICS_LIST(METRIC_ID) METRIC_COUNT_
};

#undef METRIC_ID

/* Kept apart by a cache line at both ends, so that no two workers share one. */
struct metrics_row {
    _Alignas(64) atomic_uint_fast64_t cells[METRIC_COUNT_];
};

static inline void metrics_add(struct metrics_row *row, enum metric_id id, uint64_t n)
{
    uint64_t old = atomic_load_explicit(&row->cells[id], memory_order_relaxed);
    atomic_store_explicit(&row->cells[id], old + n, memory_order_relaxed);
}

static inline void metrics_inc(struct metrics_row *row, enum metric_id id)
{
    metrics_add(row, id, 1);
}

/* For gauges. */
static inline void metrics_dec(struct metrics_row *row, enum metric_id id)
{
    metrics_add(row, id, (uint64_t)-1);
}

#endif
