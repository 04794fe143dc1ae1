/* Files that change: between requests, under a transfer; and what is let go when memory is full. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/clock.h"
#include "unit/handler/site.h"
#include "unit/handler/tables.h"

#define BIG 1000000

static bool has_body(struct site *s, const char *target, struct str text)
{
    struct reply *r = site_get(s, target, NULL);
    bool has = r->status == 200 && r->is_ended && str_eq(buf_str(&r->body), text);
    reply_free(&r);
    return has;
}

static unsigned status_of(struct site *s, const char *target)
{
    struct reply *r = site_get(s, target, NULL);
    unsigned status = r->status;
    reply_free(&r);
    return status;
}

/* As a deployment does: the new file takes the old one's name. */
static void replace(struct site *s, const char *name, struct str content)
{
    char from[256];
    char to[256];
    site_write(s, "new", content);
    MUST(rename(site_path(s, "new", from), site_path(s, name, to)) == 0);
}

static void remove_file(struct site *s, const char *name)
{
    char path[256];
    MUST(unlink(site_path(s, name, path)) == 0);
}

static void set_time(struct site *s, const char *name, uint64_t ns)
{
    char path[256];
    const struct timespec at = {(time_t)(ns / CLOCK_NS_PER_S), (long)(ns % CLOCK_NS_PER_S)};
    const struct timespec times[2] = {at, at};
    MUST(utimensat(AT_FDCWD, site_path(s, name, path), times, 0) == 0);
}

/* --- between requests ---------------------------------------------------------------------- */

static void test_replaced(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("one"));
    CU_ASSERT_TRUE(has_body(&s, "/a.txt", STR("one")));
    replace(&s, "a.txt", STR("two"));
    manual_loop_advance_ms(&s.loop, 900);
    CU_ASSERT_TRUE(has_body(&s, "/a.txt", STR("one"))); /* not looked at yet */
    manual_loop_advance_ms(&s.loop, 200);
    CU_ASSERT_TRUE(has_body(&s, "/a.txt", STR("two")));
    manual_loop_advance_ms(&s.loop, 1100);
    CU_ASSERT_TRUE(has_body(&s, "/a.txt", STR("two")));
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_KEPT_MISSES), 2);
    site_fini(&s);
}

static void test_removed(void)
{
    struct site s;
    site_init(&s, NULL);
    CU_ASSERT_EQUAL(status_of(&s, "/a.txt"), 404);
    site_write(&s, "a.txt", STR("one"));
    CU_ASSERT_TRUE(has_body(&s, "/a.txt", STR("one"))); /* absence is not kept */
    remove_file(&s, "a.txt");
    manual_loop_advance_ms(&s.loop, 1100);
    CU_ASSERT_EQUAL(status_of(&s, "/a.txt"), 404);
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_KEPT_BYTES), 0);
    site_fini(&s);
}

static void test_other_kind(void)
{
    char path[256];
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a", STR("file"));
    CU_ASSERT_EQUAL(status_of(&s, "/a"), 200);
    remove_file(&s, "a");
    MUST(mkdir(site_path(&s, "a", path), 0755) == 0);
    manual_loop_advance_ms(&s.loop, 1100);
    CU_ASSERT_EQUAL(status_of(&s, "/a"), 301);
    MUST(rmdir(path) == 0);
    site_write_pattern(&s, "a", BIG);
    struct reply *r = site_get(&s, "/a", NULL);
    CU_ASSERT_EQUAL(r->body.len, BIG);
    reply_free(&r);
    site_write(&s, "a", STR("small"));
    CU_ASSERT_TRUE(has_body(&s, "/a", STR("small")));
    site_write_pattern(&s, "a", BIG);
    manual_loop_advance_ms(&s.loop, 1100);
    r = site_get(&s, "/a", NULL);
    CU_ASSERT_EQUAL(r->body.len, BIG);
    reply_free(&r);
    site_fini(&s);
}

/* Written twice within the grain of the file system's clock: the stamp does not tell. */
static void test_young(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("one"));
    set_time(&s, "a.txt", s.loop.wall_ns);
    CU_ASSERT_TRUE(has_body(&s, "/a.txt", STR("one")));
    site_write(&s, "a.txt", STR("two"));
    set_time(&s, "a.txt", s.loop.wall_ns);
    manual_loop_advance_ms(&s.loop, 1100);
    CU_ASSERT_TRUE(has_body(&s, "/a.txt", STR("two")));
    site_fini(&s);
}

