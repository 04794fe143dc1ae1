/* Flow control: credit follows what is taken, nobody's stall is another's, and no byte of credit is
 * ever lost. */
#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_service.h"
#include "unit/h2/h2_tables.h"

#define WINDOW 65536
#define MANY   10000
#define KIB    1024ull

static uint64_t sent_of(struct h2_lab *lab, int32_t id, uint64_t total)
{
    return total - lab_stream(lab, id)->up_left;
}

static void test_exactly_the_window(void)
{
    struct h2_lab lab;
    int32_t sink = 0;
    int32_t sibling = 0;

    lab_init(&lab);
    lab_open(&lab);
    sink = lab_request(&lab, "POST", "/sink", NULL, NULL, 1000000);
    sibling = lab_request(&lab, "POST", "/take", NULL, NULL, 9000000);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(sent_of(&lab, sink, 1000000), WINDOW);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_WINDOW_UPDATE, sink), 0);
    CU_ASSERT_EQUAL(lab_stream(&lab, sibling)->status, 200);
    lab_fini(&lab);
}

/* One byte more than the window is the peer's fault, and that stream's alone. */
static void test_one_byte_more(void)
{
    static const uint8_t body[16384];
    struct h2_lab lab;

    lab_init(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "POST", "/sink", false);
    for (unsigned i = 0; i < WINDOW / sizeof(body); i++) {
        CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_DATA, 0, 1, body, sizeof(body)), ERR_OK);
    }
    lab_pump(&lab);
    CU_ASSERT_FALSE(lab_stream(&lab, 1)->is_reset);
    CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_DATA, 0, 1, body, 1), ERR_OK);
    (void)!lab_raw_request(&lab, 3, "GET", "/hello", true);
    lab_pump(&lab);
    CU_ASSERT(lab_stream(&lab, 1)->is_reset);
    CU_ASSERT_EQUAL(lab_stream(&lab, 1)->reset_code, NGHTTP2_FLOW_CONTROL_ERROR);
    CU_ASSERT_EQUAL(lab_stream(&lab, 3)->body, 5);
    lab_fini(&lab);
}

/* Sixty-four stalled streams hold a whole connection window of bytes, and yet a sibling runs. */
static void test_many_sinks(void)
{
    struct h2_lab lab;
    int32_t sibling = 0;

    lab_init(&lab);
    lab_open(&lab);
    for (unsigned i = 0; i < 100; i++) {
        (void)lab_request(&lab, "POST", "/sink", NULL, NULL, 200000);
    }
    lab_pump(&lab);
    for (int32_t id = 1; id < 200; id += 2) {
        CU_ASSERT_EQUAL(sent_of(&lab, id, 200000), WINDOW);
    }
    sibling = lab_request(&lab, "POST", "/echo", NULL, NULL, 9000000);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, sibling)->body, 9000000);
    lab_fini(&lab);
}

/* Small steps until the server gives the connection credit: after that, all of it must be there. */
static bool is_connection_whole(struct h2_lab *lab)
{
    int32_t id = lab_post_open(lab, "/take", NULL, NULL);
    size_t updates = lab_count(lab, NGHTTP2_WINDOW_UPDATE, 0);
    bool is_whole = false;

    for (unsigned i = 0; i < 1000 && lab_count(lab, NGHTTP2_WINDOW_UPDATE, 0) == updates; i++) {
        lab_more(lab, id, 8000, false);
        lab_pump(lab);
    }
    is_whole = nghttp2_session_get_remote_window_size(lab->client) == LAB_SERVER_WINDOW;
    lab_more(lab, id, 0, true);
    lab_pump(lab);
    return is_whole;
}

static void test_window_survives_resets(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab.settings.max_resets = 1000000;
    lab_open(&lab);
    for (unsigned i = 0; i < MANY; i++) {
        int32_t id = lab_post_open(&lab, "/sink", NULL, NULL);
        lab_more(&lab, id, 1000 + i % 7000, false);
        (void)lab_to_server(&lab);
        (void)lab_to_server(&lab);
        if (i % 100 == 99) {
            lab_pump(&lab);
            for (int32_t j = 0; j < 100; j++) {
                lab_reset(&lab, id - 2 * j, NGHTTP2_CANCEL);
            }
            lab_pump(&lab);
        }
    }
    CU_ASSERT_EQUAL(lab.requests, MANY);
    CU_ASSERT_EQUAL(lab.gone, MANY);
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    CU_ASSERT(is_connection_whole(&lab));
    CU_ASSERT(is_connection_whole(&lab));
    lab_fini(&lab);
}

