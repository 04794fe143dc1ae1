#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/config/reading.h"
#include "unit/config/tables.h"

static void test_keys(void)
{
    static const struct reading_case cases[] = {
        {"listeners:\n  - address: a\n    tls:\n      certificats: [{cert: c, key: k}]\n",
         "4:7: unknown key 'certificats' in listeners[0].tls; did you mean 'certificates'?\n"},
        {"listenrs: []\n", "1:1: unknown key 'listenrs'; did you mean 'listeners'?\n"},
        {"Listeners: []\n", "1:1: unknown key 'Listeners'; did you mean 'listeners'?\n"},
        {"limits: {Body: 1MiB}\n", "1:10: unknown key 'Body' in limits; did you mean 'body'?\n"},
        {"upstreams:\n  u:\n    endpoints: a\n    error-rate: 5%\n",
         "4:5: unknown key 'error-rate' in upstreams.u; did you mean 'error_rate'?\n"},
        {"certificates: []\n",
         "1:1: unknown key 'certificates'; it belongs under listeners[].tls\n"},
        {"limits: {listeners: []}\n",
         "1:10: unknown key 'listeners' in limits; it belongs under the top level\n"},
        {"limits: {hndshake_timeout: 5s}\n",
         "1:10: unknown key 'hndshake_timeout' in limits; did you mean 'handshake_timeout' under "
         "listeners[].tls?\n"},
        {"routes: [{respnd: {}}]\n",
         "1:10: routes[0]: needs one of 'files', 'respond'\n"
         "1:11: unknown key 'respnd' in routes[0]; did you mean 'respond'?\n"},
        {"limits: {xyzzy: 1}\n",
         "1:10: unknown key 'xyzzy' in limits; known here: connections, body, least, most\n"},
        {"limits: {\"a\\tb\\x1b[31m\": 1}\n",
         "1:10: unknown key 'a\\x09b\\x1b[31m' in limits; known here: connections, body, least, "
         "most\n"},
        {"limits: {? [a] : 1}\n", "1:12: a key is text, not a list\n"},
        {"limits: {body: 1MiB, most: 3, body: 2MiB}\n",
         "1:31: key 'body' stands twice; the first is at 1:10\n"},
        {"ratio: 1\n\nratio: 1\nratio: 1\n",
         "3:1: key 'ratio' stands twice; the first is at 1:1\n"
         "4:1: key 'ratio' stands twice; the first is at 1:1\n"},
        {"{\"ratio\": 1,\n \"rat\\u0069o\": 1}\n",
         "2:2: key 'ratio' stands twice; the first is at 1:2\n"},
    };
    reading_assert_faults(cases, COUNT_OF(cases));
}

static void test_missing(void)
{
    static const struct reading_case cases[] = {
        {"listeners: [{}]\n", "1:13: missing key 'address' in listeners[0]\n"},
        {"listeners:\n  - tls: {certificates: [{cert: c}]}\n",
         "2:5: missing key 'address' in listeners[0]\n"
         "2:26: missing key 'key' in listeners[0].tls.certificates[0]\n"},
        /* The misspelt key says enough. */
        {"listeners: [{adress: a}]\n",
         "1:14: unknown key 'adress' in listeners[0]; did you mean 'address'?\n"},
        {"listeners: [{weight: a}]\n",
         "1:13: missing key 'address' in listeners[0]\n"
         "1:14: unknown key 'weight' in listeners[0]; it belongs under upstreams.*.endpoints[]\n"},
        {"upstreams: {u: {}}\n", "1:16: missing key 'endpoints' in upstreams.u\n"},
        {"user:\n", "1:6: user: has no value; write one or leave the key out\n"},
        {"limits: ~\n", "1:9: limits: has no value; write one or leave the key out\n"},
        {"ports: null\n", "1:8: ports: has no value; write one or leave the key out\n"},
        {"ports: [1, null]\n", "1:12: ports[1]: has no value; write one or leave the key out\n"},
        {"upstreams:\n  u:\nuser: x\n",
         "2:5: upstreams.u: has no value; write one or leave the key out\n"},
    };
    reading_assert_faults(cases, COUNT_OF(cases));
}

