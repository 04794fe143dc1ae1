/* Deadlines, each with a peer that does a little just inside it, for ever. */
#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_service.h"
#include "unit/h2/h2_tables.h"

#define S_MS   1000u
#define PERIOD 30u  /* seconds: body_timeout and send_timeout by default */
#define RATE   256u /* bytes a second: min_rate by default */

static void init_without_pings(struct h2_lab *lab)
{
    lab_init(lab);
    lab->settings.ping_interval_ns = 0;
}

static bool is_ended_kindly(struct h2_lab *lab)
{
    lab_pump(lab);
    return lab_goaway(lab) != NULL && lab_goaway(lab)->code == NGHTTP2_NO_ERROR &&
           h2_conn_is_done(lab->conn);
}

/* --- the preface and heads -------------------------------------------------------------------- */

static void test_silent_peer(void)
{
    struct h2_lab lab;

    init_without_pings(&lab);
    lab_open_silent(&lab);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 10 * S_MS - 1, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_check(&lab, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 1, false), ERR_TIMEOUT);
    CU_ASSERT(is_ended_kindly(&lab));
    CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_TIMEOUT_HEADER), 1);
    lab_fini(&lab);
}

/* One who never says that it has seen our SETTINGS is bound by none of our limits. */
static void test_unacknowledged_settings(void)
{
    struct h2_lab lab;

    init_without_pings(&lab);
    lab_open_silent(&lab);
    CU_ASSERT_EQUAL(lab_raw(&lab, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN), ERR_OK);
    CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_SETTINGS, 0, 0, NULL, 0), ERR_OK);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 10 * S_MS - 1, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 1, false), ERR_TIMEOUT);
    CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_TIMEOUT_HEADER), 1);
    lab_fini(&lab);
}

/* A byte a second of a preface and SETTINGS that would end some day. */
static void test_dripping_preface(void)
{
    static const char bytes[] = NGHTTP2_CLIENT_MAGIC "\0\0\6\4\0\0\0\0\0\xff\xff\0\0\0\1";
    struct h2_lab lab;
    unsigned i = 0;
    enum err e = ERR_OK;

    init_without_pings(&lab);
    lab_open_silent(&lab);
    for (i = 0; i < sizeof(bytes) && e == ERR_OK; i++) {
        CU_ASSERT_EQUAL(lab_raw(&lab, bytes + i, 1), ERR_OK);
        e = lab_advance_ms(&lab, S_MS, false);
    }
    CU_ASSERT_EQUAL(e, ERR_TIMEOUT);
    CU_ASSERT_EQUAL(i, 10);
    lab_fini(&lab);
}

/* HEADERS and then an empty-handed CONTINUATION now and then: nothing else may be read meanwhile.
 */
static void test_dripping_head(void)
{
    struct h2_lab lab;
    struct lab_block b;
    unsigned i = 0;
    enum err e = ERR_OK;

    init_without_pings(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "GET", "/later", true);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 7 * S_MS, false), ERR_OK);
    lab_block_request(&b, "GET", "/hello");
    (void)!lab_send(&lab, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 3, b.bytes, b.len);
    b.len = 0;
    lab_block_add(&b, "x", "y");
    for (i = 0; i < 10 && e == ERR_OK; i++) {
        (void)!lab_send(&lab, NGHTTP2_CONTINUATION, 0, 3, b.bytes, b.len);
        e = lab_advance_ms(&lab, 2 * S_MS, false);
    }
    CU_ASSERT_EQUAL(e, ERR_TIMEOUT);
    CU_ASSERT_EQUAL(i, 5);
    CU_ASSERT(is_ended_kindly(&lab));
    CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_TIMEOUT_HEADER), 1);
    service_abort(&lab, ERR_IO);
    lab_fini(&lab);
}

/* One frame, byte by byte. */
static void test_dripping_frame(void)
{
    struct h2_lab lab;
    struct lab_block b;
    uint8_t bytes[1000];
    struct lab_frame head = {.type = NGHTTP2_HEADERS, .flags = NGHTTP2_FLAG_END_HEADERS, .id = 1};
    unsigned i = 0;
    enum err e = ERR_OK;

    init_without_pings(&lab);
    lab_open_raw(&lab);
    lab_block_request(&b, "GET", "/hello");
    head.length = (uint32_t)b.len;
    (void)lab_write_frame(bytes, &head, b.bytes);
    CU_ASSERT_EQUAL(lab_raw(&lab, bytes, LAB_FRAME_HEAD + 1), ERR_OK);
    for (i = 0; i < 30 && e == ERR_OK; i++) {
        CU_ASSERT_EQUAL(lab_raw(&lab, bytes + LAB_FRAME_HEAD + 1 + i, 1), ERR_OK);
        e = lab_advance_ms(&lab, S_MS, false);
    }
    CU_ASSERT_EQUAL(e, ERR_TIMEOUT);
    CU_ASSERT_EQUAL(i, 10);
    lab_fini(&lab);
}

