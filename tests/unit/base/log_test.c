#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/log.h"
#include "unit/base/tables.h"

/* Where a log writes to: a datagram a write. */
struct sink {
    int fds[2];
    char text[8192];
};

static void sink_open(struct sink *s)
{
    int made = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, s->fds);
    CU_ASSERT_EQUAL_FATAL(made, 0);
}

static void sink_close(struct sink *s)
{
    close(s->fds[0]);
    close(s->fds[1]);
}

/* The next write's bytes; an empty text when there was none. */
static struct str sink_take(struct sink *s)
{
    ssize_t got = recv(s->fds[1], s->text, sizeof(s->text), 0);
    return str_of(s->text, got > 0 ? (size_t)got : 0);
}

static void start(struct sink *s, struct log *l)
{
    sink_open(s);
    log_init(l, s->fds[0], LOG_LEVEL_INFO);
    l->has_time = false;
}

static void test_line(void)
{
    struct sink sink;
    struct log l;
    start(&sink, &l);
    log_write(&l, LOG_LEVEL_ERROR, "cannot bind %s:%d", "0.0.0.0", 443);
    CU_ASSERT(str_eq(sink_take(&sink), STR("error: cannot bind 0.0.0.0:443\n")));
    log_write(&l, LOG_LEVEL_WARNING, "%s", "");
    CU_ASSERT(str_eq(sink_take(&sink), STR("warning: \n")));
    sink_close(&sink);
}

static void test_time(void)
{
    struct sink sink;
    struct log l;
    start(&sink, &l);
    l.has_time = true;
    LOG_INFO(&l, "ready");
    struct str line = sink_take(&sink);
    CU_ASSERT_EQUAL_FATAL(line.len, 24 + 13);
    CU_ASSERT(line.p[4] == '-' && line.p[10] == 'T' && line.p[19] == '.' && line.p[23] == 'Z');
    CU_ASSERT(str_has_suffix(line, STR(" info: ready\n")));
    sink_close(&sink);
}

static void test_levels(void)
{
    struct sink sink;
    struct log l;
    start(&sink, &l);
    LOG_DEBUG(&l, "no");
    CU_ASSERT(str_is_empty(sink_take(&sink)));
    LOG_INFO(&l, "yes");
    CU_ASSERT(str_eq(sink_take(&sink), STR("info: yes\n")));
    log_set_level(&l, LOG_LEVEL_ERROR);
    CU_ASSERT(!log_is_on(&l, LOG_LEVEL_WARNING) && log_is_on(&l, LOG_LEVEL_ERROR));
    LOG_WARN(&l, "no");
    LOG_ERROR(&l, "yes");
    CU_ASSERT(str_eq(sink_take(&sink), STR("error: yes\n")));
    log_set_level(&l, LOG_LEVEL_DEBUG);
    LOG_DEBUG(&l, "%d", 1);
    CU_ASSERT(str_eq(sink_take(&sink), STR("debug: 1\n")));
    sink_close(&sink);
}

static void test_level_names(void)
{
    for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_ERROR; i++) {
        enum log_level level = LOG_LEVEL_DEBUG;
        CU_ASSERT(log_level_from(str_from(log_level_name((enum log_level)i)), &level));
        CU_ASSERT_EQUAL((int)level, i);
    }
    enum log_level level = LOG_LEVEL_WARNING;
    CU_ASSERT(!log_level_from(STR("loud"), &level));
    CU_ASSERT(!log_level_from(STR(""), &level));
    CU_ASSERT(!log_level_from(STR("INFO"), &level));
    CU_ASSERT_EQUAL(level, LOG_LEVEL_WARNING);
}

/* What a peer sent cannot begin a line of its own or speak to a terminal. */
static void test_escapes(void)
{
    struct sink sink;
    struct log l;
    start(&sink, &l);
    LOG_INFO(&l, "path \"%s\"", "/\r\ninfo: forged\x1b[2J\t\x7f");
    CU_ASSERT(str_eq(sink_take(&sink),
                     STR("info: path \"/\\x0d\\x0ainfo: forged\\x1b[2J\\x09\\x7f\"\n")));
    LOG_INFO(&l, "a%cb", '\0');
    CU_ASSERT(str_eq(sink_take(&sink), STR("info: a\\x00b\n")));
    LOG_INFO(&l, "gr\xc3\xbc\xc3\x9f");
    CU_ASSERT(str_eq(sink_take(&sink), STR("info: gr\xc3\xbc\xc3\x9f\n")));
    sink_close(&sink);
}

