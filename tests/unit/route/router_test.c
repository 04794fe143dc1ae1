#include <stdio.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/stage.h"
#include "metrics/metrics.h"
#include "route/router.h"
#include "support/fake_wire.h"
#include "unit/route/route_lab.h"
#include "unit/route/tables.h"

static const char config[] =
    "routes:\n"
    "  - {name: hello, match: /hello, respond: {body: hello, headers: {X-One: '1'}}}\n"
    "  - {name: empty, match: /empty, respond: {status: 204, headers: {x-one: '1'}}}\n"
    "  - {name: get, match: {path: /get, method: GET}, respond: {body: got}}\n"
    "  - {name: echo, match: /echo/**, limits: {body: 10B}, echo: {}}\n"
    "  - {name: wide, match: /wide, limits: {body: 1MiB}, echo: {}}\n"
    "  - {name: sink, match: /sink, sink: {}}\n"
    "  - {name: sip, match: /sip, sip: {bytes: 4B, every: 10ms}}\n"
    "  - {name: gated, match: /gated, gate: {}, respond: {body: through}}\n"
    "  - {name: vetoed, match: /vetoed, veto: {}, stamp_a: {}, respond: {body: never}}\n"
    "  - {name: both, match: /both, veto: {}, gate: {}, respond: {}}\n"
    "  - {name: stamped, match: /stamped, stamp_b: {}, stamp_a: {}, respond: {body: s}}\n"
    "  - {name: user, match: '/users/{id}/files/{rest...}', sink: {}}\n"
    "  - {name: hosted, match: {host: a.test, path: /only}, respond: {body: a}}\n";

struct rig {
    struct lab lab;
    struct fake_wire w;
};

static void begin(struct rig *r)
{
    lab_init(&r->lab, config);
    fake_wire_init(&r->w, &r->lab.loop, lab_service(&r->lab));
}

static void end(struct rig *r)
{
    fake_wire_fini(&r->w);
    lab_fini(&r->lab);
}

static void settle(struct rig *r)
{
    manual_loop_settle(&r->lab.loop);
}

/* One request without a body after the other, on one worker. */
struct answer_case {
    const char *method;
    const char *host;
    const char *target;
    unsigned status;
    const char *allow;
    const char *body; /* NULL: an error page, or none */
};

static void assert_answer(struct lab *l, const struct answer_case *c)
{
    struct fake_wire w;

    fake_wire_init(&w, &l->loop, lab_service(l));
    fake_wire_get(&w, c->method, c->host, c->target);
    if (w.status != c->status) {
        printf("\n      %s %s: %u, not %u\n", c->method, c->target, w.status, c->status);
    }
    CU_ASSERT(w.status == c->status && w.has_ended && w.resets == 0 && w.responds == 1);
    lab_assert_text(fake_wire_field(&w, "allow"), c->allow);
    if (c->body != NULL) {
        lab_assert_text(fake_wire_text(&w), c->body);
    }
    fake_wire_fini(&w);
}

