#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/random.h"
#include "telemetry/json_text.h"
#include "unit/telemetry/tables.h"

static struct str escape(char *out, struct str text, size_t max)
{
    return str_of(out, (size_t)(json_text_put(out, text, max) - out));
}

static void test_escapes(void)
{
    static const struct {
        struct str in;
        struct str out;
    } rows[] = {
        {STR_LIT(""), STR_LIT("")},
        {STR_LIT("/plain~ !#[]"), STR_LIT("/plain~ !#[]")},
        {STR_LIT("\""), STR_LIT("\\\"")},
        {STR_LIT("\\"), STR_LIT("\\\\")},
        {STR_LIT("a\",\"status\":500,\"b\":\""),
         STR_LIT("a\\\",\\\"status\\\":500,\\\"b\\\":\\\"")},
        {STR_LIT("12345678\n"), STR_LIT("12345678\\u000a")},
        {STR_LIT("\r\n\t\0"), STR_LIT("\\u000d\\u000a\\u0009\\u0000")},
        {STR_LIT("\x1b[2J\x7f"), STR_LIT("\\u001b[2J\\u007f")},
        {STR_LIT("\xc3\xa9"), STR_LIT("\\u00e9")},
        {STR_LIT("\xe2\x82\xac"), STR_LIT("\\u20ac")},
        {STR_LIT("\xf0\x9f\x98\x80"), STR_LIT("\\ud83d\\ude00")},
        {STR_LIT("\xf4\x8f\xbf\xbf"), STR_LIT("\\udbff\\udfff")},
        {STR_LIT("\xc2\x9b"), STR_LIT("\\u009b")},                        /* CSI of terminals */
        {STR_LIT("\xe2\x80\xa8\xe2\x80\xae"), STR_LIT("\\u2028\\u202e")}, /* ends, turns lines */
        {STR_LIT("\xe9"), STR_LIT("\\u00e9")},                            /* not UTF-8 */
        {STR_LIT("\xff\xfe"), STR_LIT("\\u00ff\\u00fe")},
        {STR_LIT("\xc0\xaf"), STR_LIT("\\u00c0\\u00af")},            /* overlong */
        {STR_LIT("\xed\xa0\x80"), STR_LIT("\\u00ed\\u00a0\\u0080")}, /* a surrogate */
        {STR_LIT("\xf4\x90\x80\x80"), STR_LIT("\\u00f4\\u0090\\u0080\\u0080")},
        {STR_LIT("\xe2\x82"), STR_LIT("\\u00e2\\u0082")}, /* ends too early */
        {STR_LIT("\xe2\x82\""), STR_LIT("\\u00e2\\u0082\\\"")},
        {STR_LIT("\xc3"), STR_LIT("\\u00c3")},
    };

    char out[256];

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CU_ASSERT(str_eq(escape(out, rows[i].in, 200), rows[i].out));
    }
}

/* As a JSON string read back. */
static json_t *read_back(struct str escaped)
{
    char text[1024];
    int len = snprintf(text, sizeof(text), "\"%.*s\"", STR_ARGS(escaped));

    MUST(len > 0 && (size_t)len < sizeof(text));
    return json_loadb(text, (size_t)len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

static bool is_printable(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < 0x20 || s.p[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

/* What a byte alone is to be read as. */
static struct str meaning_of(unsigned byte, char out[static 2])
{
    if (byte < 0x80) {
        out[0] = (char)byte;
        return str_of(out, 1);
    }
    out[0] = (char)(0xc0 | byte >> 6);
    out[1] = (char)(0x80 | (byte & 0x3f));
    return str_of(out, 2);
}

/* Each byte at each place: what looks at eight bytes at once must not miss one. */
static void test_every_byte(void)
{
    char in[20];
    char out[256];
    char meant[2];

    for (unsigned i = 0; i < sizeof(in) * 256; i++) {
        size_t place = i / 256;
        memset(in, 'a', sizeof(in));
        in[place] = (char)(i % 256);
        struct str escaped = escape(out, str_of(in, sizeof(in)), 200);
        struct str meaning = meaning_of(i % 256, meant);
        CU_ASSERT(is_printable(escaped));
        json_t *back = read_back(escaped);
        CU_ASSERT_FATAL(json_string_length(back) == sizeof(in) - 1 + meaning.len);
        CU_ASSERT(memcmp(json_string_value(back) + place, meaning.p, meaning.len) == 0);
        json_decref(back);
    }
}

static void test_cut(void)
{
    static const struct {
        struct str in;
        size_t max;
        struct str out;
    } rows[] = {
        {STR_LIT("12345678"), 9, STR_LIT("12345678")},
        {STR_LIT("12345678"), 8, STR_LIT("12345678")},
        {STR_LIT("12345678"), 7, STR_LIT("1\\u2026")},
        {STR_LIT("12345678"), 6, STR_LIT("\\u2026")},
        {STR_LIT("123456\""), 8, STR_LIT("123456\\\"")},
        {STR_LIT("123456\""), 7, STR_LIT("1\\u2026")},
        {STR_LIT("\"\"\"\"1"), 9, STR_LIT("\\\"\\\"\\\"\\\"1")},
        {STR_LIT("\"\"\"\"1"), 8, STR_LIT("\\\"\\u2026")},
        {STR_LIT("\xf0\x9f\x98\x80"), 12, STR_LIT("\\ud83d\\ude00")},
        {STR_LIT("\xf0\x9f\x98\x80"), 11, STR_LIT("\\u2026")},
        {STR_LIT("a\xf0\x9f\x98\x80"), 12, STR_LIT("a\\u2026")},
    };

    char out[64];

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CU_ASSERT(str_eq(escape(out, rows[i].in, rows[i].max), rows[i].out));
    }
}

/* Whatever is sent: within the bound, one JSON string, nothing written behind it. */
static void test_anything(void)
{
    static const char alphabet[] = "aaaa\"\\\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff\0/";
    struct random random;
    char in[64];
    char out[128];

    random_init(&random, 1);
    for (unsigned i = 0; i < 20000; i++) {
        size_t len = random_below(&random, sizeof(in) + 1);
        size_t max = JSON_TEXT_CUT_LEN + random_below(&random, 100);
        for (size_t k = 0; k < len; k++) {
            in[k] = alphabet[random_below(&random, sizeof(alphabet) - 1)];
        }
        memset(out, '~', sizeof(out));
        struct str escaped = escape(out, str_of(in, len), max);
        CU_ASSERT_FATAL(escaped.len <= max && is_printable(escaped));
        CU_ASSERT_EQUAL(out[max], '~');
        json_t *back = read_back(escaped);
        CU_ASSERT_FATAL(json_is_string(back));
        json_decref(back);
    }
}

static const struct suite_test tests[] = {
    {"json_text", "escapes what could break out", test_escapes},
    {"json_text", "misses no byte at any place", test_every_byte},
    {"json_text", "cuts between characters, and says so", test_cut},
    {"json_text", "keeps to its bound whatever comes", test_anything},
};

const struct suite_table json_text_tests = SUITE_TABLE(tests);
