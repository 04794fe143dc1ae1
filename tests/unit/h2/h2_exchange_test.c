/* What an honest client sees: requests, their answers, trailers, interim answers. */
#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_tables.h"

struct answer_row {
    const char *name;
    const char *method;
    const char *path;
    int64_t request_body; /* -1: none */
    unsigned status;
    uint64_t body;
    int64_t content_length;
};

static const struct answer_row answer_rows[] = {
    {"a GET is answered", "GET", "/hello", -1, 200, 5, 5},
    {"a HEAD has the length and no body", "HEAD", "/hello", -1, 200, 0, 5},
    {"a HEAD of a big thing has no body", "HEAD", "/size/1000000", -1, 200, 0, 1000000},
    {"a QUERY with a body is taken", "QUERY", "/take", 100, 200, 5, 5},
    {"a method nobody knows reaches the service", "BREW", "/hello", -1, 200, 5, 5},
    {"an echo without a body is empty", "POST", "/echo", -1, 200, 0, -1},
    {"an echo of an empty body is empty", "POST", "/echo", 0, 200, 0, -1},
    {"an echo of one byte is one byte", "POST", "/echo", 1, 200, 1, -1},
    {"an echo of several windows is whole", "POST", "/echo", 1000000, 200, 1000000, -1},
    {"an empty body is taken", "POST", "/take", 0, 200, 5, 5},
    {"no body is taken", "POST", "/take", -1, 200, 5, 5},
    {"a body of unknown length ends by itself", "GET", "/unknown", -1, 200, 5, -1},
    {"a size of nothing is nothing", "GET", "/size/0", -1, 200, 0, 0},
    {"a size of one frame is whole", "GET", "/size/16375", -1, 200, 16375, 16375},
    {"a size of one frame and a byte is whole", "GET", "/size/16376", -1, 200, 16376, 16376},
    {"a size of many windows is whole", "GET", "/size/3000000", -1, 200, 3000000, 3000000},
    {"204 has no body", "GET", "/status/204", -1, 204, 0, -1},
    {"304 has the length and no body", "GET", "/status/304", -1, 304, 0, 5},
    {"an unusual status arrives", "GET", "/status/299", -1, 299, 0, -1},
    {"what is not there is 404", "GET", "/nowhere", -1, 404, 4, 4},
};

static void check_answer(struct h2_lab *lab, const struct answer_row *row)
{
    int32_t id = lab_request(lab, row->method, row->path, NULL, NULL, row->request_body);
    const struct lab_stream *s = lab_stream(lab, id);

    lab_pump(lab);
    row_holds(s->status == row->status, row->name);
    row_holds(s->body == row->body, row->name);
    row_holds(s->content_length == row->content_length, row->name);
    row_holds(s->done_as > 0 && !s->is_reset, row->name);
    row_holds(s->has_date, row->name);
    row_holds(h2_conn_open_streams(lab->conn) == 0, row->name);
}

static void test_answers(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open(&lab);
    for (size_t i = 0; i < COUNT_OF(answer_rows); i++) {
        check_answer(&lab, &answer_rows[i]);
        row_holds(lab.exchanges_done == i + 1, answer_rows[i].name);
    }
    CU_ASSERT_EQUAL(lab.requests, COUNT_OF(answer_rows));
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_STREAMS), COUNT_OF(answer_rows));
    lab_fini(&lab);
}

static void test_all_at_once(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open(&lab);
    for (size_t i = 0; i < COUNT_OF(answer_rows); i++) {
        (void)lab_request(&lab, answer_rows[i].method, answer_rows[i].path, NULL, NULL,
                          answer_rows[i].request_body);
    }
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab.done, COUNT_OF(answer_rows));
    for (size_t i = 0; i < COUNT_OF(answer_rows); i++) {
        const struct lab_stream *s = lab_stream(&lab, (int32_t)(i * 2 + 1));
        row_holds(s->body == answer_rows[i].body, answer_rows[i].name);
    }
    lab_fini(&lab);
}

static void test_bytes_are_kept(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_request(&lab, "POST", "/echo", NULL, NULL, 200000);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->sum, 200000ull * 'q');
    lab_fini(&lab);
}

static void test_smallest_fill(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab.fill_bytes = H2_FILL_MIN;
    lab_open(&lab);
    for (size_t i = 0; i < COUNT_OF(answer_rows); i++) {
        check_answer(&lab, &answer_rows[i]);
    }
    lab_fini(&lab);
}