static void test_answers(void)
{
    static const char all[] = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, QUERY";
    static const struct answer_case cases[] = {
        {"GET", NULL, "/hello", 200, "", "hello"},
        {"HEAD", NULL, "/hello", 200, "", ""},
        {"POST", NULL, "/hello", 200, "", "hello"},
        {"OPTIONS", NULL, "/hello", 200, "", "hello"},
        {"BREW", NULL, "/hello", 200, "", "hello"},
        {"TRACE", NULL, "/hello", 405, all, NULL},
        {"GET", NULL, "/empty", 204, "", ""},
        {"GET", NULL, "/get", 200, "", "got"},
        {"HEAD", NULL, "/get", 200, "", ""},
        {"POST", NULL, "/get", 405, "GET, HEAD, OPTIONS", NULL},
        {"BREW", NULL, "/get", 405, "GET, HEAD, OPTIONS", NULL},
        {"OPTIONS", NULL, "/get", 204, "GET, HEAD, OPTIONS", ""},
        {"OPTIONS", NULL, "*", 204,
         "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, QUERY, CONNECT, "
         "TRACE",
         ""},
        {"OPTIONS", NULL, "/none", 404, "", NULL},
        {"GET", NULL, "/none", 404, "", NULL},
        {"GET", "a.test", "/only", 200, "", "a"},
        {"GET", "A.test:8443", "/only", 200, "", "a"},
        {"GET", "b.test", "/only", 404, "", NULL},
        {"POST", "b.test", "/only", 404, "", NULL},
        {"GET", "b.test", "/hello", 200, "", "hello"},
        {"GET", "a b", "/hello", 400, "", NULL},
        {"GET", NULL, "/%00", 400, "", NULL},
        {"GET", NULL, "/../hello", 400, "", NULL},
        {"GET", NULL, "/x/../hello", 200, "", "hello"},
        {"GET", NULL, "*", 400, "", NULL},
        {"GET", NULL, "", 400, "", NULL},
        {"GET", NULL, "/vetoed", 403, "", NULL},
    };
    struct lab l;

    lab_init(&l, config);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_answer(&l, &cases[i]);
    }
    CU_ASSERT(lab_metric(&l, METRIC_REQUESTS) == COUNT_OF(cases));
    CU_ASSERT(lab_metric(&l, METRIC_REQUESTS_OPEN) == 0);
    CU_ASSERT(lab_metric(&l, METRIC_REQUESTS_BROKEN) == 0);
    CU_ASSERT(lab_metric(&l, METRIC_RESPONSES_2XX) == 14);
    CU_ASSERT(lab_metric(&l, METRIC_RESPONSES_4XX) == COUNT_OF(cases) - 14);
    lab_fini(&l);
}

static void test_head_fields(void)
{
    struct rig r;

    begin(&r);
    fake_wire_get(&r.w, "HEAD", NULL, "/hello");
    CU_ASSERT(r.w.content_length == 5);
    lab_assert_text(fake_wire_field(&r.w, "x-one"), "1");
    lab_assert_text(fake_wire_field(&r.w, "content-type"), "text/plain;charset=utf-8");
    lab_assert_text(fake_wire_field(&r.w, "x-request-id"), "");
    lab_assert_text(*r.w.x.route_name, "hello");
    end(&r);
    begin(&r);
    fake_wire_get(&r.w, "GET", NULL, "/empty");
    CU_ASSERT(r.w.content_length == CONTENT_LENGTH_UNKNOWN);
    lab_assert_text(fake_wire_field(&r.w, "content-type"), "");
    end(&r);
}

static void test_request_id(void)
{
    struct rig r;

    begin(&r);
    fake_wire_add_field(&r.w, "x-request-id", "abc-1");
    fake_wire_get(&r.w, "GET", NULL, "/hello");
    lab_assert_text(fake_wire_field(&r.w, "x-request-id"), "abc-1");
    lab_assert_text(fake_wire_field(&r.w, "x-one"), "1");
    end(&r);
    begin(&r);
    fake_wire_add_field(&r.w, "x-request-id", "not valid");
    fake_wire_get(&r.w, "GET", NULL, "/hello");
    CU_ASSERT(fake_wire_field(&r.w, "x-request-id").len == 26);
    end(&r);
    begin(&r);
    fake_wire_get(&r.w, "GET", NULL, "/none");
    CU_ASSERT(fake_wire_field(&r.w, "x-request-id").len == 26);
    end(&r);
}

static void test_refused(void)
{
    struct rig r;

    begin(&r);
    fake_wire_ask(&r.w, "GET", NULL, "/hello");
    pipe_end(&r.w.x.request_body);
    exchange_open_refused(&r.w.x, 431, STR("Too much."));
    settle(&r);
    CU_ASSERT(r.w.status == 431 && r.w.is_freed);
    CU_ASSERT(lab_metric(&r.lab, METRIC_REQUESTS) == 1);
    CU_ASSERT(lab_metric(&r.lab, METRIC_RESPONSES_4XX) == 1);
    end(&r);
}

