#include <stdio.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "handler/mime.h"
#include "handler/mime_globs.h"
#include "handler/mime_web.h"
#include "unit/handler/tables.h"

struct type_row {
    const char *name;
    const char *type;
};

static void check_type(struct str type, const struct type_row *row)
{
    bool is_right = str_eq(type, str_from(row->type));
    CU_ASSERT_TRUE(is_right);
    if (!is_right) {
        fprintf(stderr, "%s: %.*s\n", row->name, STR_ARGS(type));
    }
}

static void test_web(void)
{
    static const struct type_row rows[] = {
        {"index.html", "text/html"},
        {"INDEX.HTML", "text/html"},
        {"a.b.css", "text/css"},
        {"app.js", "text/javascript"},
        {"app.mjs", "text/javascript"},
        {"app.js.map", "application/json"},
        {"data.json", "application/json"},
        {"m.wasm", "application/wasm"},
        {"i.svg", "image/svg+xml"},
        {"f.woff2", "font/woff2"},
        {"favicon.ico", "image/vnd.microsoft.icon"},
        {"site.webmanifest", "application/manifest+json"},
        {"7z.7z", "application/x-7z-compressed"},
        {"z.zst", "application/zstd"},
        {"noextension", MIME_UNKNOWN},
        {"trailing.", MIME_UNKNOWN},
        {"x.averyveryverylongextension", MIME_UNKNOWN},
        {"", MIME_UNKNOWN},
    };
    struct mime *m = mime_new(NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_type(mime_type(m, str_from(rows[i].name)), &rows[i]);
    }
    mime_free(&m);
    mime_free(&m);
}

static const char globs_text[] = "# a comment\n"
                                 "50:application/x-compressed-tar:*.tar.gz\n"
                                 "50:application/gzip2:*.gz2\n"
                                 "50:application/x-tgz2:*.tar.gz2\n"
                                 "60:text/x-heavy:*.gz9\n"
                                 "50:text/x-light:*.tar.gz9\n"
                                 "50:text/x-c++src:*.C:cs\n"
                                 "50:text/x-csrc:*.c\n"
                                 "50:text/x-makefile:makefile\n"
                                 "50:text/x-readme:readme*\n"
                                 "50:application/x-troff-man:*.[1-9]\n"
                                 "10:text/x-late:*.dup\n"
                                 "50:text/x-first:*.dup\n"
                                 "50:text/x-second:*.dup\n"
                                 "broken line\n"
                                 "x:text/x-bad:*.bad\n"
                                 "50::*.bad\n"
                                 "50:text/x-bad:\n"
                                 "50:text/x-last:*.last";

static void test_globs(void)
{
    static const struct type_row rows[] = {
        {"a.tar.gz", "application/x-compressed-tar"},
        {"a.TAR.GZ", "application/x-compressed-tar"},
        {"a.gz2", "application/gzip2"},
        {"a.tar.gz2", "application/x-tgz2"}, /* the longer one */
        {"a.tar.gz9", "text/x-heavy"},       /* the heavier one */
        {"a.C", "text/x-c++src"},
        {"a.c", "text/x-csrc"},
        {"Makefile", "text/x-makefile"},
        {"README.old", "text/x-readme"},
        {"ls.1", "application/x-troff-man"},
        {"a.dup", "text/x-first"},
        {"a.bad", ""},
        {"a.last", "text/x-last"},
        {"nothing", ""},
    };
    struct mime_globs *g = mime_globs_parse(str_of(globs_text, sizeof(globs_text) - 1));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_type(mime_globs_type(g, str_from(rows[i].name)), &rows[i]);
    }
    mime_globs_free(&g);
}

static void test_no_database(void)
{
    struct mime *m = mime_new("/nowhere/globs2");
    CU_ASSERT_TRUE(str_eq(mime_type(m, STR("a.css")), STR("text/css")));
    mime_free(&m);
    struct mime_globs *g = NULL;
    CU_ASSERT_EQUAL(mime_globs_load("/nowhere/globs2", &g), ERR_NOT_FOUND);
}

/* All rows of the table are found: it is in order. */
static void test_order(void)
{
    static const char *const samples[] = {
        "7z",   "aac",   "apng", "bz2",  "cjs",  "html", "ico",  "jxl",         "m3u8",
        "mp4",  "ogg",   "otf",  "pptx", "svgz", "ttc",  "webm", "webmanifest", "webp",
        "woff", "woff2", "xz",   "yaml", "yml",  "zip",  "zst"};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        CU_ASSERT_TRUE(mime_web_type(str_from(samples[i])).len > 0);
    }
}

static const struct suite_test tests[] = {
    {"mime", "knows the web's types", test_web},
    {"mime", "reads the system's globs", test_globs},
    {"mime", "does without a database", test_no_database},
    {"mime", "has its table in order", test_order},
};

const struct suite_table mime_tests = SUITE_TABLE(tests);
