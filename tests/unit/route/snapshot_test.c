#include <CUnit/CUnit.h>

#include "base/check.h"
#include "route/hold.h"
#include "route/route.h"
#include "route/snapshot.h"
#include "support/fake_wire.h"
#include "unit/route/route_lab.h"
#include "unit/route/tables.h"

static const char first_text[] = "routes:\n"
                                 "  - {name: long, match: /long, mortal: {}}\n"
                                 "  - {name: other, match: /other, mortal: {}}\n"
                                 "  - {name: say, match: /say, respond: {body: old}}\n";
static const char second_text[] = "routes:\n"
                                  "  - {name: say, match: /say, respond: {body: new}}\n";

static void get(struct lab *l, const char *path, const char *expected)
{
    struct fake_wire w;

    fake_wire_init(&w, &l->loop, lab_service(l));
    fake_wire_get(&w, "GET", NULL, path);
    lab_assert_text(fake_wire_text(&w), expected);
    fake_wire_fini(&w);
}

/* The maker lets go, so that the workers alone hold it. */
static void let_go(struct lab_site *site)
{
    snapshot_unref(&site->snapshot, NULL);
}

static void test_adoption(void)
{
    struct lab_site second;
    struct lab l;

    lab_init(&l, first_text);
    lab_site_init(&second, second_text);
    get(&l, "/say", "old");
    CU_ASSERT(router_post(l.loop.worker, second.snapshot) == ERR_OK);
    manual_loop_settle(&l.loop);
    get(&l, "/say", "new");
    CU_ASSERT(l.context.routes_freed == 0); /* the lab holds the first one still */
    let_go(&l.site);
    CU_ASSERT(l.context.routes_freed == 2);
    let_go(&second);
    get(&l, "/say", "new");
    lab_site_fini(&second);
    lab_fini(&l);
}

/* A long exchange keeps its own route, and nothing else of its snapshot. */
static void test_pins(void)
{
    struct lab_site second;
    struct fake_wire w;
    struct fake_wire twin;
    struct lab l;

    lab_init(&l, first_text);
    lab_site_init(&second, second_text);
    fake_wire_init(&w, &l.loop, lab_service(&l));
    fake_wire_init(&twin, &l.loop, lab_service(&l));
    fake_wire_get(&w, "GET", NULL, "/long");
    fake_wire_get(&twin, "GET", NULL, "/long");
    let_go(&l.site);
    router_adopt(l.loop.worker, second.snapshot);
    manual_loop_settle(&l.loop);
    CU_ASSERT(l.context.routes_freed == 1);
    lab_assert_text(fake_wire_text(&w), "m");
    lab_assert_text(*w.x.route_name, "long");
    get(&l, "/say", "new");
    fake_wire_leave(&w, ERR_CANCELLED);
    manual_loop_settle(&l.loop);
    CU_ASSERT(w.is_freed && l.context.routes_freed == 1);
    fake_wire_leave(&twin, ERR_CANCELLED);
    manual_loop_settle(&l.loop);
    CU_ASSERT(twin.is_freed && l.context.routes_freed == 2);
    fake_wire_fini(&w);
    fake_wire_fini(&twin);
    lab_site_fini(&second);
    lab_fini(&l);
}

/* What others let go is freed on the control worker. */
static void test_control(void)
{
    struct manual_loop control;
    struct lab_site second;
    struct lab l;

    manual_loop_init(&control, NULL, NULL);
    lab_init(&l, first_text);
    l.context.shared.control = control.worker;
    router_adopt(l.loop.worker, l.site.snapshot); /* now that there is a control worker */
    lab_site_init(&second, second_text);
    let_go(&l.site);
    router_adopt(l.loop.worker, second.snapshot);
    manual_loop_settle(&l.loop);
    CU_ASSERT(l.context.routes_freed == 0);
    manual_loop_settle(&control);
    CU_ASSERT(l.context.routes_freed == 2);
    lab_fini(&l);
    lab_site_fini(&second);
    manual_loop_fini(&control);
}

/* A retired hold goes with its last pin, whatever the order. */
static void test_hold(void)
{
    struct hold *retired = NULL;
    struct hold *hold = NULL;
    struct lab l;

    lab_init(&l, first_text);
    hold = hold_new(l.site.snapshot, NULL);
    retired = hold;
    hold_pin(hold, 0);
    hold_pin(hold, 0);
    hold_pin(hold, 1);
    hold_retire(&hold);
    CU_ASSERT(hold == NULL);
    CU_ASSERT(retired->routes[0] != NULL && retired->routes[1] != NULL);
    CU_ASSERT(retired->routes[2] == NULL);
    hold_unpin(retired, 0);
    CU_ASSERT(retired->routes[0] != NULL);
    hold_unpin(retired, 1);
    CU_ASSERT(retired->routes[1] == NULL && retired->pinned == 1);
    hold_unpin(retired, 0);
    hold = hold_new(l.site.snapshot, NULL);
    hold_retire(&hold);
    CU_ASSERT(atomic_load(&l.site.snapshot->refs) == 2); /* the lab and its worker */
    CU_ASSERT(atomic_load(&l.site.snapshot->routes[0]->refs) == 2);
    lab_fini(&l);
}

static void test_closed(void)
{
    struct worker *ended = NULL;
    struct lab l;

    lab_init(&l, second_text);
    ended = l.loop.worker;
    mailbox_close(&ended->mailbox);
    CU_ASSERT(router_post(ended, l.site.snapshot) == ERR_CLOSED);
    CU_ASSERT(atomic_load(&l.site.snapshot->refs) == 2);
    lab_fini(&l);
}

static const struct suite_test tests[] = {
    {"snapshot", "a second one is adopted by post", test_adoption},
    {"snapshot", "a long exchange keeps its own route alone", test_pins},
    {"snapshot", "is freed on the control worker", test_control},
    {"snapshot", "a hold goes with its last pin", test_hold},
    {"snapshot", "cannot be posted to who has ended", test_closed},
};

const struct suite_table snapshot_tests = SUITE_TABLE(tests);
