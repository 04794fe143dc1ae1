#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/clock.h"
#include "support/fake_wire.h"
#include "support/manual_loop.h"
#include "telemetry/access_log.h"
#include "unit/telemetry/access_lab.h"
#include "unit/telemetry/tables.h"

static struct access_log *open_log(struct access_lab *lab)
{
    struct access_log *log = NULL;
    CU_ASSERT_FATAL(access_log_new(&lab->settings, LAB_WORKERS, &lab->log, &log) == ERR_OK);
    return log;
}

static void add_lines(struct access_log *log, struct access_lab *lab, unsigned worker, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        access_log_exchange(log, &lab->workers[worker].x);
    }
}

/* Asserts that the file holds `lines` whole lines and no more. */
static void expect_lines(const char *path, unsigned long lines)
{
    struct buf text;
    size_t rest = 0;

    access_lab_read(path, &text);
    CU_ASSERT_EQUAL(access_lab_count(buf_str(&text), &rest), lines);
    CU_ASSERT_EQUAL(rest, 0);
    buf_fini(&text);
}

static void expect_time(struct str *text, const char *time)
{
    json_t *line = access_lab_take_line(text);
    const char *found = json_string_value(json_object_get(line, "time"));
    CU_ASSERT_STRING_EQUAL(found != NULL ? found : "(none)", time);
    json_decref(line);
}

static void at(struct access_lab *lab, struct access_log *log, uint64_t wall_ns)
{
    lab->workers[0].worker->wall_ns = wall_ns;
    access_log_exchange(log, &lab->workers[0].x);
}

static void test_times(void)
{
    struct access_lab lab;
    struct buf text;

    access_lab_init(&lab);
    struct access_log *log = open_log(&lab);
    uint64_t second = 1795442706 * CLOCK_NS_PER_S;
    at(&lab, log, second + 789 * CLOCK_NS_PER_MS);
    at(&lab, log, second + 789 * CLOCK_NS_PER_MS + 999999);
    at(&lab, log, second + 790 * CLOCK_NS_PER_MS);
    at(&lab, log, second + 1000 * CLOCK_NS_PER_MS);
    at(&lab, log, second + 5 * CLOCK_NS_PER_MS); /* set back */
    access_log_free(&log);
    CU_ASSERT_PTR_NULL(log);
    access_lab_read(lab.path, &text);
    struct str rest = buf_str(&text);
    expect_time(&rest, "2026-11-23T14:05:06.789Z");
    expect_time(&rest, "2026-11-23T14:05:06.789Z");
    expect_time(&rest, "2026-11-23T14:05:06.790Z");
    expect_time(&rest, "2026-11-23T14:05:07.000Z");
    expect_time(&rest, "2026-11-23T14:05:06.005Z");
    CU_ASSERT_EQUAL(rest.len, 0);
    buf_fini(&text);
    access_lab_fini(&lab);
}

struct counted {
    struct access_log *log;
    unsigned long lines;
};

static bool is_written(void *ctx)
{
    const struct counted *c = ctx;
    return access_log_written(c->log) >= c->lines;
}

/* By the clock when little waits; long before it when a ring is half full. */
static void test_wakes(void)
{
    struct access_lab lab;

    access_lab_init(&lab);
    struct access_log *log = open_log(&lab);
    add_lines(log, &lab, 3, 1);
    CU_ASSERT(access_lab_until(is_written, &(struct counted){log, 1}));
    access_log_free(&log);
    lab.settings.flush_interval_ns = 60 * CLOCK_NS_PER_S;
    log = open_log(&lab);
    add_lines(log, &lab, 1, LAB_BUFFER / 2 / 250);
    CU_ASSERT(access_lab_until(is_written, &(struct counted){log, 100}));
    unsigned long written = access_log_written(log);
    add_lines(log, &lab, 2, 1);
    access_log_free(&log);
    expect_lines(lab.path, 1 + LAB_BUFFER / 2 / 250 + 1);
    CU_ASSERT(written <= LAB_BUFFER / 2 / 250);
    access_lab_fini(&lab);
}

static void expect_refusal(struct access_lab *lab, const char *path, const char *said)
{
    struct access_log *log = NULL;

    lab->settings.path = str_from(path);
    CU_ASSERT_NOT_EQUAL(access_log_new(&lab->settings, 1, &lab->log, &log), ERR_OK);
    CU_ASSERT_PTR_NULL(log);
    CU_ASSERT(access_lab_said(lab, said));
}

static void test_refusals(void)
{
    struct access_lab lab;
    char path[128];

    access_lab_init(&lab);
    (void)snprintf(path, sizeof(path), "%s/none/access.log", lab.dir);
    expect_refusal(&lab, path, "make its directory first");
    expect_refusal(&lab, lab.dir, "name a file in it");
    CU_ASSERT_FATAL(mkfifo(lab.path, 0600) == 0);
    expect_refusal(&lab, lab.path, "start its reader first");
    access_lab_fini(&lab);
}

