/* Names and pages that are not in memory, threads that are busy, kernels that lack a call. */
#include <stdio.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "unit/handler/disk.h"
#include "unit/handler/site.h"
#include "unit/handler/tables.h"

#define BIG   1000000
#define CROWD 20

static void make_cold(void)
{
    disk.has_cold_names = true;
    disk.has_cold_pages = true;
}

static void end(struct site *s)
{
    disk_reset();
    site_fini(s);
}

static bool is_stuck(void *ctx)
{
    (void)ctx;
    return disk.stuck_count > 0;
}

static void test_cold_small(void)
{
    struct site s;
    struct reply *r[CROWD];
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("hello"));
    make_cold();
    for (unsigned i = 0; i < CROWD; i++) {
        r[i] = site_ask(&s, METHOD_GET, "/a.txt", NULL);
        CU_ASSERT_EQUAL(r[i]->status, 0);
    }
    for (unsigned i = 0; i < CROWD; i++) {
        CU_ASSERT_TRUE(reply_finish(r[i]));
        CU_ASSERT_EQUAL(r[i]->status, 200);
        CU_ASSERT_TRUE(str_eq(buf_str(&r[i]->body), STR("hello")));
        reply_free(&r[i]);
    }
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_OPENS_OFFLOADED), 1);
    end(&s);
}

static void test_cold_big(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write_pattern(&s, "big.bin", BIG);
    make_cold();
    struct reply *r = site_get(&s, "/big.bin", NULL);
    CU_ASSERT_TRUE(r->is_ended);
    CU_ASSERT_EQUAL(r->body.len, BIG);
    for (size_t i = 0; i < r->body.len; i += 997) {
        CU_ASSERT_EQUAL((uint8_t)r->body.data[i], site_pattern(i));
    }
    reply_free(&r);
    CU_ASSERT_EQUAL(s.loop.worker->account.used, 0);
    end(&s);
}

static void test_cold_failures(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "dir/a", STR("a"));
    make_cold();
    struct reply *r = site_get(&s, "/missing", NULL);
    CU_ASSERT_EQUAL(r->status, 404);
    reply_free(&r);
    r = site_get(&s, "/dir", NULL);
    CU_ASSERT_EQUAL(r->status, 301);
    reply_free(&r);
    disk.is_broken = true;
    log_set_level(&s.loop.log, LOG_LEVEL_ERROR + 1);
    r = site_get(&s, "/dir/a", NULL);
    CU_ASSERT_EQUAL(r->status, 500);
    reply_free(&r);
    end(&s);
}

/* What we have is answered with at once; the offload thread's word counts from then on. */
static void test_cold_recheck(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("one"));
    struct reply *r = site_get(&s, "/a.txt", NULL);
    reply_free(&r);
    make_cold();
    for (unsigned i = 0; i < 3; i++) {
        manual_loop_advance_ms(&s.loop, 1100);
        r = site_ask(&s, METHOD_GET, "/a.txt", NULL);
        CU_ASSERT_EQUAL(r->status, 200);
        reply_free(&r);
    }
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_KEPT_HITS), 3);
    site_write(&s, "a.txt", STR("two"));
    manual_loop_advance_ms(&s.loop, 1100);
    r = site_ask(&s, METHOD_GET, "/a.txt", NULL);
    reply_free(&r);
    while (s.loop.worker->offload_open > 0) {
        manual_loop_settle(&s.loop);
    }
    r = site_get(&s, "/a.txt", NULL);
    CU_ASSERT_TRUE(str_eq(buf_str(&r->body), STR("two")));
    reply_free(&r);
    end(&s);
}

static void test_no_nowait(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("hello"));
    site_write_pattern(&s, "big.bin", BIG);
    disk.has_no_nowait = true;
    struct reply *r = site_get(&s, "/a.txt", NULL);
    CU_ASSERT_TRUE(str_eq(buf_str(&r->body), STR("hello")));
    reply_free(&r);
    r = site_get(&s, "/big.bin", NULL);
    CU_ASSERT_EQUAL(r->body.len, BIG);
    reply_free(&r);
    end(&s);
}