static void test_params(void)
{
    struct rig r;

    begin(&r);
    fake_wire_get(&r.w, "GET", NULL, "/users/a%2fb%20c/files/x/%79/");
    lab_assert_text(stage_param(&r.w.x, STR("id")), "a/b c");
    lab_assert_text(stage_param(&r.w.x, STR("rest")), "x/y/");
    CU_ASSERT(stage_param(&r.w.x, STR("none")).p == NULL);
    end(&r);
    begin(&r);
    fake_wire_get(&r.w, "GET", NULL, "/users/7/files/");
    lab_assert_text(stage_param(&r.w.x, STR("id")), "7");
    lab_assert_text(stage_param(&r.w.x, STR("rest")), "");
    CU_ASSERT(stage_param(&r.w.x, STR("rest")).p != NULL);
    end(&r);
}

static void test_no_snapshot(void)
{
    static const struct worker_part_kind *const parts[] = {&router_kind, NULL};
    struct manual_loop loop;
    struct fake_wire w;

    manual_loop_init(&loop, parts, NULL);
    fake_wire_init(&w, &loop, worker_part(loop.worker, &router_kind));
    fake_wire_get(&w, "GET", NULL, "/");
    CU_ASSERT(w.status == 503);
    fake_wire_fini(&w);
    manual_loop_fini(&loop);
}

/* --- guards and filters -------------------------------------------------------------------- */

static void test_wait(void)
{
    struct rig r;

    begin(&r);
    fake_wire_get(&r.w, "GET", NULL, "/gated");
    CU_ASSERT(r.w.status == 0 && r.lab.context.gate_asked == 1);
    stage_resume(&r.w.x, GUARD_PASS);
    settle(&r);
    CU_ASSERT(r.w.status == 200 && r.w.is_freed && r.lab.context.gate_asked == 1);
    lab_assert_text(fake_wire_text(&r.w), "through");
    CU_ASSERT(r.lab.context.gate_cancelled == 0);
    end(&r);
}

static void test_wait_answered(void)
{
    struct rig r;

    begin(&r);
    fake_wire_get(&r.w, "GET", NULL, "/gated");
    r.w.x.response.status = 401;
    exchange_respond(&r.w.x);
    pipe_end(&r.w.x.response_body);
    exchange_finish(&r.w.x);
    stage_resume(&r.w.x, GUARD_ANSWERED);
    settle(&r);
    CU_ASSERT(r.w.status == 401 && r.w.is_freed);
    end(&r);
}

static void test_wait_left(void)
{
    struct rig r;

    begin(&r);
    fake_wire_get(&r.w, "GET", NULL, "/gated");
    fake_wire_leave(&r.w, ERR_CANCELLED);
    settle(&r);
    CU_ASSERT(r.lab.context.gate_cancelled == 1 && r.w.is_freed && r.w.status == 0);
    CU_ASSERT(lab_metric(&r.lab, METRIC_REQUESTS_BROKEN) == 1);
    end(&r);
}

static void resume_twice(void *ctx)
{
    struct rig *r = ctx;

    stage_resume(&r->w.x, GUARD_PASS);
    stage_resume(&r->w.x, GUARD_PASS);
}

static void test_resume_twice(void)
{
    struct rig r;

    begin(&r);
    fake_wire_get(&r.w, "GET", NULL, "/gated");
    CU_ASSERT(suite_aborts(resume_twice, &r));
    end(&r);
}