static void test_types(void)
{
    static const struct reading_case cases[] = {
        {"[]\n", "1:1: wants a mapping of keys, not a list\n"},
        {"hello\n", "1:1: wants a mapping of keys, not text\n"},
        {"limits: []\n", "1:9: limits: wants a mapping of keys, not a list\n"},
        {"limits: 5\n", "1:9: limits: wants a mapping of keys, not text\n"},
        {"listeners: {}\n", "1:12: listeners: wants a list, not a mapping\n"},
        {"listeners: a\n", "1:12: listeners: wants a list, not text\n"},
        {"upstreams: [a]\n", "1:12: upstreams: wants a mapping from names, not a list\n"},
        {"user: [a]\n", "1:7: user: wants text, not a list\n"},
        {"ratio: {}\n", "1:8: ratio: wants a number such as 2 or 0.5, not a mapping\n"},
        {"ratio: x\n", "1:8: ratio: 'x' is not a number such as 2 or 0.5\n"},
        {"ratio: -1\n", "1:8: ratio: '-1' is not a number such as 2 or 0.5\n"},
        {"ratio: '1'\n", "1:8: ratio: wants a number such as 2 or 0.5 without quotes\n"},
        {"ports: [1, x, []]\n", "1:12: ports[1]: 'x' is not a whole number\n"
                                "1:15: ports[2]: wants a whole number, not a list\n"},
        {"ports: \"80\"\n", "1:8: ports[0]: wants a whole number without quotes\n"},
        {"ports: 0755\n", "1:8: ports[0]: '0755' begins with a zero; write 755\n"},
        {"ports: 99999999999999999999\n",
         "1:8: ports[0]: '99999999999999999999' is not a whole number\n"},
        {"routes: [{files: {root: .}, coalesce: yes}]\n",
         "1:39: routes[0].coalesce: 'yes' is not true or false\n"},
        {"routes: [{files: {root: .}, coalesce: 'true'}]\n",
         "1:39: routes[0].coalesce: wants true or false without quotes\n"},
        {"routes: [{files: []}]\n", "1:18: routes[0].files.root: wants a path, not a list\n"},
        {"routes: [{files: \"\"}]\n", "1:18: routes[0].files.root: is empty\n"},
        {"user: \"a\\0b\"\n", "1:7: user: holds a NUL character\n"},
        {"upstreams: {u: {endpoints: a, balance: []}}\n",
         "1:40: upstreams.u.balance: wants a word, not a list\n"},
        {"upstreams: {u: {endpoints: a, balance: rond_robin}}\n",
         "1:40: upstreams.u.balance: 'rond_robin' is not known; did you mean 'round_robin'?\n"},
        {"upstreams: {u: {endpoints: a, balance: x}}\n",
         "1:40: upstreams.u.balance: 'x' is not known; one of round_robin, least_connections\n"},
        {"upstreams: {u: {endpoints: a, balance: least}}\n",
         "1:40: upstreams.u.balance: 'least' is not known; did you mean 'least_connections'?\n"},
        {"upstreams: {'': {endpoints: a}}\n",
         "1:13: upstreams: a name is 1 to 255 bytes without control characters\n"},
        {"upstreams: {\"a\\nb\": {endpoints: a}}\n",
         "1:13: upstreams: a name is 1 to 255 bytes without control characters\n"},
    };
    reading_assert_faults(cases, COUNT_OF(cases));
}

#define TLS "listeners: [{address: a, tls: {certificates: [{cert: c, key: k}], handshake_timeout: "