struct walk_row {
    const char *target;
    unsigned status;
};

static void test_no_openat2(void)
{
    static const struct walk_row rows[] = {
        {"/", 200},         {"/a.txt", 200},        {"/dir/deep/b.txt", 200}, {"/dir", 301},
        {"/dir/deep", 301}, {"/dir/", 404},         {"/missing", 404},        {"/a.txt/x", 404},
        {"/in.txt", 404},   {"/in-dir/b.txt", 404}, {"/out.txt", 404},        {"/out-dir/s", 404},
        {"/in-dir", 404},   {"/%2e%2e%2fs", 404},
    };
    disk.has_no_openat2 = true;
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "../s", STR("secret"));
    site_write(&s, "index.html", STR("home"));
    site_write(&s, "a.txt", STR("a"));
    site_write(&s, "dir/deep/b.txt", STR("b"));
    site_link(&s, "a.txt", "in.txt");
    site_link(&s, "dir/deep", "in-dir");
    site_link(&s, "../s", "out.txt");
    site_link(&s, "..", "out-dir");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reply *r = site_get(&s, rows[i].target, NULL);
        CU_ASSERT_EQUAL(r->status, rows[i].status);
        if (r->status != rows[i].status) {
            fprintf(stderr, "%s: %u\n", rows[i].target, r->status);
        }
        reply_free(&r);
    }
    end(&s);
}

static void test_no_descriptors(void)
{
    struct site s;
    site_init(&s, NULL);
    log_set_level(&s.loop.log, LOG_LEVEL_ERROR + 1);
    site_write(&s, "a.txt", STR("hello"));
    disk.is_out_of_files = true;
    struct reply *r = site_get(&s, "/a.txt", NULL);
    CU_ASSERT_EQUAL(r->status, 503);
    CU_ASSERT_TRUE(str_eq(reply_field(r, "retry-after"), STR("1")));
    reply_free(&r);
    disk.is_out_of_files = false;
    r = site_get(&s, "/a.txt", NULL);
    CU_ASSERT_EQUAL(r->status, 200);
    reply_free(&r);
    end(&s);
}

/* --- busy threads -------------------------------------------------------------------------- */

/* The job is under way; its exchange leaves, its handler is freed, its root must live on. */
static void test_leaves_load(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("hello"));
    make_cold();
    disk.is_stuck = true;
    struct reply *stays = site_ask(&s, METHOD_GET, "/a.txt", NULL);
    struct reply *leaves = site_ask(&s, METHOD_GET, "/a.txt", NULL);
    CU_ASSERT_TRUE(manual_loop_until(&s.loop, is_stuck, NULL));
    reply_leave(leaves);
    manual_loop_settle(&s.loop);
    CU_ASSERT_TRUE(leaves->is_gone);
    files_handler_kind.free(s.handler);
    s.handler = NULL;
    disk.is_stuck = false;
    CU_ASSERT_TRUE(reply_finish(stays));
    CU_ASSERT_EQUAL(stays->status, 200);
    reply_free(&stays);
    reply_free(&leaves);
    end(&s);
}

static void test_all_leave_load(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("hello"));
    make_cold();
    disk.is_stuck = true;
    struct reply *r = site_ask(&s, METHOD_GET, "/a.txt", NULL);
    CU_ASSERT_TRUE(manual_loop_until(&s.loop, is_stuck, NULL));
    reply_leave(r);
    manual_loop_settle(&s.loop);
    reply_free(&r);
    disk.is_stuck = false;
    end(&s); /* the job comes home to nobody */
}

static void test_leaves_read(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write_pattern(&s, "big.bin", BIG);
    disk.has_cold_pages = true;
    disk.is_stuck = true;
    struct reply *r = site_ask(&s, METHOD_GET, "/big.bin", NULL);
    reply_take(r, 16384);
    CU_ASSERT_TRUE(manual_loop_until(&s.loop, is_stuck, NULL));
    CU_ASSERT_TRUE(r->account.used >= 16384);
    reply_leave(r);
    manual_loop_settle(&s.loop);
    CU_ASSERT_TRUE(r->is_gone);
    CU_ASSERT_EQUAL(r->account.used, 0); /* the connection may go before the job is home */
    reply_free(&r);
    CU_ASSERT_TRUE(s.loop.worker->account.used > 0); /* the buffer, until the job is home */
    disk.is_stuck = false;
    while (s.loop.worker->offload_open > 0) {
        manual_loop_settle(&s.loop);
    }
    CU_ASSERT_EQUAL(s.loop.worker->account.used, 0);
    end(&s);
}

