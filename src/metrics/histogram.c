#include "metrics/histogram.h"

#include "base/check.h"

#define SPLIT (1u << HISTOGRAM_SPLIT_BITS)

/* The first two rounds of SPLIT buckets have width 1; each round after is twice as wide. */
uint64_t histogram_bucket_start(unsigned bucket)
{
    MUST(bucket < HISTOGRAM_BUCKETS);
    if (bucket < SPLIT) {
        return bucket;
    }
    unsigned shift = bucket / SPLIT - 1;
    return (uint64_t)(bucket % SPLIT + SPLIT) << shift;
}

void histogram_sum_init(struct histogram_sum *s)
{
    *s = (struct histogram_sum){0};
}

void histogram_sum_add(struct histogram_sum *s, const struct histogram *h)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t count = atomic_load_explicit(&h->counts[i], memory_order_relaxed);
        s->counts[i] += count;
        s->count += count;
    }
    s->sum += atomic_load_explicit(&h->sum, memory_order_relaxed);
}

static uint64_t value_in(unsigned bucket, double share)
{
    uint64_t start = histogram_bucket_start(bucket);
    if (bucket == HISTOGRAM_BUCKETS - 1) {
        return start;
    }
    uint64_t width = histogram_bucket_start(bucket + 1) - start;
    return start + (uint64_t)((double)(width - 1) * share);
}

uint64_t histogram_sum_quantile(const struct histogram_sum *s, double quantile)
{
    double rank = quantile * (double)s->count;
    double below = 0;
    uint64_t last = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        double here = (double)s->counts[i];
        if (here > 0 && below + here >= rank) {
            return value_in(i, rank > below ? (rank - below) / here : 0);
        }
        last = here > 0 ? value_in(i, 1) : last;
        below += here;
    }
    return last;
}
