/* Every allocation nghttp2 makes for the server in a small conversation fails once: the connection
 * may end, but nothing crashes or leaks, and every handler lets go. */
#include <CUnit/CUnit.h>

#include "base/failpoint.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_tables.h"

#ifdef WEIR_SANITIZED

#    define ALLOCATIONS_MAX   5000
#    define ALLOCATIONS_LEAST 50

static void ask(struct h2_lab *lab)
{
    int32_t id = lab_request(lab, "POST", "/echo", "x-field", "value", 100000);
    int32_t left = 0;

    lab_stream(lab, id)->up_has_trailers = true;
    (void)lab_get(lab, "/trailers");
    (void)lab_get(lab, "/hints");
    (void)lab_request(lab, "POST", "/early", "expect", "100-continue", 100000);
    (void)lab_request(lab, "GET", "/urgent", "priority", "u=5, i", -1);
    (void)lab_get(lab, "/abort");
    (void)lab_get(lab, "/huge-head");
    left = lab_post_open(lab, "/sink", NULL, NULL);
    lab_more(lab, left, 1000, false);
    lab_pump(lab);
    lab_reset(lab, left, NGHTTP2_CANCEL);
    (void)nghttp2_submit_ping(lab->client, 0, NULL);
    lab_pump(lab);
}

static void converse(struct h2_lab *lab)
{
    if (lab_begin(lab) != ERR_OK) {
        return;
    }
    lab_make_client(lab);
    ask(lab);
    h2_conn_drain(lab->conn);
    lab_pump(lab);
}

static void test_allocations(void)
{
    unsigned long i = 0;
    unsigned long seen = 0;

    do {
        struct h2_lab lab;
        i++;
        lab_init(&lab);
        failpoint_arm(FAILPOINT_ALLOC, i);
        converse(&lab);
        seen = failpoint_seen(FAILPOINT_ALLOC);
        failpoint_arm(FAILPOINT_ALLOC, 0);
        lab_fini(&lab);
        CU_ASSERT_EQUAL(lab.exchanges_done, lab.requests + lab.refused);
    } while (seen >= i && i < ALLOCATIONS_MAX);
    CU_ASSERT(i > ALLOCATIONS_LEAST && i < ALLOCATIONS_MAX);
}

#else

static void test_allocations(void)
{
    CU_PASS("failures are made in sanitizer builds only");
}

#endif

static const struct suite_test tests[] = {
    {"h2 failures", "survives each failed allocation", test_allocations},
};

const struct suite_table h2_fail_tests = SUITE_TABLE(tests);