/* One thread, one place in its queue, both taken. */
static struct reply *fill_queue(struct site *s, struct reply **second)
{
    site_write(s, "a", STR("a"));
    site_write(s, "b", STR("b"));
    site_write(s, "c", STR("c"));
    make_cold();
    disk.is_stuck = true;
    struct reply *first = site_ask(s, METHOD_GET, "/a", NULL);
    MUST(manual_loop_until(&s->loop, is_stuck, NULL));
    *second = site_ask(s, METHOD_GET, "/b", NULL);
    return first;
}

static void test_queue_full(void)
{
    struct site s;
    site_init_offload(&s, NULL, 1, 1);
    struct reply *second = NULL;
    struct reply *first = fill_queue(&s, &second);
    struct reply *third = site_ask(&s, METHOD_GET, "/c", NULL);
    manual_loop_advance_ms(&s.loop, 1000);
    CU_ASSERT_EQUAL(third->status, 0);
    disk.is_stuck = false;
    CU_ASSERT_TRUE(reply_finish(first));
    CU_ASSERT_TRUE(reply_finish(second));
    manual_loop_advance_ms(&s.loop, 100); /* it tries again at each tick */
    CU_ASSERT_TRUE(reply_finish(third));
    CU_ASSERT_EQUAL(third->status, 200);
    reply_free(&first);
    reply_free(&second);
    reply_free(&third);
    end(&s);
}

static void test_queue_stays_full(void)
{
    struct site s;
    site_init_offload(&s, NULL, 1, 1);
    struct reply *second = NULL;
    struct reply *first = fill_queue(&s, &second);
    struct reply *third = site_ask(&s, METHOD_GET, "/c", NULL);
    manual_loop_advance_ms(&s.loop, 5100);
    CU_ASSERT_EQUAL(third->status, 503);
    disk.is_stuck = false;
    reply_free(&third);
    reply_free(&first);
    reply_free(&second);
    end(&s);
}

static void test_leaves_queue(void)
{
    struct site s;
    site_init_offload(&s, NULL, 1, 1);
    site_write_pattern(&s, "big.bin", BIG);
    struct reply *big = site_ask(&s, METHOD_GET, "/big.bin", NULL);
    reply_take(big, 100);
    struct reply *second = NULL;
    struct reply *first = fill_queue(&s, &second);
    struct reply *third = site_ask(&s, METHOD_GET, "/c", NULL);
    reply_take(big, 100); /* its read finds no place either */
    reply_leave(third);
    reply_leave(big);
    manual_loop_settle(&s.loop);
    CU_ASSERT_TRUE(third->is_gone && big->is_gone);
    disk.is_stuck = false;
    reply_free(&big);
    reply_free(&third);
    reply_free(&first);
    reply_free(&second);
    end(&s); /* the load of c still waits for its place */
}

static void test_stopping(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("hello"));
    make_cold();
    worker_stop(s.loop.worker);
    struct reply *r = site_ask(&s, METHOD_GET, "/a.txt", NULL);
    manual_loop_advance_ms(&s.loop, 10);
    CU_ASSERT_EQUAL(r->status, 503);
    reply_free(&r);
    end(&s);
}

static void test_read_fails(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write_pattern(&s, "big.bin", BIG);
    disk.has_cold_pages = true;
    struct reply *r = site_ask(&s, METHOD_GET, "/big.bin", NULL);
    disk.is_broken = true;
    CU_ASSERT_TRUE(reply_finish(r));
    CU_ASSERT_TRUE(r->is_broken && !r->is_ended);
    reply_free(&r);
    end(&s);
}

