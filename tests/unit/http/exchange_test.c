#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/exchange.h"
#include "support/fake_wire.h"
#include "support/manual_loop.h"
#include "unit/http/tables.h"

/* A service and a handler that write down what they are told: "b" body, "r" room, "g" gone. */
struct rig {
    struct exchange_service service; /* first member */
    struct manual_loop loop;
    struct fake_wire w;
    char told[32];
    size_t told_len;
    unsigned done;
    unsigned heads;
    unsigned refused;
    bool is_inside; /* a call of the handler's is going on: nothing may be told */
    bool finishes;  /* at the next event */
};

static struct rig *rig_of(struct exchange *x)
{
    return CONTAINER_OF(x->service, struct rig, service);
}

static void note(struct exchange *x, char what)
{
    struct rig *r = rig_of(x);

    CU_ASSERT(!r->is_inside && r->told_len < sizeof(r->told) - 1);
    r->told[r->told_len++] = what;
    if (r->finishes) {
        r->finishes = false;
        exchange_finish(x);
    }
}

static void note_body(struct exchange *x)
{
    note(x, 'b');
}

static void note_room(struct exchange *x)
{
    note(x, 'r');
}

static void note_gone(struct exchange *x)
{
    note(x, 'g');
}

static const struct exchange_ears ears = {note_body, note_room, note_gone};
static const struct exchange_ears deaf = {NULL, NULL, NULL};

static void on_request(struct exchange_service *service, struct exchange *x)
{
    (void)service;
    CU_ASSERT(x->halves == (EXCHANGE_HALF_WIRE | EXCHANGE_HALF_HANDLER));
}

static void on_refused(struct exchange_service *service, struct exchange *x, unsigned status,
                       struct str why)
{
    struct rig *r = CONTAINER_OF(service, struct rig, service);

    (void)why;
    r->refused = status;
    exchange_abort(x, ERR_PROTOCOL);
}

static void on_done(struct exchange_service *service, struct exchange *x)
{
    struct rig *r = CONTAINER_OF(service, struct rig, service);

    CU_ASSERT(x->halves == 0 && !r->w.is_freed);
    r->done++;
}

static void before_head(struct exchange *x)
{
    CU_ASSERT(x->state == EXCHANGE_ASKED);
    rig_of(x)->heads++;
}

static void begin(struct rig *r, const char *method)
{
    *r = (struct rig){
        .service = {.on_request = on_request, .on_refused = on_refused, .on_done = on_done}};
    manual_loop_init(&r->loop, NULL, NULL);
    fake_wire_init(&r->w, &r->loop, &r->service);
    fake_wire_ask(&r->w, method, "a.test", "/");
}

static void open_plain(struct rig *r, const char *method)
{
    begin(r, method);
    fake_wire_open(&r->w);
    r->w.x.before_head = before_head;
}

static void open_body(struct rig *r)
{
    begin(r, "POST");
    fake_wire_announce(&r->w, CONTENT_LENGTH_UNKNOWN);
    fake_wire_open(&r->w);
    r->w.x.before_head = before_head;
}

/* Ended by the test or here, an exchange is done and freed once. */
static void end(struct rig *r)
{
    if ((r->w.x.halves & EXCHANGE_HALF_HANDLER) != 0 && !r->w.is_freed) {
        exchange_abort(&r->w.x, ERR_CANCELLED);
    }
    fake_wire_fini(&r->w);
    CU_ASSERT(r->done == 1);
    manual_loop_fini(&r->loop);
}

static void assert_told(struct rig *r, const char *expected)
{
    manual_loop_settle(&r->loop);
    r->told[r->told_len] = '\0';
    CU_ASSERT_STRING_EQUAL(r->told, expected);
    r->told_len = 0;
}

static void respond(struct rig *r, unsigned status)
{
    r->w.x.response.status = status;
    exchange_respond(&r->w.x);
}

static void answer(struct rig *r, unsigned status, const char *body)
{
    respond(r, status);
    (void)pipe_put(&r->w.x.response_body, body, strlen(body));
    pipe_end(&r->w.x.response_body);
}

