/* Frames that are cheap to send and dear to handle: as many as the settings say, and not one more.
 */
#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_tables.h"

#define LIMIT 20

/* Sends the `i`th frame of a flood. */
struct flood_row {
    const char *name;
    void (*send)(struct h2_lab *lab, unsigned i);
    unsigned before; /* frames of that kind that opening the connection took */
    enum metric_id metric;
};

static int32_t nth_id(unsigned i)
{
    return (int32_t)(i * 2 + 3);
}

static void send_reset(struct h2_lab *lab, unsigned i)
{
    const uint8_t cancel[4] = {0, 0, 0, NGHTTP2_CANCEL};

    (void)!lab_raw_request(lab, nth_id(i), "GET", "/later", false);
    (void)!lab_send(lab, NGHTTP2_RST_STREAM, 0, nth_id(i), cancel, 4);
}

static void send_ping(struct h2_lab *lab, unsigned i)
{
    (void)i;
    (void)!lab_send(lab, NGHTTP2_PING, 0, 0, "12345678", 8);
}

static void send_settings(struct h2_lab *lab, unsigned i)
{
    (void)i;
    (void)!lab_send(lab, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
}

static void send_priority(struct h2_lab *lab, unsigned i)
{
    (void)i;
    (void)!lab_send(lab, NGHTTP2_PRIORITY, 0, 1, "\0\0\0\0\1", 5);
}

static void send_priority_update(struct h2_lab *lab, unsigned i)
{
    (void)i;
    (void)!lab_send(lab, LAB_PRIORITY_UPDATE, 0, 0, "\0\0\0\1u=1", 7);
}

static void send_empty_data(struct h2_lab *lab, unsigned i)
{
    (void)i;
    (void)!lab_send(lab, NGHTTP2_DATA, 0, 1, NULL, 0);
}

/* Nothing but padding. */
static void send_padded_data(struct h2_lab *lab, unsigned i)
{
    (void)i;
    (void)!lab_send(lab, NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\3\0\0\0", 4);
}

static void send_window_update(struct h2_lab *lab, unsigned i)
{
    (void)!lab_send(lab, NGHTTP2_WINDOW_UPDATE, 0, i % 2 == 0 ? 0 : 1, "\0\0\0\1", 4);
}

static void send_malformed(struct h2_lab *lab, unsigned i)
{
    struct lab_block b = {0};

    lab_block_add(&b, "x", "y");
    (void)!lab_send(lab, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS,
                    nth_id(i), b.bytes, b.len);
}

static const struct flood_row flood_rows[] = {
    {"RST_STREAM", send_reset, 0, METRIC_H2_FLOOD_RESET},
    {"PING", send_ping, 0, METRIC_H2_FLOOD_PING},
    {"SETTINGS", send_settings, 2, METRIC_H2_FLOOD_SETTINGS},
    {"PRIORITY", send_priority, 0, METRIC_H2_FLOOD_PRIORITY},
    {"PRIORITY_UPDATE", send_priority_update, 0, METRIC_H2_FLOOD_PRIORITY},
    {"empty DATA", send_empty_data, 0, METRIC_H2_FLOOD_EMPTY_DATA},
    {"DATA of padding", send_padded_data, 0, METRIC_H2_FLOOD_EMPTY_DATA},
    {"WINDOW_UPDATE", send_window_update, 0, METRIC_H2_FLOOD_WINDOW_UPDATE},
    {"malformed requests", send_malformed, 0, METRIC_H2_FLOOD_ERROR},
};

static void set_limits(struct h2_settings *s)
{
    s->max_resets = LIMIT;
    s->max_pings = LIMIT;
    s->max_settings = LIMIT;
    s->max_priorities = LIMIT;
    s->max_empty_data = LIMIT;
    s->max_window_updates = LIMIT;
    s->max_errors = LIMIT;
    s->max_concurrent_streams = 10000;
}

static void open_flooded(struct h2_lab *lab)
{
    lab_init(lab);
    set_limits(&lab->settings);
    lab_open_raw(lab);
    (void)!lab_raw_request(lab, 1, "POST", "/sink", false);
    lab_pump(lab);
}

static bool is_calmed(const struct h2_lab *lab)
{
    const struct lab_frame *f = lab_goaway(lab);

    return f != NULL && f->code == NGHTTP2_ENHANCE_YOUR_CALM && h2_conn_is_done(lab->conn);
}

static void check_flood(const struct flood_row *row)
{
    struct h2_lab lab;

    open_flooded(&lab);
    for (unsigned i = row->before; i < LIMIT; i++) {
        row->send(&lab, i);
        lab_pump(&lab);
        row_holds(lab_goaway(&lab) == NULL, row->name);
    }
    row->send(&lab, LIMIT);
    lab_pump(&lab);
    row_holds(is_calmed(&lab), row->name);
    row_holds(lab_metric(&lab, row->metric) == 1, row->name);
    lab_fini(&lab);
}

static void test_floods(void)
{
    for (size_t i = 0; i < COUNT_OF(flood_rows); i++) {
        check_flood(&flood_rows[i]);
    }
}

/* All in one piece, without a chance to send in between. */
static void test_floods_at_once(void)
{
    for (size_t i = 0; i < COUNT_OF(flood_rows); i++) {
        struct h2_lab lab;
        open_flooded(&lab);
        for (unsigned n = 0; n < 5000 && lab_goaway(&lab) == NULL; n++) {
            flood_rows[i].send(&lab, n);
        }
        lab_pump(&lab);
        row_holds(is_calmed(&lab), flood_rows[i].name);
        lab_fini(&lab);
    }
}

/* Ten seconds later the count begins anew. */
static void test_patience_comes_back(void)
{
    struct h2_lab lab;

    open_flooded(&lab);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < LIMIT; i++) {
            send_ping(&lab, i);
        }
        lab_pump(&lab);
        CU_ASSERT_PTR_NULL(lab_goaway(&lab));
        CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_DATA, 0, 1, "some bytes of the body", 22), ERR_OK);
        CU_ASSERT_EQUAL(lab_advance_ms(&lab, 10001, false), ERR_OK);
    }
    lab_fini(&lab);
}