/* An origin must not say that a file was changed in the future. */
static void test_future(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("one"));
    set_time(&s, "a.txt", s.loop.wall_ns + 86400 * CLOCK_NS_PER_S);
    struct reply *r = site_get(&s, "/a.txt", NULL);
    CU_ASSERT_TRUE(str_eq(reply_field(r, "last-modified"), STR("Mon, 23 Nov 2026 14:00:00 GMT")));
    reply_free(&r);
    site_fini(&s);
}

static void test_etags_differ(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("one"));
    set_time(&s, "a.txt", CLOCK_NS_PER_S);
    struct reply *r = site_get(&s, "/a.txt", NULL);
    struct str first = arena_str(&s.arena, reply_field(r, "etag"));
    reply_free(&r);
    replace(&s, "a.txt", STR("two"));
    set_time(&s, "a.txt", CLOCK_NS_PER_S); /* same size, same time: as from an archive */
    manual_loop_advance_ms(&s.loop, 1100);
    r = site_get(&s, "/a.txt", NULL);
    CU_ASSERT_TRUE(str_eq(buf_str(&r->body), STR("two")));
    CU_ASSERT_FALSE(str_eq(reply_field(r, "etag"), first));
    reply_free(&r);
    site_fini(&s);
}

/* --- under a transfer ---------------------------------------------------------------------- */

/* Half of a big file has been taken. */
static struct reply *begin_transfer(struct site *s)
{
    site_write_pattern(s, "big.bin", BIG);
    struct reply *r = site_ask(s, METHOD_GET, "/big.bin", NULL);
    while (r->body.len < BIG / 2) {
        MUST(reply_take(r, 16384));
    }
    return r;
}

static void test_shrinks(void)
{
    char path[256];
    struct site s;
    site_init(&s, NULL);
    struct reply *r = begin_transfer(&s);
    MUST(truncate(site_path(&s, "big.bin", path), 600000) == 0);
    CU_ASSERT_TRUE(reply_finish(r));
    CU_ASSERT_TRUE(r->is_broken);
    CU_ASSERT_FALSE(r->is_ended);
    CU_ASSERT_TRUE(r->body.len <= 600000);
    reply_free(&r);
    site_fini(&s);
}

static void test_rewritten(void)
{
    struct site s;
    site_init(&s, NULL);
    struct reply *r = begin_transfer(&s);
    site_write_pattern(&s, "big.bin", BIG + 1);
    CU_ASSERT_TRUE(reply_finish(r));
    CU_ASSERT_TRUE(r->is_broken);
    CU_ASSERT_TRUE(r->body.len < BIG); /* the last bytes are held back */
    reply_free(&r);
    site_fini(&s);
}

static void test_replaced_under_transfer(void)
{
    struct site s;
    site_init(&s, NULL);
    struct reply *r = begin_transfer(&s);
    replace(&s, "big.bin", STR("small now"));
    manual_loop_advance_ms(&s.loop, 1100);
    CU_ASSERT_TRUE(has_body(&s, "/big.bin", STR("small now")));
    CU_ASSERT_TRUE(reply_finish(r));
    CU_ASSERT_TRUE(r->is_ended);
    CU_ASSERT_EQUAL(r->body.len, BIG);
    CU_ASSERT_EQUAL((uint8_t)r->body.data[BIG - 1], site_pattern(BIG - 1));
    reply_free(&r);
    site_fini(&s);
}

/* A kept file that is replaced lives on for those who are still being sent it. */
static void test_kept_in_use(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write_pattern(&s, "a.bin", 50000);
    struct reply *r = site_ask(&s, METHOD_GET, "/a.bin", NULL);
    MUST(reply_take(r, 100));
    replace(&s, "a.bin", STR("other"));
    manual_loop_advance_ms(&s.loop, 1100);
    CU_ASSERT_TRUE(has_body(&s, "/a.bin", STR("other")));
    CU_ASSERT_TRUE(reply_finish(r));
    CU_ASSERT_EQUAL(r->body.len, 50000);
    CU_ASSERT_EQUAL((uint8_t)r->body.data[49999], site_pattern(49999));
    reply_free(&r);
    site_fini(&s);
}