static size_t take(struct rig *r, enum pipe_more *more)
{
    uint8_t bytes[64];

    r->is_inside = true;
    size_t n = exchange_take_body(&r->w.x, bytes, sizeof(bytes), more);
    r->is_inside = false;
    return n;
}

/* --- the plain way ------------------------------------------------------------------------- */

static void test_answer(void)
{
    struct rig r;

    open_plain(&r, "GET");
    answer(&r, 200, "hello");
    CU_ASSERT(r.w.x.state == EXCHANGE_RESPONDING && r.heads == 1 && r.w.body.len == 0);
    exchange_finish(&r.w.x);
    CU_ASSERT(!r.w.is_freed && r.done == 0);
    manual_loop_turn(&r.loop);
    CU_ASSERT(r.w.is_freed && r.done == 1 && r.w.has_ended && r.w.resets == 0);
    CU_ASSERT(str_eq(fake_wire_text(&r.w), STR("hello")));
    end(&r);
}

/* What is in the pipe goes out after the handler has let go. */
static void test_finish_first(void)
{
    struct rig r;

    open_plain(&r, "GET");
    r.w.budget = 2;
    answer(&r, 200, "hello");
    exchange_finish(&r.w.x);
    manual_loop_settle(&r.loop);
    CU_ASSERT(r.w.body.len == 2 && !r.w.is_freed && r.w.x.state == EXCHANGE_RESPONDING);
    fake_wire_take(&r.w, 100);
    manual_loop_settle(&r.loop);
    CU_ASSERT(r.w.body.len == 5 && r.w.is_freed && r.w.resets == 0);
    end(&r);
}

/* A client that is slow to take its answer holds no memory with a body nobody will read. */
static void test_unread_body(void)
{
    struct rig r;

    open_body(&r);
    r.w.budget = 2;
    CU_ASSERT(fake_wire_bring(&r.w, "abc", 3) == 3);
    answer(&r, 200, "hello");
    exchange_finish(&r.w.x);
    CU_ASSERT(r.w.x.request_body.held == 0 && r.w.x.request_body.first == NULL);
    manual_loop_settle(&r.loop);
    CU_ASSERT(fake_wire_bring(&r.w, "def", 3) == 0 && !r.w.is_freed);
    fake_wire_end(&r.w);
    fake_wire_take(&r.w, 100);
    manual_loop_settle(&r.loop);
    CU_ASSERT(r.w.body.len == 5 && r.w.is_freed && r.w.resets == 0);
    end(&r);
}

/* The wire is done before the handler lets go. */
static void test_finish_last(void)
{
    struct rig r;

    open_plain(&r, "GET");
    exchange_listen(&r.w.x, &ears);
    assert_told(&r, "b"); /* the end of the request */
    answer(&r, 200, "hello");
    assert_told(&r, "g");
    CU_ASSERT(r.w.x.state == EXCHANGE_RESPONDED && !r.w.is_freed && r.w.is_wire_done);
    exchange_finish(&r.w.x);
    CU_ASSERT(!r.w.is_freed);
    manual_loop_turn(&r.loop);
    CU_ASSERT(r.w.is_freed);
    end(&r);
}

static void test_no_body(void)
{
    static const struct {
        const char *method;
        unsigned status;
        bool has_body;
    } rows[] = {{"GET", 200, true},  {"HEAD", 200, false}, {"GET", 204, false},
                {"GET", 304, false}, {"HEAD", 404, false}, {"POST", 206, true}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct rig r;
        open_plain(&r, rows[i].method);
        CU_ASSERT(pipe_put(&r.w.x.response_body, "early", 5) == 5);
        answer(&r, rows[i].status, "late");
        CU_ASSERT(r.w.x.response.has_no_body == !rows[i].has_body);
        exchange_finish(&r.w.x);
        manual_loop_settle(&r.loop);
        CU_ASSERT(r.w.has_ended && r.w.body.len == (rows[i].has_body ? 9u : 0u));
        end(&r);
    }
}

/* --- the request's body -------------------------------------------------------------------- */

