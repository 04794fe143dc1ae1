/* Bytes that are no HTTP/2, or break its rules: one GOAWAY, and the end. */
#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/random.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_tables.h"

struct start_row {
    const char *name;
    const char *text;
};

static const struct start_row start_rows[] = {
    {"a request of HTTP/1.1", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a preface that goes wrong", "PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n"},
    {"another method", "PUT /"},
    {"TLS", "\x16\x03\x01\x02\x05\x01"},
    {"one byte", "X"},
};

static void test_bad_preface(void)
{
    for (size_t i = 0; i < COUNT_OF(start_rows); i++) {
        const struct start_row *row = &start_rows[i];
        struct h2_lab lab;
        lab_init(&lab);
        lab_open_silent(&lab);
        row_holds(lab_raw(&lab, row->text, strlen(row->text)) == ERR_PROTOCOL, row->name);
        lab_pump(&lab);
        row_holds(lab_goaway(&lab) != NULL, row->name);
        row_holds(lab_goaway(&lab)->code == NGHTTP2_PROTOCOL_ERROR, row->name);
        row_holds(h2_conn_is_done(lab.conn), row->name);
        row_holds(lab_raw(&lab, "more", 4) == ERR_OK, row->name);
        row_holds(lab_metric(&lab, METRIC_H2_SESSION_ERRORS) == 1, row->name);
        lab_fini(&lab);
    }
}

/* A frame that no connection survives (RFC 9113, sections 4 to 6). */
struct frame_row {
    const char *name;
    uint8_t type;
    uint8_t flags;
    int32_t id;
    const char *payload;
    size_t len;
    uint32_t code;
};

static const struct frame_row frame_rows[] = {
    {"DATA on stream 0", NGHTTP2_DATA, 0, 0, "data", 4, NGHTTP2_PROTOCOL_ERROR},
    {"DATA on an idle stream", NGHTTP2_DATA, 0, 9, "data", 4, NGHTTP2_PROTOCOL_ERROR},
    {"DATA padded beyond its end", NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\x05x", 2,
     NGHTTP2_PROTOCOL_ERROR},
    {"HEADERS on stream 0", NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 0, "\x82", 1,
     NGHTTP2_PROTOCOL_ERROR},
    {"HEADERS on an even stream", NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 2, "\x82", 1,
     NGHTTP2_PROTOCOL_ERROR},
    {"HEADERS that HPACK cannot read", NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 3, "\xff\xff\xff",
     3, NGHTTP2_COMPRESSION_ERROR},
    {"CONTINUATION of nothing", NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, "\x82", 1,
     NGHTTP2_PROTOCOL_ERROR},
    {"RST_STREAM on stream 0", NGHTTP2_RST_STREAM, 0, 0, "\0\0\0\0", 4, NGHTTP2_PROTOCOL_ERROR},
    {"RST_STREAM on an idle stream", NGHTTP2_RST_STREAM, 0, 9, "\0\0\0\0", 4,
     NGHTTP2_PROTOCOL_ERROR},
    {"RST_STREAM of a wrong size", NGHTTP2_RST_STREAM, 0, 1, "\0\0\0", 3, NGHTTP2_FRAME_SIZE_ERROR},
    {"SETTINGS of a wrong size", NGHTTP2_SETTINGS, 0, 0, "\0\1\0", 3, NGHTTP2_FRAME_SIZE_ERROR},
    {"SETTINGS on a stream", NGHTTP2_SETTINGS, 0, 1, NULL, 0, NGHTTP2_PROTOCOL_ERROR},
    {"SETTINGS with an acknowledgement and content", NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0,
     "\0\1\0\0\0\0", 6, NGHTTP2_FRAME_SIZE_ERROR},
    {"SETTINGS acknowledged twice", NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, NULL, 0,
     NGHTTP2_PROTOCOL_ERROR},
    {"SETTINGS with a window beyond all", NGHTTP2_SETTINGS, 0, 0, "\0\4\xff\xff\xff\xff", 6,
     NGHTTP2_FLOW_CONTROL_ERROR},
    {"SETTINGS with a frame size too small", NGHTTP2_SETTINGS, 0, 0, "\0\5\0\0\0\1", 6,
     NGHTTP2_PROTOCOL_ERROR},
    {"SETTINGS with push neither on nor off", NGHTTP2_SETTINGS, 0, 0, "\0\2\0\0\0\2", 6,
     NGHTTP2_PROTOCOL_ERROR},
    {"PUSH_PROMISE from a client", NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1,
     "\0\0\0\2\x82", 5, NGHTTP2_PROTOCOL_ERROR},
    {"PING on a stream", NGHTTP2_PING, 0, 1, "12345678", 8, NGHTTP2_PROTOCOL_ERROR},
    {"PING of a wrong size", NGHTTP2_PING, 0, 0, "1234567", 7, NGHTTP2_FRAME_SIZE_ERROR},
    {"GOAWAY on a stream", NGHTTP2_GOAWAY, 0, 1, "\0\0\0\0\0\0\0\0", 8, NGHTTP2_PROTOCOL_ERROR},
    {"GOAWAY of a wrong size", NGHTTP2_GOAWAY, 0, 0, "\0\0\0\0", 4, NGHTTP2_FRAME_SIZE_ERROR},
    {"WINDOW_UPDATE of nothing", NGHTTP2_WINDOW_UPDATE, 0, 0, "\0\0\0\0", 4,
     NGHTTP2_PROTOCOL_ERROR},
    {"WINDOW_UPDATE beyond all", NGHTTP2_WINDOW_UPDATE, 0, 0, "\x7f\xff\xff\xff", 4,
     NGHTTP2_FLOW_CONTROL_ERROR},
    {"WINDOW_UPDATE on an idle stream", NGHTTP2_WINDOW_UPDATE, 0, 9, "\0\0\0\1", 4,
     NGHTTP2_PROTOCOL_ERROR},
    {"PRIORITY of a wrong size", NGHTTP2_PRIORITY, 0, 1, "\0\0\0\0", 4, NGHTTP2_FRAME_SIZE_ERROR},
    {"PRIORITY_UPDATE on a stream", LAB_PRIORITY_UPDATE, 0, 1, "\0\0\0\1u=1", 7,
     NGHTTP2_PROTOCOL_ERROR},
    {"PRIORITY_UPDATE of nothing", LAB_PRIORITY_UPDATE, 0, 0, "\0\0", 2, NGHTTP2_FRAME_SIZE_ERROR},
};

static void check_frame(const struct frame_row *row)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "POST", "/sink", false);
    lab_pump(&lab);
    (void)!lab_send(&lab, row->type, row->flags, row->id, row->payload, row->len);
    (void)!lab_raw_request(&lab, 11, "GET", "/hello", true);
    lab_pump(&lab);
    row_holds(lab_count(&lab, NGHTTP2_GOAWAY, 0) == 1, row->name);
    row_holds(lab_goaway(&lab) != NULL && lab_goaway(&lab)->code == row->code, row->name);
    row_holds(h2_conn_is_done(lab.conn), row->name);
    row_holds(lab.requests == 1, row->name);
    row_holds(lab_metric(&lab, METRIC_H2_SESSION_ERRORS) == 1, row->name);
    lab_fini(&lab);
}

