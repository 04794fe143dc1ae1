#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/handler/site.h"
#include "unit/handler/tables.h"

static bool is_pattern(const struct reply *r, uint64_t first, size_t len)
{
    if (r->body.len != len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if ((uint8_t)r->body.data[i] != site_pattern(first + i)) {
            return false;
        }
    }
    return true;
}

#define BODY_IS(r, text)        CU_ASSERT_TRUE(str_eq(buf_str(&(r)->body), STR(text)))
#define FIELD_IS(r, name, text) CU_ASSERT_TRUE(str_eq(reply_field((r), (name)), STR(text)))
#define ASK_IS(s, target, expected)                       \
    do {                                                  \
        struct reply *r_ = site_get((s), (target), NULL); \
        CU_ASSERT_EQUAL(r_->status, (expected));          \
        reply_free(&r_);                                  \
    } while (0)

/* --- kept files ---------------------------------------------------------------------------- */

static void test_kept(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("hello"));
    for (unsigned i = 0; i < 3; i++) {
        struct reply *r = site_get(&s, "/a.txt", NULL);
        CU_ASSERT_EQUAL(r->status, 200);
        CU_ASSERT_TRUE(r->is_ended);
        BODY_IS(r, "hello");
        CU_ASSERT_EQUAL(r->content_length, 5);
        FIELD_IS(r, "content-type", "text/plain;charset=utf-8");
        FIELD_IS(r, "accept-ranges", "bytes");
        FIELD_IS(r, "last-modified", "Sun, 13 Sep 2020 12:26:41 GMT");
        CU_ASSERT_TRUE(str_has_prefix(reply_field(r, "etag"), STR("\"")));
        reply_free(&r);
    }
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_KEPT_HITS), 2);
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_OPENED), 1);
    CU_ASSERT_TRUE(site_metric(&s, METRIC_FILES_KEPT_BYTES) > 5);
    site_fini(&s);
}

static void test_empty(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "empty", STR(""));
    for (unsigned i = 0; i < 2; i++) {
        struct reply *r = site_get(&s, "/empty", NULL);
        CU_ASSERT_EQUAL(r->status, 200);
        CU_ASSERT_EQUAL(r->content_length, 0);
        CU_ASSERT_TRUE(r->is_ended);
        FIELD_IS(r, "content-type", "application/octet-stream");
        reply_free(&r);
    }
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_KEPT_HITS), 1);
    site_fini(&s);
}

static void test_big(void)
{
    const size_t len = (9u << 20) + 17;
    struct site s;
    site_init(&s, NULL);
    site_write_pattern(&s, "big.bin", len);
    struct reply *r = site_get(&s, "/big.bin", NULL);
    CU_ASSERT_EQUAL(r->status, 200);
    CU_ASSERT_TRUE(r->is_ended);
    CU_ASSERT_TRUE(is_pattern(r, 0, len));
    reply_free(&r);
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_KEPT_BYTES), 0);
    CU_ASSERT_EQUAL(s.loop.worker->account.used, 0);
    site_fini(&s);
}

/* All transfers of a big file share one descriptor, which is closed with the last of them. */
static void test_shared_descriptor(void)
{
    struct site s;
    struct reply *r[8];
    site_init(&s, NULL);
    site_write_pattern(&s, "big.bin", 400000);
    for (size_t i = 0; i < COUNT_OF(r); i++) {
        r[i] = site_ask(&s, METHOD_GET, "/big.bin", NULL);
    }
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_OPENED), 1);
    for (size_t i = 0; i < COUNT_OF(r); i++) {
        CU_ASSERT_TRUE(reply_finish(r[i]));
        CU_ASSERT_TRUE(is_pattern(r[i], 0, 400000));
        reply_free(&r[i]);
    }
    ASK_IS(&s, "/big.bin", 200);
    CU_ASSERT_EQUAL(site_metric(&s, METRIC_FILES_OPENED), 2);
    site_fini(&s);
}