static void test_body_events(void)
{
    enum pipe_more more;
    struct rig r;

    open_body(&r);
    exchange_listen(&r.w.x, &ears);
    assert_told(&r, "");
    CU_ASSERT(fake_wire_bring(&r.w, "abc", 3) == 3);
    CU_ASSERT(fake_wire_bring(&r.w, "def", 3) == 3);
    CU_ASSERT(r.told_len == 0);
    assert_told(&r, "b"); /* one event for both */
    CU_ASSERT(take(&r, &more) == 6 && more == PIPE_LATER && r.w.credit == 6);
    fake_wire_end(&r.w);
    assert_told(&r, "b");
    CU_ASSERT(take(&r, &more) == 0 && more == PIPE_END && r.w.credit == 6);
    end(&r);
}

static void test_body_was_there(void)
{
    struct rig r;

    open_body(&r);
    CU_ASSERT(fake_wire_bring(&r.w, "abc", 3) == 3);
    manual_loop_settle(&r.loop); /* nobody listens */
    exchange_listen(&r.w.x, &ears);
    CU_ASSERT(r.told_len == 0);
    assert_told(&r, "b");
    end(&r);
}

static void test_body_breaks(void)
{
    enum pipe_more more;
    struct rig r;

    open_body(&r);
    exchange_listen(&r.w.x, &ears);
    CU_ASSERT(fake_wire_bring(&r.w, "abc", 3) == 3);
    fake_wire_break(&r.w, ERR_FULL);
    assert_told(&r, "b");
    CU_ASSERT(take(&r, &more) == 0 && more == PIPE_BROKEN);
    CU_ASSERT(r.w.x.request_body.failure == ERR_FULL && r.w.x.state == EXCHANGE_ASKED);
    end(&r);
}

static void test_continue(void)
{
    enum pipe_more more;
    struct rig r;

    begin(&r, "POST");
    r.w.x.request.expects_continue = true;
    fake_wire_announce(&r.w, 3);
    fake_wire_open(&r.w);
    exchange_listen(&r.w.x, &ears);
    manual_loop_settle(&r.loop);
    CU_ASSERT(r.w.inform_count == 0); /* guards may answer first */
    CU_ASSERT(take(&r, &more) == 0 && more == PIPE_LATER);
    CU_ASSERT(r.w.inform_count == 1 && r.w.informs[0] == 100);
    CU_ASSERT(take(&r, &more) == 0 && r.w.inform_count == 1);
    end(&r);
    begin(&r, "POST"); /* the body came without waiting for it */
    r.w.x.request.expects_continue = true;
    fake_wire_announce(&r.w, 3);
    fake_wire_open(&r.w);
    (void)fake_wire_bring(&r.w, "abc", 3);
    CU_ASSERT(take(&r, &more) == 3 && r.w.inform_count == 0);
    CU_ASSERT(take(&r, &more) == 0 && r.w.inform_count == 0);
    end(&r);
    begin(&r, "POST"); /* the answer has gone: no interim one after it */
    r.w.x.request.expects_continue = true;
    fake_wire_announce(&r.w, 3);
    fake_wire_open(&r.w);
    respond(&r, 200);
    CU_ASSERT(take(&r, &more) == 0 && r.w.inform_count == 0);
    end(&r);
}

/* --- the response's body ------------------------------------------------------------------- */

static void test_room(void)
{
    static uint8_t many[PIPE_CEILING_START];
    struct rig r;

    open_plain(&r, "GET");
    exchange_listen(&r.w.x, &ears);
    assert_told(&r, "b");
    r.w.budget = 0;
    respond(&r, 200);
    CU_ASSERT(pipe_put(&r.w.x.response_body, many, sizeof(many)) == sizeof(many));
    assert_told(&r, "");
    CU_ASSERT(pipe_room(&r.w.x.response_body) == 0);
    fake_wire_take(&r.w, sizeof(many) / 2 - 1);
    assert_told(&r, "");
    fake_wire_take(&r.w, 1);
    assert_told(&r, "r");
    fake_wire_take(&r.w, sizeof(many));
    assert_told(&r, "");
    end(&r);
}

static void test_trailers(void)
{
    struct rig r;

    open_plain(&r, "GET");
    respond(&r, 200);
    (void)pipe_put(&r.w.x.response_body, "x", 1);
    manual_loop_settle(&r.loop);
    fields_add_named(&r.w.x.response.trailers, &r.w.arena, STR("x-sum"), STR("1"));
    pipe_end(&r.w.x.response_body);
    exchange_finish(&r.w.x);
    manual_loop_settle(&r.loop);
    CU_ASSERT(r.w.trailers.count == 1 && r.w.has_ended);
    end(&r);
}

