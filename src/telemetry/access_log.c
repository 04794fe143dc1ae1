#include "telemetry/access_log.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/exchange.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "telemetry/access_line.h"
#include "telemetry/access_log_settings.h"
#include "telemetry/access_ring.h"
#include "telemetry/access_writer.h"

#define ACCESS_LOG_MAGIC 0x414c4f47u /* ALOG */
#define TIME_LEN         24
#define TIME_MS_AT       20 /* the milliseconds' place in it */

struct access_log {
    uint32_t magic;
    unsigned ring_count;
    struct access_ring *rings;
    struct access_writer *writer;
};

static struct access_ring *new_rings(unsigned count, size_t size)
{
    struct access_ring *rings = aligned_alloc(_Alignof(struct access_ring), count * sizeof(*rings));

    MUST(rings != NULL);
    for (unsigned i = 0; i < count; i++) {
        access_ring_init(&rings[i], size, ACCESS_LINE_MAX);
    }
    return rings;
}

static void dispose(struct access_log *a)
{
    for (unsigned i = 0; i < a->ring_count; i++) {
        access_ring_fini(&a->rings[i]);
    }
    free(a->rings);
    a->magic = 0;
    free(a);
}

static void say_no_writer(struct log *log, enum err why)
{
    LOG_ERROR(log,
              "cannot start the access log's thread: %s; raise the limits of threads and open "
              "files",
              err_text(why));
}

static enum err start_writer(struct access_log *a, const struct access_log_settings *settings,
                             struct log *log)
{
    struct access_writer_config config = {
        .rings = a->rings,
        .ring_count = a->ring_count,
        .flush_interval_ns = settings->flush_interval_ns,
        .log = log,
    };
    const char *path = access_log_settings_is_stdout(settings) ? NULL : settings->path.p;
    enum err e = access_sink_open(&config.sink, path, log);

    if (e != ERR_OK) {
        return e;
    }
    e = access_writer_new(&config, &a->writer);
    if (e != ERR_OK) {
        access_sink_close(&config.sink);
        say_no_writer(log, e);
    }
    return e;
}

enum err access_log_new(const struct access_log_settings *settings, unsigned workers,
                        struct log *log, struct access_log **out)
{
    struct access_log *a = calloc(1, sizeof(*a));

    MUST(a != NULL && workers >= 1);
    a->magic = ACCESS_LOG_MAGIC;
    a->ring_count = workers;
    a->rings = new_rings(workers, settings->buffer_bytes);
    enum err e = start_writer(a, settings, log);
    if (e != ERR_OK) {
        dispose(a);
        return e;
    }
    *out = a;
    return ERR_OK;
}

void access_log_free(struct access_log **access_log)
{
    struct access_log *a = *access_log;

    if (a == NULL) {
        return;
    }
    OBJ_CHECK(a, ACCESS_LOG_MAGIC);
    access_writer_free(&a->writer);
    dispose(a);
    *access_log = NULL;
}

/* The calendar is asked once a second; in between only the milliseconds change. */
static struct str time_of(struct access_ring *ring, uint64_t wall_ns)
{
    uint64_t second = wall_ns / CLOCK_NS_PER_S;
    unsigned ms = (unsigned)(wall_ns % CLOCK_NS_PER_S / CLOCK_NS_PER_MS);

    if (second != ring->second) {
        clock_format_rfc3339(wall_ns, ring->time);
        ring->second = second;
    }
    ring->time[TIME_MS_AT] = (char)('0' + ms / 100);
    ring->time[TIME_MS_AT + 1] = (char)('0' + ms / 10 % 10);
    ring->time[TIME_MS_AT + 2] = (char)('0' + ms % 10);
    return str_of(ring->time, TIME_LEN);
}

void access_log_exchange(struct access_log *access_log, const struct exchange *x)
{
    OBJ_CHECK(access_log, ACCESS_LOG_MAGIC);
    MUST(x->worker->index < access_log->ring_count);
    struct access_ring *ring = &access_log->rings[x->worker->index];
    char *line = access_ring_reserve(ring);

    if (line == NULL) {
        access_ring_drop(ring);
        metrics_inc(x->worker->metrics, METRIC_ACCESS_LOG_DROPPED);
        return;
    }
    size_t len = access_line_write(line, x, time_of(ring, x->worker->wall_ns));
    if (access_ring_commit(ring, len) >= ring->size / 2) {
        access_writer_call(access_log->writer);
    }
}

void access_log_reopen(struct access_log *access_log)
{
    access_writer_reopen(access_log->writer);
}

unsigned long access_log_written(const struct access_log *access_log)
{
    return access_writer_written(access_log->writer);
}

unsigned long access_log_dropped(const struct access_log *access_log)
{
    unsigned long dropped = access_writer_lost(access_log->writer);

    for (unsigned i = 0; i < access_log->ring_count; i++) {
        dropped += atomic_load_explicit(&access_log->rings[i].dropped, memory_order_relaxed);
    }
    return dropped;
}