static void test_slow_head_in_time(void)
{
    struct h2_lab lab;
    struct lab_block b;

    init_without_pings(&lab);
    lab_open_raw(&lab);
    lab_block_request(&b, "GET", "/hello");
    (void)!lab_send(&lab, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, b.bytes, b.len);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 10 * S_MS - 10, false), ERR_OK);
    (void)!lab_send(&lab, NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, NULL, 0);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 30 * S_MS, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_stream(&lab, 1)->body, 5);
    lab_fini(&lab);
}

/* --- bodies ----------------------------------------------------------------------------------- */

/* Sends `step` bytes every second; seconds until the stream was answered or reset, at most 200. */
static unsigned drip_body(struct h2_lab *lab, int32_t id, uint64_t step)
{
    unsigned seconds = 0;

    while (seconds < 200 && lab_stream(lab, id)->status == 0 && !lab_stream(lab, id)->is_reset) {
        if (step > 0) {
            lab_more(lab, id, step, false);
        }
        lab_pump(lab);
        CU_ASSERT_EQUAL(lab_advance_ms(lab, S_MS, false), ERR_OK);
        seconds++;
    }
    return seconds;
}

struct body_row {
    const char *name;
    const char *path;
    uint64_t step;
    bool is_ended;
};

static const struct body_row body_rows[] = {
    {"nothing at all", "/take", 0, true},
    {"a byte a second", "/take", 1, true},
    {"a byte a second less than must be", "/take", RATE - 1, true},
    {"as much as must be", "/take", RATE, false},
    {"more than must be", "/take", 1000, false},
};

static void test_dripping_body(void)
{
    for (size_t i = 0; i < COUNT_OF(body_rows); i++) {
        const struct body_row *row = &body_rows[i];
        struct h2_lab lab;
        int32_t id = 0;
        unsigned seconds = 0;
        init_without_pings(&lab);
        lab_open(&lab);
        id = lab_post_open(&lab, row->path, NULL, NULL);
        seconds = drip_body(&lab, id, row->step);
        row_holds(seconds == (row->is_ended ? PERIOD : 200), row->name);
        row_holds(lab_stream(&lab, id)->status == (row->is_ended ? 408 : 0), row->name);
        row_holds(lab_metric(&lab, METRIC_H2_TIMEOUT_BODY) == (row->is_ended ? 1 : 0), row->name);
        row_holds(!row->is_ended || lab.body_failure == ERR_TIMEOUT, row->name);
        lab_fini(&lab);
    }
}

/* The head of the answer has gone: only a reset is left. */
static void drip_answered(const char *path)
{
    struct h2_lab lab;
    int32_t id = 0;

    init_without_pings(&lab);
    lab_open(&lab);
    id = lab_post_open(&lab, path, NULL, NULL);
    lab_pump(&lab);
    for (unsigned i = 0; i < 200 && !lab_stream(&lab, id)->is_reset; i++) {
        lab_more(&lab, id, 1, false);
        lab_pump(&lab);
        CU_ASSERT_EQUAL(lab_advance_ms(&lab, S_MS, false), ERR_OK);
    }
    row_holds(lab_stream(&lab, id)->is_reset, path);
    row_holds(lab_metric(&lab, METRIC_H2_TIMEOUT_BODY) == 1, path);
    row_holds(lab.exchanges_done == 1, path);
    row_holds(lab_goaway(&lab) == NULL, path);
    lab_fini(&lab);
}

static void test_dripping_echo(void)
{
    drip_answered("/echo"); /* its handler hears of it */
    drip_answered("/half"); /* this one does not listen to the body */
}

/* It is the handler who is slow: the client is not blamed. */
static void test_slow_handler(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    init_without_pings(&lab);
    lab_open(&lab);
    id = lab_request(&lab, "POST", "/sink", NULL, NULL, 200000);
    (void)lab_get(&lab, "/later");
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 300 * S_MS, false), ERR_OK);
    CU_ASSERT_FALSE(lab_stream(&lab, id)->is_reset);
    CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_TIMEOUT_BODY), 0);
    CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_TIMEOUT_SEND), 0);
    service_answer(&lab);
    lab_fini(&lab);
}

