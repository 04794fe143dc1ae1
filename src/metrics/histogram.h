/* histogram.h: how often which value came, in buckets whose width grows with the value.
 *
 *   values   0 1 2 .. 7 | 8 9 .. 15 | 16 18 .. 30 | 32 36 .. 60 | 64 72 .. |   ...   | 2^36 and
 * more widths   1          | 1         | 2           | 4           | 8        |         | the last
 *
 * Eight buckets for each power of two, so that a value is known to an eighth. In microseconds the
 * last bucket begins at 19 hours. Recording: own worker. Reading: any thread. */
#ifndef WEIR_METRICS_HISTOGRAM_H
#define WEIR_METRICS_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

#define HISTOGRAM_SPLIT_BITS 3 /* eight buckets for each power of two */
#define HISTOGRAM_TOP_BIT    36
#define HISTOGRAM_BUCKETS \
    (((HISTOGRAM_TOP_BIT - HISTOGRAM_SPLIT_BITS + 1) << HISTOGRAM_SPLIT_BITS) + 1)

/* One worker's. */
struct histogram {
    atomic_uint_fast64_t sum; /* of all values */
    atomic_uint_fast64_t counts[HISTOGRAM_BUCKETS];
};

/* A reader's copy, of one or of many added up. */
struct histogram_sum {
    uint64_t sum;
    uint64_t count;
    uint64_t counts[HISTOGRAM_BUCKETS];
};

static inline unsigned histogram_bucket(uint64_t value)
{
    if (value >> HISTOGRAM_TOP_BIT != 0) {
        return HISTOGRAM_BUCKETS - 1;
    }
    /* With the lowest bits set, small values fall into the linear part without a branch. */
    unsigned top = 63u - (unsigned)__builtin_clzll(value | ((1u << HISTOGRAM_SPLIT_BITS) - 1));
    unsigned shift = top < HISTOGRAM_SPLIT_BITS ? 0 : top - HISTOGRAM_SPLIT_BITS;
    return (shift << HISTOGRAM_SPLIT_BITS) + (unsigned)(value >> shift);
}

/* The smallest value of a bucket; the largest of the one before is one less. */
uint64_t histogram_bucket_start(unsigned bucket);

static inline void histogram_record(struct histogram *h, uint64_t value)
{
    atomic_uint_fast64_t *count = &h->counts[histogram_bucket(value)];
    uint64_t old = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, old + 1, memory_order_relaxed);
    uint64_t sum = atomic_load_explicit(&h->sum, memory_order_relaxed);
    atomic_store_explicit(&h->sum, sum + value, memory_order_relaxed);
}

void histogram_sum_init(struct histogram_sum *s);

/* While its worker goes on recording, the sum may be ahead of the counts by a value or so. */
void histogram_sum_add(struct histogram_sum *s, const struct histogram *h);

/* Estimate of the value that a share of `quantile` (0 to 1) does not exceed: linear inside its
 * bucket; 0 when nothing was recorded. */
uint64_t histogram_sum_quantile(const struct histogram_sum *s, double quantile);

#endif