static void test_bad_frames(void)
{
    for (size_t i = 0; i < COUNT_OF(frame_rows); i++) {
        check_frame(&frame_rows[i]);
    }
}

/* Larger than we said we take: said in the head, so that nothing of it need come. */
static void test_frame_too_large(void)
{
    static const uint8_t types[] = {NGHTTP2_DATA, NGHTTP2_HEADERS, NGHTTP2_SETTINGS, 0xfe};

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        const uint8_t head[] = {0, 0x40, 1, types[i], 0, 0, 0, 0, i < 2};
        struct h2_lab lab;
        lab_init(&lab);
        lab_open_raw(&lab);
        if (types[i] == NGHTTP2_DATA) {
            (void)!lab_raw_request(&lab, 1, "POST", "/sink", false);
        }
        (void)!lab_raw(&lab, head, sizeof(head));
        lab_pump(&lab);
        CU_ASSERT_PTR_NOT_NULL_FATAL(lab_goaway(&lab));
        CU_ASSERT_EQUAL(lab_goaway(&lab)->code, NGHTTP2_FRAME_SIZE_ERROR);
        CU_ASSERT(h2_conn_is_done(lab.conn));
        lab_fini(&lab);
    }
}

/* What a later protocol may bring is passed over (RFC 9113, section 5.5). */
static void test_unknown_is_ignored(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open_raw(&lab);
    CU_ASSERT_EQUAL(lab_send(&lab, 0xfe, 0xff, 1, "whatever", 8), ERR_OK);
    CU_ASSERT_EQUAL(lab_send(&lab, 0xfe, 0xff, 0, NULL, 0), ERR_OK);
    CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_SETTINGS, 0, 0, "\xff\xff\0\0\0\1", 6), ERR_OK);
    CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_PING, 0x40, 0, "12345678", 8), ERR_OK);
    (void)!lab_raw_request(&lab, 1, "GET", "/hello", true);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, 1)->body, 5);
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

static void send_random(struct h2_lab *lab, struct random *r)
{
    uint64_t words[8];
    uint8_t bytes[sizeof(words)];

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        words[i] = random_next(r);
    }
    memcpy(bytes, words, sizeof(bytes));
    (void)!lab_send(lab, (uint8_t)random_below(r, 12), bytes[0], (int32_t)random_below(r, 5), bytes,
                    random_below(r, sizeof(bytes)));
}

static void test_random_frames(void)
{
    struct random r;

    random_init(&r, 42);
    for (unsigned round = 0; round < 500; round++) {
        struct h2_lab lab;
        lab_init(&lab);
        lab_open_raw(&lab);
        for (unsigned i = 0; i < 20 && lab_goaway(&lab) == NULL; i++) {
            send_random(&lab, &r);
            lab_pump(&lab);
        }
        CU_ASSERT(lab_goaway(&lab) == NULL || h2_conn_is_done(lab.conn));
        lab_fini(&lab);
    }
}

static const struct suite_test tests[] = {
    {"h2 garbage", "instead of a preface", test_bad_preface},
    {"h2 garbage", "frames against the rules", test_bad_frames},
    {"h2 garbage", "frames too large", test_frame_too_large},
    {"h2 garbage", "is not what is merely unknown", test_unknown_is_ignored},
    {"h2 garbage", "random frames", test_random_frames},
};

const struct suite_table h2_garbage_tests = SUITE_TABLE(tests);
