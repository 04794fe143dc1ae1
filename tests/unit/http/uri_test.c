#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/uri.h"
#include "unit/http/tables.h"

/* `normal` is NULL for an error. */
struct row {
    const char *path;
    const char *normal;
};

static const struct row rows[] = {
    /* rule 1 */
    {"/", "/"},
    {"/a", "/a"},
    {"/a/b.css", "/a/b.css"},
    {"", NULL},
    {"a", NULL},
    {"*", NULL},
    {"http://a/", NULL},
    {"?a", NULL},
    {"%2F", NULL},
    /* rule 3 */
    {"/a b", NULL},
    {"/a\tb", NULL},
    {"/a\nb", NULL},
    {"/a\x7f", NULL},
    {"/a\x01", NULL},
    {"/a\\b", NULL},
    {"/a#b", NULL},
    {"/\xc3\xa9", NULL},
    {"/\xff", NULL},
    {"/%", NULL},
    {"/%2", NULL},
    {"/%2/", NULL},
    {"/%g0", NULL},
    {"/%0g", NULL},
    {"/%%20", NULL},
    {"/%25%", NULL},
    {"/%00", NULL},
    {"/a%00.css", NULL},
    {"/%c3", NULL},
    {"/%c3/%a9", NULL},
    {"/%c3a", NULL},
    {"/%c3%41", NULL},
    {"/%a9", NULL},
    {"/%80", NULL},
    {"/%c0%af", NULL},
    {"/%c0%ae%c0%ae/", NULL},
    {"/%c1%81", NULL},
    {"/%e0%80%af", NULL},
    {"/%e0%9f%bf", NULL},
    {"/%f0%80%80%af", NULL},
    {"/%f0%8f%bf%bf", NULL},
    {"/%ed%a0%80", NULL},
    {"/%ed%bf%bf", NULL},
    {"/%f4%90%80%80", NULL},
    {"/%f5%80%80%80", NULL},
    {"/%fe", NULL},
    {"/%ff", NULL},
    {"/%e2%82", NULL},
    {"/%e2%82/%ac", NULL},
    {"/%f0%9f%98", NULL},
    {"/%c3%a9", "/%C3%A9"},
    {"/%C3%a9%41", "/%C3%A9A"},
    {"/%e2%82%ac", "/%E2%82%AC"},
    {"/%ed%9f%bf", "/%ED%9F%BF"},
    {"/%ee%80%80", "/%EE%80%80"},
    {"/%f0%9f%98%80", "/%F0%9F%98%80"},
    {"/%f4%8f%bf%bf", "/%F4%8F%BF%BF"},
    /* rule 4 */
    {"/%41%7a%30%2d%2E%5f%7E", "/Az0-._~"},
    {"/%2dx", "/-x"},
    /* rule 5 */
    {"/%2f", "/%2F"},
    {"/a%2Fb", "/a%2Fb"},
    {"/a%2f%2fb", "/a%2F%2Fb"},
    {"/%2e%2e%2f", "/..%2F"},
    {"/a/..%2f..%2fetc", "/a/..%2F..%2Fetc"},
    {"/%20%21%22", "/%20%21%22"},
    {"/%5c", "/%5C"},
    {"/%3f%23", "/%3F%23"},
    {"/%25", "/%25"},
    {"/%252e%252e/", "/%252e%252e/"},
    {"/%252F", "/%252F"},
    {"/%0a%7f", "/%0A%7F"},
    {"/!$&'()*+,;=:@", "/!$&'()*+,;=:@"},
    {"/%3a%40%3B", "/%3A%40%3B"},
    /* rule 6 */
    {"/\"<>[]^`{|}", "/%22%3C%3E%5B%5D%5E%60%7B%7C%7D"},
    {"/[%5b", "/%5B%5B"},
    /* rule 7 */
    {"//", "/"},
    {"///", "/"},
    {"//a", "/a"},
    {"/a//b", "/a/b"},
    {"/a//", "/a/"},
    {"//evil.example/x", "/evil.example/x"},
    /* rule 8 */
    {"/.", "/"},
    {"/./", "/"},
    {"/./.", "/"},
    {"/a/.", "/a/"},
    {"/a/./b", "/a/b"},
    {"/a/..", "/"},
    {"/a/../", "/"},
    {"/a/b/..", "/a/"},
    {"/a/b/../c", "/a/c"},
    {"/a/b/../../c", "/c"},
    {"/a//../b", "/b"},
    {"/a/.//../b", "/b"},
    {"/a/%2e%2E/b", "/b"},
    {"/a/.%2e/b", "/b"},
    {"/a/%2e/b", "/a/b"},
    {"/..", NULL},
    {"/../", NULL},
    {"/../a", NULL},
    {"/a/../..", NULL},
    {"/a/../../b", NULL},
    {"/./..", NULL},
    {"//..", NULL},
    {"/%2e%2e/etc/passwd", NULL},
    {"/.%2E", NULL},
    {"/...", "/..."},
    {"/..a", "/..a"},
    {"/a..", "/a.."},
    {"/.a", "/.a"},
    {"/..;/a", "/..;/a"},
    {"/.well-known/acme", "/.well-known/acme"},
    {"/a/.../b", "/a/.../b"},
};

