#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <CUnit/CUnit.h>

#include "base/buf.h"
#include "base/check.h"
#include "metrics/metrics.h"
#include "unit/metrics/tables.h"

static void test_sum_over_rows(void)
{
    struct metrics *m = metrics_new(3);
    for (unsigned i = 0; i < 3; i++) {
        metrics_add(metrics_row(m, i), METRIC_REQUESTS, 10 + i);
    }
    metrics_inc(metrics_row(m, 1), METRIC_REQUESTS);
    CU_ASSERT_EQUAL(metrics_sum(m, METRIC_REQUESTS), 34);
    CU_ASSERT_EQUAL(metrics_sum(m, METRIC_BYTES_SENT), 0);
    metrics_free(&m);
    CU_ASSERT_PTR_NULL(m);
}

/* What opens on one worker may close on another. */
static void test_gauge(void)
{
    struct metrics *m = metrics_new(2);
    metrics_inc(metrics_row(m, 0), METRIC_CONNECTIONS_OPEN);
    metrics_inc(metrics_row(m, 0), METRIC_CONNECTIONS_OPEN);
    metrics_dec(metrics_row(m, 1), METRIC_CONNECTIONS_OPEN);
    CU_ASSERT_EQUAL(metrics_sum(m, METRIC_CONNECTIONS_OPEN), 1);
    metrics_dec(metrics_row(m, 1), METRIC_CONNECTIONS_OPEN);
    metrics_dec(metrics_row(m, 1), METRIC_CONNECTIONS_OPEN);
    CU_ASSERT_EQUAL(metrics_sum(m, METRIC_CONNECTIONS_OPEN), 0);
    metrics_free(&m);
}

static void test_maximum(void)
{
    struct metrics *m = metrics_new(2);
    metrics_max(metrics_row(m, 0), METRIC_LOOP_LAG_MAX_US, 30);
    metrics_max(metrics_row(m, 1), METRIC_LOOP_LAG_MAX_US, 70);
    metrics_max(metrics_row(m, 1), METRIC_LOOP_LAG_MAX_US, 20);
    CU_ASSERT_EQUAL(metrics_sum(m, METRIC_LOOP_LAG_MAX_US), 70);
    metrics_free(&m);
}

static void test_rows_share_no_line(void)
{
    struct metrics *m = metrics_new(2);
    CU_ASSERT_EQUAL((uintptr_t)metrics_row(m, 0) % 64, 0);
    CU_ASSERT_EQUAL((uintptr_t)metrics_row(m, 1) % 64, 0);
    CU_ASSERT_EQUAL(sizeof(struct metrics_row) % 64, 0);
    metrics_free(&m);
}

/* The text format wants the lines of one name together, under one kind and one meaning, and takes
 * no quotes or line ends in a meaning as they stand. */
static void test_list_is_in_order(void)
{
    for (unsigned i = 0; i < METRIC_COUNT_; i++) {
        const struct metric_info *a = metrics_info(i);
        CU_ASSERT_EQUAL(strncmp(a->name, "weir_", 5), 0);
        CU_ASSERT_PTR_NULL(strpbrk(a->meaning, "\\\n"));
        for (unsigned j = i + 1; j < METRIC_COUNT_; j++) {
            const struct metric_info *b = metrics_info(j);
            if (strcmp(a->name, b->name) != 0) {
                continue;
            }
            CU_ASSERT_STRING_EQUAL(metrics_info(j - 1)->name, b->name);
            CU_ASSERT_STRING_EQUAL(a->meaning, b->meaning);
            CU_ASSERT_STRING_NOT_EQUAL(a->labels, b->labels);
            CU_ASSERT_EQUAL(a->kind, b->kind);
        }
    }
}