/* Guards are asked in the order of their kinds, filters too, whatever the file says. */
static void test_order(void)
{
    struct rig r;

    begin(&r);
    fake_wire_get(&r.w, "GET", NULL, "/both");
    CU_ASSERT(r.lab.context.gate_asked == 1 && r.w.status == 0);
    stage_resume(&r.w.x, GUARD_PASS);
    settle(&r);
    CU_ASSERT(r.w.status == 403);
    end(&r);
    begin(&r);
    fake_wire_get(&r.w, "GET", NULL, "/stamped");
    lab_assert_text(fake_wire_field(&r.w, "x-stamp"), "ab");
    end(&r);
    begin(&r);
    fake_wire_get(&r.w, "GET", NULL, "/vetoed");
    lab_assert_text(fake_wire_field(&r.w, "x-stamp"), "a"); /* guards' answers are filtered too */
    end(&r);
}

/* --- bodies -------------------------------------------------------------------------------- */

static void test_limits(void)
{
    struct rig r;

    begin(&r); /* announced */
    fake_wire_announce(&r.w, 11);
    fake_wire_get(&r.w, "POST", NULL, "/echo/x");
    CU_ASSERT(r.w.status == 413 && r.w.is_freed && r.w.credit == 0);
    end(&r);
    begin(&r); /* exactly as much */
    fake_wire_announce(&r.w, 10);
    fake_wire_get(&r.w, "POST", NULL, "/echo/x");
    CU_ASSERT(r.w.x.max_body_bytes == 10);
    CU_ASSERT(fake_wire_bring(&r.w, "0123456789", 10) == 10);
    fake_wire_end(&r.w);
    settle(&r);
    CU_ASSERT(r.w.status == 200 && r.w.credit == 10);
    lab_assert_text(fake_wire_text(&r.w), "0123456789");
    end(&r);
    begin(&r); /* not announced, before the head */
    fake_wire_announce(&r.w, CONTENT_LENGTH_UNKNOWN);
    fake_wire_get(&r.w, "POST", NULL, "/echo/x");
    CU_ASSERT(fake_wire_bring(&r.w, "0123456789a", 11) == 0);
    settle(&r);
    CU_ASSERT(r.w.status == 413 && r.w.has_ended);
    end(&r);
    begin(&r); /* after the head */
    fake_wire_announce(&r.w, CONTENT_LENGTH_UNKNOWN);
    fake_wire_get(&r.w, "POST", NULL, "/echo/x");
    CU_ASSERT(fake_wire_bring(&r.w, "012345678", 9) == 9);
    settle(&r);
    CU_ASSERT(fake_wire_bring(&r.w, "9a", 2) == 0);
    settle(&r);
    CU_ASSERT(r.w.status == 200 && r.w.resets == 1 && r.w.reset_why == ERR_FULL);
    CU_ASSERT(lab_metric(&r.lab, METRIC_REQUESTS_BROKEN) == 1);
    end(&r);
    begin(&r); /* the general limit of the lab */
    fake_wire_announce(&r.w, 1001);
    fake_wire_get(&r.w, "POST", NULL, "/hello");
    CU_ASSERT(r.w.status == 413 && r.w.x.max_body_bytes == 1000);
    end(&r);
}

static void test_slow_body(void)
{
    struct rig r;

    begin(&r);
    fake_wire_announce(&r.w, CONTENT_LENGTH_UNKNOWN);
    fake_wire_get(&r.w, "POST", NULL, "/echo/x");
    fake_wire_break(&r.w, ERR_TIMEOUT);
    settle(&r);
    CU_ASSERT(r.w.status == 408);
    end(&r);
}