static void test_head(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.html", STR("<p>hello"));
    site_write_pattern(&s, "big.bin", 300000);
    static const char *const range[] = {"range", "bytes=0-1", NULL};
    for (unsigned i = 0; i < 2; i++) {
        struct reply *r = site_head(&s, "/a.html", range);
        CU_ASSERT_EQUAL(r->status, 200); /* only GET knows ranges */
        CU_ASSERT_EQUAL(r->content_length, 8);
        CU_ASSERT_EQUAL(r->body.len, 0);
        CU_ASSERT_TRUE(r->is_ended);
        reply_free(&r);
    }
    struct reply *r = site_head(&s, "/big.bin", NULL);
    CU_ASSERT_EQUAL(r->content_length, 300000);
    CU_ASSERT_EQUAL(r->body.len, 0);
    reply_free(&r);
    site_fini(&s);
}

/* --- conditions and ranges ----------------------------------------------------------------- */

struct condition_row {
    const char *name;
    const char *value; /* NULL: the file's own entity tag */
    unsigned status;
};

static void test_conditions(void)
{
    static const struct condition_row rows[] = {
        {"if-none-match", NULL, 304},
        {"if-none-match", "*", 304},
        {"if-none-match", "\"other\"", 200},
        {"if-match", NULL, 200},
        {"if-match", "*", 200},
        {"if-match", "\"other\"", 412},
        {"if-modified-since", "Sun, 13 Sep 2020 12:26:41 GMT", 304},
        {"if-modified-since", "Sun, 13 Sep 2020 12:26:40 GMT", 200},
        {"if-modified-since", "yesterday", 200},
        {"if-unmodified-since", "Sun, 13 Sep 2020 12:26:41 GMT", 200},
        {"if-unmodified-since", "Sun, 13 Sep 2020 12:26:40 GMT", 412},
    };
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("hello"));
    struct reply *first = site_get(&s, "/a.txt", NULL);
    struct str etag = arena_str(&s.arena, reply_field(first, "etag"));
    reply_free(&first);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *value = rows[i].value != NULL ? rows[i].value : etag.p;
        const char *const fields[] = {rows[i].name, value, NULL};
        struct reply *r = site_get(&s, "/a.txt", fields);
        CU_ASSERT_EQUAL(r->status, rows[i].status);
        if (r->status == 304) {
            CU_ASSERT_TRUE(str_eq(reply_field(r, "etag"), etag));
            FIELD_IS(r, "content-type", "");
            CU_ASSERT_EQUAL(r->body.len, 0);
        }
        reply_free(&r);
    }
    site_fini(&s);
}

struct range_row {
    const char *range;
    unsigned status;
    uint64_t first;
    size_t len;
    const char *said;
};

static void check_ranges(const char *target, const struct range_row *rows, size_t count,
                         size_t file_len)
{
    struct site s;
    site_init(&s, NULL);
    site_write_pattern(&s, target + 1, file_len);
    for (size_t i = 0; i < count; i++) {
        const char *const fields[] = {"range", rows[i].range, NULL};
        struct reply *r = site_get(&s, target, fields);
        CU_ASSERT_EQUAL(r->status, rows[i].status);
        CU_ASSERT_TRUE(str_eq(reply_field(r, "content-range"), str_from(rows[i].said)));
        if (r->status != 416) {
            CU_ASSERT_TRUE(is_pattern(r, rows[i].first, rows[i].len));
            CU_ASSERT_EQUAL(r->content_length, (int64_t)rows[i].len);
        }
        reply_free(&r);
    }
    site_fini(&s);
}

static void test_ranges_kept(void)
{
    static const struct range_row rows[] = {
        {"bytes=0-0", 206, 0, 1, "bytes 0-0/1000"},
        {"bytes=10-19", 206, 10, 10, "bytes 10-19/1000"},
        {"bytes=990-", 206, 990, 10, "bytes 990-999/1000"},
        {"bytes=-5", 206, 995, 5, "bytes 995-999/1000"},
        {"bytes=900-5000", 206, 900, 100, "bytes 900-999/1000"},
        {"bytes=1000-", 416, 0, 0, "bytes */1000"},
        {"bytes=0-1,500-501", 200, 0, 1000, ""},
        {"bytes=5-4", 200, 0, 1000, ""},
        {"lines=0-1", 200, 0, 1000, ""},
    };
    check_ranges("/small.bin", rows, COUNT_OF(rows), 1000);
}

