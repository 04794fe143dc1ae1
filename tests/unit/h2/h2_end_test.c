/* Endings: in two steps, at once, by the client, and in the middle of everything. */
#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_service.h"
#include "unit/h2/h2_tables.h"

#define LAST_OF_ALL 0x7fffffff

static void test_two_steps(void)
{
    struct h2_lab lab;
    int32_t id = 0;
    size_t first = 0;
    size_t second = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_get(&lab, "/later");
    lab_pump(&lab);
    h2_conn_drain(lab.conn);
    h2_conn_drain(lab.conn);
    lab_pump(&lab);
    first = lab_find(&lab, 0, NGHTTP2_GOAWAY, 0);
    second = lab_find(&lab, first + 1, NGHTTP2_GOAWAY, 0);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_GOAWAY, 0), 2);
    CU_ASSERT_EQUAL(lab.frames[first].last, LAST_OF_ALL);
    CU_ASSERT_EQUAL(lab.frames[first].code, NGHTTP2_NO_ERROR);
    CU_ASSERT_EQUAL(lab.frames[second].last, id);
    CU_ASSERT_EQUAL(lab.frames[second].code, NGHTTP2_NO_ERROR);
    CU_ASSERT(lab_find(&lab, first, NGHTTP2_PING, 0) < second);
    CU_ASSERT_FALSE(h2_conn_is_done(lab.conn));
    service_answer(&lab);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 7);
    CU_ASSERT(h2_conn_is_done(lab.conn));
    lab_fini(&lab);
}

static void test_idle_drain(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open_raw(&lab);
    lab_pump(&lab);
    CU_ASSERT_FALSE(h2_conn_is_done(lab.conn));
    h2_conn_drain(lab.conn);
    CU_ASSERT_FALSE(h2_conn_is_done(lab.conn));
    lab_pump(&lab);
    CU_ASSERT_FALSE(h2_conn_is_done(lab.conn));
    (void)!lab_send(&lab, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, lab.ping_data, 8);
    lab_pump(&lab);
    CU_ASSERT(h2_conn_is_done(lab.conn));
    CU_ASSERT_EQUAL(lab_goaway(&lab)->last, 0);
    lab_fini(&lab);
}

/* Requests that were under way when the first GOAWAY went are answered. */
static void test_requests_between_the_steps(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "GET", "/later", true);
    h2_conn_drain(lab.conn);
    (void)lab_to_client(&lab);
    (void)!lab_raw_request(&lab, 3, "GET", "/hello", true);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, 3)->body, 5);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_GOAWAY, 0), 1);
    h2_conn_drain_now(lab.conn);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_goaway(&lab)->last, 3);
    (void)!lab_raw_request(&lab, 5, "GET", "/hello", true);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab.requests, 2);
    CU_ASSERT_EQUAL(lab_stream(&lab, 5)->status, 0);
    service_answer(&lab);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, 1)->body, 7);
    CU_ASSERT(h2_conn_is_done(lab.conn));
    lab_fini(&lab);
}

/* The answer to our PING and a request in one piece: the final GOAWAY is decided between them. What
 * it does not name must not be processed, or the client would send it twice. */
static void test_request_behind_the_pong(void)
{
    struct h2_lab lab;
    struct lab_block b;
    uint8_t bytes[1000];
    size_t ping = 0;
    size_t n = 0;
    struct lab_frame pong = {.type = NGHTTP2_PING, .flags = NGHTTP2_FLAG_ACK, .length = 8};
    struct lab_frame head = {.type = NGHTTP2_HEADERS,
                             .flags = NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM,
                             .id = 3};

    lab_init(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "GET", "/later", true);
    h2_conn_drain(lab.conn);
    lab_pump(&lab);
    ping = lab_find(&lab, 0, NGHTTP2_PING, 0);
    CU_ASSERT(ping < lab.frame_count);
    n = lab_write_frame(bytes, &pong, lab.ping_data);
    lab_block_request(&b, "GET", "/hello");
    head.length = (uint32_t)b.len;
    n += lab_write_frame(bytes + n, &head, b.bytes);
    CU_ASSERT_EQUAL(lab_raw(&lab, bytes, n), ERR_OK);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_goaway(&lab)->last, lab.requests == 1 ? 1 : 3);
    CU_ASSERT_EQUAL(lab_stream(&lab, 3)->status, lab.requests == 1 ? 0 : 200);
    service_answer(&lab);
    lab_pump(&lab);
    CU_ASSERT(h2_conn_is_done(lab.conn));
    lab_fini(&lab);
}