/* --- interim answers ----------------------------------------------------------------------- */

static void inform_101(void *ctx)
{
    struct rig *r = ctx;

    exchange_inform(&r->w.x, 101, NULL);
}

static void test_inform(void)
{
    struct rig r;

    open_plain(&r, "GET");
    exchange_inform(&r.w.x, 103, NULL);
    CU_ASSERT(r.w.inform_count == 1 && r.w.informs[0] == 103 && r.heads == 0);
    CU_ASSERT(suite_aborts(inform_101, &r));
    respond(&r, 200);
    exchange_inform(&r.w.x, 103, NULL);
    CU_ASSERT(r.w.inform_count == 1);
    end(&r);
}

/* --- disorder ------------------------------------------------------------------------------ */

static void test_client_leaves(void)
{
    enum pipe_more more;
    struct rig r;

    open_body(&r);
    exchange_listen(&r.w.x, &ears);
    (void)fake_wire_bring(&r.w, "abc", 3);
    fake_wire_leave(&r.w, ERR_RESET);
    CU_ASSERT(r.told_len == 0 && r.w.x.state == EXCHANGE_BROKEN && r.w.x.failure == ERR_RESET);
    CU_ASSERT(take(&r, &more) == 0 && more == PIPE_BROKEN && r.w.credit == 0);
    CU_ASSERT(pipe_put(&r.w.x.response_body, "x", 1) == 0);
    respond(&r, 200); /* to nobody */
    CU_ASSERT(r.w.responds == 0 && r.heads == 0);
    exchange_inform(&r.w.x, 103, NULL);
    CU_ASSERT(r.w.inform_count == 0);
    assert_told(&r, "g"); /* and nothing else */
    exchange_finish(&r.w.x);
    manual_loop_settle(&r.loop);
    CU_ASSERT(r.w.is_freed && r.w.resets == 0);
    end(&r);
}

static void test_left_before_listening(void)
{
    struct rig r;

    open_body(&r);
    fake_wire_leave(&r.w, ERR_RESET);
    manual_loop_settle(&r.loop);
    CU_ASSERT(!r.w.is_freed);
    exchange_listen(&r.w.x, &ears);
    assert_told(&r, "g");
    end(&r);
}

static void count_release(void *ctx)
{
    unsigned *count = ctx;

    (*count)++;
}

/* What was lent comes back when the client leaves, before the handler lets go. */
static void test_loan_returns(void)
{
    unsigned released = 0;
    struct rig r;

    open_plain(&r, "GET");
    r.w.budget = 0;
    respond(&r, 200);
    CU_ASSERT(pipe_lend(&r.w.x.response_body, "abc", 3, count_release, &released) == ERR_OK);
    fake_wire_leave(&r.w, ERR_RESET);
    CU_ASSERT(released == 1);
    end(&r);
    CU_ASSERT(released == 1);
}

static void test_unfinished(void)
{
    struct rig r;

    open_plain(&r, "GET"); /* no head at all */
    exchange_finish(&r.w.x);
    CU_ASSERT(r.w.resets == 1 && r.w.x.state == EXCHANGE_BROKEN);
    manual_loop_settle(&r.loop);
    CU_ASSERT(r.w.is_freed && r.w.status == 0);
    end(&r);
    open_plain(&r, "GET"); /* a body without an end */
    respond(&r, 200);
    (void)pipe_put(&r.w.x.response_body, "x", 1);
    exchange_finish(&r.w.x);
    CU_ASSERT(r.w.resets == 1 && r.w.reset_why == ERR_CANCELLED);
    end(&r);
}

