#include <arpa/inet.h>
#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "net/address.h"
#include "unit/net/net_tables.h"

static void expect(const char *text, const char *first, const char *second)
{
    struct address_list list;
    char out[ADDRESS_TEXT_MAX];
    const char *why = NULL;
    CU_ASSERT_FATAL(address_parse(str_from(text), &list, &why) == ERR_OK);
    CU_ASSERT_FATAL(list.count == (second != NULL ? 2 : 1));
    CU_ASSERT_EQUAL(list.may_lack_one, second != NULL);
    size_t len = address_format(&list.items[0], out);
    CU_ASSERT_EQUAL(len, strlen(out));
    CU_ASSERT_STRING_EQUAL(out, first);
    if (second != NULL) {
        address_format(&list.items[1], out);
        CU_ASSERT_STRING_EQUAL(out, second);
    }
}

static void test_good(void)
{
    expect("127.0.0.1:8443", "127.0.0.1:8443", NULL);
    expect("0.0.0.0:0", "0.0.0.0:0", NULL);
    expect("255.255.255.255:65535", "255.255.255.255:65535", NULL);
    expect("[::1]:8443", "[::1]:8443", NULL);
    expect("[2001:DB8:0::7]:1", "[2001:db8::7]:1", NULL);
    expect("[::]:443", "[::]:443", NULL);
    expect("[fe80::1%7]:443", "[fe80::1%7]:443", NULL);
    expect("[fe80::1%lo]:443", "[fe80::1%1]:443", NULL);
    expect("localhost:80", "127.0.0.1:80", "[::1]:80");
    expect("LocalHost:80", "127.0.0.1:80", "[::1]:80");
    expect("*:443", "0.0.0.0:443", "[::]:443");
    expect(":443", "0.0.0.0:443", "[::]:443");
}

static void test_bad(void)
{
    static const struct {
        const char *text;
        enum err e;
        const char *part;
    } rows[] = {
        {"", ERR_SYNTAX, "such as"},
        {"127.0.0.1", ERR_SYNTAX, "port is miss"},
        {"127.0.0.1:", ERR_SYNTAX, "port is miss"},
        {"127.0.0.1:65536", ERR_RANGE, "0 to 65535"},
        {"127.0.0.1:-1", ERR_SYNTAX, "0 to 65535"},
        {"127.0.0.1:80x", ERR_SYNTAX, "0 to 65535"},
        {"127.0.0.1: 80", ERR_SYNTAX, "0 to 65535"},
        {"127.0.0.256:80", ERR_SYNTAX, "not resolved"},
        {"127.1:80", ERR_SYNTAX, "not resolved"},
        {"www.example.com:80", ERR_SYNTAX, "not resolved"},
        {"::1:80", ERR_SYNTAX, "brackets"},
        {"[::1]", ERR_SYNTAX, "port is miss"},
        {"[::1]:", ERR_SYNTAX, "port is miss"},
        {"[::1]80", ERR_SYNTAX, "port is miss"},
        {"[::1:80", ERR_SYNTAX, "such as"},
        {"[::1]:70000", ERR_RANGE, "0 to 65535"},
        {"[127.0.0.1]:80", ERR_SYNTAX, "such as"},
        {"[]:80", ERR_SYNTAX, "such as"},
        {"[fe80::1%no-such-if]:80", ERR_NOT_FOUND, "zone"},
        {"[fe80::1%0]:80", ERR_NOT_FOUND, "zone"},
        {"[fe80::1%]:80", ERR_NOT_FOUND, "zone"},
        {"unix:/run/weir.sock", ERR_UNSUPPORTED, "Unix sockets"},
        {"1.2.3.4.5.6.7.8.9.0.1:1", ERR_SYNTAX, "not resolved"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct address_list list;
        const char *why = "";
        CU_ASSERT_EQUAL(address_parse(str_from(rows[i].text), &list, &why), rows[i].e);
        CU_ASSERT_PTR_NOT_NULL(strstr(why, rows[i].part));
    }
    struct address_list list;
    CU_ASSERT_EQUAL(address_parse(str_of("127.0.0.1\0:1", 12), &list, NULL), ERR_SYNTAX);
}

static struct address parse_one(const char *text)
{
    struct address_list list;
    CU_ASSERT_FATAL(address_parse(str_from(text), &list, NULL) == ERR_OK);
    return list.items[0];
}

static void test_format(void)
{
    char out[ADDRESS_TEXT_MAX];
    struct address a = parse_one("192.0.2.1:50123");
    CU_ASSERT_EQUAL(address_format_host(&a, out), 9);
    CU_ASSERT_STRING_EQUAL(out, "192.0.2.1");
    a = parse_one("[2001:db8::1]:9");
    address_format_host(&a, out);
    CU_ASSERT_STRING_EQUAL(out, "2001:db8::1");
    a = parse_one("[::ffff:192.0.2.1]:9");
    address_format(&a, out);
    CU_ASSERT_STRING_EQUAL(out, "192.0.2.1:9");
    a = parse_one("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%4294967295]:65535");
    address_format(&a, out);
    CU_ASSERT_STRING_EQUAL(out, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
    a.sock.any.sa_family = AF_UNIX;
    address_format(&a, out);
    CU_ASSERT_STRING_EQUAL(out, "unknown:0");
}

static void test_equal(void)
{
    struct address a = parse_one("127.0.0.1:80");
    struct address b = parse_one("127.0.0.1:80");
    struct address v6 = parse_one("[::1]:80");
    CU_ASSERT(address_eq(&a, &b));
    address_set_port(&b, 81);
    CU_ASSERT_EQUAL(address_port(&b), 81);
    CU_ASSERT_FALSE(address_eq(&a, &b));
    CU_ASSERT_FALSE(address_eq(&a, &v6));
    b = v6;
    CU_ASSERT(address_eq(&b, &v6));
    address_set_port(&b, 81);
    CU_ASSERT_EQUAL(address_port(&b), 81);
    CU_ASSERT_FALSE(address_eq(&b, &v6));
}

static const struct suite_test tests[] = {
    {"address", "what is understood", test_good},
    {"address", "what is not, and why", test_bad},
    {"address", "text of all kinds", test_format},
    {"address", "equal", test_equal},
};

const struct suite_table address_tests = SUITE_TABLE(tests);
