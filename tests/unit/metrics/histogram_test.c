#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/random.h"
#include "metrics/histogram.h"
#include "unit/metrics/tables.h"

static const uint64_t most = UINT64_MAX;

static void test_buckets_in_order(void)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t start = histogram_bucket_start(i);
        CU_ASSERT_EQUAL(histogram_bucket(start), i);
        if (i > 0) {
            CU_ASSERT(start > histogram_bucket_start(i - 1));
            CU_ASSERT_EQUAL(histogram_bucket(start - 1), i - 1);
        }
    }
    CU_ASSERT_EQUAL(histogram_bucket_start(HISTOGRAM_BUCKETS - 1), 1ull << HISTOGRAM_TOP_BIT);
    CU_ASSERT_EQUAL(histogram_bucket(most), HISTOGRAM_BUCKETS - 1);
}

/* From 8 on a bucket is at most an eighth of its values wide. */
static void test_bucket_widths(void)
{
    for (unsigned i = 8; i + 1 < HISTOGRAM_BUCKETS; i++) {
        uint64_t start = histogram_bucket_start(i);
        CU_ASSERT((histogram_bucket_start(i + 1) - start) * 8 <= start);
    }
}

static void test_record_and_merge(void)
{
    struct histogram a = {0};
    struct histogram b = {0};
    struct histogram_sum sum;
    histogram_record(&a, 5);
    histogram_record(&a, 100);
    histogram_record(&b, 100);
    histogram_sum_init(&sum);
    histogram_sum_add(&sum, &a);
    histogram_sum_add(&sum, &b);
    CU_ASSERT_EQUAL(sum.count, 3);
    CU_ASSERT_EQUAL(sum.sum, 205);
    CU_ASSERT_EQUAL(sum.counts[histogram_bucket(5)], 1);
    CU_ASSERT_EQUAL(sum.counts[histogram_bucket(100)], 2);
}

static uint64_t quantile_of(const struct histogram *h, double quantile)
{
    struct histogram_sum sum;
    histogram_sum_init(&sum);
    histogram_sum_add(&sum, h);
    return histogram_sum_quantile(&sum, quantile);
}

static void test_quantile_edges(void)
{
    struct histogram h = {0};
    CU_ASSERT_EQUAL(quantile_of(&h, 0.99), 0);
    histogram_record(&h, 3);
    CU_ASSERT_EQUAL(quantile_of(&h, 0), 3);
    CU_ASSERT_EQUAL(quantile_of(&h, 1), 3);
    histogram_record(&h, UINT64_MAX);
    CU_ASSERT_EQUAL(quantile_of(&h, 0.5), 3);
    CU_ASSERT_EQUAL(quantile_of(&h, 1), 1ull << HISTOGRAM_TOP_BIT);
}

/* 0 to 99,999 in some order: the value at a share is known, and the estimate within an eighth. */
static void test_quantile_estimate(void)
{
    struct histogram h = {0};
    for (uint64_t i = 0; i < 100000; i++) {
        histogram_record(&h, i * 7919 % 100000);
    }
    const double shares[] = {0.001, 0.01, 0.5, 0.9, 0.99, 0.999, 1};
    for (size_t i = 0; i < COUNT_OF(shares); i++) {
        double true_value = shares[i] * 100000;
        double estimate = (double)quantile_of(&h, shares[i]);
        CU_ASSERT(estimate > true_value * 7 / 8 - 2 && estimate < true_value * 9 / 8 + 2);
    }
}

static void test_sums_agree(void)
{
    struct histogram h = {0};
    struct random random;
    uint64_t total = 0;
    random_init(&random, 7);
    for (unsigned i = 0; i < 10000; i++) {
        uint64_t value = random_next(&random) >> random_below(&random, 64);
        total += value;
        histogram_record(&h, value);
    }
    struct histogram_sum sum;
    histogram_sum_init(&sum);
    histogram_sum_add(&sum, &h);
    CU_ASSERT_EQUAL(sum.count, 10000);
    CU_ASSERT_EQUAL(sum.sum, total);
}

static const struct suite_test tests[] = {
    {"histogram", "every value has one bucket", test_buckets_in_order},
    {"histogram", "a bucket is an eighth wide", test_bucket_widths},
    {"histogram", "rows add up", test_record_and_merge},
    {"histogram", "quantile at the edges", test_quantile_edges},
    {"histogram", "quantile near the true value", test_quantile_estimate},
    {"histogram", "sum and count of any values", test_sums_agree},
};

const struct suite_table histogram_tests = SUITE_TABLE(tests);