/* Clients come and go while threads read: for the sanitizers. */
static void test_races(void)
{
    struct site s;
    struct reply *r[CROWD];
    site_init_offload(&s, NULL, 2, 4);
    site_write_pattern(&s, "big.bin", BIG);
    site_write_pattern(&s, "small.bin", 5000);
    for (unsigned round = 0; round < 50; round++) {
        make_cold();
        for (unsigned i = 0; i < CROWD; i++) {
            r[i] = site_ask(&s, METHOD_GET, i % 3 == 0 ? "/small.bin" : "/big.bin", NULL);
        }
        for (unsigned turn = 0; turn < round % 7; turn++) {
            manual_loop_advance_ms(&s.loop, 4);
            for (unsigned i = 0; i < CROWD; i++) {
                reply_take(r[i], 16384);
            }
        }
        for (unsigned i = 0; i < CROWD; i++) {
            if (!r[i]->is_ended && !r[i]->is_broken) {
                reply_leave(r[i]);
            }
        }
        manual_loop_advance_ms(&s.loop, 1);
        for (unsigned i = 0; i < CROWD; i++) {
            CU_ASSERT_TRUE(r[i]->is_gone);
            reply_free(&r[i]);
        }
    }
    end(&s);
}

/* Whichever read fails, or whichever job finds no place: each answer is whole or broken off. */
static void test_torture(void)
{
#ifdef WEIR_SANITIZED
    static const enum failpoint kinds[] = {FAILPOINT_READ, FAILPOINT_OFFLOAD};

    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        for (unsigned long i = 1; i < 200; i++) {
            struct site s;
            site_init(&s, NULL);
            log_set_level(&s.loop.log, LOG_LEVEL_ERROR + 1);
            site_write_pattern(&s, "big.bin", 300000);
            site_write_pattern(&s, "small.bin", 5000);
            make_cold();
            failpoint_arm(kinds[k], i);
            struct reply *big = site_ask(&s, METHOD_GET, "/big.bin", NULL);
            struct reply *small = site_ask(&s, METHOD_GET, "/small.bin", NULL);
            for (unsigned n = 0; n < 50 && !(big->is_gone && small->is_gone); n++) {
                manual_loop_advance_ms(&s.loop, 8);
                while (reply_take(big, 16384) || reply_take(small, 16384)) {
                }
                usleep(200);
            }
            CU_ASSERT_TRUE(reply_finish(big) && reply_finish(small));
            CU_ASSERT_TRUE(big->is_ended != big->is_broken);
            CU_ASSERT_TRUE(!big->is_ended || big->status != 200 || big->body.len == 300000);
            CU_ASSERT_TRUE(!small->is_ended || small->status != 200 || small->body.len == 5000);
            unsigned long seen = failpoint_seen(kinds[k]);
            failpoint_arm(kinds[k], 0);
            reply_free(&big);
            reply_free(&small);
            end(&s);
            if (i > seen) {
                CU_ASSERT_TRUE(i > 2);
                break;
            }
        }
    }
#endif
}

static const struct suite_test tests[] = {
    {"cold files", "opens a cold small file once for all", test_cold_small},
    {"cold files", "reads a cold big file", test_cold_big},
    {"cold files", "tells what is wrong with a cold name", test_cold_failures},
    {"cold files", "answers with what it has meanwhile", test_cold_recheck},
    {"cold files", "does without RWF_NOWAIT", test_no_nowait},
    {"cold files", "does without openat2", test_no_openat2},
    {"cold files", "says 503 without descriptors", test_no_descriptors},
    {"cold files", "leaves a load to the others", test_leaves_load},
    {"cold files", "leaves a load to nobody", test_all_leave_load},
    {"cold files", "leaves a read under way", test_leaves_read},
    {"cold files", "waits for a place in the queue", test_queue_full},
    {"cold files", "gives up on a queue that stays full", test_queue_stays_full},
    {"cold files", "leaves the queue", test_leaves_queue},
    {"cold files", "answers while the worker stops", test_stopping},
    {"cold files", "breaks off when a read fails", test_read_fails},
    {"cold files", "survives clients that come and go", test_races},
    {"cold files", "survives each failure", test_torture},
};

const struct suite_table files_cold_tests = SUITE_TABLE(tests);