static void test_ranges_pulled(void)
{
    static const struct range_row rows[] = {
        {"bytes=0-0", 206, 0, 1, "bytes 0-0/1000000"},
        {"bytes=131070-400000", 206, 131070, 268931, "bytes 131070-400000/1000000"},
        {"bytes=-1", 206, 999999, 1, "bytes 999999-999999/1000000"},
        {"bytes=1000000-", 416, 0, 0, "bytes */1000000"},
        {"bytes=0-1,500-501", 200, 0, 1000000, ""},
    };
    check_ranges("/big.bin", rows, COUNT_OF(rows), 1000000);
}

static void test_if_range(void)
{
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "a.txt", STR("0123456789"));
    struct reply *r = site_get(&s, "/a.txt", NULL);
    struct str etag = arena_str(&s.arena, reply_field(r, "etag"));
    reply_free(&r);
    const char *const same[] = {"range", "bytes=2-3", "if-range", etag.p, NULL};
    const char *const other[] = {"range", "bytes=2-3", "if-range", "\"other\"", NULL};
    const char *const twice[] = {"range", "bytes=2-3", "range", "bytes=2-3", NULL};
    r = site_get(&s, "/a.txt", same);
    CU_ASSERT_EQUAL(r->status, 206);
    BODY_IS(r, "23");
    reply_free(&r);
    r = site_get(&s, "/a.txt", other);
    CU_ASSERT_EQUAL(r->status, 200);
    reply_free(&r);
    r = site_get(&s, "/a.txt", twice);
    CU_ASSERT_EQUAL(r->status, 200);
    reply_free(&r);
    site_fini(&s);
}

/* --- names --------------------------------------------------------------------------------- */

struct name_row {
    const char *target;
    unsigned status;
};

static void make_traps(struct site *s)
{
    char path[256];
    site_write(s, "../secret.txt", STR("secret"));
    site_write(s, "../root-sibling/secret.txt", STR("secret"));
    site_write(s, "index.html", STR("home"));
    site_write(s, "a.txt", STR("a"));
    site_write(s, "dir/index.html", STR("dir"));
    site_write(s, "dir/b c.txt", STR("b"));
    site_write(s, "noindex/x.txt", STR("x"));
    site_write(s, "percent%2f.txt", STR("p"));
    site_write(s, "back\\slash.txt", STR("b"));
    site_write(s, "question?.txt", STR("q"));
    site_write(s, "\xc3\xa4.txt", STR("umlaut"));
    site_write(s, ".env", STR("secret"));
    site_write(s, ".git/config", STR("secret"));
    site_write(s, "dir/.hidden", STR("secret"));
    site_write(s, "..two/x", STR("secret"));
    site_write(s, ".well-known/acme", STR("ok"));
    site_write(s, ".well-known/.secret", STR("secret"));
    site_write(s, "dir/.well-known/x", STR("secret"));
    site_write(s, ".well-knownx/x", STR("secret"));
    site_link(s, "a.txt", "in.txt");
    site_link(s, "../a.txt", "dir/in-up.txt");
    site_link(s, "dir", "in-dir");
    site_link(s, "../secret.txt", "out.txt");
    site_link(s, "..", "out-dir");
    site_link(s, "/etc/passwd", "absolute.txt");
    site_link(s, "/etc", "absolute");
    site_link(s, "/proc/self/cwd", "magic");
    site_link(s, "dir/../../secret.txt", "sly.txt");
    site_link(s, "dir/../a.txt", "inside-dots.txt");
    site_link(s, "loop-b", "loop-a");
    site_link(s, "loop-a", "loop-b");
    site_link(s, "nowhere", "dangling");
    MUST(mkfifo(site_path(s, "fifo", path), 0644) == 0);
    if (geteuid() == 0) {
        MUST(mknod(site_path(s, "device", path), S_IFCHR | 0644, makedev(1, 5)) == 0);
    }
}

