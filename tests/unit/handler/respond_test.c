#include <CUnit/CUnit.h>

#include "base/check.h"
#include "config/config.h"
#include "config/faults.h"
#include "handler/respond.h"
#include "support/fake_wire.h"
#include "support/manual_loop.h"
#include "unit/handler/tables.h"

/* One respond, and a service that starts it. */
struct rig {
    struct exchange_service service; /* first member */
    struct manual_loop loop;
    struct arena arena;
    struct handler *handler;
    struct fake_wire w;
    bool adds_field; /* as a guard may have done */
};

static void on_request(struct exchange_service *service, struct exchange *x)
{
    struct rig *r = CONTAINER_OF(service, struct rig, service);

    if (r->adds_field) {
        fields_add_named(&x->response.fields, x->arena, STR("x-guard"), STR("g"));
    }
    r->handler->kind->start(r->handler, x);
}

static void on_done(struct exchange_service *service, struct exchange *x)
{
    (void)service;
    (void)x;
}

/* The settings are gone when the handler answers. */
static void make(struct rig *r, const char *text)
{
    struct config config;
    struct faults faults;
    struct arena arena;

    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    MUST(config_load_text("t.yaml", str_from(text), respond_handler_kind.setting.table, &arena,
                          &faults, &config) == ERR_OK);
    const struct stage_builder b = {.arena = &r->arena, .faults = &faults, .place = "routes[0]"};
    MUST(respond_handler_kind.make(&b, config.settings, &r->handler) == ERR_OK);
    arena_fini(&arena);
}

static void begin(struct rig *r, const char *text)
{
    *r = (struct rig){.service = {.on_request = on_request, .on_done = on_done}};
    manual_loop_init(&r->loop, NULL, NULL);
    arena_init(&r->arena, NULL, NULL, NULL, 0);
    make(r, text);
    fake_wire_init(&r->w, &r->loop, &r->service);
}

static void end(struct rig *r)
{
    fake_wire_fini(&r->w);
    arena_fini(&r->arena);
    manual_loop_fini(&r->loop);
}

static void assert_field(struct rig *r, const char *name, const char *value)
{
    CU_ASSERT(str_eq(fake_wire_field(&r->w, name), str_from(value)));
}

static void test_whole(void)
{
    struct rig r;

    begin(&r, "{status: 418, headers: {X-Tea: green, Content-Type: text/tea}, body: short}");
    fake_wire_get(&r.w, "GET", NULL, "/");
    CU_ASSERT(r.w.status == 418 && r.w.content_length == 5 && r.w.head.count == 2);
    assert_field(&r, "x-tea", "green");
    assert_field(&r, "content-type", "text/tea");
    CU_ASSERT(str_eq(fake_wire_text(&r.w), STR("short")));
    end(&r);
}

static void test_defaults(void)
{
    struct rig r;

    begin(&r, "{}");
    fake_wire_get(&r.w, "GET", NULL, "/");
    CU_ASSERT(r.w.status == 200 && r.w.content_length == 0 && r.w.head.count == 0);
    CU_ASSERT(r.w.has_ended && r.w.body.len == 0);
    end(&r);
    begin(&r, "{body: x}");
    fake_wire_get(&r.w, "GET", NULL, "/");
    assert_field(&r, "content-type", "text/plain;charset=utf-8");
    end(&r);
}

static void test_no_content(void)
{
    struct rig r;

    begin(&r, "{body: hello}");
    fake_wire_get(&r.w, "HEAD", NULL, "/");
    CU_ASSERT(r.w.content_length == 5 && r.w.body.len == 0 && r.w.has_ended);
    end(&r);
    begin(&r, "{status: 304, headers: {etag: '\"a\"'}}");
    fake_wire_get(&r.w, "GET", NULL, "/");
    CU_ASSERT(r.w.content_length == CONTENT_LENGTH_UNKNOWN && r.w.has_ended);
    assert_field(&r, "etag", "\"a\"");
    end(&r);
}

static void test_request_body(void)
{
    struct rig r;

    begin(&r, "{body: hello}");
    fake_wire_announce(&r.w, 5);
    r.w.x.request.expects_continue = true;
    fake_wire_get(&r.w, "POST", NULL, "/");
    CU_ASSERT(r.w.credit == 0 && r.w.inform_count == 0 && r.w.has_ended);
    end(&r);
}

static void test_fields_of_others(void)
{
    struct rig r;

    begin(&r, "{headers: {x-mine: '1'}, body: hello}");
    r.adds_field = true;
    fake_wire_get(&r.w, "GET", NULL, "/");
    CU_ASSERT(r.w.head.count == 3);
    assert_field(&r, "x-guard", "g");
    assert_field(&r, "x-mine", "1");
    end(&r);
}

/* The client leaves in the midst of a body: nothing is left behind. */
static void test_client_leaves(void)
{
    struct rig r;

    begin(&r, "{body: hello}");
    r.w.budget = 2;
    fake_wire_get(&r.w, "GET", NULL, "/");
    CU_ASSERT(r.w.body.len == 2 && !r.w.is_freed);
    fake_wire_leave(&r.w, ERR_RESET);
    end(&r);
}

static const struct suite_test tests[] = {
    {"respond", "status, fields, body", test_whole},
    {"respond", "defaults", test_defaults},
    {"respond", "HEAD and 304", test_no_content},
    {"respond", "leaves a request's body alone", test_request_body},
    {"respond", "keeps fields that were set before", test_fields_of_others},
    {"respond", "the client leaves", test_client_leaves},
};

const struct suite_table respond_tests = SUITE_TABLE(tests);