static void test_echo(void)
{
    static uint8_t many[400000];
    struct rig r;
    size_t sent = 0;

    for (size_t i = 0; i < sizeof(many); i++) {
        many[i] = (uint8_t)(i * 31 + i / 251);
    }
    begin(&r);
    fake_wire_announce(&r.w, CONTENT_LENGTH_UNKNOWN);
    r.w.budget = 0;
    fake_wire_get(&r.w, "POST", NULL, "/wide");
    while (sent < sizeof(many)) {
        sent += fake_wire_bring(&r.w, many + sent, sizeof(many) - sent);
        r.w.brought = sent; /* what was refused is brought again */
        settle(&r);
        CU_ASSERT(r.w.x.response_body.held <= PIPE_CEILING_START);
        fake_wire_take(&r.w, 10007);
        settle(&r);
    }
    fake_wire_end(&r.w);
    fields_add_named(&r.w.x.request.trailers, &r.w.arena, STR("x-sum"), STR("42"));
    fake_wire_take(&r.w, sizeof(many));
    settle(&r);
    CU_ASSERT(r.w.has_ended && r.w.credit == sizeof(many));
    CU_ASSERT(str_eq(fake_wire_text(&r.w), str_of((const char *)many, sizeof(many))));
    CU_ASSERT(r.w.trailers.count == 1);
    end(&r);
}

static void test_sip(void)
{
    struct rig r;

    begin(&r);
    fake_wire_announce(&r.w, 10);
    fake_wire_get(&r.w, "POST", NULL, "/sip");
    CU_ASSERT(fake_wire_bring(&r.w, "0123456789", 10) == 10);
    fake_wire_end(&r.w);
    manual_loop_advance_ms(&r.lab.loop, 19);
    CU_ASSERT(r.w.credit == 4 && r.w.status == 0);
    manual_loop_advance_ms(&r.lab.loop, 50);
    lab_assert_text(fake_wire_text(&r.w), "took 10 bytes\n");
    end(&r);
}

static void test_sink(void)
{
    struct rig r;

    begin(&r);
    fake_wire_announce(&r.w, 500);
    fake_wire_get(&r.w, "POST", NULL, "/sink");
    CU_ASSERT(fake_wire_bring(&r.w, "0123456789", 10) == 10);
    manual_loop_advance_ms(&r.lab.loop, 60000);
    CU_ASSERT(r.w.credit == 0 && r.w.status == 0 && !r.w.is_freed);
    CU_ASSERT(lab_metric(&r.lab, METRIC_REQUESTS_OPEN) == 1);
    fake_wire_leave(&r.w, ERR_RESET);
    settle(&r);
    CU_ASSERT(r.w.is_freed && lab_metric(&r.lab, METRIC_REQUESTS_OPEN) == 0);
    end(&r);
}

/* An answer before the body: 100 Continue is not sent, the body not read. */
static void test_early_answer(void)
{
    struct rig r;

    begin(&r);
    fake_wire_announce(&r.w, 5);
    r.w.x.request.expects_continue = true;
    fake_wire_get(&r.w, "POST", NULL, "/hello");
    CU_ASSERT(r.w.status == 200 && r.w.inform_count == 0 && r.w.credit == 0 && r.w.is_freed);
    end(&r);
    begin(&r);
    fake_wire_announce(&r.w, 5);
    r.w.x.request.expects_continue = true;
    fake_wire_get(&r.w, "POST", NULL, "/wide");
    CU_ASSERT(r.w.inform_count == 1 && r.w.informs[0] == 100);
    end(&r);
}

static const struct suite_test tests[] = {
    {"router", "answers", test_answers},
    {"router", "a constant's head", test_head_fields},
    {"router", "request ids", test_request_id},
    {"router", "a refused head is answered and counted", test_refused},
    {"router", "templates' values", test_params},
    {"router", "503 before the first snapshot", test_no_snapshot},
    {"guards", "one waits and lets through", test_wait},
    {"guards", "one waits and answers", test_wait_answered},
    {"guards", "the client leaves while one waits", test_wait_left},
    {"guards", "none resumes twice", test_resume_twice},
    {"guards", "order of guards and of filters", test_order},
    {"bodies", "limits", test_limits},
    {"bodies", "too slow", test_slow_body},
    {"bodies", "echo, under back-pressure", test_echo},
    {"bodies", "sip", test_sip},
    {"bodies", "sink", test_sink},
    {"bodies", "an answer before the body", test_early_answer},
};

const struct suite_table router_tests = SUITE_TABLE(tests);