/* --- what does not take it all --------------------------------------------------------------- */

static int open_fifo(const struct access_lab *lab)
{
    CU_ASSERT_FATAL(mkfifo(lab->path, 0600) == 0);
    int fd = open(lab->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CU_ASSERT_FATAL(fd >= 0);
    return fd;
}

static void read_rest(int fd, struct buf *out)
{
    ssize_t n = 1;

    buf_init(out, 16u << 20);
    while (n > 0) {
        char *room = buf_room(out, 65536);
        MUST(room != NULL);
        n = read(fd, room, 65536);
        buf_added(out, n > 0 ? (size_t)n : 0);
    }
}

/* The reader opened it and does nothing: the worker goes on at once, what does not fit is counted,
 * the end comes all the same. */
static void test_nobody_reads(void)
{
    struct access_lab lab;
    struct buf text;
    size_t rest = 0;
    unsigned lines = 20000;

    access_lab_init(&lab);
    int fd = open_fifo(&lab);
    struct access_log *log = open_log(&lab);
    uint64_t began_ns = clock_thread_cpu_ns();
    add_lines(log, &lab, 0, lines);
    CU_ASSERT(clock_thread_cpu_ns() - began_ns < CLOCK_NS_PER_S);
    unsigned long dropped = access_log_dropped(log);
    CU_ASSERT(dropped > lines / 2 && dropped < lines);
    began_ns = clock_now_ns();
    access_log_free(&log);
    CU_ASSERT(clock_now_ns() - began_ns < 10 * CLOCK_NS_PER_S);
    CU_ASSERT(access_lab_said(&lab, "lines dropped"));
    read_rest(fd, &text);
    unsigned long got = access_lab_count(buf_str(&text), &rest);
    char said[64];
    (void)snprintf(said, sizeof(said), ": %lu lines dropped", lines - got);
    CU_ASSERT(access_lab_said(&lab, said));
    buf_fini(&text);
    (void)close(fd);
    access_lab_fini(&lab);
}

/* Standard output may be shared and expects to block: it must hold nobody up either. */
static void test_stdout(void)
{
    struct access_lab lab;
    struct buf text;
    size_t rest = 0;
    int ends[2];

    access_lab_init(&lab);
    CU_ASSERT_FATAL(pipe2(ends, O_CLOEXEC) == 0 && fflush(stdout) == 0);
    int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    CU_ASSERT_FATAL(saved >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0);
    lab.settings.path = STR("/etc/weir/-");
    struct access_log *log = open_log(&lab);
    CU_ASSERT_FATAL(dup2(saved, STDOUT_FILENO) >= 0);
    CU_ASSERT((fcntl(ends[1], F_GETFL) & O_NONBLOCK) == 0);
    add_lines(log, &lab, 0, 100);
    CU_ASSERT(access_lab_until(is_written, &(struct counted){log, 100}));
    add_lines(log, &lab, 0, 5000);
    unsigned long dropped = access_log_dropped(log);
    CU_ASSERT(dropped > 0);
    access_log_free(&log);
    (void)close(ends[1]);
    (void)close(saved);
    read_rest(ends[0], &text);
    CU_ASSERT(access_lab_count(buf_str(&text), &rest) >= 100);
    buf_fini(&text);
    (void)close(ends[0]);
    access_lab_fini(&lab);
}

static bool is_said_full(void *ctx)
{
    return access_lab_said(ctx, "make room on that disk");
}

/* A full disk is told once; what waited meanwhile is written when there is room again. */
static void test_full_disk(void)
{
    struct access_lab lab;

    access_lab_init(&lab);
    CU_ASSERT_FATAL(symlink("/dev/full", lab.path) == 0);
    struct access_log *log = open_log(&lab);
    add_lines(log, &lab, 0, 10);
    CU_ASSERT(access_lab_until(is_said_full, &lab));
    add_lines(log, &lab, 1, 10);
    CU_ASSERT_EQUAL(access_log_written(log), 0);
    CU_ASSERT_FATAL(unlink(lab.path) == 0);
    access_log_reopen(log);
    CU_ASSERT(access_lab_until(is_written, &(struct counted){log, 20}));
    CU_ASSERT(access_lab_said(&lab, "is written again"));
    CU_ASSERT_EQUAL(access_log_dropped(log), 0);
    access_log_free(&log);
    expect_lines(lab.path, 20);
    access_lab_fini(&lab);
}

/* What a full disk did not take until the end is counted. */
static void test_full_disk_at_the_end(void)
{
    struct access_lab lab;

    access_lab_init(&lab);
    CU_ASSERT_FATAL(symlink("/dev/full", lab.path) == 0);
    struct access_log *log = open_log(&lab);
    add_lines(log, &lab, 0, 10);
    add_lines(log, &lab, 1, 7);
    access_log_free(&log);
    CU_ASSERT(access_lab_said(&lab, ": 17 lines dropped"));
    access_lab_fini(&lab);
}

static void test_reopen(void)
{
    struct access_lab lab;
    char old[128];

    access_lab_init(&lab);
    (void)snprintf(old, sizeof(old), "%s.1", lab.path);
    struct access_log *log = open_log(&lab);
    add_lines(log, &lab, 0, 5);
    CU_ASSERT(access_lab_until(is_written, &(struct counted){log, 5}));
    CU_ASSERT_FATAL(rename(lab.path, old) == 0);
    add_lines(log, &lab, 0, 2);
    CU_ASSERT(access_lab_until(is_written, &(struct counted){log, 7}));
    access_log_reopen(log);
    struct stat st;
    for (unsigned i = 0; i < 5000 && stat(lab.path, &st) != 0; i++) {
        (void)usleep(1000);
    }
    add_lines(log, &lab, 0, 3);
    access_log_free(&log);
    expect_lines(old, 7);
    expect_lines(lab.path, 3);
    access_lab_fini(&lab);
}

/* The pipe took a part of a line; the file that follows begins with a whole one. */
static void test_reopen_inside_a_line(void)
{
    struct access_lab lab;
    struct buf text;
    size_t rest = 0;
    char old[128];

    access_lab_init(&lab);
    (void)snprintf(old, sizeof(old), "%s.1", lab.path);
    int fd = open_fifo(&lab);
    CU_ASSERT_FATAL(fcntl(fd, F_SETPIPE_SZ, 4096) >= 0);
    struct access_log *log = open_log(&lab);
    add_lines(log, &lab, 2, 100);
    CU_ASSERT(access_lab_until(is_written, &(struct counted){log, 1}));
    CU_ASSERT_FATAL(rename(lab.path, old) == 0);
    access_log_reopen(log);
    CU_ASSERT(access_lab_until(is_written, &(struct counted){log, 99}));
    CU_ASSERT_EQUAL(access_log_dropped(log), 1);
    access_log_free(&log);
    read_rest(fd, &text);
    unsigned long first = access_lab_count(buf_str(&text), &rest);
    CU_ASSERT(rest > 0);
    expect_lines(lab.path, 99 - first);
    buf_fini(&text);
    (void)close(fd);
    access_lab_fini(&lab);
}

/* --- from an exchange that was served -------------------------------------------------------- */

struct service {
    struct exchange_service service; /* first member */
    struct access_log *log;
};

static void answer(struct exchange_service *service, struct exchange *x)
{
    (void)service;
    x->response.status = 404;
    exchange_respond(x);
    CU_ASSERT_EQUAL(pipe_put(&x->response_body, "gone", 4), 4);
    pipe_end(&x->response_body);
    exchange_finish(x);
}

static void log_it(struct exchange_service *service, struct exchange *x)
{
    access_log_exchange(CONTAINER_OF(service, struct service, service)->log, x);
}

static void test_served(void)
{
    struct access_lab lab;
    struct manual_loop loop;
    struct fake_wire wire;
    struct buf text;
    struct service s = {.service = {.on_request = answer, .on_done = log_it}};

    access_lab_init(&lab);
    manual_loop_init(&loop, NULL, NULL);
    s.log = open_log(&lab);
    fake_wire_init(&wire, &loop, &s.service);
    fake_wire_get(&wire, "GET", "example.org", "/none");
    fake_wire_fini(&wire);
    access_log_free(&s.log);
    manual_loop_fini(&loop);
    access_lab_read(lab.path, &text);
    struct str rest = buf_str(&text);
    json_t *line = access_lab_take_line(&rest);
    CU_ASSERT_FATAL(line != NULL && rest.len == 0);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(line, "status")), 404);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(line, "bytes")), 4);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(line, "protocol")), "fake");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(line, "path")), "/none");
    json_decref(line);
    buf_fini(&text);
    access_lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"access_log", "logs an exchange that was served", test_served},
    {"access_log", "tells the time to the millisecond", test_times},
    {"access_log", "writes by the clock, or when half full", test_wakes},
    {"access_log", "says what to do about a path", test_refusals},
    {"access_log", "drops and counts when nobody reads", test_nobody_reads},
    {"access_log", "is held up by standard output as little", test_stdout},
    {"access_log", "goes on after a full disk", test_full_disk},
    {"access_log", "counts what a full disk did not take", test_full_disk_at_the_end},
    {"access_log", "opens its path again", test_reopen},
    {"access_log", "opens its path again inside a line", test_reopen_inside_a_line},
};

const struct suite_table access_log_tests = SUITE_TABLE(tests);
