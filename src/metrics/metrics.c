#include "metrics/metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"

struct metrics {
    unsigned workers;
    struct metrics_row *rows;
};

#define METRIC_ROW(id, kind, name, labels, meaning) \
    [METRIC_##id] = {METRIC_KIND_##kind, name, labels, meaning},
#define HISTOGRAM_ROW(id, name, labels, meaning) [HISTOGRAM_##id] = {name, labels, meaning},

static const struct metric_info infos[METRIC_COUNT_] = {METRICS_LIST(METRIC_ROW)};
static const struct histogram_info histogram_infos[HISTOGRAM_COUNT_] = {
    HISTOGRAMS_LIST(HISTOGRAM_ROW)};

struct metrics *metrics_new(unsigned workers)
{
    MUST(workers >= 1);
    struct metrics *m = malloc(sizeof(*m));
    size_t bytes = workers * sizeof(struct metrics_row);
    struct metrics_row *rows = aligned_alloc(_Alignof(struct metrics_row), bytes);
    MUST(m != NULL && rows != NULL);
    memset(rows, 0, bytes);
    m->workers = workers;
    m->rows = rows;
    return m;
}

void metrics_free(struct metrics **metrics)
{
    struct metrics *m = *metrics;
    if (m == NULL) {
        return;
    }
    free(m->rows);
    free(m);
    *metrics = NULL;
}

struct metrics_row *metrics_row(struct metrics *metrics, unsigned worker)
{
    MUST(worker < metrics->workers);
    return &metrics->rows[worker];
}

const struct metric_info *metrics_info(enum metric_id id)
{
    MUST(id < METRIC_COUNT_);
    return &infos[id];
}

const struct histogram_info *metrics_histogram_info(enum histogram_id id)
{
    MUST(id < HISTOGRAM_COUNT_);
    return &histogram_infos[id];
}

/* Negative numbers of gauges wrap round, in the rows as well as in their sum. */
uint64_t metrics_sum(const struct metrics *metrics, enum metric_id id)
{
    enum metric_kind kind = metrics_info(id)->kind;
    uint64_t sum = 0;
    for (unsigned i = 0; i < metrics->workers; i++) {
        uint64_t cell = atomic_load_explicit(&metrics->rows[i].cells[id], memory_order_relaxed);
        if (kind != METRIC_KIND_MAXIMUM) {
            sum += cell;
        } else if (cell > sum) {
            sum = cell;
        }
    }
    return kind == METRIC_KIND_GAUGE && sum > INT64_MAX ? 0 : sum;
}

void metrics_sum_histogram(const struct metrics *metrics, enum histogram_id id,
                           struct histogram_sum *out)
{
    MUST(id < HISTOGRAM_COUNT_);
    histogram_sum_init(out);
    for (unsigned i = 0; i < metrics->workers; i++) {
        histogram_sum_add(out, &metrics->rows[i].histograms[id]);
    }
}

/* --- Text ------------------------------------------------------------------------------------- */

static enum err write_head(struct buf *out, const char *name, const char *type, const char *meaning)
{
    return buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, meaning, name, type);
}

static enum err write_metric(const struct metrics *m, enum metric_id id, struct buf *out)
{
    const struct metric_info *info = &infos[id];
    if (id == 0 || strcmp(infos[id - 1].name, info->name) != 0) {
        const char *type = info->kind == METRIC_KIND_COUNTER ? "counter" : "gauge";
        enum err err = write_head(out, info->name, type, info->meaning);
        if (err != ERR_OK) {
            return err;
        }
    }
    const char *open = info->labels[0] != '\0' ? "{" : "";
    const char *close = info->labels[0] != '\0' ? "}" : "";
    return buf_printf(out, "%s%s%s%s %" PRIu64 "\n", info->name, open, info->labels, close,
                      metrics_sum(m, id));
}

/* One line for each power of two of microseconds: finer lines would cost every scrape. A value of 7
 * stands for all times from 7 to just under 8, so the bucket that ends before 8 is the one whose
 * times are at most 8. */
static enum err write_buckets(const struct histogram_info *info, const struct histogram_sum *sum,
                              struct buf *out)
{
    const char *comma = info->labels[0] != '\0' ? "," : "";
    uint64_t below = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
        below += sum->counts[i];
        uint64_t end_us = histogram_bucket_start(i + 1);
        if ((end_us & (end_us - 1)) != 0) {
            continue;
        }
        enum err err =
            buf_printf(out, "%s_bucket{%s%sle=\"%" PRIu64 ".%06" PRIu64 "\"} %" PRIu64 "\n",
                       info->name, info->labels, comma, end_us / 1000000, end_us % 1000000, below);
        if (err != ERR_OK) {
            return err;
        }
    }
    return buf_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", info->name, info->labels,
                      comma, sum->count);
}

static enum err write_histogram(const struct metrics *m, enum histogram_id id, struct buf *out)
{
    const struct histogram_info *info = &histogram_infos[id];
    struct histogram_sum sum;
    metrics_sum_histogram(m, id, &sum);
    enum err err = ERR_OK;
    if (id == 0 || strcmp(histogram_infos[id - 1].name, info->name) != 0) {
        err = write_head(out, info->name, "histogram", info->meaning);
    }
    if (err == ERR_OK) {
        err = write_buckets(info, &sum, out);
    }
    if (err != ERR_OK) {
        return err;
    }
    const char *open = info->labels[0] != '\0' ? "{" : "";
    const char *close = info->labels[0] != '\0' ? "}" : "";
    return buf_printf(out, "%s_sum%s%s%s %" PRIu64 ".%06" PRIu64 "\n%s_count%s%s%s %" PRIu64 "\n",
                      info->name, open, info->labels, close, sum.sum / 1000000, sum.sum % 1000000,
                      info->name, open, info->labels, close, sum.count);
}

enum err metrics_write_text(const struct metrics *metrics, struct buf *out)
{
    enum err err = ERR_OK;
    for (unsigned id = 0; id < METRIC_COUNT_ && err == ERR_OK; id++) {
        err = write_metric(metrics, (enum metric_id)id, out);
    }
    for (unsigned id = 0; id < HISTOGRAM_COUNT_ && err == ERR_OK; id++) {
        err = write_histogram(metrics, (enum histogram_id)id, out);
    }
    return err;
}