static void test_units(void)
{
    static const struct reading_case cases[] = {
        {TLS "5}}]", "1:86: listeners[0].tls.handshake_timeout: '5' has no unit; say 5s or 5ms\n"},
        {TLS "5sec}}]", "1:86: listeners[0].tls.handshake_timeout: '5sec' has an unknown unit; use "
                        "ns, us, ms, s, m, h or d\n"},
        {TLS "soon}}]", "1:86: listeners[0].tls.handshake_timeout: 'soon' is not a duration such "
                        "as 5s or 250ms\n"},
        {TLS "99999999999999999d}}]",
         "1:86: listeners[0].tls.handshake_timeout: '99999999999999999d' is too large\n"},
        {TLS "5ms}}]", "1:86: listeners[0].tls.handshake_timeout: '5ms' is out of bounds; from "
                       "100ms to 1h\n"},
        {TLS "2h}}]",
         "1:86: listeners[0].tls.handshake_timeout: '2h' is out of bounds; from 100ms to 1h\n"},
        {TLS "0}}]",
         "1:86: listeners[0].tls.handshake_timeout: '0' is out of bounds; from 100ms to 1h\n"},
        {TLS "[5s]}}]", "1:86: listeners[0].tls.handshake_timeout: wants a duration such as 5s or "
                        "250ms, not a list\n"},
        {"limits: {body: 64}", "1:16: limits.body: '64' has no unit; say 64KiB or 64MiB\n"},
        {"limits: {body: 64kb}", "1:16: limits.body: '64kb' has an unknown unit; use B, KiB, MiB, "
                                 "GiB, TiB, KB, MB, GB or TB\n"},
        {"limits: {body: 1B}", "1:16: limits.body: '1B' is out of bounds; at least 1KiB\n"},
        {"limits: {body: big}", "1:16: limits.body: 'big' is not a size such as 64KiB or 1MiB\n"},
        {"limits: {least: -6}", "1:17: limits.least: '-6' is out of bounds; from -5 to 100\n"},
        {"limits: {most: -1}", "1:16: limits.most: '-1' is out of bounds; at least 0\n"},
        {"ratio: 10.5", "1:8: ratio: '10.5' is out of bounds; from 0 to 10\n"},
        {"ports: [0, 65536]", "1:9: ports[0]: '0' is out of bounds; from 1 to 65535\n"
                              "1:12: ports[1]: '65536' is out of bounds; from 1 to 65535\n"},
        {"upstreams: {u: {endpoints: a, error_rate: 20}}",
         "1:43: upstreams.u.error_rate: '20' has no unit; say 20%\n"},
        {"upstreams: {u: {endpoints: a, error_rate: 20pc}}",
         "1:43: upstreams.u.error_rate: '20pc' has an unknown unit; use %\n"},
        {"upstreams: {u: {endpoints: a, error_rate: 101%}}",
         "1:43: upstreams.u.error_rate: '101%' is out of bounds; from 0% to 100%\n"},
        {"listeners: [{address: ''}]", "1:23: listeners[0].address: is empty\n"},
        {"listeners: [{address: "
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}]",
         "1:23: listeners[0].address: is longer than 64 bytes\n"},
    };
    reading_assert_faults(cases, COUNT_OF(cases));
}

static void test_counts(void)
{
    static const struct reading_case cases[] = {
        {"listeners: [{address: a, tls: {certificates: []}}]",
         "1:46: listeners[0].tls.certificates: has 0 entries; at least 1\n"},
        {"upstreams: {u: {endpoints: [a, b, c, d]}}",
         "1:28: upstreams.u.endpoints: has 4 entries; at most 3\n"},
        {"routes:\n  - path: /\n", "2:5: routes[0]: needs one of 'files', 'respond'\n"},
        {"routes:\n  - files: .\n    respond: {}\n",
         "3:5: routes[0]: 'respond' cannot stand beside 'files' at 2:5\n"},
        {"routes:\n  - respond: {}\n    files: .\n",
         "3:5: routes[0]: 'files' cannot stand beside 'respond' at 2:5\n"},
    };
    reading_assert_faults(cases, COUNT_OF(cases));
}

/* A cross check speaks at the member's own place, and only when its object has no other fault. */
static void test_checks(void)
{
    static const struct reading_case cases[] = {
        {"limits:\n  most: 3\n  least: 4\n", "3:10: 'least' is over 'most'\n"},
        {"limits:\n  least: 11\n", "2:10: 'least' is over 'most'\n"},
        /* 'least' is a default here: the object's place stands in. */
        {"limits:\n  least: 4\n  most: 3\n  body: 5\n",
         "4:9: limits.body: '5' has no unit; say 5KiB or 5MiB\n"},
    };
    reading_assert_faults(cases, COUNT_OF(cases));
}