static void test_normal_form(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str path = str_from(rows[i].path);
        struct str normal = STR("");
        enum err e = uri_normalise_path(path, &a, &normal);
        if (rows[i].normal == NULL) {
            row_holds(e == ERR_SYNTAX, path);
            continue;
        }
        row_holds(e == ERR_OK && str_eq(normal, str_from(rows[i].normal)), path);
        struct str again = STR("");
        e = uri_normalise_path(normal, &a, &again);
        row_holds(e == ERR_OK && str_eq(again, normal), normal);
    }
    arena_fini(&a);
}

static void test_every_byte(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    static const char refused[] = "#?\\";
    for (unsigned c = 0; c < 256; c++) {
        char raw[] = {'/', 'a', (char)c, 'b'};
        struct str normal;
        bool is_good = c > 0x20 && c < 0x7f && strchr(refused, (int)c) == NULL && c != '%';
        enum err e = uri_normalise_path(str_of(raw, sizeof(raw)), &a, &normal);
        row_holds((e == ERR_OK) == is_good, str_of(raw, sizeof(raw)));
        struct str escape = arena_printf(&a, "/%%%02x", c);
        e = uri_normalise_path(escape, &a, &normal);
        row_holds((e == ERR_OK) == (c > 0 && c < 0x80), escape);
    }
    arena_fini(&a);
}

static void test_nul_byte(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    struct str normal;
    CU_ASSERT_EQUAL(uri_normalise_path(STR("/a\0b"), &a, &normal), ERR_SYNTAX);
    CU_ASSERT_EQUAL(uri_normalise_path(str_of(NULL, 0), &a, &normal), ERR_SYNTAX);
    arena_fini(&a);
}

/* What is normal already is not copied. */
static void test_no_copy(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    struct str target = STR("/styles/site.css?v=3");
    struct uri_target out;
    CU_ASSERT_EQUAL(uri_parse_target(target, METHOD_GET, &a, &out), ERR_OK);
    CU_ASSERT(out.path.p == target.p);
    CU_ASSERT(str_eq(out.path, STR("/styles/site.css")));
    CU_ASSERT(out.query.p == target.p + 17);
    arena_fini(&a);
}

static void test_longest(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);

    enum {
        LEN = 65536
    };

    char *text = arena_alloc(&a, LEN);
    memset(text, '|', LEN);
    text[0] = '/';
    struct str normal = STR("");
    CU_ASSERT_EQUAL(uri_normalise_path(str_of(text, LEN), &a, &normal), ERR_OK);
    CU_ASSERT_EQUAL(normal.len, 1 + 3 * (LEN - 1));
    memset(text, '/', LEN);
    CU_ASSERT_EQUAL(uri_normalise_path(str_of(text, LEN), &a, &normal), ERR_OK);
    CU_ASSERT(str_eq(normal, STR("/")));
    for (size_t i = 0; i < LEN; i++) {
        text[i] = "/a/.."[i % 5];
    }
    CU_ASSERT_EQUAL(uri_normalise_path(str_of(text, LEN / 5 * 5), &a, &normal), ERR_OK);
    CU_ASSERT(str_eq(normal, STR("/")));
    arena_fini(&a);
}

