#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/config/reading.h"
#include "unit/config/tables.h"

static void test_syntax(void)
{
    static const struct reading_case cases[] = {
        {"", ": is empty\n"},
        {"\n# nothing\n", ": is empty\n"},
        {"---\n", ": is empty\n"},
        {"~\n", ": is empty\n"},
        {"user: a\n\tratio: 1\n", "2:1: a tab; indent with spaces\n"},
        {"limits:\n\tbody: 1MiB\n", "2:1: a tab; indent with spaces\n"},
        {"user: a\n---\nratio: 1\n", "2:1: a second document begins here; a file holds one\n"},
        {"user: !!str a\n", "1:7: tags ('!' and a word) mean nothing here; leave it out\n"},
        {"limits: !x {}\n", "1:9: tags ('!' and a word) mean nothing here; leave it out\n"},
        {"ports: !!seq [1]\n", "1:8: tags ('!' and a word) mean nothing here; leave it out\n"},
        {"user: @home\n", "1:7: found character that cannot start any token, while scanning for "
                          "the next token from line 1; put the value in quotes\n"},
        {"user: a: b\n", "1:8: mapping values are not allowed in this context; is the line above "
                         "indented as it should be? a value with ': ' in it needs quotes\n"},
        {"ports: [1, 2\nuser: a\n", "2:5: did not find expected ',' or ']', while parsing a flow "
                                    "sequence from line 1\n"},
        {"limits: {body: a{b}}\n",
         "1:17: did not find expected ',' or '}', while parsing a flow mapping from line 1; quote "
         "the value: \"/users/{id}\"\n"},
        {"user: {a}/b\n", "1:10: did not find expected key, while parsing a block mapping from "
                          "line 1; quote the value: \"/users/{id}\"\n"},
        {"user: *:1\n",
         "1:8: did not find expected alphabetic or numeric character, while scanning an alias from "
         "line 1; a value that begins with * or & needs quotes: \"*:8443\"\n"},
        {"user: [::1]:1\n", "1:8: did not find expected node content, while parsing a flow node "
                            "from line 1; quote the value: \"[::1]:8443\"\n"},
        {"{\"ratio\": 1,\n \"user\": \"a}\n",
         "2:13: found unexpected end of stream, while scanning "
         "a quoted scalar from line 2\n"},
        {"user: \"a\\qb\"\n", "1:9: found unknown escape character, while parsing a quoted scalar "
                              "from line 1\n"},
        {"user: *a\n", "1:7: no anchor '&a' above this alias\n"},
        {"secret: &user1 x\nuser: *user2\n",
         "2:7: no anchor '&user2' above this alias; did you mean '*user1'?\n"},
        {"limits: &a {body: *a}\n", "1:19: alias '*a' stands inside the value it names\n"},
        {"ports: &a [1, [*a]]\n", "1:15: ports[1]: wants a whole number, not a list\n"
                                  "1:16: alias '*a' stands inside the value it names\n"},
        {"limits: {<<: 5}\n", "1:14: '<<' merges a mapping or a list of mappings, not text\n"},
        {"limits: {<<: [{most: 5}, a]}\n",
         "1:26: '<<' merges a mapping or a list of mappings, not text\n"},
        {"limits: {'<<': {}}\n",
         "1:10: unknown key '<<' in limits; known here: connections, body, least, most\n"},
    };
    reading_assert_faults(cases, COUNT_OF(cases));
}

static void test_bytes(void)
{
    static const struct reading_case cases[] = {
        {"user: a\nratio: \xFF\n", "2:8: byte 0xff is not UTF-8; save the file as UTF-8\n"},
        {"\xFF\xFEu\n", "1:1: byte 0xff is not UTF-8; save the file as UTF-8\n"},
        {"# \xC3\xA9\xC3\n", "1:4: byte 0xc3 is not UTF-8; save the file as UTF-8\n"},
        {"# \xC0\xAF\n", "1:3: byte 0xc0 is not UTF-8; save the file as UTF-8\n"},
        {"# \xE0\x80\xAF\n", "1:3: byte 0xe0 is not UTF-8; save the file as UTF-8\n"},
        {"# \xED\xA0\x80\n", "1:3: byte 0xed is not UTF-8; save the file as UTF-8\n"},
        {"# \xF4\x90\x80\x80\n", "1:3: byte 0xf4 is not UTF-8; save the file as UTF-8\n"},
        {"# \xF0\x9F\x98\n", "1:3: byte 0xf0 is not UTF-8; save the file as UTF-8\n"},
        {"\r\n\r# \x1b\n", "3:3: control character 0x1b; take it out\n"},
        {"user: a\x7f\n", "1:8: control character 0x7f; take it out\n"},
        {"user: a\xC2\x9B\n", "1:8: an invisible control character; take it out\n"},
        {"user: \xEF\xBB\xBF\n", "1:7: an invisible control character; take it out\n"},
        {"user: \xEF\xBF\xBF\n", "1:7: an invisible control character; take it out\n"},
    };
    reading_assert_faults(cases, COUNT_OF(cases));
    reading_assert_text(STR("a\0b"), "1:2: control character 0x00; take it out\n");
}

static const struct suite_test tests[] = {
    {"syntax", "what is no YAML, or too much of it", test_syntax},
    {"syntax", "what is no text", test_bytes},
};

const struct suite_table syntax_tests = SUITE_TABLE(tests);
