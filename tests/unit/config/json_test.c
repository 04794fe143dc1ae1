#include <CUnit/CUnit.h>

#include "base/check.h"
#include "config/effective.h"
#include "unit/config/reading.h"
#include "unit/config/tables.h"

static void print_effective(const char *text, struct buf *out)
{
    struct reading r;

    reading_init(&r, str_from(text));
    CU_ASSERT_STRING_EQUAL(r.printed.data, "");
    if (r.err == ERR_OK) {
        CU_ASSERT_EQUAL(effective_print(&sample_table, r.config.settings, out), ERR_OK);
    }
    reading_fini(&r);
}

static void test_same(void)
{
    static const char yaml[] = "listeners:\n"
                               "- address: \"0.0.0.0:1\"\n"
                               "  tls:\n"
                               "    certificates:\n"
                               "    - cert: a/b\n"
                               "      key: 'it''s'\n"
                               "routes:\n"
                               "- respond: {status: 204, headers: {a: \"x\xF0\x9F\x98\x80y\"}}\n"
                               "- {coalesce: true, files: {root: /}}\n"
                               "limits: {most: 12, body: 2MiB}\n"
                               "ratio: 2.5\n";
    static const char json[] =
        "\n \t\r\n\t{\"listeners\":[{\"address\":\"0.0.0.0:1\",\n"
        "\t\"tls\":{\"certificates\":[{\"cert\":\"a\\/b\",\"key\":\"it\\u0027s\"}]}}],\r\n"
        "\t\"routes\" : [ {\"respond\":{\"status\":204,\"headers\":{\"a\":\"x\\uD83d\\ude00y\"}}},\n"
        "\t{\"coalesce\":true,\"files\":{\"root\":\"\\u002f\"}}\n],"
        "\"limits\":{\"most\":12,\"body\":\"2MiB\"},\"ratio\":2.5}\n\t\n";
    struct buf a;
    struct buf b;

    buf_init(&a, 65536);
    buf_init(&b, 65536);
    print_effective(yaml, &a);
    print_effective(json, &b);
    CU_ASSERT(a.len > 100);
    CU_ASSERT(str_eq(buf_str(&a), buf_str(&b)));
    buf_fini(&a);
    buf_fini(&b);
}

struct text_case {
    struct str yaml;
    struct str value;
};