static void test_leaves(void)
{
    struct site s;
    site_init(&s, NULL);
    struct reply *r = begin_transfer(&s);
    reply_leave(r);
    manual_loop_settle(&s.loop);
    CU_ASSERT_TRUE(r->is_gone);
    reply_free(&r);
    CU_ASSERT_EQUAL(s.loop.worker->account.used, 0);
    site_fini(&s);
}

/* --- memory -------------------------------------------------------------------------------- */

static void ask_number(struct site *s, unsigned i, bool must_write)
{
    char name[16];
    snprintf(name, sizeof(name), "/%u.bin", i);
    if (must_write) {
        site_write_pattern(s, name + 1, 4096);
    }
    CU_ASSERT_EQUAL(status_of(s, name), 200);
}

static void test_eviction(void)
{
    struct files_settings settings = site_settings();
    settings.keep_total = 65536;
    struct site s;
    site_init(&s, &settings);
    for (unsigned i = 0; i < 40; i++) {
        ask_number(&s, i, true);
        ask_number(&s, 0, false); /* in use all the time */
        CU_ASSERT_TRUE(site_metric(&s, METRIC_FILES_KEPT_BYTES) <= 65536);
    }
    CU_ASSERT_TRUE(site_metric(&s, METRIC_FILES_KEPT_BYTES) > 65536 - 2 * 4600);
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_KEPT_HITS), 40);
    CU_ASSERT_TRUE(site_metric(&s, METRIC_FILES_KEPT_EVICTIONS) >= 25);
    CU_ASSERT_EQUAL(s.loop.worker->account.used, site_metric(&s, METRIC_FILES_KEPT_BYTES));
    site_fini(&s);
}

static void test_keep_max(void)
{
    struct files_settings settings = site_settings();
    settings.keep_max = 1000;
    struct site s;
    site_init(&s, &settings);
    site_write_pattern(&s, "fits.bin", 1000);
    site_write_pattern(&s, "not.bin", 1001);
    for (unsigned i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(status_of(&s, "/fits.bin"), 200);
        CU_ASSERT_EQUAL(status_of(&s, "/not.bin"), 200);
    }
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_KEPT_HITS), 2);
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_OPENED), 4);
    site_fini(&s);
}

static void test_nothing_kept(void)
{
    struct files_settings settings = site_settings();
    settings.keep_total = 0;
    struct site s;
    site_init(&s, &settings);
    site_write(&s, "a.txt", STR("hello"));
    CU_ASSERT_TRUE(has_body(&s, "/a.txt", STR("hello")));
    CU_ASSERT_TRUE(has_body(&s, "/a.txt", STR("hello")));
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_KEPT_BYTES), 0);
    CU_ASSERT_EQUAL(s.loop.worker->account.used, 0);
    site_fini(&s);
}

/* The table of the store grows on the way. */
static void test_many(void)
{
    struct site s;
    site_init(&s, NULL);
    for (unsigned i = 0; i < 1000; i++) {
        ask_number(&s, i, true);
    }
    for (unsigned i = 0; i < 1000; i++) {
        ask_number(&s, i, false);
    }
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_KEPT_HITS), 1000);
    site_fini(&s);
}

static const struct suite_test tests[] = {
    {"files that change", "finds a replaced file after the recheck", test_replaced},
    {"files that change", "finds a file gone and come", test_removed},
    {"files that change", "takes what a name has become", test_other_kind},
    {"files that change", "does not trust a young stamp", test_young},
    {"files that change", "knows no future", test_future},
    {"files that change", "tells files of one size and time apart", test_etags_differ},
    {"files that change", "breaks off when a file shrinks", test_shrinks},
    {"files that change", "breaks off when a file is rewritten", test_rewritten},
    {"files that change", "sends a replaced file to its end", test_replaced_under_transfer},
    {"files that change", "keeps what is in use", test_kept_in_use},
    {"files that change", "lets go when the client leaves", test_leaves},
    {"files that change", "stays below its memory", test_eviction},
    {"files that change", "keeps files up to a size", test_keep_max},
    {"files that change", "keeps nothing when told so", test_nothing_kept},
    {"files that change", "keeps a thousand", test_many},
};

const struct suite_table files_change_tests = SUITE_TABLE(tests);