/* One byte at a time: no state of the reader may depend on where its input is cut. */
static void test_byte_by_byte(void)
{
    struct h2_lab lab;
    const uint8_t *data = NULL;
    ssize_t n = 0;

    lab_init(&lab);
    lab_open(&lab);
    (void)lab_request(&lab, "POST", "/echo", "x-long", "a value of some length", 3000);
    for (n = nghttp2_session_mem_send(lab.client, &data); n > 0;
         n = nghttp2_session_mem_send(lab.client, &data)) {
        for (ssize_t i = 0; i < n; i++) {
            CU_ASSERT_EQUAL(lab_raw(&lab, data + i, 1), ERR_OK);
        }
    }
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, 1)->body, 3000);
    CU_ASSERT_EQUAL(lab.done, 1);
    lab_fini(&lab);
}

static void test_trailers_from_us(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_get(&lab, "/trailers");
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 4);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->trailers, 1);
    CU_ASSERT(lab_stream(&lab, id)->done_as > 0);
    lab_fini(&lab);
}

static void test_trailers_both_ways(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_request(&lab, "POST", "/echo", NULL, NULL, 100000);
    lab_stream(&lab, id)->up_has_trailers = true;
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 100000);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->trailers, 1);
    CU_ASSERT(lab_stream(&lab, id)->done_as > 0);
    lab_fini(&lab);
}

static void test_hints(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_get(&lab, "/hints");
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->informational, 103);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->informational_count, 1);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, 200);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 5);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->trailers, 0);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_HEADERS, id), 2);
    lab_fini(&lab);
}

/* `continues`: how many 100s the client sees before it sends its body. */
struct continue_row {
    const char *name;
    const char *path;
    const char *expect;
    unsigned continues;
    unsigned status_before;
};

static const struct continue_row continue_rows[] = {
    {"a handler that takes says 100", "/take", "100-continue", 1, 0},
    {"in any letters", "/take", "100-Continue", 1, 0},
    {"one that answers without taking does not", "/early", "100-continue", 0, 413},
    {"one that waits does not", "/sink", "100-continue", 0, 0},
    {"nor one that nobody asked to", "/take", "", 0, 0},
};

static void check_continue(const struct continue_row *row)
{
    struct h2_lab lab;
    const struct lab_stream *s = NULL;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_post_open(&lab, row->path, row->expect[0] != '\0' ? "expect" : NULL, row->expect);
    s = lab_stream(&lab, id);
    lab_pump(&lab);
    row_holds(s->informational_count == row->continues, row->name);
    row_holds(s->status == row->status_before, row->name);
    lab_more(&lab, id, 70000, true);
    lab_pump(&lab);
    row_holds(s->informational_count == row->continues, row->name);
    lab_fini(&lab);
}

static void test_continue(void)
{
    for (size_t i = 0; i < COUNT_OF(continue_rows); i++) {
        check_continue(&continue_rows[i]);
    }
}

/* The client did not wait: the body is here, 100 would be of no use (RFC 9110, section 10.1.1). */
static void test_no_continue_when_body_came(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_request(&lab, "POST", "/take", "expect", "100-continue", -1);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->informational_count, 0);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, 200);
    lab_fini(&lab);
}

/* Other clients pad, and say that a field must never be indexed. */
static void test_padded_body(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab.padding = 100;
    lab_open(&lab);
    id = lab_request(&lab, "POST", "/echo", NULL, NULL, 300000);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 300000);
    CU_ASSERT(lab_stream(&lab, id)->done_as > 0);
    lab_fini(&lab);
}

/* A DATA frame and its head fill a TLS record of 16 KiB exactly. */
static void test_frames_fill_records(void)
{
    struct h2_lab lab;
    size_t whole = 0;

    lab_init(&lab);
    lab_open(&lab);
    (void)lab_get(&lab, "/size/60000");
    lab_pump(&lab);
    for (size_t i = 0; i < lab.frame_count; i++) {
        whole += lab.frames[i].type == NGHTTP2_DATA && lab.frames[i].length == 16375 ? 1 : 0;
    }
    CU_ASSERT_EQUAL(whole, 3);
    lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"h2 exchange", "answers as asked, one by one", test_answers},
    {"h2 exchange", "answers as asked, all at once", test_all_at_once},
    {"h2 exchange", "keeps the bytes of a body", test_bytes_are_kept},
    {"h2 exchange", "needs no more room than it says", test_smallest_fill},
    {"h2 exchange", "reads byte by byte", test_byte_by_byte},
    {"h2 exchange", "sends trailers", test_trailers_from_us},
    {"h2 exchange", "takes and sends trailers", test_trailers_both_ways},
    {"h2 exchange", "sends 103 before 200", test_hints},
    {"h2 exchange", "sends 100 at the handler's first take", test_continue},
    {"h2 exchange", "sends no 100 for a request without a body", test_no_continue_when_body_came},
    {"h2 exchange", "takes padded bodies", test_padded_body},
    {"h2 exchange", "sizes DATA frames for TLS records", test_frames_fill_records},
};

const struct suite_table h2_exchange_tests = SUITE_TABLE(tests);
