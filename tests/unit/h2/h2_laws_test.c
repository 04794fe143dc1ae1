/* The laws of an exchange, as they show on the wire and to the handler. */
#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_service.h"
#include "unit/h2/h2_tables.h"

/* What follows END_STREAM, when the request is not whole, is RST_STREAM NO_ERROR; no frame of the
 * stream stands between or behind (RFC 9113, section 8.1). */
static bool is_reset_after_answer(const struct h2_lab *lab, int32_t id)
{
    size_t end = lab_find_end(lab, id);
    size_t reset = lab_find(lab, 0, NGHTTP2_RST_STREAM, id);

    return end < lab->frame_count && reset < lab->frame_count && reset > end &&
           lab->frames[reset].code == NGHTTP2_NO_ERROR &&
           lab_count(lab, NGHTTP2_RST_STREAM, id) == 1;
}

static void test_early_answer(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_request(&lab, "POST", "/early", NULL, NULL, 1000000);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, 413);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 8);
    CU_ASSERT(is_reset_after_answer(&lab, id));
    CU_ASSERT_EQUAL(lab.gone, 0);
    lab_fini(&lab);
}

/* The answer is larger than a window: its DATA waits, and so must the reset. */
static void test_early_answer_waits_for_its_data(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab.is_lazy = true;
    lab_open(&lab);
    id = lab_post_open(&lab, "/size/200000", NULL, NULL);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, LAB_WINDOW);
    CU_ASSERT_FALSE(lab_stream(&lab, id)->is_reset);
    CU_ASSERT_EQUAL(h2_conn_unanswered(lab.conn), 1);
    (void)nghttp2_submit_window_update(lab.client, 0, 0, 200000);
    (void)nghttp2_submit_window_update(lab.client, 0, id, 200000);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 200000);
    CU_ASSERT(is_reset_after_answer(&lab, id));
    CU_ASSERT_EQUAL(h2_conn_unanswered(lab.conn), 0);
    lab_fini(&lab);
}

static void test_early_head_only(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_post_open(&lab, "/status/204", NULL, NULL);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, 204);
    CU_ASSERT(is_reset_after_answer(&lab, id));
    lab_fini(&lab);
}

static void test_whole_request_is_not_reset(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_request(&lab, "POST", "/early", NULL, NULL, 100);
    (void)lab_to_server(&lab);
    (void)lab_to_server(&lab);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_RST_STREAM, id), 0);
    lab_fini(&lab);
}

static void test_client_leaves_mid_body(void)
{
    static const char *const paths[] = {"/sink", "/take", "/echo", "/later", "/half"};
    struct h2_lab lab;

    lab_init(&lab);
    lab_open(&lab);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        int32_t id = lab_post_open(&lab, paths[i], NULL, NULL);
        lab_more(&lab, id, 1000, false);
        lab_pump(&lab);
        row_holds(lab.gone == i && lab.exchanges_done == i, paths[i]);
        lab_reset(&lab, id, NGHTTP2_CANCEL);
        lab_pump(&lab);
        row_holds(lab.gone == i + 1, paths[i]);
        row_holds(lab.exchanges_done == i + 1, paths[i]);
        row_holds(h2_conn_open_streams(lab.conn) == 0, paths[i]);
    }
    lab_fini(&lab);
}

/* In one turn: the request, its body, its reset. */
static void test_client_leaves_at_once(void)
{
    struct h2_lab lab;
    uint8_t bytes[LAB_BLOCK_BYTES];
    struct lab_block b;
    size_t n = 0;
    const uint8_t cancel[4] = {0, 0, 0, NGHTTP2_CANCEL};

    lab_init(&lab);
    lab_open_raw(&lab);
    lab_block_request(&b, "POST", "/take");
    n = lab_write_frame(bytes,
                        &(struct lab_frame){.type = NGHTTP2_HEADERS,
                                            .flags = NGHTTP2_FLAG_END_HEADERS,
                                            .id = 1,
                                            .length = (uint32_t)b.len},
                        b.bytes);
    n += lab_write_frame(bytes + n, &(struct lab_frame){.id = 1, .length = 4}, "body");
    n += lab_write_frame(
        bytes + n, &(struct lab_frame){.type = NGHTTP2_RST_STREAM, .id = 1, .length = 4}, cancel);
    CU_ASSERT_EQUAL(lab_raw(&lab, bytes, n), ERR_OK);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab.requests, 1);
    CU_ASSERT_EQUAL(lab.gone, 1);
    CU_ASSERT_EQUAL(lab.exchanges_done, 1);
    CU_ASSERT_EQUAL(lab_stream(&lab, 1)->status, 0);
    lab_fini(&lab);
}

struct break_row {
    const char *name;
    const char *path;
    uint32_t code;
    uint64_t body; /* bytes that came before */
};

