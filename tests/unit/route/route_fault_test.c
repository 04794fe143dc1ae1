#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/route/route_lab.h"
#include "unit/route/tables.h"

struct fault_case {
    const char *text;
    const char *faults; /* "" for none */
};

static void assert_cases(const struct fault_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct lab_site site;
        lab_site_init(&site, cases[i].text);
        lab_assert_text(str_from(site.printed.data), cases[i].faults);
        CU_ASSERT((site.err == ERR_OK) == (cases[i].faults[0] == '\0'));
        CU_ASSERT((site.snapshot != NULL) == (site.err == ERR_OK));
        lab_site_fini(&site);
    }
}

#define R(match) "  - {match: " match ", respond: {}}\n"

static void test_match_settings(void)
{
    static const struct fault_case cases[] = {
        {"routes:\n"     //
         R("/a/*")       //
         R("'/{a}/{a}'") //
         R("{path: a, host: ['a b', b.test, B.test]}"),
         "2:13: path '/a/*' has '*' as a segment: write '{name}' for one segment, '**' at the end "
         "for all below\n"
         "3:13: path '/{a}/{a}' has {a} twice\n"
         "4:20: path 'a' does not begin with '/'\n"
         "4:30: host 'a b' is no host name; ports do not belong here\n"
         "4:45: host 'B.test' is named twice\n"},
        {"routes:\n" R("{method: [GET, 'a b', GET, CONNECT]}"),
         "2:28: 'a b' is no method\n"
         "2:35: method 'GET' is named twice\n"
         "2:40: CONNECT has no path, so no route can take it\n"},
        {"routes:\n" R("{header: {'a b': x, x-a: '1', X-A: '2', x-b: \"a\\tb\\n\"}}"),
         "2:23: 'a b' is no name of a header\n"
         "2:43: header 'X-A' is named at 2:33 already\n"
         "2:53: no request has such a value of header 'x-b': it has a control character or a space "
         "at an end\n"},
        {"routes:\n" R("{host: 'a.*.test'}"),
         "2:20: host 'a.*.test' has a '*' that is not the whole first label: write "
         "'*.example.com'\n"},
        {"routes:\n" R("{path: /a, methode: GET}"),
         "2:24: unknown key 'methode' in routes[0].match; did you mean 'method'?\n"},
        {"routes:\n  - {match: /a}\n",
         "2:5: routes[0]: needs one of 'respond', 'echo', 'sink', 'sip', 'mortal'\n"},
        {"routes:\n  - {respond: {}, echo: {}}\n",
         "2:19: routes[0]: 'echo' cannot stand beside 'respond' at 2:6\n"},
    };

    assert_cases(cases, COUNT_OF(cases));
}

static void test_same_requests(void)
{
    static const struct fault_case cases[] = {
        {"routes:\n" R("/a") R("/b") R("/a"),
         "4:5: this route takes the same requests as the one at 2:5\n"},
        {"routes:\n" R("'/u/{id}'") R("'/u/{name}'"),
         "3:5: this route takes the same requests as the one at 2:5\n"},
        {"routes:\n" R("/~a") R("/%7Ea") R("//~a"),
         "3:5: this route takes the same requests as the one at 2:5\n"
         "4:5: this route takes the same requests as the one at 2:5\n"},
        {"routes:\n" R("{path: /a, header: {X-A: '1'}}") R("{path: /a, header: {x-a: '1'}}"),
         "3:5: this route takes the same requests as the one at 2:5\n"},
        {"routes:\n" R("{path: /a, method: GET}") R("{path: /a, method: [HEAD, GET]}"),
         "3:5: this route takes the same requests as the one at 2:5\n"},
        {"routes:\n" R("{host: a.test}") R("{host: [b.test, A.test]}"),
         "3:5: this route takes the same requests as the one at 2:5\n"},
        {"routes:\n  - {respond: {}}\n" R("/**"),
         "3:5: this route takes the same requests as the one at 2:5\n"},
        {"routes:\n" R("{path: /a, method: [GET, POST]}") R("{path: /a, method: [PUT, POST]}"),
         "3:5: this route and the one at 2:5 take the same requests of method POST, and "
         "neither is more specific\n"},
        {"routes:\n" R("/a") R("/a/") R("/a/**") R("'/a/{r...}'") R("'/a/{x}'"), ""},
        {"routes:\n" R("/a") R("{path: /a, host: a.test}") R("{path: /a, host: '*.test'}"), ""},
        {"routes:\n" R("/a") R("{path: /a, method: GET}") R("{path: /a, query: {a: '*'}}")
             R("{path: /a, query: {a: '1'}}"),
         ""},
        {"routes:\n" R("{path: /a, method: [GET, POST]}") R("{path: /a, method: POST}"), ""},
    };

    assert_cases(cases, COUNT_OF(cases));
}