/* The same when the server resets: early answers, and bytes that come after them. */
static void test_window_survives_early_answers(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open(&lab);
    for (unsigned i = 0; i < MANY / 10; i++) {
        (void)lab_request(&lab, "POST", i % 2 == 0 ? "/early" : "/limited", NULL, NULL, 20000);
        for (unsigned step = 0; step < 4; step++) {
            (void)lab_to_server(&lab);
        }
        lab_pump(&lab);
    }
    CU_ASSERT_EQUAL(lab.done, MANY / 10);
    CU_ASSERT(is_connection_whole(&lab));
    lab_fini(&lab);
}

static void test_window_survives_padding(void)
{
    struct h2_lab lab;
    int32_t sink = 0;

    lab_init(&lab);
    lab.padding = 200;
    lab_open(&lab);
    sink = lab_request(&lab, "POST", "/sink", NULL, NULL, 30000);
    lab_pump(&lab);
    CU_ASSERT(is_connection_whole(&lab));
    lab_reset(&lab, sink, NGHTTP2_CANCEL);
    lab_pump(&lab);
    CU_ASSERT(is_connection_whole(&lab));
    lab_fini(&lab);
}

/* Padding is credit the reader never sees: it must come back at once, or a padded body would stall
 * for ever. */
static void test_padding_comes_back(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab.padding = 255;
    lab.settings.stream_window_max = WINDOW;
    lab_open(&lab);
    id = lab_post_open(&lab, "/take", NULL, NULL);
    for (unsigned i = 0; i < 2000; i++) {
        lab_more(&lab, id, 1, false);
        lab_pump(&lab);
    }
    lab_more(&lab, id, 1, true);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, 200);
    lab_fini(&lab);
}

/* The credit a stream has: what the client may still send on it. */
static int32_t credit_of(struct h2_lab *lab, int32_t id)
{
    return nghttp2_session_get_stream_remote_window_size(lab->client, id);
}

/* Sends as long as the server's window grows; the largest window seen. */
static int32_t grow(struct h2_lab *lab, int32_t id)
{
    int32_t most = 0;

    for (unsigned i = 0; i < 2000; i++) {
        lab_more(lab, id, 4096, false);
        lab_pump(lab);
        most = credit_of(lab, id) > most ? credit_of(lab, id) : most;
    }
    return most;
}

static void test_window_grows(void)
{
    struct h2_lab lab;
    int32_t id = 0;
    int32_t most = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_post_open(&lab, "/take", NULL, NULL);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(credit_of(&lab, id), WINDOW);
    most = grow(&lab, id);
    CU_ASSERT(most > 900 * 1024 && most <= 1024 * 1024);
    lab_fini(&lab);
}

/* /echo stops taking when its answer is not read. */
static void test_window_stays_for_a_slow_reader(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab.is_lazy = true;
    lab_open(&lab);
    id = lab_post_open(&lab, "/echo", NULL, NULL);
    lab_more(&lab, id, 10000000, false);
    lab_pump(&lab);
    /* A client window out, a full response pipe, and a full request pipe, which grew at most once
     * before the answer stood still. */
    CU_ASSERT(sent_of(&lab, id, 10000000) <= LAB_WINDOW + 65536 + 4 * WINDOW);
    CU_ASSERT_EQUAL(credit_of(&lab, id), 0);
    lab_fini(&lab);
}

/* Who is always a byte behind does not keep up, however much has gone by. */
static void test_window_stays_behind(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_post_open(&lab, "/lag", NULL, NULL);
    CU_ASSERT(grow(&lab, id) <= WINDOW);
    CU_ASSERT_EQUAL(lab.taken, 2000 * 4096 - 1);
    lab_fini(&lab);
}

/* A grown window is a promise: its bytes are kept when the reader stops after all. */
static void test_grown_window_is_kept(void)
{
    struct h2_lab lab;
    int32_t id = 0;
    uint64_t sent = 0;

    lab_init(&lab);
    lab_open(&lab);
    id = lab_post_open(&lab, "/tire", NULL, NULL);
    (void)grow(&lab, id);
    lab.is_tired = true;
    lab_more(&lab, id, 10000000, true);
    lab_pump(&lab);
    sent = 2000 * 4096 + 10000000 - lab_stream(&lab, id)->up_left;
    CU_ASSERT_EQUAL(credit_of(&lab, id), 0);
    CU_ASSERT(sent - lab.taken > 500 * KIB);
    service_wake(&lab);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->status, 200);
    CU_ASSERT_EQUAL(lab.taken, 2000 * 4096 + 10000000);
    lab_fini(&lab);
}

