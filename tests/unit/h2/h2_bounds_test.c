/* Bounds of a request's head, just below, at, and just above; and that HPACK's state survives what
 * was dropped. */
#include <stdio.h>
#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_tables.h"

#define PSEUDO_BYTES                                                            \
    43 /* ":method" "GET" ":scheme" "https" ":authority" "example.com": no path \
        */
#define PSEUDO_COUNT   3
#define FIELD_NAME     "x-fill"
#define FIELD_NAME_LEN 6

static void init_small(struct h2_lab *lab)
{
    lab_init(lab);
    lab->settings.max_header_bytes = 1024;
    lab->settings.max_header_count = 10;
    lab->settings.max_uri_bytes = 64;
}

/* One field so long that names and values come to `total` bytes. */
static void fill_value(char *value, size_t size, size_t total)
{
    size_t len = total - PSEUDO_BYTES - FIELD_NAME_LEN;

    MUST(len < size);
    memset(value, 'v', len);
    value[len] = '\0';
}

static void test_header_bytes(void)
{
    struct h2_lab lab;
    char value[2048];

    init_small(&lab);
    lab_open(&lab);
    for (size_t total = 1023; total <= 1025; total++) {
        int32_t id = 0;
        fill_value(value, sizeof(value), total);
        id = lab_request(&lab, "GET", "/hello", FIELD_NAME, value, -1);
        lab_pump(&lab);
        CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, total <= 1024 ? 200 : 431);
    }
    CU_ASSERT_EQUAL(lab.requests, 2);
    CU_ASSERT_EQUAL(lab.refused, 1);
    lab_fini(&lab);
}

static void test_header_count(void)
{
    struct h2_lab lab;
    nghttp2_nv nv[16] = {lab_nv(":method", "GET"), lab_nv(":scheme", "https"),
                         lab_nv(":path", "/hello"), lab_nv(":authority", "example.com")};

    init_small(&lab);
    lab_open(&lab);
    for (size_t i = 4; i < COUNT_OF(nv); i++) {
        nv[i] = lab_nv("x", "y");
    }
    for (size_t count = 9; count <= 11; count++) {
        int32_t id = lab_submit(&lab, nv, count + 1, false); /* the path is not counted */
        lab_pump(&lab);
        CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, count <= 10 ? 200 : 431);
    }
    lab_fini(&lab);
}

static void test_uri_bytes(void)
{
    struct h2_lab lab;
    char path[80];

    init_small(&lab);
    lab_open(&lab);
    for (size_t len = 63; len <= 65; len++) {
        int32_t id = 0;
        memset(path, 'p', len);
        path[0] = '/';
        path[len] = '\0';
        id = lab_get(&lab, path);
        lab_pump(&lab);
        CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, len <= 64 ? 404 : 414);
    }
    lab_fini(&lab);
}

/* The fields beyond the bound go into HPACK's table all the same: the next request may use them. */
/* A request with `fields` fields that the table remembers, then one that points to one of them. */
static int32_t send_big_and_small(struct h2_lab *lab, unsigned round, size_t fields)
{
    char name[16];
    char value[64];
    nghttp2_nv nv[64] = {lab_nv(":method", "GET"), lab_nv(":scheme", "https"),
                         lab_nv(":path", "/hello"), lab_nv(":authority", "example.com")};
    int32_t big = 0;

    (void)snprintf(name, sizeof(name), "x-round-%u", round);
    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    for (size_t i = 4; i < fields; i++) {
        nv[i] = lab_nv(name, value + i / 2);
    }
    big = lab_submit(lab, nv, fields, false);
    (void)lab_request(lab, "GET", "/hello", name, value + 20, -1);
    lab_pump(lab);
    return big;
}

static void test_hpack_goes_on(void)
{
    struct h2_lab lab;

    init_small(&lab);
    lab_open(&lab);
    for (unsigned round = 0; round < 3; round++) {
        int32_t big = send_big_and_small(&lab, round, 28);
        CU_ASSERT_EQUAL(lab_stream(&lab, big)->status, 431);
        CU_ASSERT_EQUAL(lab_stream(&lab, big + 2)->status, 200);
    }
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

/* Far past the bound no answer is worth the decoding: the stream is reset, the connection lives. */
static void test_bombs(void)
{
    struct h2_lab lab;

    init_small(&lab);
    lab_open(&lab);
    for (unsigned round = 0; round < 3; round++) {
        int32_t big = send_big_and_small(&lab, round, 64);
        CU_ASSERT(lab_stream(&lab, big)->is_reset);
        CU_ASSERT_EQUAL(lab_stream(&lab, big)->reset_code, NGHTTP2_ENHANCE_YOUR_CALM);
        CU_ASSERT_EQUAL(lab_stream(&lab, big + 2)->status, 200);
    }
    CU_ASSERT_EQUAL(lab.requests, 3);
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

static void test_bombs_are_counted(void)
{
    struct h2_lab lab;

    init_small(&lab);
    lab.settings.max_errors = 2;
    lab_open(&lab);
    for (unsigned round = 0; round < 2; round++) {
        (void)send_big_and_small(&lab, round, 64);
    }
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    (void)send_big_and_small(&lab, 2, 64);
    CU_ASSERT_PTR_NOT_NULL(lab_goaway(&lab));
    CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_FLOOD_ERROR), 1);
    lab_fini(&lab);
}

