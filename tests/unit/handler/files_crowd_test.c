/* Many at once: names that do not exist, a queue that is full, clients that take a byte at a time.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "handler/files_job.h"
#include "handler/files_pending.h"
#include "unit/handler/disk.h"
#include "unit/handler/site.h"
#include "unit/handler/tables.h"

#define BIG       1000000
#define BITE      16375 /* what a frame holds */
#define SIPPER    32
#define LINE_JOBS 40

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

static bool has_no_job(void *ctx)
{
    struct site *s = ctx;
    return s->loop.worker->offload_open == 0;
}

/* --- loads --------------------------------------------------------------------------------- */

struct crowd {
    struct site s;
    struct reply *r[FILES_PENDING_MAX + 1];
    unsigned count;
};

static struct reply *ask_next(struct crowd *c)
{
    char name[32];
    MUST(snprintf(name, sizeof(name), "/missing-%u", c->count) > 0);
    struct reply *r = site_ask(&c->s, METHOD_GET, name, NULL);
    c->r[c->count++] = r;
    return r;
}

/* One thread, stuck with the first; one place in its queue, taken by the second; the others stand
 * in line. */
static struct crowd *begin_crowd(unsigned count)
{
    struct crowd *c = calloc(1, sizeof(*c));
    MUST(c != NULL);
    site_init_offload(&c->s, NULL, 1, 1);
    site_write(&c->s, "a", STR("a"));
    disk.has_cold_names = true;
    disk.has_cold_pages = true;
    disk.is_stuck = true;
    c->r[c->count++] = site_ask(&c->s, METHOD_GET, "/a", NULL);
    MUST(manual_loop_until(&c->s.loop, is_stuck, NULL));
    while (c->count < count) {
        (void)ask_next(c);
    }
    return c;
}

/* Or has left. */
static bool is_answered(const struct crowd *c)
{
    unsigned answered = 0;
    for (unsigned i = 0; i < c->count; i++) {
        answered += c->r[i]->status != 0 || c->r[i]->is_gone ? 1 : 0;
    }
    return answered == c->count;
}

/* The clock has to move for who stands in line. */
static bool answer_all(struct crowd *c)
{
    for (unsigned n = 0; n < 100000 && !is_answered(c); n++) {
        manual_loop_turn(&c->s.loop);
        if (n % 8 == 0 && c->s.loop.worker->offload_open == 0) {
            manual_loop_advance_ms(&c->s.loop, 4);
        }
    }
    return is_answered(c);
}

static void end_crowd(struct crowd *c)
{
    disk.is_stuck = false;
    CU_ASSERT_TRUE(answer_all(c));
    for (unsigned i = 0; i < c->count; i++) {
        reply_free(&c->r[i]);
    }
    end(&c->s);
    free(c);
}

static void test_ceiling(void)
{
    struct crowd *c = begin_crowd(FILES_PENDING_MAX - 2);
    CU_ASSERT_EQUAL(ask_next(c)->status, 0); /* 1023 */
    CU_ASSERT_EQUAL(ask_next(c)->status, 0); /* 1024 */
    CU_ASSERT_EQUAL(site_metric(&c->s, METRIC_FILES_OVERLOADED), 0);
    struct reply *over = ask_next(c);
    CU_ASSERT_EQUAL(over->status, 503);
    CU_ASSERT_TRUE(str_eq(reply_field(over, "retry-after"), STR("1")));
    CU_ASSERT_EQUAL(site_metric(&c->s, METRIC_FILES_OVERLOADED), 1);
    CU_ASSERT_EQUAL(site_metric(&c->s, METRIC_FILES_OPENS_OFFLOADED), FILES_PENDING_MAX);
    end_crowd(c);
}

/* The load is there already: one more to wait for it costs no place. */
static void test_ceiling_shared(void)
{
    struct crowd *c = begin_crowd(FILES_PENDING_MAX);
    struct reply *r = site_ask(&c->s, METHOD_GET, "/missing-700", NULL);
    CU_ASSERT_EQUAL(r->status, 0);
    CU_ASSERT_EQUAL(site_metric(&c->s, METRIC_FILES_OVERLOADED), 0);
    disk.is_stuck = false;
    CU_ASSERT_TRUE(answer_all(c));
    reply_free(&r);
    end_crowd(c);
}

static void test_leaves_place(void)
{
    struct crowd *c = begin_crowd(FILES_PENDING_MAX);
    reply_leave(c->r[500]);
    reply_leave(c->r[1]); /* in the offload queue: it cannot be called back */
    manual_loop_settle(&c->s.loop);
    struct reply *r = ask_next(c);
    CU_ASSERT_EQUAL(r->status, 0);
    struct reply *over = site_ask(&c->s, METHOD_GET, "/over", NULL);
    CU_ASSERT_EQUAL(over->status, 503);
    reply_free(&over);
    end_crowd(c);
}

