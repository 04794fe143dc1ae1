#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/authority.h"
#include "unit/http/tables.h"

#define NO_PORT (-1)

/* `host` is NULL for an error. */
static const struct {
    const char *text;
    const char *host;
    enum authority_kind kind;
    int port;
} rows[] = {
    {"example.com", "example.com", AUTHORITY_NAME, NO_PORT},
    {"Example.COM:8443", "example.com", AUTHORITY_NAME, 8443},
    {"example.com.", "example.com", AUTHORITY_NAME, NO_PORT},
    {"example.com.:1", "example.com", AUTHORITY_NAME, 1},
    {"example.com:", "example.com", AUTHORITY_NAME, NO_PORT},
    {"a:0", "a", AUTHORITY_NAME, 0},
    {"a:65535", "a", AUTHORITY_NAME, 65535},
    {"a:00080", "a", AUTHORITY_NAME, 80},
    {"a_b-c.d~e", "a_b-c.d~e", AUTHORITY_NAME, NO_PORT},
    {"xn--bcher-kva.example", "xn--bcher-kva.example", AUTHORITY_NAME, NO_PORT},
    {"a!$&'()*+,;=b", "a!$&'()*+,;=b", AUTHORITY_NAME, NO_PORT},
    {"192.0.2.1", "192.0.2.1", AUTHORITY_IPV4, NO_PORT},
    {"192.0.2.1:80", "192.0.2.1", AUTHORITY_IPV4, 80},
    {"256.0.2.1", "256.0.2.1", AUTHORITY_NAME, NO_PORT},
    {"1.2.3", "1.2.3", AUTHORITY_NAME, NO_PORT},
    {"[::1]", "::1", AUTHORITY_IPV6, NO_PORT},
    {"[::1]:443", "::1", AUTHORITY_IPV6, 443},
    {"[::1]:", "::1", AUTHORITY_IPV6, NO_PORT},
    {"[0:0:0:0:0:0:0:1]", "::1", AUTHORITY_IPV6, NO_PORT},
    {"[2001:DB8::00A]", "2001:db8::a", AUTHORITY_IPV6, NO_PORT},
    {"[::ffff:192.0.2.1]", "::ffff:192.0.2.1", AUTHORITY_IPV6, NO_PORT},
    {"", NULL, 0, 0},
    {".", NULL, 0, 0},
    {":80", NULL, 0, 0},
    {"a:65536", NULL, 0, 0},
    {"a:99999999999999999999999", NULL, 0, 0},
    {"a:-1", NULL, 0, 0},
    {"a:+1", NULL, 0, 0},
    {"a: 1", NULL, 0, 0},
    {"a:1a", NULL, 0, 0},
    {"a:1:2", NULL, 0, 0},
    {"user@a", NULL, 0, 0},
    {"user:pass@a", NULL, 0, 0},
    {"a/b", NULL, 0, 0},
    {"a?b", NULL, 0, 0},
    {"a#b", NULL, 0, 0},
    {"a b", NULL, 0, 0},
    {" a", NULL, 0, 0},
    {"a\\b", NULL, 0, 0},
    {"a%41", NULL, 0, 0},
    {"%", NULL, 0, 0},
    {"b\xc3\xbc"
     "cher",
     NULL, 0, 0},
    {"a\nb", NULL, 0, 0},
    {"::1", NULL, 0, 0},
    {"[", NULL, 0, 0},
    {"[]", NULL, 0, 0},
    {"]", NULL, 0, 0},
    {"[::1", NULL, 0, 0},
    {"::1]", NULL, 0, 0},
    {"[::1]x", NULL, 0, 0},
    {"[::1]80", NULL, 0, 0},
    {"[[::1]]", NULL, 0, 0},
    {"[1.2.3.4]", NULL, 0, 0},
    {"[::1%25eth0]", NULL, 0, 0},
    {"[fe80::1%eth0]", NULL, 0, 0},
    {"[v1.a]", NULL, 0, 0},
    {"[a]", NULL, 0, 0},
    {"[1:2:3:4:5:6:7:8:9]", NULL, 0, 0},
    {"[::1::]", NULL, 0, 0},
    {"[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111]", NULL, 0, 0},
};

static void test_rows(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str text = str_from(rows[i].text);
        struct authority out;
        enum err e = authority_parse(text, &a, &out);
        row_holds((e == ERR_OK) == (rows[i].host != NULL), text);
        if (e != ERR_OK || rows[i].host == NULL) {
            continue;
        }
        row_holds(str_eq(out.host, str_from(rows[i].host)), text);
        row_holds(out.kind == rows[i].kind, text);
        row_holds(out.has_port == (rows[i].port != NO_PORT), text);
        row_holds(!out.has_port || out.port == rows[i].port, text);
    }
    arena_fini(&a);
}

static void test_longest(void)
{
    char text[AUTHORITY_HOST_MAX + 1];
    memset(text, 'A', sizeof(text));
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    struct authority out;
    CU_ASSERT_EQUAL(authority_parse(str_of(text, AUTHORITY_HOST_MAX), &a, &out), ERR_OK);
    CU_ASSERT_EQUAL(out.host.len, AUTHORITY_HOST_MAX);
    CU_ASSERT_EQUAL(authority_parse(str_of(text, sizeof(text)), &a, &out), ERR_RANGE);
    CU_ASSERT_EQUAL(authority_parse(STR("a\0b"), &a, &out), ERR_SYNTAX);
    CU_ASSERT_EQUAL(authority_parse(STR("[::1\0]"), &a, &out), ERR_SYNTAX);
    arena_fini(&a);
}

static void test_no_copy(void)
{
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    struct str text = STR("localhost:8443");
    struct authority out;
    CU_ASSERT_EQUAL(authority_parse(text, &a, &out), ERR_OK);
    CU_ASSERT(out.host.p == text.p);
    CU_ASSERT_EQUAL(authority_parse_host(text, &a, &out), ERR_SYNTAX);
    CU_ASSERT_EQUAL(authority_parse_host(STR("[::1]"), &a, &out), ERR_OK);
    arena_fini(&a);
}

static const struct suite_test tests[] = {
    {"authority", "hosts and ports", test_rows},
    {"authority", "the longest host, NUL", test_longest},
    {"authority", "what is in form is not copied", test_no_copy},
};
const struct suite_table authority_tests = SUITE_TABLE(tests);