/* --- answers ---------------------------------------------------------------------------------- */

/* Gives `step` bytes of window every second; seconds until the reset, at most 200. */
static unsigned drip_window(struct h2_lab *lab, int32_t id, int32_t step)
{
    unsigned seconds = 0;

    while (seconds < 200 && !lab_stream(lab, id)->is_reset) {
        if (step > 0) {
            (void)nghttp2_submit_window_update(lab->client, 0, id, step);
        }
        lab_pump(lab);
        CU_ASSERT_EQUAL(lab_advance_ms(lab, S_MS, false), ERR_OK);
        seconds++;
    }
    return seconds;
}

struct window_row {
    const char *name;
    int32_t step;
    bool is_ended;
};

static const struct window_row window_rows[] = {
    {"no window", 0, true},
    {"a byte of window a second", 1, true},
    {"a byte less than must be", RATE - 1, true},
    {"as much as must be", RATE, false},
};

/* The first period brought a whole window, so it is the second that is too slow. */
static void test_slow_reader(void)
{
    for (size_t i = 0; i < COUNT_OF(window_rows); i++) {
        const struct window_row *row = &window_rows[i];
        struct h2_lab lab;
        int32_t id = 0;
        unsigned seconds = 0;
        init_without_pings(&lab);
        lab.is_lazy = true;
        lab_open(&lab);
        id = lab_get(&lab, "/size/10000000");
        lab_pump(&lab);
        (void)nghttp2_submit_window_update(lab.client, 0, 0, 10000000);
        seconds = drip_window(&lab, id, row->step);
        row_holds(seconds == (row->is_ended ? 2 * PERIOD : 200), row->name);
        row_holds(lab_stream(&lab, id)->is_reset == row->is_ended, row->name);
        row_holds(lab_metric(&lab, METRIC_H2_TIMEOUT_SEND) == (row->is_ended ? 1 : 0), row->name);
        row_holds(lab_goaway(&lab) == NULL, row->name);
        lab_fini(&lab);
    }
}

/* The client opens the streams' windows wide and that of the connection step by step. */
static void open_streams_wide(struct h2_lab *lab, const int32_t *ids, size_t count)
{
    lab_pump(lab);
    for (size_t i = 0; i < count; i++) {
        (void)nghttp2_submit_window_update(lab->client, 0, ids[i], 100000000);
    }
    lab_pump(lab);
}

/* Behind a large answer others wait for long: for their turn, or for their handler. As long as the
 * client takes what comes, that is not its fault, nor theirs. */
static void test_waiting_behind_others(void)
{
    struct h2_lab lab;
    int32_t ids[3];

    init_without_pings(&lab);
    lab.is_lazy = true;
    lab_open(&lab);
    ids[0] = lab_get(&lab, "/half");
    lab_pump(&lab);
    ids[1] = lab_get(&lab, "/size/10000000");
    ids[2] = lab_get(&lab, "/size/10000000");
    open_streams_wide(&lab, ids, COUNT_OF(ids));
    for (unsigned seconds = 0; seconds < 200; seconds++) {
        (void)nghttp2_submit_window_update(lab.client, 0, 0, 1000);
        lab_pump(&lab);
        CU_ASSERT_EQUAL(lab_advance_ms(&lab, S_MS, false), ERR_OK);
    }
    CU_ASSERT_EQUAL(lab_stream(&lab, ids[1])->body, LAB_WINDOW - 5 + 200 * 1000);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        CU_ASSERT_FALSE(lab_stream(&lab, ids[i])->is_reset);
    }
    service_abort(&lab, ERR_IO);
    lab_fini(&lab);
}

/* Nor may a client hold all of them by the connection's window. */
static void test_shut_connection_window(void)
{
    static const int32_t steps[] = {0, 1, RATE - 1};

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct h2_lab lab;
        int32_t id = 0;
        unsigned seconds = 0;
        enum err e = ERR_OK;
        init_without_pings(&lab);
        lab.is_lazy = true;
        lab_open(&lab);
        id = lab_get(&lab, "/size/10000000");
        open_streams_wide(&lab, &id, 1);
        for (seconds = 0; seconds < 200 && e == ERR_OK; seconds++) {
            if (steps[i] > 0) {
                (void)nghttp2_submit_window_update(lab.client, 0, 0, steps[i]);
            }
            lab_pump(&lab);
            e = lab_advance_ms(&lab, S_MS, false);
        }
        CU_ASSERT_EQUAL(e, ERR_TIMEOUT);
        CU_ASSERT(seconds >= PERIOD && seconds <= 3 * PERIOD);
        CU_ASSERT(is_ended_kindly(&lab));
        CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_TIMEOUT_SEND), 1);
        lab_fini(&lab);
    }
}

