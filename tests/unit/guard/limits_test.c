#include <CUnit/CUnit.h>

#include "base/arena.h"
#include "base/check.h"
#include "guard/guard_kinds.h"
#include "guard/limits.h"
#include "support/fake_wire.h"
#include "support/manual_loop.h"
#include "unit/guard/tables.h"

/* A service that asks one guard and, when let through, answers 200. */
struct rig {
    struct exchange_service service; /* first member */
    struct manual_loop loop;
    struct arena arena;
    struct guard *guard;
    struct fake_wire w;
    enum guard_verdict verdict;
};

static void on_request(struct exchange_service *service, struct exchange *x)
{
    struct rig *r = CONTAINER_OF(service, struct rig, service);

    r->verdict = r->guard->kind->check(r->guard, x);
    if (r->verdict == GUARD_PASS) {
        x->response.status = 200;
        exchange_respond(x);
        pipe_end(&x->response_body);
        exchange_finish(x);
    }
}

static void on_done(struct exchange_service *service, struct exchange *x)
{
    (void)service;
    (void)x;
}

static void begin(struct rig *r, uint64_t limit)
{
    const struct limits_settings settings = {.max_body_bytes = limit};

    *r = (struct rig){.service = {.on_request = on_request, .on_done = on_done}};
    manual_loop_init(&r->loop, NULL, NULL);
    arena_init(&r->arena, NULL, NULL, NULL, 0);
    const struct stage_builder b = {.arena = &r->arena, .place = "routes[0]"};
    MUST(limits_guard_kind.make(&b, &settings, &r->guard) == ERR_OK);
    fake_wire_init(&r->w, &r->loop, &r->service);
}

static void end(struct rig *r)
{
    fake_wire_fini(&r->w);
    arena_fini(&r->arena);
    manual_loop_fini(&r->loop);
}

static void test_announced(void)
{
    static const struct {
        uint64_t limit;
        int64_t announced;
        unsigned status;
    } rows[] = {
        {10, 9, 200}, {10, 10, 200}, {10, 11, 413},        {10, CONTENT_LENGTH_UNKNOWN, 200},
        {0, 0, 200},  {0, 1, 413},   {10, INT64_MAX, 413}, {UINT64_MAX, INT64_MAX, 200},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct rig r;
        begin(&r, rows[i].limit);
        fake_wire_announce(&r.w, rows[i].announced);
        fake_wire_get(&r.w, "POST", NULL, "/");
        CU_ASSERT(r.w.status == rows[i].status && r.w.has_ended);
        CU_ASSERT(r.w.x.max_body_bytes == rows[i].limit);
        CU_ASSERT(r.verdict == (rows[i].status == 200 ? GUARD_PASS : GUARD_ANSWERED));
        end(&r);
    }
}

static void test_kinds(void)
{
    for (size_t i = 0; guard_kinds[i] != NULL; i++) {
        const struct guard_kind *kind = stage_guard_kind(guard_kinds[i]);
        CU_ASSERT(kind->make != NULL && kind->check != NULL && kind->setting.table != NULL);
    }
}

static const struct suite_test tests[] = {
    {"limits", "a body's announced length", test_announced},
    {"limits", "kinds are whole", test_kinds},
};

const struct suite_table limits_tests = SUITE_TABLE(tests);
