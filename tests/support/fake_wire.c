#include "support/fake_wire.h"

#include "base/check.h"
#include "support/manual_loop.h"

#define BODY_MAX (64 << 20)

static struct fake_wire *wire_of(struct exchange *x)
{
    return CONTAINER_OF(x, struct fake_wire, x);
}

static void wake_pump(struct fake_wire *w)
{
    worker_flush(w->loop->worker, &w->pump);
}

static void keep_fields(struct fake_wire *w, const struct fields *from, struct fields *to)
{
    const struct field *f;

    FIELDS_EACH(f, from) {
        fields_add_named(to, &w->kept, arena_str(&w->kept, f->name), arena_str(&w->kept, f->value));
    }
}

/* --- what the exchange says ---------------------------------------------------------------- */

static void inform(struct exchange *x, unsigned status, const struct fields *fields)
{
    struct fake_wire *w = wire_of(x);

    (void)fields;
    MUST(w->inform_count < FAKE_WIRE_INFORMS);
    w->informs[w->inform_count++] = status;
}

static void respond(struct exchange *x)
{
    struct fake_wire *w = wire_of(x);

    w->responds++;
    w->status = x->response.status;
    w->content_length = x->response.content_length;
    keep_fields(w, &x->response.fields, &w->head);
    wake_pump(w);
}

static void body_ready(struct exchange *x)
{
    wake_pump(wire_of(x));
}

static void credit(struct exchange *x, size_t bytes)
{
    wire_of(x)->credit += bytes;
}

static void reset(struct exchange *x, enum err why)
{
    struct fake_wire *w = wire_of(x);

    w->resets++;
    w->reset_why = why;
    wake_pump(w);
}

static void free_wire(struct exchange *x)
{
    struct fake_wire *w = wire_of(x);

    MUST(!w->is_freed && w->is_wire_done);
    w->is_freed = true;
    arena_fini(&w->arena);
}

static const struct exchange_wire table = {
    .protocol = "fake",
    .inform = inform,
    .respond = respond,
    .body_ready = body_ready,
    .credit = credit,
    .reset = reset,
    .free = free_wire,
};

/* --- what it does at the end of a turn ----------------------------------------------------- */

static void go(struct fake_wire *w, enum err why)
{
    MUST(!w->is_wire_done);
    w->is_wire_done = true;
    exchange_wire_done(&w->x, why);
}

static enum pipe_more take_some(struct fake_wire *w)
{
    enum pipe_more more = PIPE_MORE;
    uint8_t bytes[4096];

    while (more == PIPE_MORE) {
        size_t want = w->budget < sizeof(bytes) ? w->budget : sizeof(bytes);
        if (want == 0) {
            return PIPE_LATER;
        }
        size_t got = pipe_take(&w->x.response_body, bytes, want, &more);
        MUST(buf_add(&w->body, str_of((const char *)bytes, got)) == ERR_OK);
        w->x.body_bytes_sent += got;
        w->budget -= w->budget == SIZE_MAX ? 0 : got;
    }
    return more;
}

static void end_answer(struct fake_wire *w)
{
    keep_fields(w, &w->x.response.trailers, &w->trailers);
    w->has_ended = true;
    exchange_sent(&w->x);
    go(w, ERR_OK);
}

static void pump(struct task *task)
{
    struct fake_wire *w = CONTAINER_OF(task, struct fake_wire, pump);

    if (w->is_wire_done) {
        return;
    }
    if (w->resets > 0) {
        go(w, w->reset_why);
        return;
    }
    if (w->responds == 0) {
        return;
    }
    enum pipe_more more = w->x.response.has_no_body ? PIPE_END : take_some(w);
    if (more == PIPE_END) {
        end_answer(w);
    } else if (more == PIPE_BROKEN) {
        w->is_body_broken = true;
        go(w, w->x.response_body.failure);
    }
}

/* --- what a test does ---------------------------------------------------------------------- */

void fake_wire_init(struct fake_wire *w, struct manual_loop *loop, struct exchange_service *service)
{
    *w = (struct fake_wire){.loop = loop, .budget = SIZE_MAX};
    arena_init(&w->arena, &loop->worker->slab, &loop->worker->account, NULL, 0);
    arena_init(&w->kept, NULL, NULL, NULL, 0);
    buf_init(&w->body, BODY_MAX);
    task_init(&w->pump, pump);
    exchange_init(&w->x, loop->worker, &table, service, &w->arena);
}

void fake_wire_fini(struct fake_wire *w)
{
    manual_loop_settle(w->loop);
    if (!w->is_wire_done) {
        go(w, ERR_CANCELLED);
    }
    manual_loop_settle(w->loop);
    MUST(w->is_freed);
    buf_fini(&w->body);
    arena_fini(&w->kept);
}

void fake_wire_ask(struct fake_wire *w, const char *method, const char *host, const char *target)
{
    struct request *r = &w->x.request;

    r->method_text = str_from(method);
    r->method = method_from(r->method_text);
    r->scheme = STR("https");
    r->authority = str_from(host == NULL ? "" : host);
    r->target = str_from(target);
}

void fake_wire_add_field(struct fake_wire *w, const char *name, const char *value)
{
    fields_add_named(&w->x.request.fields, &w->arena, str_from(name), str_from(value));
}

void fake_wire_announce(struct fake_wire *w, int64_t length)
{
    w->x.request.has_body = true;
    w->x.request.content_length = length;
}

void fake_wire_open(struct fake_wire *w)
{
    if (!w->x.request.has_body) {
        pipe_end(&w->x.request_body);
    }
    exchange_open(&w->x);
}

size_t fake_wire_bring(struct fake_wire *w, const void *data, size_t len)
{
    w->brought += len;
    if (w->brought > w->x.max_body_bytes) {
        pipe_fail(&w->x.request_body, ERR_FULL);
        return 0;
    }
    return pipe_put(&w->x.request_body, data, len);
}

void fake_wire_end(struct fake_wire *w)
{
    pipe_end(&w->x.request_body);
}

void fake_wire_break(struct fake_wire *w, enum err why)
{
    pipe_fail(&w->x.request_body, why);
}

void fake_wire_leave(struct fake_wire *w, enum err why)
{
    go(w, why);
}

void fake_wire_take(struct fake_wire *w, size_t len)
{
    w->budget += len;
    wake_pump(w);
}

struct str fake_wire_field(const struct fake_wire *w, const char *name)
{
    const struct field *f = fields_find_named(&w->head, str_from(name));

    return f == NULL ? STR("") : f->value;
}

struct str fake_wire_text(const struct fake_wire *w)
{
    return buf_str(&w->body);
}

void fake_wire_get(struct fake_wire *w, const char *method, const char *host, const char *target)
{
    fake_wire_ask(w, method, host, target);
    fake_wire_open(w);
    manual_loop_settle(w->loop);
}
