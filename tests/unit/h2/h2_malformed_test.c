/* Requests that are none (RFC 9113, section 8): refused or reset, and the connection lives on. */
#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_tables.h"

#define FIELDS_MAX 8

/* What becomes of a request: a status; the handler's own answer; or RST_STREAM PROTOCOL_ERROR. */
enum fate {
    FATE_RESET = 0,
    FATE_SERVED = 200
};

struct head_row {
    const char *name;
    unsigned fate; /* enum fate or a status of refusal */

    struct {
        const char *name;
        const char *value;
    } fields[FIELDS_MAX];
};

#define METHOD           \
    {                    \
        ":method", "GET" \
    }
#define SCHEME             \
    {                      \
        ":scheme", "https" \
    }
#define PATH              \
    {                     \
        ":path", "/hello" \
    }
#define AUTHORITY                   \
    {                               \
        ":authority", "example.com" \
    }
#define ORDINARY METHOD, SCHEME, PATH, AUTHORITY

static const struct head_row head_rows[] = {
    {"an ordinary request", FATE_SERVED, {ORDINARY}},
    {"pseudo-fields in another order", FATE_SERVED, {AUTHORITY, PATH, SCHEME, METHOD}},
    {"no method", FATE_RESET, {SCHEME, PATH, AUTHORITY}},
    {"no scheme", FATE_RESET, {METHOD, PATH, AUTHORITY}},
    {"no path", FATE_RESET, {METHOD, SCHEME, AUTHORITY}},
    {"neither authority nor host", FATE_RESET, {METHOD, SCHEME, PATH}},
    {"two methods", FATE_RESET, {ORDINARY, METHOD}},
    {"two schemes", FATE_RESET, {ORDINARY, SCHEME}},
    {"two paths", FATE_RESET, {ORDINARY, PATH}},
    {"two authorities", FATE_RESET, {ORDINARY, AUTHORITY}},
    {"a pseudo-field behind a field", FATE_RESET, {METHOD, SCHEME, PATH, {"x-a", "1"}, AUTHORITY}},
    {"a response's pseudo-field", FATE_RESET, {ORDINARY, {":status", "200"}}},
    {"a pseudo-field nobody knows", FATE_RESET, {ORDINARY, {":weather", "fine"}}},
    {"an upper-case name", FATE_RESET, {ORDINARY, {"X-Upper", "1"}}},
    {"a name with a space", 400, {ORDINARY, {"x y", "1"}}},
    {"a name with a colon", 400, {ORDINARY, {"x:y", "1"}}},
    {"an empty name", 400, {ORDINARY, {"", "1"}}},
    {"a value with CR and LF", 400, {ORDINARY, {"x-a", "1\r\nhost: other"}}},
    {"a value with a control", 400, {ORDINARY, {"x-a", "1\x01"}}},
    {"a value with a space in front", 400, {ORDINARY, {"x-a", " 1"}}},
    {"a value of other letters", FATE_SERVED, {ORDINARY, {"x-a", "h\xc3\xa9t\xe9"}}},
    {"an empty value", FATE_SERVED, {ORDINARY, {"x-a", ""}}},
    {"connection", FATE_RESET, {ORDINARY, {"connection", "close"}}},
    {"keep-alive", FATE_RESET, {ORDINARY, {"keep-alive", "timeout=5"}}},
    {"proxy-connection", FATE_RESET, {ORDINARY, {"proxy-connection", "close"}}},
    {"transfer-encoding", FATE_RESET, {ORDINARY, {"transfer-encoding", "chunked"}}},
    {"upgrade", FATE_RESET, {ORDINARY, {"upgrade", "websocket"}}},
    {"te: trailers", FATE_SERVED, {ORDINARY, {"te", "trailers"}}},
    {"te: gzip", FATE_RESET, {ORDINARY, {"te", "gzip"}}},
    {"host as authority", FATE_SERVED, {ORDINARY, {"host", "example.com"}}},
    {"host as authority in other letters", FATE_SERVED, {ORDINARY, {"host", "Example.COM"}}},
    {"host unlike authority", 400, {ORDINARY, {"host", "example.org"}}},
    {"host with a port that authority lacks", 400, {ORDINARY, {"host", "example.com:8443"}}},
    {"host alone", FATE_SERVED, {METHOD, SCHEME, PATH, {"host", "example.com"}}},
    {"host twice", FATE_RESET, {ORDINARY, {"host", "example.com"}, {"host", "example.com"}}},
    {"host empty", FATE_RESET, {ORDINARY, {"host", ""}}},
    {"authority empty", FATE_RESET, {METHOD, SCHEME, PATH, {":authority", ""}}},
    {"an authority with a space", FATE_RESET, {METHOD, SCHEME, PATH, {":authority", "a b"}}},
    {"content-length nothing", FATE_SERVED, {ORDINARY, {"content-length", "0"}}},
    {"content-length without a body", FATE_RESET, {ORDINARY, {"content-length", "5"}}},
    {"content-length no number", FATE_RESET, {ORDINARY, {"content-length", "five"}}},
    {"content-length below zero", FATE_RESET, {ORDINARY, {"content-length", "-1"}}},
    {"content-length with a plus", FATE_RESET, {ORDINARY, {"content-length", "+0"}}},
    {"content-length empty", FATE_RESET, {ORDINARY, {"content-length", ""}}},
    {"content-length as a list", FATE_RESET, {ORDINARY, {"content-length", "0, 0"}}},
    {"content-length beyond all",
     FATE_RESET,
     {ORDINARY, {"content-length", "99999999999999999999"}}},
    {"content-length twice",
     FATE_RESET,
     {ORDINARY, {"content-length", "0"}, {"content-length", "0"}}},
    {"a path without a slash", FATE_RESET, {METHOD, SCHEME, {":path", "hello"}, AUTHORITY}},
    {"an empty path", FATE_RESET, {METHOD, SCHEME, {":path", ""}, AUTHORITY}},
    {"a whole URI as path",
     FATE_RESET,
     {METHOD, SCHEME, {":path", "https://example.com/"}, AUTHORITY}},
    {"a path of a star", FATE_RESET, {METHOD, SCHEME, {":path", "*"}, AUTHORITY}},
    {"OPTIONS of a star", 404, {{":method", "OPTIONS"}, SCHEME, {":path", "*"}, AUTHORITY}},
    {"a path with a space", FATE_RESET, {METHOD, SCHEME, {":path", "/a b"}, AUTHORITY}},
    {"an empty method", FATE_RESET, {{":method", ""}, SCHEME, PATH, AUTHORITY}},
    {"a method with a space", FATE_RESET, {{":method", "GE T"}, SCHEME, PATH, AUTHORITY}},
    {"http as scheme", FATE_SERVED, {METHOD, {":scheme", "http"}, PATH, AUTHORITY}},
    {"a scheme nobody knows", 400, {METHOD, {":scheme", "gopher"}, PATH, AUTHORITY}},
    {"such a scheme and no path to it",
     400,
     {METHOD, {":scheme", "gopher"}, {":path", "hello"}, AUTHORITY}},
    {"CONNECT", 501, {{":method", "CONNECT"}, AUTHORITY}},
    {"CONNECT with a path", FATE_RESET, {{":method", "CONNECT"}, SCHEME, PATH, AUTHORITY}},
    {"CONNECT for a protocol",
     FATE_RESET,
     {{":method", "CONNECT"}, SCHEME, PATH, AUTHORITY, {":protocol", "websocket"}}},
    {"an expectation nobody knows", 417, {ORDINARY, {"expect", "a-miracle"}}},
    {"an expectation without a body", FATE_SERVED, {ORDINARY, {"expect", "100-continue"}}},
};