/* With nothing to send a shut window means nothing. */
static void test_shut_window_of_an_idle_answer(void)
{
    struct h2_lab lab;
    int32_t id = 0;

    init_without_pings(&lab);
    lab.is_lazy = true;
    lab_open(&lab);
    id = lab_get(&lab, "/half");
    (void)lab_get(&lab, "/size/65530");
    lab_pump(&lab);
    CU_ASSERT_EQUAL(nghttp2_session_get_effective_recv_data_length(lab.client), LAB_WINDOW);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 300 * S_MS, false), ERR_OK);
    CU_ASSERT_FALSE(lab_stream(&lab, id)->is_reset);
    service_answer(&lab);
    (void)nghttp2_submit_window_update(lab.client, 0, 0, 1000);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 10);
    lab_fini(&lab);
}

/* A handler without bytes is not a slow client. */
static void test_slow_answer(void)
{
    const nghttp2_settings_entry shut = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
    struct h2_lab lab;
    int32_t id = 0;

    init_without_pings(&lab);
    lab_open(&lab);
    id = lab_get(&lab, "/half");
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 300 * S_MS, false), ERR_OK);
    CU_ASSERT_EQUAL(nghttp2_submit_settings(lab.client, 0, &shut, 1), 0);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 300 * S_MS, false), ERR_OK);
    CU_ASSERT_FALSE(lab_stream(&lab, id)->is_reset);
    service_abort(&lab, ERR_IO);
    lab_fini(&lab);
}

/* The socket takes nothing, or a byte a second. */
static void test_stalled_socket(void)
{
    static const uint64_t steps[] = {0, 1, RATE - 1};

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct h2_lab lab;
        unsigned seconds = 0;
        enum err e = ERR_OK;
        init_without_pings(&lab);
        lab_open(&lab);
        (void)lab_get(&lab, "/size/10000000");
        (void)lab_to_server(&lab);
        CU_ASSERT_EQUAL(lab_check(&lab, false), ERR_OK);
        while (seconds < 200 && e == ERR_OK) {
            lab.sent_bytes += steps[i];
            e = lab_advance_ms(&lab, S_MS, true);
            seconds++;
        }
        CU_ASSERT_EQUAL(e, ERR_TIMEOUT);
        CU_ASSERT_EQUAL(seconds, PERIOD);
        CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_TIMEOUT_SEND), 1);
        lab_fini(&lab);
    }
}

static void test_slow_socket(void)
{
    struct h2_lab lab;

    init_without_pings(&lab);
    lab_open(&lab);
    (void)lab_get(&lab, "/size/10000000");
    (void)lab_to_server(&lab);
    CU_ASSERT_EQUAL(lab_check(&lab, false), ERR_OK);
    for (unsigned seconds = 0; seconds < 200; seconds++) {
        lab.sent_bytes += RATE;
        CU_ASSERT_EQUAL(lab_advance_ms(&lab, S_MS, true), ERR_OK);
    }
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab.done, 1);
    lab_fini(&lab);
}

/* --- nothing to do ---------------------------------------------------------------------------- */

/* PINGs every second do not keep a connection without requests. */
static void test_idle(void)
{
    struct h2_lab lab;
    unsigned seconds = 0;
    enum err e = ERR_OK;

    lab_init(&lab);
    lab_open_raw(&lab);
    lab_pump(&lab);
    while (seconds < 200 && e == ERR_OK) {
        (void)!lab_send(&lab, NGHTTP2_PING, 0, 0, "12345678", 8);
        lab_pump(&lab);
        e = lab_advance_ms(&lab, S_MS, false);
        seconds++;
    }
    CU_ASSERT_EQUAL(e, ERR_TIMEOUT);
    CU_ASSERT_EQUAL(seconds, 75);
    CU_ASSERT(is_ended_kindly(&lab));
    CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_TIMEOUT_IDLE), 1);
    lab_fini(&lab);
}

static void test_idle_is_exact(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open_raw(&lab);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 75 * S_MS - 1, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_check(&lab, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 1, false), ERR_TIMEOUT);
    lab_fini(&lab);
}

