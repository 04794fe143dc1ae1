#include <CUnit/CUnit.h>

#include "base/check.h"
#include "config/effective.h"
#include "unit/config/reading.h"
#include "unit/config/tables.h"

static void print_of(struct str text, struct buf *out)
{
    struct reading r;

    reading_init(&r, text);
    CU_ASSERT_STRING_EQUAL(r.printed.data, "");
    if (r.err == ERR_OK) {
        CU_ASSERT_EQUAL(effective_print(&sample_table, r.config.settings, out), ERR_OK);
    }
    reading_fini(&r);
}

static void test_defaults(void)
{
    struct buf out;

    buf_init(&out, 65536);
    print_of(STR("{secret: x, listeners: [{address: a}], upstreams: {'a b': {endpoints: u}}}"),
             &out);
    CU_ASSERT(str_eq(buf_str(&out), STR("listeners:\n"
                                        "  - address: \"a\"\n"
                                        "upstreams:\n"
                                        "  \"a b\":\n"
                                        "    endpoints:\n"
                                        "      - url: \"u\"\n"
                                        "        weight: 1\n"
                                        "    balance: round_robin\n"
                                        "    error_rate: 50%\n"
                                        "limits:\n"
                                        "  connections: 1024\n"
                                        "  body: 1MiB\n"
                                        "  least: 0\n"
                                        "  most: 10\n"
                                        "secret: \"(secret)\"\n"
                                        "ports:\n"
                                        "  - 80\n"
                                        "  - 443\n"
                                        "ratio: 1.5\n")));
    buf_fini(&out);
}

static void assert_round_trip(struct str text)
{
    struct buf first;
    struct buf second;

    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    print_of(text, &first);
    print_of(buf_str(&first), &second);
    CU_ASSERT(first.len > 0);
    CU_ASSERT(str_eq(buf_str(&first), buf_str(&second)));
    buf_fini(&first);
    buf_fini(&second);
}

static void test_round_trip(void)
{
    static const char *const texts[] = {
        "{}",
        "ports: []",
        "ports: [1, 2, 3]\nratio: 0.3",
        "user: \"\\x01\\e\\n\\t \\\"\\\\ \\x7f \\x9b \\u2028 \\uFEFF \\uFFFE \\uD83D\\uDE00 null\"",
        "user: '*a'",
        "user: 'null'",
        "user: ''",
        "limits: {body: 1025B, least: -5, most: 9223372036854775807}",
        "upstreams: {null: {endpoints: [a, {url: b, weight: 3}], error_rate: 33.3%}, 'a: b': "
        "{endpoints: c}, \"\\u00e9\\uFEFF\": {endpoints: d}, <: {endpoints: e}}",
        "listeners: [{address: a, tls: {certificates: [{cert: c, key: k}, {cert: d, key: /l}], "
        "handshake_timeout: 1234567us}}, {address: b}]",
        "routes: [{files: ./a, coalesce: true}, {respond: {}}, {respond: {status: 500, headers: "
        "{a: b, x-c: ''}}}]",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_round_trip(str_from(texts[i]));
    }
}

static void test_full(void)
{
    struct reading r;
    struct buf out;

    reading_init(&r, STR("{}"));
    for (size_t ceiling = 0; ceiling < 90; ceiling++) {
        buf_init(&out, ceiling);
        CU_ASSERT_EQUAL(effective_print(&sample_table, r.config.settings, &out), ERR_FULL);
        CU_ASSERT(out.len <= ceiling);
        buf_fini(&out);
    }
    reading_fini(&r);
}

static const struct suite_test tests[] = {
    {"effective", "defaults written out, secrets not", test_defaults},
    {"effective", "reads back to the same", test_round_trip},
    {"effective", "a full buffer", test_full},
};

const struct suite_table effective_tests = SUITE_TABLE(tests);