static const struct name_row name_rows[] = {
    {"/", 200},
    {"/a.txt", 200},
    {"//a.txt", 200},
    {"/./a.txt", 200},
    {"/dir/../a.txt", 200},
    {"/%61.txt", 200},
    {"/dir/", 200},
    {"/dir", 301},
    {"/dir/b%20c.txt", 200},
    {"/%C3%A4.txt", 200},
    {"/percent%252f.txt", 200},
    {"/back%5Cslash.txt", 200},
    {"/question%3F.txt", 200},
    {"/in.txt", 200},
    {"/dir/in-up.txt", 200},
    {"/in-dir/", 200},
    {"/in-dir/b%20c.txt", 200},
    {"/inside-dots.txt", 200},
    {"/.well-known/acme", 200},
    {"/%2Ewell-known/acme", 200},
    {"/noindex/", 404},
    {"/noindex", 301},
    {"/missing", 404},
    {"/a.txt/", 404},
    {"/a.txt/x", 404},
    {"/dir/missing/", 404},
    {"/../secret.txt", 400},
    {"/dir/../../secret.txt", 400},
    {"/%2e%2e/secret.txt", 400},
    {"/.%2e/secret.txt", 400},
    {"/dir/%2e%2e/%2e%2e/secret.txt", 400},
    {"/..%2fsecret.txt", 404},
    {"/..%2Fsecret.txt", 404},
    {"/%2e%2e%2fsecret.txt", 404},
    {"/dir%2f..%2f..%2fsecret.txt", 404},
    {"/dir%2fb%20c.txt", 404},
    {"/%2fetc/passwd", 404},
    {"/%2Fetc%2Fpasswd", 404},
    {"/..%5csecret.txt", 404},
    {"/..\\secret.txt", 400},
    {"/a.txt%00", 400},
    {"/%00", 400},
    {"/a.txt%00.html", 400},
    {"/../root-sibling/secret.txt", 400},
    {"/..%252fsecret.txt", 404},
    {"/%252e%252e/secret.txt", 404},
    {"/%c0%ae%c0%ae/secret.txt", 400},
    {"/%e0%80%ae%e0%80%ae/secret.txt", 400},
    {"/....//secret.txt", 404},
    {"/.../secret.txt", 404},
    {"/..;/secret.txt", 404},
    {"/out.txt", 404},
    {"/out-dir/secret.txt", 404},
    {"/out-dir/root/a.txt", 404},
    {"/absolute.txt", 404},
    {"/absolute/passwd", 404},
    {"/magic/etc/passwd", 404},
    {"/sly.txt", 404},
    {"/loop-a", 404},
    {"/dangling", 404},
    {"/fifo", 404},
    {"/device", 404},
    {"/.env", 404},
    {"/%2eenv", 404},
    {"/.git/config", 404},
    {"/.git/", 404},
    {"/.git", 404},
    {"/dir/.hidden", 404},
    {"/..two/x", 404},
    {"/.well-known/.secret", 404},
    {"/dir/.well-known/x", 404},
    {"/.well-knownx/x", 404},
    {"/.well-known/%2e%2e/.env", 404},
};

static void check_names(struct site *s)
{
    for (size_t i = 0; i < COUNT_OF(name_rows); i++) {
        struct reply *r = site_get(s, name_rows[i].target, NULL);
        CU_ASSERT_EQUAL(r->status, name_rows[i].status);
        if (r->status != name_rows[i].status) {
            fprintf(stderr, "%s: %u\n", name_rows[i].target, r->status);
        }
        CU_ASSERT_FALSE(str_eq(buf_str(&r->body), STR("secret")));
        reply_free(&r);
    }
}

static void test_names(void)
{
    struct site s;
    site_init(&s, NULL);
    make_traps(&s);
    check_names(&s); /* by way of the disk */
    check_names(&s); /* and of what is kept by now */
    site_fini(&s);
}

static void test_too_long(void)
{
    char target[6000];
    struct site s;
    site_init(&s, NULL);
    static const size_t lengths[] = {255, 256, 257, 4000, 4095, 4096, 4097, 5990};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        memset(target, 'a', lengths[i]);
        target[0] = '/';
        target[lengths[i]] = '\0';
        ASK_IS(&s, target, 404);
        target[lengths[i] - 1] = '/';
        ASK_IS(&s, target, 404);
    }
    site_fini(&s);
}