/* Memory for a head ends with its bound: what is dropped is not kept. */
static void test_dropped_fields_cost_nothing(void)
{
    struct h2_lab lab;
    struct lab_block b;
    size_t before = 0;

    init_small(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "GET", "/later", true);
    before = lab.loop.worker->account.used;
    lab_block_request(&b, "GET", "/sink");
    while (b.len < 16000) {
        lab_block_add(&b, FIELD_NAME, "some value of a field");
    }
    (void)!lab_send(&lab, NGHTTP2_HEADERS, 0, 3, b.bytes, b.len);
    CU_ASSERT(lab.loop.worker->account.used - before < 16384);
    lab_fini(&lab);
}

static void test_trailer_bytes(void)
{
    struct h2_lab lab;
    struct lab_block b = {0};

    init_small(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "POST", "/take", false);
    while (b.len < 1100) {
        lab_block_add(&b, "x-trailer", "and what it says");
    }
    (void)!lab_send(&lab, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, 1,
                    b.bytes, b.len);
    lab_pump(&lab);
    CU_ASSERT(lab_stream(&lab, 1)->is_reset);
    CU_ASSERT_EQUAL(lab_stream(&lab, 1)->reset_code, NGHTTP2_ENHANCE_YOUR_CALM);
    CU_ASSERT_EQUAL(lab.exchanges_done, 1);
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

static void test_open_streams(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab.settings.max_concurrent_streams = 3;
    lab_open_raw(&lab);
    for (int32_t id = 1; id <= 5; id += 2) {
        CU_ASSERT_EQUAL(lab_raw_request(&lab, id, "POST", "/sink", false), ERR_OK);
    }
    lab_pump(&lab);
    CU_ASSERT_EQUAL(h2_conn_open_streams(lab.conn), 3);
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    (void)!lab_raw_request(&lab, 7, "POST", "/sink", false);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab.requests, 3);
    CU_ASSERT(lab_goaway(&lab) != NULL || lab_stream(&lab, 7)->is_reset);
    lab_fini(&lab);
}

/* Before the client knows our limit its surplus is refused, to be sent again. */
static void test_open_streams_before_settings(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab.settings.max_concurrent_streams = 3;
    lab_open_silent(&lab);
    CU_ASSERT_EQUAL(lab_raw(&lab, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN), ERR_OK);
    CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_SETTINGS, 0, 0, NULL, 0), ERR_OK);
    for (int32_t id = 1; id <= 7; id += 2) {
        CU_ASSERT_EQUAL(lab_raw_request(&lab, id, "POST", "/sink", false), ERR_OK);
    }
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab.requests, 3);
    CU_ASSERT(lab_stream(&lab, 7)->is_reset);
    CU_ASSERT_EQUAL(lab_stream(&lab, 7)->reset_code, NGHTTP2_REFUSED_STREAM);
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"h2 bounds", "431 above the header bytes", test_header_bytes},
    {"h2 bounds", "431 above the header count", test_header_count},
    {"h2 bounds", "414 above the target's bytes", test_uri_bytes},
    {"h2 bounds", "keep HPACK's state past them", test_hpack_goes_on},
    {"h2 bounds", "reset far above the header bytes", test_bombs},
    {"h2 bounds", "end who does that again and again", test_bombs_are_counted},
    {"h2 bounds", "keep no dropped field", test_dropped_fields_cost_nothing},
    {"h2 bounds", "reset above the trailers' bytes", test_trailer_bytes},
    {"h2 bounds", "no more streams than said", test_open_streams},
    {"h2 bounds", "refuse streams sent before SETTINGS are known",
     test_open_streams_before_settings},
};

const struct suite_table h2_bounds_tests = SUITE_TABLE(tests);