static void test_texts(void)
{
    static const struct text_case cases[] = {
        {STR_LIT("user: \"\\uD83D\\uDE00\""), STR_LIT("\xF0\x9F\x98\x80")},
        {STR_LIT("user: \"a\\uD83D\\uDE00b\\uDBFF\\uDFFF\""), STR_LIT("a\xF0\x9F\x98\x80"
                                                                      "b\xF4\x8F\xBF\xBF")},
        {STR_LIT("user: \"\\uD800\\uDC00\""), STR_LIT("\xF0\x90\x80\x80")},
        {STR_LIT("user: \"\\\\uD83D\\\\uDE00\""), STR_LIT("\\uD83D\\uDE00")},
        {STR_LIT("user: \"\\\\\\uD83D\\uDE00\""), STR_LIT("\\\xF0\x9F\x98\x80")},
        {STR_LIT("user: \"\\uFFFD\\u20AC\\u00e9\\x41\""), STR_LIT("\xEF\xBF\xBD\xE2\x82\xAC\xC3\xA9"
                                                                  "A")},
        /* Outside double quotes a backslash is a backslash. */
        {STR_LIT("user: '\\uD83D\\uDE00'"), STR_LIT("\\uD83D\\uDE00")},
        {STR_LIT("user: \\uD83D"), STR_LIT("\\uD83D")},
        {STR_LIT("user: a\\uDE00 # \"\\uD83D\""), STR_LIT("a\\uDE00")},
        {STR_LIT("user: |\n  \\uD83D\"\n"), STR_LIT("\\uD83D\"\n")},
        /* The marks are never what the text has already. */
        {STR_LIT("user: \"\xEE\x80\x80\\uE001\\uD83D\\uDE00\\U0000e002\""),
         STR_LIT("\xEE\x80\x80\xEE\x80\x81\xF0\x9F\x98\x80\xEE\x80\x82")},
        /* YAML 1.2 and JSON: no line breaks. */
        {STR_LIT("user: \"a \xE2\x80\xA8 b\xE2\x80\xA9"
                 "c\xC2\x85"
                 "d\""),
         STR_LIT("a \xE2\x80\xA8 b\xE2\x80\xA9"
                 "c\xC2\x85"
                 "d")},
        {STR_LIT("user: a\xE2\x80\xA8 b"), STR_LIT("a\xE2\x80\xA8 b")},
        {STR_LIT("\xEF\xBB\xBFuser: bom"), STR_LIT("bom")},
        {STR_LIT("user: no"), STR_LIT("no")},
        {STR_LIT("user: 0755"), STR_LIT("0755")},
        {STR_LIT("user: 'null'"), STR_LIT("null")},
        {STR_LIT("user: ''"), STR_LIT("")},
        {STR_LIT("user: ! x"), STR_LIT("x")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading r;
        reading_init(&r, cases[i].yaml);
        CU_ASSERT_STRING_EQUAL(r.printed.data, "");
        const struct sample *s = reading_sample(&r);
        CU_ASSERT(s != NULL && str_eq(s->user, cases[i].value));
        reading_fini(&r);
    }
}

#define HALF "half of a \\u pair; a character beyond U+FFFF takes both, such as \\ud83d\\ude00\n"

static void test_halves(void)
{
    static const struct reading_case cases[] = {
        {"user: \"\\uD83D\"", "1:7: " HALF},
        {"user: \"\\uDE00\"", "1:7: " HALF},
        {"user: \"\\uDE00\\uD83D\"", "1:7: " HALF},
        {"user: \"\\uD83D\\uD83D\\uDE00\"", "1:7: " HALF},
        {"user: \"\\uD83Dx\\uDE00\"", "1:7: " HALF},
        {"user: \"\\uD83D\\\\uDE00\"", "1:7: " HALF},
        {"user: \"\\uD83D\\u0041\"", "1:7: " HALF},
        {"{\"user\":\n  \"a\\udfff\",\n \"x\": 1}",
         "2:3: " HALF "3:2: unknown key 'x'; known here: listeners, upstreams, routes, limits, "
         "user, secret, ports, ratio\n"},
        /* Positions behind what was hidden are those of the file. */
        {"{\"user\": \"\\uD83D\\uDE00\", \"y\": 1}",
         "1:26: unknown key 'y'; known here: listeners, upstreams, routes, limits, user, secret, "
         "ports, ratio\n"},
        {"\n\t {\"ratio\": -1,\n\"ratio\": 2}", "2:13: ratio: '-1' is not a number such as 2 or "
                                                "0.5\n3:1: key 'ratio' stands twice; the first "
                                                "is at 2:4\n"},
        {"user: \"\xE2\x80\xA8\"\nratio: x", "2:8: ratio: 'x' is not a number such as 2 or 0.5\n"},
    };
    reading_assert_faults(cases, COUNT_OF(cases));
}

/* Six thousand characters and four more leave no mark to hide behind. */
static void test_no_marks_left(void)
{
    struct buf text;

    buf_init(&text, 1 << 16);
    MUST(buf_add(&text, STR("user: \"")) == ERR_OK);
    for (unsigned c = 0xE000; c < 0xF8FF - 3; c++) {
        char utf8[] = {(char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3F)),
                       (char)(0x80 | (c & 0x3F))};
        MUST(buf_add(&text, str_of(utf8, sizeof(utf8))) == ERR_OK);
    }
    size_t len = text.len;
    MUST(buf_add(&text, STR("\\uD83D\\uDE00\"")) == ERR_OK);
    reading_assert_text(buf_str(&text), "");
    text.len = len;
    MUST(buf_add(&text, STR("\\uF8FE\\uD83D\\uDE00\"")) == ERR_OK);
    reading_assert_text(buf_str(&text), ": uses every private-use character of Unicode; leave "
                                        "some for the reader\n");
    buf_fini(&text);
}

static const struct suite_test tests[] = {
    {"json", "the same as YAML", test_same},
    {"json", "text and its escapes", test_texts},
    {"json", "half a surrogate pair", test_halves},
    {"json", "no character left for the reader", test_no_marks_left},
};

const struct suite_table json_tests = SUITE_TABLE(tests);