static void test_hidden_served(void)
{
    struct files_settings settings = site_settings();
    settings.hidden = FILES_HIDDEN_SERVE;
    struct site s;
    site_init(&s, &settings);
    site_write(&s, ".env", STR("open"));
    ASK_IS(&s, "/.env", 200);
    ASK_IS(&s, "/%2e", 404);
    site_fini(&s);
}

static void test_unreadable(void)
{
    char path[256];
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "locked.txt", STR("locked"));
    MUST(chmod(site_path(&s, "locked.txt", path), 0) == 0);
    site_write(&s, "closed/index.html", STR("in"));
    MUST(chmod(site_path(&s, "closed", path), 0711) == 0);
    MUST(chmod(s.dir, 0755) == 0);
    bool is_root = geteuid() == 0;
    MUST(!is_root || seteuid(65534) == 0);
    ASK_IS(&s, "/locked.txt", 403);
    ASK_IS(&s, "/closed", 301); /* may be entered, not listed */
    ASK_IS(&s, "/closed/", 200);
    MUST(!is_root || seteuid(0) == 0);
    site_fini(&s);
}

struct location_row {
    const char *target;
    const char *location;
};

static void test_redirect(void)
{
    static const struct location_row rows[] = {
        {"/dir", "/dir/"},
        {"/dir?a=b&c=//x", "/dir/?a=b&c=//x"},
        {"/dir?", "/dir/?"},
        {"//dir", "/dir/"},
        {"///evil.example", "/evil.example/"},
        {"/%5Cevil.example", "/%5Cevil.example/"},
        {"/b%20c", "/b%20c/"},
    };
    struct site s;
    site_init(&s, NULL);
    site_write(&s, "dir/x", STR("x"));
    site_write(&s, "evil.example/x", STR("x"));
    site_write(&s, "\\evil.example/x", STR("x"));
    site_write(&s, "b c/x", STR("x"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reply *r = site_get(&s, rows[i].target, NULL);
        CU_ASSERT_EQUAL(r->status, 301);
        CU_ASSERT_TRUE(str_eq(reply_field(r, "location"), str_from(rows[i].location)));
        CU_ASSERT_TRUE(r->is_ended);
        reply_free(&r);
    }
    site_fini(&s);
}

static void test_index(void)
{
    static struct str names[] = {STR_LIT("index.htm"), STR_LIT("home.txt")};
    struct files_settings settings = site_settings();
    settings.index = (struct setting_list){.items = names, .count = 2};
    struct site s;
    site_init(&s, &settings);
    site_write(&s, "a/index.htm", STR("first"));
    site_write(&s, "a/home.txt", STR("second"));
    site_write(&s, "b/home.txt", STR("second"));
    site_write(&s, "c/index.htm/x", STR("a directory"));
    site_write(&s, "c/home.txt", STR("second"));
    struct reply *r = site_get(&s, "/a/", NULL);
    BODY_IS(r, "first");
    FIELD_IS(r, "content-type", "text/html;charset=utf-8");
    reply_free(&r);
    r = site_get(&s, "/b/", NULL);
    BODY_IS(r, "second");
    FIELD_IS(r, "content-type", "text/plain;charset=utf-8");
    reply_free(&r);
    r = site_get(&s, "/c/", NULL);
    BODY_IS(r, "second");
    reply_free(&r);
    site_fini(&s);
}

static const struct suite_test tests[] = {
    {"files", "keeps small files", test_kept},
    {"files", "sends empty files", test_empty},
    {"files", "sends big files", test_big},
    {"files", "shares the descriptor of a big file", test_shared_descriptor},
    {"files", "answers HEAD", test_head},
    {"files", "answers conditions", test_conditions},
    {"files", "sends ranges of kept files", test_ranges_kept},
    {"files", "sends ranges of big files", test_ranges_pulled},
    {"files", "respects If-Range", test_if_range},
    {"files", "serves nothing outside and nothing hidden", test_names},
    {"files", "survives long names", test_too_long},
    {"files", "serves hidden files when told to", test_hidden_served},
    {"files", "says 403 for what it may not read", test_unreadable},
    {"files", "redirects to directories", test_redirect},
    {"files", "finds the index", test_index},
};

const struct suite_table files_tests = SUITE_TABLE(tests);