/* A request starts the wait anew, from its end. */
static void test_requests_keep_it(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open(&lab);
    for (unsigned i = 0; i < 5; i++) {
        int32_t id = 0;
        CU_ASSERT_EQUAL(lab_advance_ms(&lab, 74 * S_MS, false), ERR_OK);
        id = lab_get(&lab, "/later");
        lab_pump(&lab);
        CU_ASSERT_EQUAL(lab_advance_ms(&lab, 100 * S_MS, false), ERR_OK);
        service_answer(&lab);
        lab_pump(&lab);
        CU_ASSERT_EQUAL(lab_stream(&lab, id)->body, 7);
    }
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 80 * S_MS, false), ERR_TIMEOUT);
    lab_fini(&lab);
}

/* --- PING ------------------------------------------------------------------------------------- */

static void test_unanswered_ping(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "GET", "/later", true);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 30 * S_MS - 10, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_PING, 0), 0);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 10, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_PING, 0), 1);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 15 * S_MS - 10, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 10, false), ERR_TIMEOUT);
    CU_ASSERT(is_ended_kindly(&lab));
    CU_ASSERT_EQUAL(lab_metric(&lab, METRIC_H2_TIMEOUT_PING), 1);
    service_abort(&lab, ERR_IO);
    lab_fini(&lab);
}

/* A client that speaks of other things, just inside, but never answers. */
static void test_evaded_ping(void)
{
    struct h2_lab lab;
    unsigned seconds = 0;
    enum err e = ERR_OK;

    lab_init(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "GET", "/later", true);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 30 * S_MS, false), ERR_OK);
    while (seconds < 100 && e == ERR_OK) {
        (void)!lab_send(&lab, NGHTTP2_WINDOW_UPDATE, 0, 0, "\0\0\0\1", 4);
        e = lab_advance_ms(&lab, S_MS, false);
        seconds++;
    }
    CU_ASSERT_EQUAL(e, ERR_TIMEOUT);
    CU_ASSERT_EQUAL(seconds, 15);
    service_abort(&lab, ERR_IO);
    lab_fini(&lab);
}

static void test_answered_pings(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab_open(&lab);
    (void)lab_get(&lab, "/later");
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 301 * S_MS, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_PING, 0), 10);
    service_answer(&lab);
    lab_pump(&lab);
    lab_fini(&lab);
}

static void test_no_pings(void)
{
    struct h2_lab lab;

    init_without_pings(&lab);
    lab_open_raw(&lab);
    (void)!lab_raw_request(&lab, 1, "GET", "/later", true);
    CU_ASSERT_EQUAL(lab_advance_ms(&lab, 1000 * S_MS, false), ERR_OK);
    CU_ASSERT_EQUAL(lab_count(&lab, NGHTTP2_PING, 0), 0);
    service_answer(&lab);
    lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"h2 time", "ends a peer that says nothing", test_silent_peer},
    {"h2 time", "ends a preface that drips", test_dripping_preface},
    {"h2 time", "end who never acknowledges our SETTINGS", test_unacknowledged_settings},
    {"h2 time", "ends a head that drips in CONTINUATION", test_dripping_head},
    {"h2 time", "ends a head that drips in its frame", test_dripping_frame},
    {"h2 time", "takes a slow head just in time", test_slow_head_in_time},
    {"h2 time", "answers 408 to a body below the least rate", test_dripping_body},
    {"h2 time", "resets such a body when the answer has begun", test_dripping_echo},
    {"h2 time", "does not blame a client for a slow handler", test_slow_handler},
    {"h2 time", "resets an answer that is taken too slowly", test_slow_reader},
    {"h2 time", "does not blame streams that wait behind others", test_waiting_behind_others},
    {"h2 time", "ends a client that shuts the connection's window", test_shut_connection_window},
    {"h2 time", "bears a shut window with nothing to send", test_shut_window_of_an_idle_answer},
    {"h2 time", "does not blame a client for a slow answer", test_slow_answer},
    {"h2 time", "ends a connection whose socket takes too little", test_stalled_socket},
    {"h2 time", "keeps one whose socket takes enough", test_slow_socket},
    {"h2 time", "ends idle connections, PINGs or not", test_idle},
    {"h2 time", "ends them at the limit, not before", test_idle_is_exact},
    {"h2 time", "counts idleness from the last answer", test_requests_keep_it},
    {"h2 time", "ends a client that does not answer PING", test_unanswered_ping},
    {"h2 time", "ends one that talks of other things", test_evaded_ping},
    {"h2 time", "keeps one that answers", test_answered_pings},
    {"h2 time", "never asks when told so", test_no_pings},
};

const struct suite_table h2_time_tests = SUITE_TABLE(tests);
