/* RFC 9218: who is served first when there is not room for all. The lab's small fills stand for a
 * full socket. */
#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_tables.h"

#define BIG    "/size/500000"
#define WINDOW 100000000

static void open_hungry(struct h2_lab *lab)
{
    const nghttp2_settings_entry windows = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW};

    lab_init(lab);
    lab->fill_bytes = H2_FILL_MIN;
    lab_open(lab);
    (void)nghttp2_submit_settings(lab->client, 0, &windows, 1);
    (void)nghttp2_submit_window_update(lab->client, 0, 0, WINDOW);
    lab_pump(lab);
}

static int32_t get(struct h2_lab *lab, const char *path, const char *priority)
{
    return lab_request(lab, "GET", path, priority != NULL ? "priority" : NULL, priority, -1);
}

static void send_all(struct h2_lab *lab)
{
    while (lab_to_server(lab)) {
    }
}

static unsigned place_of(struct h2_lab *lab, int32_t id)
{
    return lab_stream(lab, id)->done_as;
}

static void test_urgent_last_finishes_first(void)
{
    struct h2_lab lab;
    int32_t urgent = 0;

    open_hungry(&lab);
    for (unsigned i = 0; i < 8; i++) {
        (void)get(&lab, BIG, "u=7");
    }
    send_all(&lab);
    (void)lab_to_client(&lab);
    (void)lab_to_client(&lab);
    urgent = get(&lab, BIG, "u=0");
    lab_pump(&lab);
    CU_ASSERT_EQUAL(lab.done, 9);
    CU_ASSERT_EQUAL(place_of(&lab, urgent), 1);
    lab_fini(&lab);
}

static void test_order_of_urgency(void)
{
    static const char *const words[] = {"u=5", "u=1", NULL, "u=7", "u=0", "u=2", "u=6", "u=4"};
    static const unsigned places[] = {6, 2, 4, 8, 1, 3, 7, 5};
    struct h2_lab lab;
    int32_t ids[COUNT_OF(words)];

    open_hungry(&lab);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        ids[i] = get(&lab, BIG, words[i]);
    }
    send_all(&lab);
    lab_pump(&lab);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        row_holds(place_of(&lab, ids[i]) == places[i], words[i] != NULL ? words[i] : "none: 3");
    }
    lab_fini(&lab);
}

/* One after the other, as asked: no turn is taken before the first is done. */
static void test_same_urgency_in_order(void)
{
    struct h2_lab lab;
    int32_t first = 0;
    int32_t second = 0;

    open_hungry(&lab);
    first = get(&lab, BIG, "u=3");
    second = get(&lab, BIG, "u=3");
    send_all(&lab);
    lab_pump(&lab);
    CU_ASSERT(lab_find_end(&lab, first) < lab_find(&lab, 0, NGHTTP2_DATA, second));
    lab_fini(&lab);
}

static void test_incremental_takes_turns(void)
{
    struct h2_lab lab;
    int32_t first = 0;
    int32_t second = 0;
    size_t turns = 0;
    int32_t last = 0;

    open_hungry(&lab);
    first = get(&lab, BIG, "u=3, i");
    second = get(&lab, BIG, "u=3, i");
    send_all(&lab);
    lab_pump(&lab);
    CU_ASSERT(lab_find(&lab, 0, NGHTTP2_DATA, second) < lab_find_end(&lab, first));
    for (size_t i = 0; i < lab.frame_count; i++) {
        if (lab.frames[i].type == NGHTTP2_DATA) {
            turns += lab.frames[i].id != last ? 1 : 0;
            last = lab.frames[i].id;
        }
    }
    CU_ASSERT(turns > 40);
    lab_fini(&lab);
}

static void update(struct h2_lab *lab, int32_t id, const char *word)
{
    struct str s = str_from(word);

    MUST(nghttp2_submit_priority_update(lab->client, 0, id, (const uint8_t *)s.p, s.len) == 0);
}

static void test_update_reverses(void)
{
    struct h2_lab lab;
    int32_t first = 0;
    int32_t second = 0;

    open_hungry(&lab);
    first = get(&lab, BIG, "u=1");
    second = get(&lab, BIG, "u=5");
    send_all(&lab);
    (void)lab_to_client(&lab);
    CU_ASSERT(lab_stream(&lab, first)->body > 0);
    CU_ASSERT_EQUAL(lab_stream(&lab, second)->body, 0);
    update(&lab, first, "u=7");
    lab_pump(&lab);
    CU_ASSERT_EQUAL(place_of(&lab, second), 1);
    CU_ASSERT_EQUAL(place_of(&lab, first), 2);
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

/* The update may overtake the request it is for (RFC 9218, section 7.1). */
static void test_update_before_request(void)
{
    struct h2_lab lab;

    lab_init(&lab);
    lab.fill_bytes = H2_FILL_MIN;
    lab_open_raw(&lab);
    CU_ASSERT_EQUAL(lab_send(&lab, NGHTTP2_WINDOW_UPDATE, 0, 0, "\0\x7f\0\0", 4), ERR_OK);
    (void)!lab_send(&lab, LAB_PRIORITY_UPDATE, 0, 0, "\0\0\0\3u=0", 7);
    (void)!lab_raw_request(&lab, 1, "GET", "/size/60000", true);
    (void)!lab_raw_request(&lab, 3, "GET", "/size/60000", true);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(place_of(&lab, 3), 1);
    CU_ASSERT_EQUAL(place_of(&lab, 1), 2);
    lab_fini(&lab);
}

static void test_our_own_word(void)
{
    struct h2_lab lab;
    int32_t first = 0;
    int32_t urgent = 0;

    open_hungry(&lab);
    first = get(&lab, BIG, "u=2");
    urgent = get(&lab, "/urgent", "u=7");
    send_all(&lab);
    lab_pump(&lab);
    CU_ASSERT_EQUAL(place_of(&lab, urgent), 1);
    CU_ASSERT_EQUAL(place_of(&lab, first), 2);
    lab_fini(&lab);
}

static const char *const bad_words[] = {"", "u=9", "u", "u=1=2", "\x7f", "i=?2", "u=1,,", "((("};

static void test_bad_words(void)
{
    struct h2_lab lab;

    open_hungry(&lab);
    for (size_t i = 0; i < COUNT_OF(bad_words); i++) {
        int32_t id = get(&lab, "/hello", bad_words[i]);
        update(&lab, id, bad_words[i]);
        lab_pump(&lab);
        row_holds(lab_stream(&lab, id)->done_as > 0 || lab_stream(&lab, id)->is_reset,
                  bad_words[i]);
    }
    CU_ASSERT_PTR_NULL(lab_goaway(&lab));
    lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"h2 priority", "urgency 0 opened last finishes first", test_urgent_last_finishes_first},
    {"h2 priority", "streams finish in the order of urgency", test_order_of_urgency},
    {"h2 priority", "the same urgency is served one by one", test_same_urgency_in_order},
    {"h2 priority", "incremental ones take turns", test_incremental_takes_turns},
    {"h2 priority", "PRIORITY_UPDATE reverses in flight", test_update_reverses},
    {"h2 priority", "PRIORITY_UPDATE counts before its request", test_update_before_request},
    {"h2 priority", "a response's own priority counts", test_our_own_word},
    {"h2 priority", "words that are none do no harm", test_bad_words},
};

const struct suite_table h2_priority_tests = SUITE_TABLE(tests);