static void check_long_line(struct str line, size_t message_len)
{
    bool is_cut = str_has_suffix(line, STR("x...\n"));
    CU_ASSERT(line.len <= 4096);
    CU_ASSERT(is_cut || line.len == 6 + message_len + 1);
    CU_ASSERT_EQUAL(is_cut, message_len > 4096 - 6 - 4);
}

/* 4096 bytes and no more, whatever the message's length; only what is cut says so. */
static void test_long_lines(void)
{
    char text[6000];
    struct sink sink;
    struct log l;
    start(&sink, &l);
    memset(text, 'x', sizeof(text));
    for (int len = 4070; len < 4110; len++) {
        log_write(&l, LOG_LEVEL_INFO, "%.*s", len, text);
        check_long_line(sink_take(&sink), (size_t)len);
    }
    memset(text, '\n', sizeof(text));
    LOG_INFO(&l, "%.*s", (int)sizeof(text), text);
    struct str line = sink_take(&sink);
    CU_ASSERT(line.len <= 4096 && line.len > 4096 - 4);
    CU_ASSERT(str_has_suffix(line, STR("\\x0a...\n")));
    sink_close(&sink);
}

static void test_dropped(void)
{
    struct sink sink;
    struct log l;
    start(&sink, &l);
    unsigned long lines = 0;
    while (atomic_load(&l.dropped) == 0 && lines < 1000000) {
        log_write(&l, LOG_LEVEL_INFO, "line %lu", lines);
        lines++;
    }
    CU_ASSERT_EQUAL(atomic_load(&l.dropped), 1);
    LOG_INFO(&l, "one more");
    CU_ASSERT_EQUAL(atomic_load(&l.dropped), 2);
    CU_ASSERT(str_eq(sink_take(&sink), STR("info: line 0\n")));
    LOG_DEBUG(&l, "below the level is not dropped");
    CU_ASSERT_EQUAL(atomic_load(&l.dropped), 2);
    sink_close(&sink);
}

/* A full disk: only the start of a line is written, and nothing of the next. */
static void test_short_write(void)
{
    struct rlimit before;
    struct log l;
    FILE *file = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    log_init(&l, fileno(file), LOG_LEVEL_INFO);
    l.has_time = false;
    CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &(struct rlimit){20, before.rlim_max}), 0);
    LOG_INFO(&l, "fits");
    CU_ASSERT_EQUAL(atomic_load(&l.dropped), 0);
    LOG_INFO(&l, "fits not");
    CU_ASSERT_EQUAL(atomic_load(&l.dropped), 1);
    LOG_INFO(&l, "not at all");
    CU_ASSERT_EQUAL(atomic_load(&l.dropped), 2);
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    fclose(file);
}

#define THREADS 4
#define LINES   200

static void *write_lines(void *ctx)
{
    for (int i = 0; i < LINES; i++) {
        log_write(ctx, LOG_LEVEL_INFO, "%0500d", i);
    }
    return NULL;
}

static size_t count_whole_lines(FILE *file)
{
    char line[1000];
    size_t count = 0;
    rewind(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        CU_ASSERT_EQUAL(strlen(line), 6 + 500 + 1);
        count++;
    }
    return count;
}

static void test_threads(void)
{
    FILE *file = tmpfile();
    struct log l;
    pthread_t threads[THREADS];
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    log_init(&l, fileno(file), LOG_LEVEL_INFO);
    l.has_time = false;
    for (size_t i = 0; i < THREADS; i++) {
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, write_lines, &l), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    CU_ASSERT_EQUAL(atomic_load(&l.dropped), 0);
    CU_ASSERT_EQUAL(count_whole_lines(file), THREADS * LINES);
    fclose(file);
}

static const struct suite_test tests[] = {
    {"log", "a line", test_line},
    {"log", "time", test_time},
    {"log", "levels", test_levels},
    {"log", "names of levels", test_level_names},
    {"log", "control characters are escaped", test_escapes},
    {"log", "long lines", test_long_lines},
    {"log", "refused lines are counted", test_dropped},
    {"log", "lines cut short are counted", test_short_write},
    {"log", "lines of several threads", test_threads},
};

const struct suite_table log_tests = SUITE_TABLE(tests);
