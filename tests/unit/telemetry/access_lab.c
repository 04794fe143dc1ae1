#include "unit/telemetry/access_lab.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "metrics/metrics.h"

#define START_WALL_NS (1795442706 * CLOCK_NS_PER_S + 789 * CLOCK_NS_PER_MS)
#define TEXT_MAX      (256u << 20)
#define PATIENCE_MS   5000

static const struct exchange_wire wire = {.protocol = "h2"};

static uint64_t read_now(const struct worker_clock *clock)
{
    return ((const struct access_lab_clock *)(const void *)clock)->now_ns;
}

static uint64_t read_wall(const struct worker_clock *clock)
{
    return ((const struct access_lab_clock *)(const void *)clock)->wall_ns;
}

static void fill_exchange(struct access_lab_worker *w)
{
    struct exchange *x = &w->x;

    exchange_init(x, w->worker, &wire, NULL, &w->arena);
    w->peer = (struct exchange_peer){
        .address = STR("192.0.2.1:50123"),
        .ip = STR("192.0.2.1"),
        .tls = STR("TLSv1.3"),
        .connection_id = 7,
    };
    x->peer = &w->peer;
    x->state = EXCHANGE_RESPONDED;
    x->request_id = STR("01JD0000000000000000000000");
    x->request.method = METHOD_GET;
    x->request.method_text = STR("GET");
    x->request.scheme = STR("https");
    x->request.authority = STR("example.org");
    x->request.target = STR("/a?b=c");
    x->response.status = 200;
    x->body_bytes_sent = 5120;
    x->stream_id = 13;
    x->began_ns = w->worker->now_ns;
}

static void init_worker(struct access_lab *lab, unsigned i)
{
    struct access_lab_worker *w = &lab->workers[i];
    const struct worker_config config = {
        .index = i,
        .log = &lab->log,
        .metrics = metrics_row(lab->metrics, i),
        .clock = &lab->clock.clock,
    };

    MUST(worker_new(&config, &w->worker) == ERR_OK);
    arena_init(&w->arena, NULL, NULL, NULL, 0);
    fill_exchange(w);
}

void access_lab_init(struct access_lab *lab)
{
    *lab = (struct access_lab){
        .dir = "/tmp/weir-access-XXXXXX",
        .metrics = metrics_new(LAB_WORKERS),
        .clock = {{read_now, read_wall}, 1000 * CLOCK_NS_PER_S, START_WALL_NS},
    };
    MUST(mkdtemp(lab->dir) != NULL);
    (void)snprintf(lab->path, sizeof(lab->path), "%s/access.log", lab->dir);
    log_init(&lab->log, memfd_create("error-log", MFD_CLOEXEC), LOG_LEVEL_INFO);
    MUST(lab->log.fd >= 0);
    for (unsigned i = 0; i < LAB_WORKERS; i++) {
        init_worker(lab, i);
    }
    lab->settings = (struct access_log_settings){
        .path = str_from(lab->path),
        .buffer_bytes = LAB_BUFFER,
        .flush_interval_ns = LAB_FLUSH_NS,
    };
}

/* The tests make access.log and access.log.1, if anything. */
static void remove_files(const struct access_lab *lab)
{
    char old[128];

    (void)snprintf(old, sizeof(old), "%s.1", lab->path);
    (void)unlink(lab->path);
    (void)unlink(old);
    MUST(rmdir(lab->dir) == 0);
}

void access_lab_fini(struct access_lab *lab)
{
    for (unsigned i = 0; i < LAB_WORKERS; i++) {
        struct access_lab_worker *w = &lab->workers[i];
        pipe_fini(&w->x.request_body);
        pipe_fini(&w->x.response_body);
        arena_fini(&w->arena);
        worker_free(&w->worker);
    }
    metrics_free(&lab->metrics);
    (void)close(lab->log.fd);
    remove_files(lab);
}

bool access_lab_said(const struct access_lab *lab, const char *part)
{
    char text[8192];
    ssize_t len = pread(lab->log.fd, text, sizeof(text) - 1, 0);

    MUST(len >= 0);
    text[len] = '\0';
    return strstr(text, part) != NULL;
}

void access_lab_read(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 1;

    MUST(fd >= 0);
    buf_init(out, TEXT_MAX);
    while (n > 0) {
        char *room = buf_room(out, 65536);
        MUST(room != NULL);
        n = read(fd, room, 65536);
        MUST(n >= 0);
        buf_added(out, (size_t)n);
    }
    (void)close(fd);
}

json_t *access_lab_take_line(struct str *text)
{
    size_t len = str_index(*text, '\n');
    json_t *line = NULL;

    if (len < text->len) {
        line = json_loadb(text->p, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    }
    *text = str_skip(*text, len + 1);
    if (!json_is_object(line)) {
        json_decref(line);
        return NULL;
    }
    return line;
}

unsigned long access_lab_count(struct str text, size_t *rest)
{
    unsigned long lines = 0;

    while (str_index(text, '\n') < text.len) {
        json_t *line = access_lab_take_line(&text);
        MUST(line != NULL);
        json_decref(line);
        lines++;
    }
    *rest = text.len;
    return lines;
}

bool access_lab_until(bool (*is_so)(void *ctx), void *ctx)
{
    const struct timespec nap = {.tv_nsec = CLOCK_NS_PER_MS};

    for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
        if (is_so(ctx)) {
            return true;
        }
        (void)nanosleep(&nap, NULL);
    }
    return is_so(ctx);
}