static void test_all_leave(void)
{
    struct crowd *c = begin_crowd(FILES_PENDING_MAX);
    for (unsigned i = 2; i < c->count; i++) {
        reply_leave(c->r[i]);
    }
    manual_loop_advance_ms(&c->s.loop, 10);
    disk.is_stuck = false;
    CU_ASSERT_TRUE(reply_finish(c->r[0]));
    CU_ASSERT_TRUE(reply_finish(c->r[1]));
    CU_ASSERT_EQUAL(c->r[0]->status, 200);
    CU_ASSERT_EQUAL(c->r[1]->status, 404);
    end_crowd(c);
}

static void test_one_of_two_leaves(void)
{
    struct crowd *c = begin_crowd(4);
    struct reply *leaves = site_ask(&c->s, METHOD_GET, "/missing-3", NULL);
    reply_leave(leaves);
    manual_loop_settle(&c->s.loop);
    reply_free(&leaves);
    disk.is_stuck = false;
    CU_ASSERT_TRUE(answer_all(c));
    CU_ASSERT_EQUAL(c->r[3]->status, 404);
    end_crowd(c);
}

static void test_gives_up(void)
{
    struct crowd *c = begin_crowd(600);
    manual_loop_advance_ms(&c->s.loop, 4900);
    CU_ASSERT_EQUAL(site_metric(&c->s, METRIC_FILES_OVERLOADED), 0);
    manual_loop_advance_ms(&c->s.loop, 200);
    CU_ASSERT_EQUAL(site_metric(&c->s, METRIC_FILES_OVERLOADED), 598);
    for (unsigned i = 2; i < c->count; i++) {
        CU_ASSERT_EQUAL(c->r[i]->status, 503);
    }
    end_crowd(c);
}

static void test_asks_once_a_tick(void)
{
#ifdef WEIR_SANITIZED
    struct crowd *c = begin_crowd(1000);
    failpoint_arm(FAILPOINT_OFFLOAD, 1000000);
    manual_loop_advance_ms(&c->s.loop, 400);
    unsigned long seen = failpoint_seen(FAILPOINT_OFFLOAD);
    CU_ASSERT_TRUE(seen >= 90 && seen <= 101);
    (void)ask_next(c); /* it goes to the end of the line */
    CU_ASSERT_EQUAL(failpoint_seen(FAILPOINT_OFFLOAD), seen);
    failpoint_arm(FAILPOINT_OFFLOAD, 0);
    end_crowd(c);
#endif
}

/* --- the line ------------------------------------------------------------------------------ */

struct order {
    atomic_bool is_held;         /* the one thread waits */
    unsigned numbers[LINE_JOBS]; /* as they ran */
    unsigned ran;
    unsigned done;
};

struct numbered {
    struct files_job job;
    struct order *order;
    unsigned number;
};

static void run_numbered(struct files_job *job)
{
    const struct timespec nap = {.tv_nsec = 200000};
    struct numbered *n = CONTAINER_OF(job, struct numbered, job);
    while (n->order->is_held) {
        nanosleep(&nap, NULL);
    }
    n->order->numbers[n->order->ran++] = n->number;
}

static void on_numbered(struct files_job *job, enum err why)
{
    CU_ASSERT_EQUAL(why, ERR_OK);
    CONTAINER_OF(job, struct numbered, job)->order->done++;
}

static void test_oldest_first(void)
{
    struct site s;
    struct files_job_line line;
    struct order order = {.is_held = true};
    struct numbered jobs[LINE_JOBS];
    site_init_offload(&s, NULL, 1, 1);
    files_job_line_init(&line, s.loop.worker);
    for (unsigned i = 0; i < LINE_JOBS; i++) {
        jobs[i].order = &order;
        jobs[i].number = i;
        files_job_init(&jobs[i].job, &line, run_numbered, on_numbered);
        files_job_start(&jobs[i].job);
    }
    CU_ASSERT_TRUE(files_job_cancel(&jobs[LINE_JOBS - 1].job));
    order.is_held = false;
    for (unsigned n = 0; n < 1000 && order.done < LINE_JOBS - 1; n++) {
        manual_loop_advance_ms(&s.loop, 4);
        MUST(manual_loop_until(&s.loop, has_no_job, &s));
    }
    CU_ASSERT_EQUAL(order.done, LINE_JOBS - 1);
    for (unsigned i = 0; i < LINE_JOBS - 1; i++) {
        CU_ASSERT_EQUAL(order.numbers[i], i);
    }
    files_job_line_fini(&line);
    end(&s);
}