static size_t read_fields(const struct head_row *row, nghttp2_nv *nv)
{
    size_t n = 0;

    while (n < FIELDS_MAX && row->fields[n].name != NULL) {
        nv[n] = lab_nv(row->fields[n].name, row->fields[n].value);
        n++;
    }
    return n;
}

/* A malformed request may as well be reset as answered by 400 (RFC 9113, section 8.1.1). */
static bool has_fate(const struct lab_stream *s, unsigned fate)
{
    if (fate == FATE_RESET) {
        return s->is_reset && s->reset_code == NGHTTP2_PROTOCOL_ERROR && s->status == 0;
    }
    return s->status == fate && s->done_as > 0;
}

static void check_head(struct h2_lab *lab, const struct head_row *row)
{
    nghttp2_nv nv[FIELDS_MAX];
    unsigned requests = lab->requests;
    bool is_served = row->fate == FATE_SERVED || row->fate == 404;
    int32_t id = lab_submit(lab, nv, read_fields(row, nv), false);
    int32_t next = 0;

    lab_pump(lab);
    row_holds(has_fate(lab_stream(lab, id), row->fate), row->name);
    row_holds(lab->requests == requests + (is_served ? 1 : 0), row->name);
    next = lab_get(lab, "/hello");
    lab_pump(lab);
    row_holds(lab_stream(lab, next)->body == 5, row->name);
}

static void test_heads(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open(&lab);
    for (size_t i = 0; i < COUNT_OF(head_rows); i++) {
        check_head(&lab, &head_rows[i]);
    }
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    CU_ASSERT_EQUAL(h2_conn_open_streams(lab.conn), 0);
    CU_ASSERT(lab_metric(&lab, METRIC_H2_MALFORMED) > 0);
    lab_fini(&lab);
}