/* One run shows them all, in the order of the file. */
static void test_all_at_once(void)
{
    static const struct reading_case cases[] = {
        {"limits: {body: 5, xyzzy: 1}\n"
         "listeners:\n"
         "  - tls: {certificates: [{cert: 1, key: k}, 5]}\n"
         "upstrems: {}\n"
         "ports: [70000]\n",
         "1:16: limits.body: '5' has no unit; say 5KiB or 5MiB\n"
         "1:19: unknown key 'xyzzy' in limits; known here: connections, body, least, most\n"
         "3:5: missing key 'address' in listeners[0]\n"
         "3:45: listeners[0].tls.certificates[1]: wants a mapping of keys, not text\n"
         "4:1: unknown key 'upstrems'; did you mean 'upstreams'?\n"
         "5:9: ports[0]: '70000' is out of bounds; from 1 to 65535\n"},
    };
    reading_assert_faults(cases, COUNT_OF(cases));
}

static void assert_ending(size_t ports, const char *ending)
{
    struct reading r;
    struct buf text;

    buf_init(&text, 1 << 20);
    MUST(buf_add(&text, STR("ports: [0")) == ERR_OK);
    for (size_t i = 1; i < ports; i++) {
        MUST(buf_add(&text, STR(",0")) == ERR_OK);
    }
    MUST(buf_add(&text, STR("]")) == ERR_OK);
    reading_init(&r, buf_str(&text));
    struct str printed = str_from(r.printed.data);
    if (!str_has_suffix(printed, str_from(ending))) {
        CU_ASSERT_STRING_EQUAL(printed.p, ending);
    }
    size_t lines = 0;
    for (size_t i = 0; i < printed.len; i++) {
        lines += printed.p[i] == '\n';
    }
    CU_ASSERT_EQUAL(lines, ports < FAULTS_SHOWN ? ports : FAULTS_SHOWN + (ports > FAULTS_SHOWN));
    reading_fini(&r);
    buf_fini(&text);
}

static void test_bounded(void)
{
    assert_ending(99, "ports[98]: '0' is out of bounds; from 1 to 65535\n");
    assert_ending(100, "ports[99]: '0' is out of bounds; from 1 to 65535\n");
    assert_ending(101, "ports[99]: '0' is out of bounds; from 1 to 65535\nand 1 more\n");
    assert_ending(5000, "and 900 more at least; reading stopped here\n");
}

static void test_faults_alone(void)
{
    struct arena arena;
    struct faults faults;
    struct buf out;

    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    buf_init(&out, 100);
    faults_add(&faults, (struct position){"b", 1, 1}, "x%d", 1);
    faults_add(&faults, (struct position){"a", 2, 1}, "\x1b\x7f\xc2\x9b\xc3\xa9");
    faults_add(&faults, (struct position){"a", 1, 9}, "z");
    faults_add(&faults, (struct position){.file = "a"}, "y");
    faults_add(&faults, (struct position){"a", 1, 9}, "a");
    CU_ASSERT_EQUAL(faults_print(&faults, &out), ERR_OK);
    CU_ASSERT(str_eq(buf_str(&out), STR("a: y\na:1:9: z\na:1:9: a\na:2:1: "
                                        "\\x1b\\x7f\\xc2\\x9b\xc3\xa9\nb:1:1: x1\n")));
    buf_fini(&out);
    buf_init(&out, 10);
    CU_ASSERT_EQUAL(faults_print(&faults, &out), ERR_FULL);
    buf_fini(&out);
    arena_fini(&arena);
}

static const struct suite_test tests[] = {
    {"faults", "unknown and doubled keys", test_keys},
    {"faults", "missing keys and values", test_missing},
    {"faults", "wrong types", test_types},
    {"faults", "units and bounds", test_units},
    {"faults", "too few, too many", test_counts},
    {"faults", "cross checks", test_checks},
    {"faults", "all of them in one run", test_all_at_once},
    {"faults", "bounded in number", test_bounded},
    {"faults", "sorted and without control characters", test_faults_alone},
};

const struct suite_table fault_tests = SUITE_TABLE(tests);