/* --- reads --------------------------------------------------------------------------------- */

/* One take, and the read it may have sent for has come back. */
static void take_once(struct reply *r, size_t len)
{
    reply_take(r, len);
    MUST(manual_loop_until(&r->site->loop, has_no_job, r->site));
    manual_loop_settle(&r->site->loop);
}

static struct reply *ask_big(struct site *s)
{
    disk.has_cold_pages = true;
    struct reply *r = site_ask(s, METHOD_GET, "/big.bin", NULL);
    return r;
}

static void test_sips(void)
{
    struct site s;
    struct reply *r[SIPPER];
    site_init(&s, NULL);
    site_write_pattern(&s, "big.bin", BIG);
    for (unsigned i = 0; i < SIPPER; i++) {
        r[i] = ask_big(&s);
        size_t before = r[i]->account.used;
        for (unsigned n = 0; n < 4; n++) {
            take_once(r[i], 1);
        }
        CU_ASSERT_EQUAL(r[i]->body.len, 3); /* the first take sent for it */
        CU_ASSERT_EQUAL(r[i]->account.used - before, 16384);
    }
    for (unsigned i = 0; i < SIPPER; i++) {
        reply_leave(r[i]);
        manual_loop_settle(&s.loop);
        reply_free(&r[i]);
    }
    CU_ASSERT_EQUAL(s.loop.worker->account.used, 0);
    end(&s);
}

/* 1, 2, 4, then 8 bites in each read. */
static void test_gulps(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write_pattern(&s, "big.bin", BIG);
    struct reply *r = ask_big(&s);
    size_t before = r->account.used;
    CU_ASSERT_TRUE(reply_finish(r));
    CU_ASSERT_TRUE(r->is_ended);
    CU_ASSERT_EQUAL(r->body.len, BIG);
    CU_ASSERT_EQUAL(r->account.peak - before, 8 * BITE);
    size_t rest = BIG - (1 + 2 + 4) * BITE;
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_READS_OFFLOADED),
                    3 + (rest + 8 * BITE - 1) / (8 * BITE));
    reply_free(&r);
    end(&s);
}

/* Nothing is held between the last byte of one read and the next. */
static void test_frees_empty(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write_pattern(&s, "big.bin", BIG);
    struct reply *r = ask_big(&s);
    size_t before = r->account.used;
    take_once(r, BITE);
    CU_ASSERT_EQUAL(r->account.used - before, BITE);
    take_once(r, BITE);
    CU_ASSERT_EQUAL(r->body.len, BITE);
    CU_ASSERT_EQUAL(r->account.used - before, 0);
    reply_leave(r);
    manual_loop_settle(&s.loop);
    reply_free(&r);
    end(&s);
}

/* Who begins to sip is given less from the next read on. */
static void test_slows_down(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write_pattern(&s, "big.bin", BIG);
    struct reply *r = ask_big(&s);
    size_t before = r->account.used;
    while (r->body.len < 7 * BITE) {
        take_once(r, BITE);
    }
    while (r->body.len < 15 * BITE) {
        take_once(r, BITE / 25);
    }
    CU_ASSERT_EQUAL(r->body.len, 15 * BITE);
    CU_ASSERT_EQUAL(r->account.peak - before, 8 * BITE);
    CU_ASSERT_EQUAL(r->account.used - before, 0);
    take_once(r, 1);
    CU_ASSERT_EQUAL(r->account.used - before, 16384);
    reply_leave(r);
    manual_loop_settle(&s.loop);
    reply_free(&r);
    end(&s);
}

static const struct suite_test tests[] = {
    {"crowds", "bounds the loads under way", test_ceiling},
    {"crowds", "shares a load at the ceiling", test_ceiling_shared},
    {"crowds", "gives up the place of who leaves", test_leaves_place},
    {"crowds", "forgets the loads of all who leave", test_all_leave},
    {"crowds", "keeps a load while one waits", test_one_of_two_leaves},
    {"crowds", "gives up after five seconds", test_gives_up},
    {"crowds", "starts the oldest first", test_oldest_first},
    {"crowds", "asks for a place once a tick", test_asks_once_a_tick},
    {"crowds", "holds little for who takes little", test_sips},
    {"crowds", "reads more for who takes all", test_gulps},
    {"crowds", "holds nothing between reads", test_frees_empty},
    {"crowds", "reads less for who slows down", test_slows_down},
};

const struct suite_table files_crowd_tests = SUITE_TABLE(tests);