static const struct break_row break_rows[] = {
    {"a handler that breaks off resets the stream", "/abort", NGHTTP2_INTERNAL_ERROR, 0},
    {"a body shorter than promised is no orderly end", "/short", NGHTTP2_INTERNAL_ERROR, 0},
    {"nor is one that is longer", "/long", NGHTTP2_INTERNAL_ERROR, 0},
    {"nor is none at all", "/nothing", NGHTTP2_INTERNAL_ERROR, 0},
    {"a head that cannot be sent is given up", "/huge-head", NGHTTP2_INTERNAL_ERROR, 0},
};

static void check_break(struct h2_lab *lab, const struct break_row *row)
{
    int32_t id = lab_get(lab, row->path);
    const struct lab_stream *s = lab_stream(lab, id);
    int32_t next = 0;

    lab_pump(lab);
    row_holds(s->is_reset && s->reset_code == row->code, row->name);
    row_holds(s->body == row->body && s->done_as == 0, row->name);
    row_holds(lab_count(lab, NGHTTP2_RST_STREAM, id) == 1, row->name);
    next = lab_get(lab, "/hello");
    lab_pump(lab);
    row_holds(lab_stream(lab, next)->body == 5, row->name);
}

static void test_breaks(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open(&lab);
    for (size_t i = 0; i < COUNT_OF(break_rows); i++) {
        check_break(&lab, &break_rows[i]);
    }
    CU_ASSERT_EQUAL(lab.exchanges_done, 2 * COUNT_OF(break_rows));
    CU_ASSERT_EQUAL(lab.late, 0);
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

static void test_abort_mid_body(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_get(&lab, "/half");
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 5);
    service_abort(&lab, ERR_CANCELLED);
    lab_pump(&lab);
    CU_ASSERT(lab_stream(&lab, id)->is_reset);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->reset_code, NGHTTP2_CANCEL);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->done_as, 0);
    CU_ASSERT_EQUAL(lab.exchanges_done, 1);
    lab_fini(&lab);
}

static void test_nobody_is_told_after_finish(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab.is_lazy = true;
    lab_open(&lab);
    id = lab_post_open(&lab, "/deaf", NULL, NULL);
    lab_more(&lab, id, 1000, false);
    (void)lab_to_server(&lab);
    (void)lab_to_server(&lab);
    lab_reset(&lab, id, NGHTTP2_CANCEL);
    lab_pump(&lab);
    (void)lab_request(&lab, "POST", "/deaf", NULL, NULL, 100000);
    (void)lab_request(&lab, "POST", "/abort", NULL, NULL, 100000);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab.late, 0);
    CU_ASSERT_EQUAL(lab.exchanges_done, 3);
    lab_fini(&lab);
}

static void test_later_is_later(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_get(&lab, "/later");
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, 0);
    CU_ASSERT_EQUAL(h2_conn_unanswered(lab.conn), 1);
    service_answer(&lab);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, 200);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 7);
    lab_fini(&lab);
}

/* What arrives for a stream after our reset is dropped, its trailers too. */
static void test_late_frames_after_reset(void)
{
    struct h2_lab lab;
    struct lab_block b = {0};

    lab_init(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "POST", "/early", false);
    lab_pump(&lab);
    CU_ASSERT(is_reset_after_answer(&lab, 1));
    CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_DATA, 0, 1, "late", 4), ERR_OK);
    lab_block_add(&b, "x-late", "1");
    CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_HEADERS,
                             NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, 1, b.bytes, b.len),
                    ERR_OK);
    (void)!lab_raw_request(&lab, 3, "GET", "/hello", true);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, 3)->body, 5);
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

static void test_limited_body(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_request(&lab, "POST", "/limited", NULL, NULL, 1000);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, 200);
    id = lab_request(&lab, "POST", "/limited", NULL, NULL, 1001);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, 413);
    CU_ASSERT_EQUAL(lab.body_failure, ERR_FULL);
    id = lab_request(&lab, "POST", "/limited", NULL, NULL, 1000000);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, 413);
    CU_ASSERT(is_reset_after_answer(&lab, id));
    lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"h2 laws", "resets the rest of a request after an early answer", test_early_answer},
    {"h2 laws", "sends a large early answer whole before the reset",
     test_early_answer_waits_for_its_data},
    {"h2 laws", "resets after a head alone as well", test_early_head_only},
    {"h2 laws", "does not reset a request that is whole", test_whole_request_is_not_reset},
    {"h2 laws", "tells the handler once that the client left", test_client_leaves_mid_body},
    {"h2 laws", "bears a client that leaves in the same turn", test_client_leaves_at_once},
    {"h2 laws", "resets what has no orderly end", test_breaks},
    {"h2 laws", "breaks off in the middle of a body", test_abort_mid_body},
    {"h2 laws", "tells nothing after finish", test_nobody_is_told_after_finish},
    {"h2 laws", "waits for a handler", test_later_is_later},
    {"h2 laws", "drops what comes after a reset", test_late_frames_after_reset},
    {"h2 laws", "keeps the limit of a body", test_limited_body},
};

const struct suite_table h2_laws_tests = SUITE_TABLE(tests);