/* The answer to an older PING is no proof that the client has seen our GOAWAY. */
static void test_an_older_pong_does_not_count(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab.settings.ping_interval_ns = 1000000000;
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "GET", "/later", true);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 1500, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_PING, 0), 1);
    h2_conn_drain(lab.conn);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_PING, 0), 2);
    (void)!lab_send(&lab, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "\0\0\0\0\0\0\0\0", 8);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_GOAWAY, 0), 1);
    (void)!lab_send(&lab, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, lab.ping_data, 8);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_GOAWAY, 0), 2);
    service_answer(&lab);
    lab_pump(&lab);
    lab_fini(&lab);
}

static void test_no_pong(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "GET", "/later", true);
    h2_conn_drain(lab.conn);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 990, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_GOAWAY, 0), 1);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 10, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_GOAWAY, 0), 2);
    CU_ASSERT_EQUAL(lab_goaway(&lab)->last, 1);
    CU_ASSERT_FALSE(h2_conn_is_done(lab.conn));
    service_answer(&lab);
    lab_pump(&lab);
    CU_ASSERT(h2_conn_is_done(lab.conn));
    lab_fini(&lab);
}

/* With a client that obeys: whatever it opened at or below the final id is answered whole. */
static void test_drain_under_load(void)
{
    struct h2_lab lab;
    unsigned done = 0;

    lab_init(&lab);
    lab.fill_bytes = H2_FILL_MIN;
    lab_open(&lab);
    for (unsigned i = 0; i < 50; i++) {
        (void)lab_get(&lab, "/size/100000");
        if (i == 25) {
            (void)lab_to_server(&lab);
            (void)lab_to_client(&lab);
            h2_conn_drain(lab.conn);
        }
    }
    lab_pump(&lab);
    for (int32_t id = 1; id < 100; id += 2) {
        const struct lab_stream *s = lab_stream(&lab, id);
        CU_ASSERT_EQUAL(s->done_as > 0, id <= lab_goaway(&lab)->last);
        CU_ASSERT(s->done_as == 0 || s->body == 100000);
        done += s->done_as > 0 ? 1 : 0;
    }
    CU_ASSERT_EQUAL(done, lab.requests);
    CU_ASSERT(done > 0);
    CU_ASSERT(h2_conn_is_done(lab.conn));
    lab_fini(&lab);
}

static void test_client_says_goodbye(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "GET", "/later", true);
    CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8), ERR_OK);
    lab_pump(&lab);
    CU_ASSERT_FALSE(h2_conn_is_done(lab.conn));
    service_answer(&lab);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, 1)->body, 7);
    CU_ASSERT(h2_conn_is_done(lab.conn));
    lab_fini(&lab);
}

struct give_up_row {
    enum err why;
    uint32_t code;
    const char *name;
};

static const struct give_up_row give_up_rows[] = {
    {ERR_TIMEOUT, NGHTTP2_NO_ERROR, "too slow"},
    {ERR_CLOSED, NGHTTP2_NO_ERROR, "in order"},
    {ERR_FULL, NGHTTP2_ENHANCE_YOUR_CALM, "too much"},
    {ERR_IO, NGHTTP2_INTERNAL_ERROR, "our own fault"},
};

static void test_giving_up(void)
{
    for (size_t i = 0; i < COUNT_OF(give_up_rows); i++) {
        const struct give_up_row *row = &give_up_rows[i];
        struct h2_lab lab;
        lab_init(&lab);
        lab_open_raw(&lab);
        (void)!lab_raw_request(&lab, 1, "GET", "/later", true);
        h2_conn_give_up(lab.conn, row->why);
        h2_conn_give_up(lab.conn, ERR_IO);
        CU_ASSERT_EQUAL(lab_raw_request(&lab, 3, "GET", "/hello", true), ERR_OK);
        lab_pump(&lab);
        row_holds(lab_count(&lab, NGHTTP2_GOAWAY, 0) == 1, row->name);
        row_holds(lab_goaway(&lab)->code == row->code, row->name);
        row_holds(lab.requests == 1, row->name);
        row_holds(h2_conn_is_done(lab.conn), row->name);
        lab_fini(&lab);
    }
}

/* Every state in which a socket may break: nothing leaks, every handler is told and lets go. */
static void open_nothing(struct h2_lab *lab)
{
    (void)lab;
}

static void open_request(struct h2_lab *lab)
{
    (void)!lab_raw_request(lab, 1, "GET", "/later", true);
}

static void open_queued_answer(struct h2_lab *lab)
{
    (void)!lab_raw_request(lab, 1, "GET", "/size/1000000", true);
    (void)!lab_raw_request(lab, 3, "GET", "/trailers", true);
    (void)!lab_raw_request(lab, 5, "GET", "/huge-head", true);
}