static void test_targets(void)
{
    static const struct {
        const char *target;
        enum method method;
        const char *path; /* NULL: an error */
        const char *query;
    } targets[] = {
        {"/", METHOD_GET, "/", NULL},
        {"/?", METHOD_GET, "/", ""},
        {"/a?b", METHOD_GET, "/a", "b"},
        {"/a?b?c", METHOD_GET, "/a", "b?c"},
        {"/a/../b?x=/../y//z", METHOD_GET, "/b", "x=/../y//z"},
        {"/a?%zz|[]\\", METHOD_GET, "/a", "%zz|[]\\"},
        {"/a?b c", METHOD_GET, NULL, NULL},
        {"/a?b#c", METHOD_GET, NULL, NULL},
        {"/a?\xc3\xa9", METHOD_GET, NULL, NULL},
        {"/a?\x7f", METHOD_GET, NULL, NULL},
        {"/a#b?c", METHOD_GET, NULL, NULL},
        {"/..?a", METHOD_GET, NULL, NULL},
        {"*", METHOD_OPTIONS, "*", NULL},
        {"*", METHOD_GET, NULL, NULL},
        {"*?a", METHOD_OPTIONS, NULL, NULL},
        {"/*", METHOD_OPTIONS, "/*", NULL},
        {"", METHOD_OPTIONS, NULL, NULL},
        {"host:443", METHOD_CONNECT, NULL, NULL},
    };
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        struct str target = str_from(targets[i].target);
        struct uri_target out;
        enum err e = uri_parse_target(target, targets[i].method, &a, &out);
        row_holds((e == ERR_OK) == (targets[i].path != NULL), target);
        if (e == ERR_OK && targets[i].path != NULL) {
            row_holds(str_eq(out.path, str_from(targets[i].path)), target);
            bool has_query = targets[i].query != NULL;
            row_holds((out.query.p != NULL) == has_query, target);
            row_holds(!has_query || out.query.p == NULL ||
                          str_eq(out.query, str_from(targets[i].query)),
                      target);
        }
    }
    arena_fini(&a);
}

static void test_decode(void)
{
    static const struct {
        struct str in;
        enum uri_decoding decoding;
        enum err err;
        struct str out;
    } cases[] = {
        {STR_LIT("plain"), URI_DECODE_FILE, ERR_OK, STR_LIT("plain")},
        {STR_LIT("/a%20b/%C3%A9"), URI_DECODE_FILE, ERR_OK, STR_LIT("/a b/\xc3\xa9")},
        {STR_LIT("a%2Fb"), URI_DECODE_TEXT, ERR_OK, STR_LIT("a/b")},
        {STR_LIT("a%2fb"), URI_DECODE_FILE, ERR_DENIED, STR_LIT("")},
        {STR_LIT("a%00b"), URI_DECODE_TEXT, ERR_OK, STR_LIT("a\0b")},
        {STR_LIT("a%00b"), URI_DECODE_FILE, ERR_DENIED, STR_LIT("")},
        {STR_LIT("%25%2525"), URI_DECODE_FILE, ERR_OK, STR_LIT("%%25")},
        {STR_LIT("%"), URI_DECODE_TEXT, ERR_SYNTAX, STR_LIT("")},
        {STR_LIT("%1"), URI_DECODE_TEXT, ERR_SYNTAX, STR_LIT("")},
        {STR_LIT("a%1x"), URI_DECODE_TEXT, ERR_SYNTAX, STR_LIT("")},
        {STR_LIT("a+b"), URI_DECODE_TEXT, ERR_OK, STR_LIT("a+b")},
        {STR_LIT(""), URI_DECODE_TEXT, ERR_OK, STR_LIT("")},
    };
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str out;
        enum err e = uri_decode(cases[i].in, cases[i].decoding, &a, &out);
        row_holds(e == cases[i].err, cases[i].in);
        row_holds(e != ERR_OK || str_eq(out, cases[i].out), cases[i].in);
    }
    arena_fini(&a);
}

static void test_encode(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    struct str plain = STR("/a-b_c.d~e/!$&'()*+,;=:@");
    CU_ASSERT(uri_encode_path(plain, &a).p == plain.p);
    CU_ASSERT(str_eq(uri_encode_path(STR("/a b?c#d%20"), &a), STR("/a%20b%3Fc%23d%2520")));
    CU_ASSERT(str_eq(uri_encode_path(STR("\xc3\xa9\r\n\0"), &a), STR("%C3%A9%0D%0A%00")));
    /* Decoding gives back what was encoded */
    char all[256];
    for (unsigned c = 0; c < 256; c++) {
        all[c] = (char)c;
    }
    struct str back;
    struct str encoded = uri_encode_path(str_of(all, 256), &a);
    CU_ASSERT_EQUAL(uri_decode(encoded, URI_DECODE_TEXT, &a, &back), ERR_OK);
    CU_ASSERT(str_eq(back, str_of(all, 256)));
    arena_fini(&a);
}

static const struct suite_test tests[] = {
    {"uri", "the normal form of a path", test_normal_form},
    {"uri", "every byte, raw and escaped", test_every_byte},
    {"uri", "NUL and nothing", test_nul_byte},
    {"uri", "a normal path is not copied", test_no_copy},
    {"uri", "long paths stay in bounds", test_longest},
    {"uri", "targets", test_targets},
    {"uri", "decodes", test_decode},
    {"uri", "encodes", test_encode},
};
const struct suite_table uri_tests = SUITE_TABLE(tests);
