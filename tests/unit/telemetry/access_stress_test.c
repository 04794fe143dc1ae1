/* Many workers at once, and what a line costs. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/clock.h"
#include "telemetry/access_log.h"
#include "unit/telemetry/access_lab.h"
#include "unit/telemetry/tables.h"

#define LINES_EACH 5000u

struct writing {
    struct access_log *log;
    struct access_lab_worker *lab;
};

/* The stream is the line's number, the connection the worker's. */
static void *write_lines(void *arg)
{
    struct writing *w = arg;

    w->lab->peer.connection_id = w->lab->worker->index;
    for (unsigned i = 0; i < LINES_EACH; i++) {
        w->lab->x.stream_id = i;
        access_log_exchange(w->log, &w->lab->x);
    }
    return NULL;
}

static void run_workers(struct access_log *log, struct access_lab *lab)
{
    pthread_t threads[LAB_WORKERS];
    struct writing writings[LAB_WORKERS];

    for (unsigned i = 0; i < LAB_WORKERS; i++) {
        writings[i] = (struct writing){log, &lab->workers[i]};
        MUST(pthread_create(&threads[i], NULL, write_lines, &writings[i]) == 0);
    }
    for (unsigned i = 0; i < LAB_WORKERS; i++) {
        MUST(pthread_join(threads[i], NULL) == 0);
    }
}

/* Every line whole, each worker's in order; the number of lines. */
static unsigned long check_lines(struct str text)
{
    long long last[LAB_WORKERS] = {-1, -1, -1, -1};
    unsigned long lines = 0;

    while (text.len > 0) {
        json_t *line = access_lab_take_line(&text);
        CU_ASSERT_FATAL(line != NULL);
        long long worker = json_integer_value(json_object_get(line, "connection_id"));
        long long stream = json_integer_value(json_object_get(line, "stream"));
        CU_ASSERT_FATAL(worker >= 0 && worker < LAB_WORKERS);
        CU_ASSERT(stream > last[worker]);
        last[worker] = stream;
        lines++;
        json_decref(line);
    }
    return lines;
}

struct reading {
    int fd;
    struct buf text;
};

/* Slowly, in sizes that are no line's. */
static void *read_slowly(void *arg)
{
    struct reading *r = arg;
    const struct timespec nap = {.tv_nsec = 300000};
    ssize_t n = 1;

    while (n > 0) {
        char *room = buf_room(&r->text, 3333);
        MUST(room != NULL);
        n = read(r->fd, room, 3333);
        buf_added(&r->text, n > 0 ? (size_t)n : 0);
        (void)nanosleep(&nap, NULL);
    }
    return NULL;
}

static void test_slow_reader(void)
{
    struct access_lab lab;
    struct access_log *log = NULL;
    struct reading reading;
    pthread_t reader;
    char said[64];

    access_lab_init(&lab);
    buf_init(&reading.text, 256u << 20);
    CU_ASSERT_FATAL(mkfifo(lab.path, 0600) == 0);
    reading.fd = open(lab.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CU_ASSERT_FATAL(reading.fd >= 0 && fcntl(reading.fd, F_SETFL, 0) == 0);
    CU_ASSERT_FATAL(access_log_new(&lab.settings, LAB_WORKERS, &lab.log, &log) == ERR_OK);
    MUST(pthread_create(&reader, NULL, read_slowly, &reading) == 0);
    run_workers(log, &lab);
    unsigned long dropped = access_log_dropped(log);
    access_log_free(&log);
    MUST(pthread_join(reader, NULL) == 0);
    unsigned long lines = check_lines(buf_str(&reading.text));
    CU_ASSERT_EQUAL(lines + dropped, (unsigned long)LAB_WORKERS * LINES_EACH);
    CU_ASSERT(dropped > 0);
    (void)snprintf(said, sizeof(said), ": %lu lines dropped", dropped);
    CU_ASSERT(access_lab_said(&lab, said));
    buf_fini(&reading.text);
    (void)close(reading.fd);
    access_lab_fini(&lab);
}

static void test_file(void)
{
    struct access_lab lab;
    struct access_log *log = NULL;
    struct buf text;

    access_lab_init(&lab);
    lab.settings.buffer_bytes = 4u << 20;
    CU_ASSERT_FATAL(access_log_new(&lab.settings, LAB_WORKERS, &lab.log, &log) == ERR_OK);
    run_workers(log, &lab);
    CU_ASSERT_EQUAL(access_log_dropped(log), 0);
    access_log_free(&log);
    access_lab_read(lab.path, &text);
    CU_ASSERT_EQUAL(check_lines(buf_str(&text)), LAB_WORKERS * LINES_EACH);
    buf_fini(&text);
    access_lab_fini(&lab);
}

#define BENCH_BATCH  10000u
#define BENCH_ROUNDS 100u

/* WEIR_BENCH=1: CPU nanoseconds of the worker for a line as browsers cause it. */
static void test_speed(void)
{
    struct access_lab lab;
    struct access_log *log = NULL;
    struct str route = STR("pages");
    uint64_t spent_ns = 0;

    if (getenv("WEIR_BENCH") == NULL) { /* NOLINT(concurrency-mt-unsafe): nobody sets it */
        return;
    }
    access_lab_init(&lab);
    lab.settings.buffer_bytes = 16u << 20;
    lab.settings.path = STR("/dev/null");
    struct access_lab_worker *w = &lab.workers[0];
    w->x.route_name = &route;
    (void)fields_add(&w->x.request.fields, &w->arena, FIELD_USER_AGENT,
                     STR("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                         "Chrome/130.0.0.0 Safari/537.36"));
    (void)fields_add(&w->x.request.fields, &w->arena, FIELD_REFERER, STR("https://example.org/"));
    CU_ASSERT_FATAL(access_log_new(&lab.settings, 1, &lab.log, &log) == ERR_OK);
    for (unsigned round = 0; round < BENCH_ROUNDS; round++) {
        uint64_t began_ns = clock_thread_cpu_ns();
        for (unsigned i = 0; i < BENCH_BATCH; i++) {
            access_log_exchange(log, &w->x);
        }
        spent_ns += clock_thread_cpu_ns() - began_ns;
        (void)usleep(5000);
    }
    printf("access log: %.0f ns a line, %lu of %u dropped\n",
           (double)spent_ns / BENCH_BATCH / BENCH_ROUNDS, access_log_dropped(log),
           BENCH_BATCH * BENCH_ROUNDS);
    access_log_free(&log);
    access_lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"access_log at once", "loses nothing that is not counted", test_slow_reader},
    {"access_log at once", "keeps lines whole and in order", test_file},
    {"access_log at once", "is fast (WEIR_BENCH=1)", test_speed},
};

const struct suite_table access_stress_tests = SUITE_TABLE(tests);