static void test_abort(void)
{
    struct rig r;

    open_plain(&r, "GET");
    answer(&r, 200, "hello");
    exchange_abort(&r.w.x, ERR_IO);
    CU_ASSERT(r.w.resets == 1 && r.w.reset_why == ERR_IO && r.w.x.failure == ERR_IO);
    manual_loop_settle(&r.loop);
    CU_ASSERT(r.w.is_freed && r.w.body.len == 0);
    end(&r);
    open_plain(&r, "GET"); /* too late to break anything */
    exchange_listen(&r.w.x, &deaf);
    answer(&r, 200, "hello");
    manual_loop_settle(&r.loop);
    exchange_abort(&r.w.x, ERR_IO);
    CU_ASSERT(r.w.resets == 0 && r.w.x.state == EXCHANGE_RESPONDED);
    end(&r);
}

static void test_refused(void)
{
    struct rig r;

    begin(&r, "GET");
    pipe_end(&r.w.x.request_body);
    exchange_open_refused(&r.w.x, 414, STR("Too long."));
    CU_ASSERT(r.refused == 414);
    end(&r);
}

/* --- events, and none after the end -------------------------------------------------------- */

static void test_silence(void)
{
    struct rig r;

    open_body(&r);
    exchange_listen(&r.w.x, &ears);
    (void)fake_wire_bring(&r.w, "abc", 3); /* an event is under way */
    answer(&r, 200, "x");
    exchange_finish(&r.w.x);
    assert_told(&r, "");
    end(&r);
    open_body(&r); /* both a body and room; the first ear finishes */
    exchange_listen(&r.w.x, &ears);
    answer(&r, 200, "x");
    (void)fake_wire_bring(&r.w, "abc", 3);
    r.w.x.response_writer.notify(&r.w.x.response_writer);
    r.finishes = true;
    assert_told(&r, "b");
    end(&r);
    open_body(&r); /* nobody listens any more */
    exchange_listen(&r.w.x, &ears);
    (void)fake_wire_bring(&r.w, "abc", 3);
    exchange_listen(&r.w.x, NULL);
    assert_told(&r, "");
    end(&r);
    open_body(&r); /* entries may be absent */
    exchange_listen(&r.w.x, &deaf);
    (void)fake_wire_bring(&r.w, "abc", 3);
    fake_wire_leave(&r.w, ERR_RESET);
    assert_told(&r, "");
    end(&r);
}

static void finish_twice(void *ctx)
{
    struct rig *r = ctx;

    exchange_finish(&r->w.x);
    exchange_finish(&r->w.x);
}

static void respond_twice(void *ctx)
{
    struct rig *r = ctx;

    respond(r, 200);
    respond(r, 200);
}

static void leave_twice(void *ctx)
{
    struct rig *r = ctx;

    exchange_wire_done(&r->w.x, ERR_OK);
    exchange_wire_done(&r->w.x, ERR_OK);
}

static void test_once(void)
{
    struct rig r;

    open_plain(&r, "GET");
    CU_ASSERT(suite_aborts(finish_twice, &r));
    CU_ASSERT(suite_aborts(respond_twice, &r));
    CU_ASSERT(suite_aborts(leave_twice, &r));
    end(&r);
}

static const struct suite_test tests[] = {
    {"exchange", "is answered", test_answer},
    {"exchange", "goes on after the handler let go", test_finish_first},
    {"exchange", "drops the body nobody read", test_unread_body},
    {"exchange", "waits for the handler to let go", test_finish_last},
    {"exchange", "HEAD, 204 and 304 have no body", test_no_body},
    {"exchange", "tells of a body, deferred and once", test_body_events},
    {"exchange", "tells who begins to listen what is there", test_body_was_there},
    {"exchange", "tells that a body broke", test_body_breaks},
    {"exchange", "100 Continue at the first take", test_continue},
    {"exchange", "tells of room", test_room},
    {"exchange", "sends trailers", test_trailers},
    {"exchange", "interim answers before the final one", test_inform},
    {"exchange", "the client leaves", test_client_leaves},
    {"exchange", "the client left before anybody listened", test_left_before_listening},
    {"exchange", "loans come back at once", test_loan_returns},
    {"exchange", "half an answer is reset", test_unfinished},
    {"exchange", "can be aborted", test_abort},
    {"exchange", "can be refused", test_refused},
    {"exchange", "nothing is told after the end", test_silence},
    {"exchange", "each half lets go once", test_once},
};

const struct suite_table exchange_tests = SUITE_TABLE(tests);