static void test_never(void)
{
    static const struct fault_case cases[] = {
        {"routes:\n" R("{path: /a, method: [GET, POST, PUT]}") R("{path: /a, method: [GET, POST]}")
             R("{path: /a, method: PUT}"),
         "2:5: this route can never match: routes of the same path and fewer methods take all of "
         "its requests\n"},
        {"routes:\n" R("{path: /a, method: [FOO, BAR]}") R("{path: /a, method: FOO}")
             R("{path: /a, method: BAR}"),
         "2:5: this route can never match: routes of the same path and fewer methods take all of "
         "its requests\n"},
        {"routes:\n" R("{path: /a, method: [FOO, BAR]}") R("{path: /a, method: FOO}"), ""},
        {"routes:\n" R("{path: /a, method: [GET, POST], host: [a.test, b.test]}")
             R("{path: /a, method: POST, host: a.test}") R("{path: /a, method: GET, host: a.test}"),
         ""},
        {"routes:\n  - {match: {path: /a, method: TRACE}, respond: {}}\n",
         "2:5: this route can never answer: 'respond' answers only GET, HEAD, POST, PUT, DELETE, "
         "OPTIONS, PATCH, QUERY\n"},
    };

    assert_cases(cases, COUNT_OF(cases));
}

/* A route that is wrong in itself hides nothing between the others. */
static void test_beside_other_faults(void)
{
    static const struct fault_case cases[] = {
        {"routes:\n" R("{path: a}") R("{path: /a, host: [b.test, b.test]}") R("/x") R("/x"),
         "2:20: path 'a' does not begin with '/'\n"
         "3:39: host 'b.test' is named twice\n"
         "5:5: this route takes the same requests as the one at 4:5\n"},
    };

    assert_cases(cases, COUNT_OF(cases));
}

static void test_names(void)
{
    static const struct fault_case cases[] = {
        {"routes:\n  - {name: a, match: /a, respond: {}}\n  - {name: a, match: /b, respond: {}}\n",
         "3:5: the route at 2:5 is named 'a' already\n"},
        {"routes:\n  - {name: '', match: /a, respond: {}}\n", "2:12: routes[0].name: is empty\n"},
    };

    assert_cases(cases, COUNT_OF(cases));
}

static void test_respond_settings(void)
{
    static const struct fault_case cases[] = {
        {"routes:\n  - respond: {status: 204, body: x, headers: {content-length: 1, 'a b': c}}\n",
         "2:34: an answer of 204 has no body\n"
         "2:47: header 'content-length' is set by weir itself\n"
         "2:66: 'a b' is no name of a header\n"},
    };

    assert_cases(cases, COUNT_OF(cases));
}

/* Templates in many places before literals combine; the bound is told and not passed. */
static void test_combinations(void)
{
    struct lab_site site;
    struct buf text;

    buf_init(&text, 1 << 20);
    MUST(buf_printf(&text, "routes:\n") == ERR_OK);
    for (unsigned i = 0; i < 24; i++) {
        MUST(buf_printf(&text, "  - {respond: {}, match: '") == ERR_OK);
        for (unsigned k = 0; k < 24; k++) {
            MUST((i == k ? buf_printf(&text, "/lit") : buf_printf(&text, "/{x%u}", k)) == ERR_OK);
        }
        MUST(buf_printf(&text, "/end%u'}\n", i) == ERR_OK);
    }
    MUST(buf_add_char(&text, '\0') == ERR_OK);
    lab_site_init(&site, text.data);
    CU_ASSERT(site.err == ERR_FULL);
    lab_assert_text(str_from(site.printed.data),
                    "2:5: the routes' templates and literals combine to over 4000000 cases: use "
                    "fewer templates in front of literals\n");
    lab_site_fini(&site);
    buf_fini(&text);
}

static const struct suite_test tests[] = {
    {"faults", "of what a route matches", test_match_settings},
    {"faults", "two routes take the same", test_same_requests},
    {"faults", "a route can never match or answer", test_never},
    {"faults", "found beside others", test_beside_other_faults},
    {"faults", "names", test_names},
    {"faults", "of respond", test_respond_settings},
    {"faults", "combinations are bounded", test_combinations},
};

const struct suite_table route_fault_tests = SUITE_TABLE(tests);
