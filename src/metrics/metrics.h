/* metrics.h: counters, gauges and histograms: a row for each worker, summed by the reader.
 *
 * The list of all metrics stands in metrics/catalog.h. A worker adds to its own row with a relaxed
 * load and a relaxed store, no lock and no locked instruction; whoever reads sums the rows. Adding:
 * own worker (its row). Reading: any thread.
 *
 * Metrics whose labels come from the configuration (one set for each upstream, say) will be
 * families: the snapshot numbers its names, a family is a block of cells behind each row, found by
 * identifier and number, and the text lists it after the fixed metrics. Names that come back after
 * a reload get their old number, so that counters survive. */
#ifndef WEIR_METRICS_METRICS_H
#define WEIR_METRICS_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"
#include "metrics/catalog.h"
#include "metrics/histogram.h"

struct buf;
struct metrics;

#define METRIC_ID(id, kind, name, labels, meaning) METRIC_##id,
#define HISTOGRAM_ID(id, name, labels, meaning)    HISTOGRAM_##id,

enum metric_id {
    METRICS_LIST(METRIC_ID) METRIC_COUNT_
};

enum histogram_id {
    HISTOGRAMS_LIST(HISTOGRAM_ID) HISTOGRAM_COUNT_
};

#undef METRIC_ID
#undef HISTOGRAM_ID

enum metric_kind {
    METRIC_KIND_COUNTER,
    METRIC_KIND_GAUGE,
    METRIC_KIND_MAXIMUM
};

struct metric_info {
    enum metric_kind kind;
    const char *name;
    const char *labels;
    const char *meaning;
};

struct histogram_info {
    const char *name;
    const char *labels;
    const char *meaning;
};

/* Kept apart by a cache line at both ends, so that no two workers share one. */
struct metrics_row {
    _Alignas(64) atomic_uint_fast64_t cells[METRIC_COUNT_];
    struct histogram histograms[HISTOGRAM_COUNT_];
};

/* Rows for `workers` >= 1 workers, all zero. */
struct metrics *metrics_new(unsigned workers);

/* Nobody may add or read any more; sets *metrics to NULL. */
void metrics_free(struct metrics **metrics);

/* The row of one worker, 0 to workers - 1. */
struct metrics_row *metrics_row(struct metrics *metrics, unsigned worker);

/* Over all rows: the sum; for a MAXIMUM the largest. Gauges are never below 0, though rows read one
 * after the other may add up to that. */
uint64_t metrics_sum(const struct metrics *metrics, enum metric_id id);

/* Over all rows. */
void metrics_sum_histogram(const struct metrics *metrics, enum histogram_id id,
                           struct histogram_sum *out);

const struct metric_info *metrics_info(enum metric_id id);
const struct histogram_info *metrics_histogram_info(enum histogram_id id);

/* Adds everything in Prometheus' text format, version 0.0.4. ERR_FULL at the buffer's ceiling:
 * what fitted is there. */
MUST_USE enum err metrics_write_text(const struct metrics *metrics, struct buf *out);

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

/* For a MAXIMUM: keeps the larger one. */
static inline void metrics_max(struct metrics_row *row, enum metric_id id, uint64_t value)
{
    if (value > atomic_load_explicit(&row->cells[id], memory_order_relaxed)) {
        atomic_store_explicit(&row->cells[id], value, memory_order_relaxed);
    }
}

/* Microseconds. */
static inline void metrics_record(struct metrics_row *row, enum histogram_id id, uint64_t value_us)
{
    histogram_record(&row->histograms[id], value_us);
}

#endif