/* The same with a body under way: a refused request is answered and its rest reset. */
static void test_heads_with_bodies(void)
{
    struct h2_lab lab;
    nghttp2_nv nv[FIELDS_MAX];

    lab_init(&lab);
    lab_open(&lab);
    for (size_t i = 0; i < COUNT_OF(head_rows); i++) {
        const struct head_row *row = &head_rows[i];
        size_t count = read_fields(row, nv);
        int32_t id = lab_submit(&lab, nv, count, true);
        lab_stream(&lab, id)->up_is_open = true;
        lab_pump(&lab);
        row_holds(lab_stream(&lab, id)->is_reset, row->name);
        row_holds(lab_count(&lab, NGHTTP2_RST_STREAM, id) == 1, row->name);
    }
    CU_ASSERT_EQUAL(h2_conn_open_streams(lab.conn), 0);
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

struct length_row {
    const char *name;
    const char *said;
    int64_t sent;
    bool is_good;
};

static const struct length_row length_rows[] = {
    {"a body as long as said", "1000", 1000, true},
    {"a body shorter than said", "1001", 1000, false},
    {"a body longer than said", "999", 1000, false},
    {"no body where one was said", "1", 0, false},
};

static void test_request_lengths(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open(&lab);
    for (size_t i = 0; i < COUNT_OF(length_rows); i++) {
        const struct length_row *row = &length_rows[i];
        int32_t id = lab_request(&lab, "POST", "/take", "content-length", row->said, row->sent);
        const struct lab_stream *s = lab_stream(&lab, id);
        lab_pump(&lab);
        row_holds(row->is_good == (s->status == 200), row->name);
        row_holds(row->is_good != s->is_reset, row->name);
        row_holds(row->is_good || s->reset_code == NGHTTP2_PROTOCOL_ERROR, row->name);
    }
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

struct trailer_row {
    const char *name;
    const char *field;
    const char *value;
    uint8_t flags;
    bool is_good;
};

static const struct trailer_row trailer_rows[] = {
    {"a trailer", "x-sum", "1", NGHTTP2_FLAG_END_STREAM, true},
    {"trailers that do not end the stream", "x-sum", "1", 0, false},
    {"a pseudo-field as trailer", ":path", "/", NGHTTP2_FLAG_END_STREAM, false},
    {"a trailer with an upper-case name", "X-Sum", "1", NGHTTP2_FLAG_END_STREAM, false},
    {"a trailer with a line's end", "x-sum", "1\r\n", NGHTTP2_FLAG_END_STREAM, false},
    {"connection as trailer", "connection", "close", NGHTTP2_FLAG_END_STREAM, false},
};

static void test_trailers(void)
{
    struct h2_lab lab;
    int32_t id = -1;

    lab_init(&lab);
    lab_open_raw(&lab);
    for (size_t i = 0; i < COUNT_OF(trailer_rows); i++) {
        const struct trailer_row *row = &trailer_rows[i];
        struct lab_block b = {0};
        id += 2;
        (void)!lab_raw_request(&lab, id, "POST", "/take", false);
        lab_block_add(&b, row->field, row->value);
        (void)!lab_send(&lab, NGHTTP2_HEADERS, row->flags | NGHTTP2_FLAG_END_HEADERS, id, b.bytes,
                        b.len);
        lab_pump(&lab);
        row_holds(row->is_good == (lab_stream(&lab, id)->status == 200), row->name);
        row_holds(row->is_good != lab_stream(&lab, id)->is_reset, row->name);
    }
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

/* One reset for a block, however many faults it has: thousands of indexed fields would else become
 * thousands of frames. */
static void test_one_reset_for_many_faults(void)
{
    struct h2_lab lab;
    struct lab_block b = {0};

    lab_init(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "POST", "/sink", false);
    for (unsigned i = 0; i < 1000; i++) {
        lab_block_add(&b, "X", "1");
    }
    (void)!lab_send(&lab, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, 1,
                    b.bytes, b.len);
    (void)!lab_raw_request(&lab, 3, "POST", "/sink", false);
    b.len = 0;
    for (unsigned i = 0; i < 1000; i++) {
        lab_block_add(&b, "x", "1");
    }
    (void)!lab_send(&lab, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, 3,
                    b.bytes, b.len);
    CU_ASSERT_FALSE(h2_conn_is_choked(lab.conn));
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_RST_STREAM, 1), 1);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_RST_STREAM, 3), 1);
    lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"h2 malformed", "heads that are none", test_heads},
    {"h2 malformed", "heads that are none, with a body", test_heads_with_bodies},
    {"h2 malformed", "bodies of another length than said", test_request_lengths},
    {"h2 malformed", "trailers that are none", test_trailers},
    {"h2 malformed", "are reset once", test_one_reset_for_many_faults},
};

const struct suite_table h2_malformed_tests = SUITE_TABLE(tests);