/* A client that reads much answers with many WINDOW_UPDATE frames: each DATA frame earns four. */
static void test_updates_are_earned(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    set_limits(&lab.settings);
    lab_open(&lab);
    id = lab_get(&lab, "/size/20000000");
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 20000000);
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

/* A request's block in pieces of one field: HEADERS and `pieces` CONTINUATION frames. */
static void send_pieces(struct h2_lab *lab, int32_t id, unsigned pieces)
{
    struct lab_block b;

    lab_block_request(&b, "GET", "/hello");
    (void)!lab_send(lab, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, id, b.bytes, b.len);
    for (unsigned i = 1; i <= pieces; i++) {
        b.len = 0;
        lab_block_add(&b, "x", "y");
        (void)!lab_send(lab, NGHTTP2_CONTINUATION, i == pieces ? NGHTTP2_FLAG_END_HEADERS : 0, id,
                        b.bytes, b.len);
    }
}

static void test_continuations(void)
{
    struct h2_lab lab;
    struct h2_settings settings;
    int32_t id = 1;

    h2_settings_init(&settings);
    lab_init(&lab);
    lab_open_raw(&lab);
    for (unsigned round = 0; round < 3; round++, id += 2) {
        send_pieces(&lab, id, (unsigned)settings.max_continuations - 1 + round);
        lab_pump(&lab);
        CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, round < 2 ? 200 : 0);
        CU_ASSERT_EQUAL(lab_goaway(&lab) != NULL, round == 2);
    }
    CU_ASSERT(is_calmed(&lab));
    CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_FLOOD_CONTINUATION), 1);
    lab_fini(&lab);
}

/* Empty ones, which add no byte to any bound. */
static void test_empty_continuations(void)
{
    struct h2_lab lab;
    struct lab_block b;

    lab_init(&lab);
    lab_open_raw(&lab);
    lab_block_request(&b, "GET", "/hello");
    (void)!lab_send(&lab, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, b.bytes, b.len);
    for (unsigned i = 0; i < 1000; i++) {
        (void)!lab_send(&lab, NGHTTP2_CONTINUATION, 0, 1, NULL, 0);
    }
    lab_pump(&lab);
    CU_ASSERT(is_calmed(&lab));
    CU_ASSERT_EQUAL(lab.requests, 0);
    lab_fini(&lab);
}

/* A block counts as a whole, however many seconds it takes. */
static void test_slow_continuations(void)
{
    struct h2_lab lab;
    struct lab_block b;

    lab_init(&lab);
    lab.settings.header_timeout_ns *= 10;
    lab_open_raw(&lab);
    lab_block_request(&b, "GET", "/hello");
    (void)!lab_send(&lab, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, b.bytes, b.len);
    for (int64_t i = 0; i <= lab.settings.max_continuations; i++) {
        CU_ASSERT_PTR_NULL(lab_goaway(&lab));
        CU_ASSERT_EQUAL(lab_advance_ms(&lab, 3000, false), ERR_OK);
        (void)!lab_send(&lab, NGHTTP2_CONTINUATION, 0, 1, NULL, 0);
        lab_pump(&lab);
    }
    CU_ASSERT(is_calmed(&lab));
    lab_fini(&lab);
}

/* A client that asks and never reads: replies pile up only until reading stops. */
static void test_choke(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab.settings.max_resets = 100000;
    lab.settings.max_errors = 100000;
    lab.settings.max_concurrent_streams = 10000;
    lab_open_raw(&lab);
    for (unsigned i = 0; i < 1000; i++) {
        CU_ASSERT_FALSE(h2_conn_is_choked(lab.conn));
        send_malformed(&lab, i);
    }
    send_malformed(&lab, 1000);
    CU_ASSERT(h2_conn_is_choked(lab.conn));
    lab_pump(&lab);
    CU_ASSERT_FALSE(h2_conn_is_choked(lab.conn));
    lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"h2 floods", "end at the limit of their kind", test_floods},
    {"h2 floods", "end there as well when nothing can be sent", test_floods_at_once},
    {"h2 floods", "are forgiven after ten seconds", test_patience_comes_back},
    {"h2 floods", "leave a busy reader his WINDOW_UPDATEs", test_updates_are_earned},
    {"h2 floods", "of CONTINUATION end at the limit", test_continuations},
    {"h2 floods", "of empty CONTINUATION too", test_empty_continuations},
    {"h2 floods", "of slow CONTINUATION too", test_slow_continuations},
    {"h2 floods", "that nobody reads the answers of stop reading", test_choke},
};

const struct suite_table h2_flood_tests = SUITE_TABLE(tests);