static bool has_line(const struct buf *text, const char *line)
{
    const char *at = memmem(text->data, text->len, line, strlen(line));
    return at != NULL && (at == text->data || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static size_t count_of(const struct buf *text, const char *part)
{
    size_t count = 0;
    const char *at = text->data;
    const char *end = text->data + text->len;
    while ((at = memmem(at, (size_t)(end - at), part, strlen(part))) != NULL) {
        at++;
        count++;
    }
    return count;
}

static void test_text_counters(void)
{
    struct metrics *m = metrics_new(2);
    struct buf text;
    buf_init(&text, 1 << 20);
    metrics_add(metrics_row(m, 0), METRIC_RESPONSES_2XX, 41);
    metrics_add(metrics_row(m, 1), METRIC_RESPONSES_2XX, 1);
    metrics_inc(metrics_row(m, 1), METRIC_CONNECTIONS_OPEN);
    CU_ASSERT_EQUAL_FATAL(metrics_write_text(m, &text), ERR_OK);
    CU_ASSERT(has_line(&text, "weir_responses_total{class=\"2xx\"} 42"));
    CU_ASSERT(has_line(&text, "weir_responses_total{class=\"5xx\"} 0"));
    CU_ASSERT(has_line(&text, "# TYPE weir_responses_total counter"));
    CU_ASSERT_EQUAL(count_of(&text, "# TYPE weir_responses_total "), 1);
    CU_ASSERT_EQUAL(count_of(&text, "# HELP weir_responses_total "), 1);
    CU_ASSERT(has_line(&text, "# TYPE weir_connections_open gauge"));
    CU_ASSERT(has_line(&text, "weir_connections_open 1"));
    CU_ASSERT(has_line(&text, "# TYPE weir_loop_lag_max_microseconds gauge"));
    CU_ASSERT_EQUAL(text.data[text.len - 1], '\n');
    buf_fini(&text);
    metrics_free(&m);
}

static void test_text_histogram(void)
{
    struct metrics *m = metrics_new(2);
    struct buf text;
    buf_init(&text, 1 << 20);
    metrics_record(metrics_row(m, 0), HISTOGRAM_REQUEST_DURATION, 7);
    metrics_record(metrics_row(m, 0), HISTOGRAM_REQUEST_DURATION, 1000);
    metrics_record(metrics_row(m, 1), HISTOGRAM_REQUEST_DURATION, 3000000);
    CU_ASSERT_EQUAL_FATAL(metrics_write_text(m, &text), ERR_OK);
    CU_ASSERT(has_line(&text, "# TYPE weir_request_duration_seconds histogram"));
    CU_ASSERT(has_line(&text, "weir_request_duration_seconds_bucket{le=\"0.000004\"} 0"));
    CU_ASSERT(has_line(&text, "weir_request_duration_seconds_bucket{le=\"0.000008\"} 1"));
    CU_ASSERT(has_line(&text, "weir_request_duration_seconds_bucket{le=\"0.000512\"} 1"));
    CU_ASSERT(has_line(&text, "weir_request_duration_seconds_bucket{le=\"0.001024\"} 2"));
    CU_ASSERT(has_line(&text, "weir_request_duration_seconds_bucket{le=\"2.097152\"} 2"));
    CU_ASSERT(has_line(&text, "weir_request_duration_seconds_bucket{le=\"4.194304\"} 3"));
    CU_ASSERT(has_line(&text, "weir_request_duration_seconds_bucket{le=\"+Inf\"} 3"));
    CU_ASSERT(has_line(&text, "weir_request_duration_seconds_sum 3.001007"));
    CU_ASSERT(has_line(&text, "weir_request_duration_seconds_count 3"));
    buf_fini(&text);
    metrics_free(&m);
}

static void test_text_stops_at_ceiling(void)
{
    struct metrics *m = metrics_new(1);
    struct buf whole;
    buf_init(&whole, 1 << 20);
    CU_ASSERT_EQUAL_FATAL(metrics_write_text(m, &whole), ERR_OK);
    for (size_t ceiling = 0; ceiling < whole.len; ceiling += 97) {
        struct buf text;
        buf_init(&text, ceiling);
        CU_ASSERT_EQUAL(metrics_write_text(m, &text), ERR_FULL);
        CU_ASSERT(text.len <= ceiling);
        CU_ASSERT(text.len == 0 || memcmp(text.data, whole.data, text.len) == 0);
        buf_fini(&text);
    }
    buf_fini(&whole);
    metrics_free(&m);
}

#define ADDS    100000
#define WRITERS 3

struct writer {
    pthread_t thread;
    struct metrics_row *row;
};

static void *add_many(void *arg)
{
    struct writer *writer = arg;
    for (uint64_t i = 0; i < ADDS; i++) {
        metrics_inc(writer->row, METRIC_REQUESTS);
        metrics_max(writer->row, METRIC_LOOP_LAG_MAX_US, i);
        metrics_record(writer->row, HISTOGRAM_LOOP_TURN, i);
    }
    return NULL;
}

/* A reader beside its writers sees sums that only grow, and at the end all of it. */
static void test_reader_beside_writers(void)
{
    struct metrics *m = metrics_new(WRITERS);
    struct writer writers[WRITERS];
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i].row = metrics_row(m, i);
        MUST(pthread_create(&writers[i].thread, NULL, add_many, &writers[i]) == 0);
    }
    uint64_t before = 0;
    bool has_grown_only = true;
    for (unsigned i = 0; i < 1000; i++) {
        struct histogram_sum sum;
        uint64_t now = metrics_sum(m, METRIC_REQUESTS);
        metrics_sum_histogram(m, HISTOGRAM_LOOP_TURN, &sum);
        has_grown_only = has_grown_only && now >= before && sum.count <= WRITERS * ADDS;
        before = now;
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        MUST(pthread_join(writers[i].thread, NULL) == 0);
    }
    struct histogram_sum sum;
    metrics_sum_histogram(m, HISTOGRAM_LOOP_TURN, &sum);
    CU_ASSERT(has_grown_only);
    CU_ASSERT_EQUAL(metrics_sum(m, METRIC_REQUESTS), WRITERS * ADDS);
    CU_ASSERT_EQUAL(metrics_sum(m, METRIC_LOOP_LAG_MAX_US), ADDS - 1);
    CU_ASSERT_EQUAL(sum.count, WRITERS * ADDS);
    metrics_free(&m);
}

static const struct suite_test tests[] = {
    {"metrics", "counters add up over rows", test_sum_over_rows},
    {"metrics", "a gauge may move between rows", test_gauge},
    {"metrics", "a maximum is the largest row's", test_maximum},
    {"metrics", "no two rows share a cache line", test_rows_share_no_line},
    {"metrics", "the list's names stand together", test_list_is_in_order},
    {"metrics", "text: counters and gauges", test_text_counters},
    {"metrics", "text: cumulative histogram", test_text_histogram},
    {"metrics", "text: a full buffer is a normal end", test_text_stops_at_ceiling},
    {"metrics", "reading while others add", test_reader_beside_writers},
};

const struct suite_table metrics_tests = SUITE_TABLE(tests);