static void open_half_answer(struct h2_lab *lab)
{
    open_queued_answer(lab);
    (void)lab_to_client(lab);
}

static void open_body(struct h2_lab *lab)
{
    (void)!lab_raw_request(lab, 1, "POST", "/sink", false);
    (void)!lab_raw_request(lab, 3, "POST", "/echo", false);
    (void)!lab_send(lab, NGHTTP2_DATA, 0, 1, "some", 4);
    (void)!lab_send(lab, NGHTTP2_DATA, 0, 3, "some", 4);
}

static void open_half_head(struct h2_lab *lab)
{
    struct lab_block b;

    lab_block_request(&b, "GET", "/hello");
    (void)!lab_send(lab, NGHTTP2_HEADERS, 0, 1, b.bytes, b.len);
}

static void open_half_frame(struct h2_lab *lab)
{
    (void)!lab_raw_request(lab, 1, "POST", "/sink", false);
    (void)!lab_raw(lab, "\0\x10\0\0\0\0\0\0\1half", 13);
}

static void open_drain(struct h2_lab *lab)
{
    open_body(lab);
    h2_conn_drain(lab->conn);
}

static void open_broken(struct h2_lab *lab)
{
    open_body(lab);
    (void)!lab_send(lab, NGHTTP2_DATA, 0, 0, "some", 4);
}

static void open_unread_reset(struct h2_lab *lab)
{
    (void)!lab_raw_request(lab, 1, "POST", "/abort", false);
    (void)!lab_send(lab, NGHTTP2_DATA, 0, 1, "some", 4);
}

struct state_row {
    const char *name;
    void (*open)(struct h2_lab *lab);
};

static const struct state_row state_rows[] = {
    {"an idle connection", open_nothing},
    {"a request that waits", open_request},
    {"answers not sent", open_queued_answer},
    {"answers half sent", open_half_answer},
    {"bodies under way", open_body},
    {"half a head", open_half_head},
    {"half a frame", open_half_frame},
    {"a drain", open_drain},
    {"an error whose GOAWAY was not sent", open_broken},
    {"a reset not sent", open_unread_reset},
};

static void test_closing(void)
{
    for (size_t i = 0; i < COUNT_OF(state_rows); i++) {
        struct h2_lab lab;
        lab_init(&lab);
        lab_open_raw(&lab);
        state_rows[i].open(&lab);
        h2_conn_close(&lab.conn, ERR_RESET);
        manual_loop_settle(&lab.loop);
        row_holds(lab.conn == NULL && lab.is_freed, state_rows[i].name);
        row_holds(lab.exchanges_done == lab.requests, state_rows[i].name);
        lab_fini(&lab);
    }
}

static void test_closing_before_anything(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open_silent(&lab);
    h2_conn_close(&lab.conn, ERR_RESET);
    CU_ASSERT(lab.is_freed);
    lab_fini(&lab);
}

/* A handler may hold on longer than the connection; it speaks to nobody then. */
static void test_handler_outlives_the_connection(void)
{
    static const char *const paths[] = {"/later", "/half"};

    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct h2_lab lab;
        lab_init(&lab);
        lab_open_raw(&lab);
        (void)!lab_raw_request(&lab, 1, "GET", paths[i], true);
        h2_conn_close(&lab.conn, ERR_RESET);
        row_holds(!lab.is_freed, paths[i]);
        if (i == 0) {
            service_answer(&lab);
        } else {
            service_abort(&lab, ERR_IO);
        }
        manual_loop_settle(&lab.loop);
        row_holds(lab.is_freed, paths[i]);
        row_holds(lab.gone == 0 && lab.exchanges_done == 1, paths[i]);
        lab_fini(&lab);
    }
}

static const struct suite_test tests[] = {
    {"h2 end", "says GOAWAY twice, a PING between", test_two_steps},
    {"h2 end", "is done at once when nothing runs", test_idle_drain},
    {"h2 end", "answers what was begun before the second step", test_requests_between_the_steps},
    {"h2 end", "processes nothing above the final id", test_request_behind_the_pong},
    {"h2 end", "waits for the answer to its own PING", test_an_older_pong_does_not_count},
    {"h2 end", "goes on after a second without an answer", test_no_pong},
    {"h2 end", "finishes what a busy client has opened", test_drain_under_load},
    {"h2 end", "finishes after the client's GOAWAY", test_client_says_goodbye},
    {"h2 end", "says why it gives up", test_giving_up},
    {"h2 end", "leaks nothing in any state", test_closing},
    {"h2 end", "leaks nothing before the preface", test_closing_before_anything},
    {"h2 end", "bears handlers that let go later", test_handler_outlives_the_connection},
};

const struct suite_table h2_end_tests = SUITE_TABLE(tests);