static void test_growth_is_shared(void)
{
    struct h2_lab lab;
    int32_t ids[8];
    uint64_t sum = 0;

    lab_init(&lab);
    lab.settings.connection_windows = 1024 * KIB;
    lab_open(&lab);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        ids[i] = lab_post_open(&lab, "/take", NULL, NULL);
        sum += (uint64_t)grow(&lab, ids[i]) - WINDOW;
    }
    CU_ASSERT(sum > 512 * KIB);
    CU_ASSERT(sum <= 1024 * KIB);
    /* What a stream had grown comes back when it ends. */
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        lab_more(&lab, ids[i], 0, true);
    }
    lab_pump(&lab);
    ids[0] = lab_post_open(&lab, "/take", NULL, NULL);
    CU_ASSERT((uint64_t)grow(&lab, ids[0]) > 500 * KIB);
    lab_fini(&lab);
}

/* A pipe never holds more than its window, however often that has grown. */
static void test_memory_is_bounded(void)
{
    struct h2_lab lab;
    size_t before = 0;

    lab_init(&lab);
    lab_open(&lab);
    before = lab.loop.worker->account.used;
    for (unsigned i = 0; i < 50; i++) {
        (void)lab_request(&lab, "POST", "/sink", NULL, NULL, 10000000);
    }
    lab_pump(&lab);
    CU_ASSERT(lab.loop.worker->account.used - before >= 50ull * WINDOW);
    CU_ASSERT(lab.loop.worker->account.used - before <= 50ull * (WINDOW + 3 * 16384));
    lab_fini(&lab);
}

/* The client's windows hold for us: its SETTINGS, its updates, an early decrease included. */
static void test_we_keep_the_clients_window(void)
{
    struct h2_lab lab;
    const nghttp2_settings_entry smaller = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 100};
    int32_t id = 0;

    lab_init(&lab);
    lab.is_lazy = true;
    lab_open(&lab);
    (void)nghttp2_submit_settings(lab.client, 0, &smaller, 1);
    lab_pump(&lab);
    id = lab_get(&lab, "/size/1000");
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 100);
    (void)nghttp2_submit_window_update(lab.client, 0, id, 1);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 101);
    (void)nghttp2_submit_window_update(lab.client, 0, id, 899);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 1000);
    CU_ASSERT(lab_stream(&lab, id)->done_as > 0);
    lab_fini(&lab);
}

/* Before it knows our smaller window a client may fill HTTP/2's own. */
static void test_first_flight(void)
{
    static const uint8_t bytes[15000];
    struct h2_lab lab;

    lab_init(&lab);
    lab.settings.stream_window = 16384;
    lab_open_silent(&lab);
    CU_ASSERT_EQUAL(lab_raw(&lab, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN), ERR_OK);
    CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_SETTINGS, 0, 0, NULL, 0), ERR_OK);
    CU_ASSERT_EQUAL(lab_raw_request(&lab, 1, "POST", "/echo", false), ERR_OK);
    for (unsigned i = 0; i < 4; i++) {
        uint8_t flags = i == 3 ? NGHTTP2_FLAG_END_STREAM : 0;
        CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_DATA, flags, 1, bytes, sizeof(bytes)), ERR_OK);
    }
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, 1)->body, 4 * sizeof(bytes));
    CU_ASSERT(lab_stream(&lab, 1)->done_as > 0);
    lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"h2 flow", "gives a handler that never takes the window and no byte more",
     test_exactly_the_window},
    {"h2 flow", "resets a stream that sends one byte more", test_one_byte_more},
    {"h2 flow", "keeps what came before the client knew the window", test_first_flight},
    {"h2 flow", "lets siblings of many stalled streams finish", test_many_sinks},
    {"h2 flow", "has the connection window whole after 10,000 resets", test_window_survives_resets},
    {"h2 flow", "has it whole after early answers", test_window_survives_early_answers},
    {"h2 flow", "has it whole after padding", test_window_survives_padding},
    {"h2 flow", "gives padding back at once", test_padding_comes_back},
    {"h2 flow", "doubles a window while the reader keeps up", test_window_grows},
    {"h2 flow", "leaves the window of a slow reader", test_window_stays_for_a_slow_reader},
    {"h2 flow", "leaves the window of one who is a byte behind", test_window_stays_behind},
    {"h2 flow", "keeps what a grown window let in", test_grown_window_is_kept},
    {"h2 flow", "caps the growth of a connection", test_growth_is_shared},
    {"h2 flow", "bounds the memory of stalled streams", test_memory_is_bounded},
    {"h2 flow", "keeps the client's windows", test_we_keep_the_clients_window},
};

const struct suite_table h2_flow_tests = SUITE_TABLE(tests);
