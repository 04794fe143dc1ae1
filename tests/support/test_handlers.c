#include "support/test_handlers.h"

#include "base/arena.h"
#include "handler/respond.h"
#include "http/body_fault.h"
#include "http/exchange.h"
#include "loop/worker.h"

static enum err make_plain(const struct stage_builder *b, const struct handler_kind *kind,
                           struct handler **out)
{
    *out = arena_zalloc(b->arena, sizeof(**out));
    (*out)->kind = kind;
    (*out)->methods = METHOD_ALL & ~METHOD_BIT(METHOD_OPTIONS);
    return ERR_OK;
}

struct no_settings {
    struct position at;
};

static const struct setting no_rows[] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct no_settings, at)},
};

static const struct setting_table no_table = {
    .name = "nothing",
    .meaning = "Nothing to set",
    .size = sizeof(struct no_settings),
    .rows = no_rows,
    .count = COUNT_OF(no_rows),
};

static void let_go(struct exchange *x)
{
    exchange_finish(x);
}

/* --- echo ---------------------------------------------------------------------------------- */

static void end_echo(struct exchange *x)
{
    const struct field *f;

    FIELDS_EACH(f, &x->request.trailers) {
        fields_add_named(&x->response.trailers, x->arena, f->name, f->value);
    }
    pipe_end(&x->response_body);
    exchange_finish(x);
}

static void begin_echo(struct exchange *x)
{
    if (!exchange_is_head_sent(x)) {
        x->response.status = 200;
        exchange_respond(x);
    }
}

/* As much as there is and fits. The pipe was asked for its room, so nothing is refused. */
static void move_echo(struct exchange *x)
{
    enum pipe_more more = PIPE_MORE;
    uint8_t bytes[4096];

    while (more == PIPE_MORE) {
        size_t room = pipe_room(&x->response_body);
        size_t want = room < sizeof(bytes) ? room : sizeof(bytes);
        if (want == 0 && !x->response.has_no_body) {
            return; /* on_room tells */
        }
        size_t got = exchange_take_body(x, bytes, want == 0 ? sizeof(bytes) : want, &more);
        if (got > 0 || more == PIPE_END) {
            begin_echo(x);
        }
        (void)pipe_put(&x->response_body, bytes, got);
    }
    if (more == PIPE_END) {
        end_echo(x);
    } else if (more == PIPE_BROKEN) {
        body_fault_finish(x);
    }
}

static const struct exchange_ears echo_ears = {
    .on_body = move_echo,
    .on_room = move_echo,
    .on_gone = let_go,
};

static void start_echo(const struct handler *handler, struct exchange *x)
{
    (void)handler;
    exchange_listen(x, &echo_ears);
    move_echo(x);
}

static enum err make_echo(const struct stage_builder *b, const void *settings, struct handler **out)
{
    (void)settings;
    return make_plain(b, &echo_handler_kind, out);
}

const struct handler_kind echo_handler_kind = {
    .setting = {.name = "echo", .meaning = "Sends the body back", .table = &no_table},
    .make = make_echo,
    .start = start_echo,
};

/* --- sink ---------------------------------------------------------------------------------- */

static const struct exchange_ears sink_ears = {.on_gone = let_go};

static void start_sink(const struct handler *handler, struct exchange *x)
{
    (void)handler;
    exchange_listen(x, &sink_ears);
}

static enum err make_sink(const struct stage_builder *b, const void *settings, struct handler **out)
{
    (void)settings;
    return make_plain(b, &sink_handler_kind, out);
}

const struct handler_kind sink_handler_kind = {
    .setting = {.name = "sink", .meaning = "Never takes", .table = &no_table},
    .make = make_sink,
    .start = start_sink,
};

/* --- sip ----------------------------------------------------------------------------------- */

struct sip_settings {
    uint64_t bytes;
    uint64_t every_ns;
};

static const struct setting sip_rows[] = {
    {.name = "bytes",
     .type = SETTING_SIZE,
     SETTING_MEMBER(struct sip_settings, bytes),
     .default_text = "1KiB",
     .min = 1,
     .max = 4096,
     .meaning = "How much it takes at a time"},
    {.name = "every",
     .type = SETTING_DURATION,
     SETTING_MEMBER(struct sip_settings, every_ns),
     .default_text = "10ms",
     .min = SETTING_MS(1),
     .meaning = "How often"},
};

static const struct setting_table sip_table = {
    .name = "sip",
    .meaning = "Takes slowly",
    .size = sizeof(struct sip_settings),
    .rows = sip_rows,
    .count = COUNT_OF(sip_rows),
};

struct sip {
    struct handler handler;
    struct sip_settings settings;
};

struct sipping {
    struct timer timer;
    struct exchange *x;
    const struct sip *sip;
    uint64_t taken;
};

static void answer_sip(struct sipping *s)
{
    struct exchange *x = s->x;
    struct str text = arena_printf(x->arena, "took %llu bytes\n", (unsigned long long)s->taken);

    x->response.status = 200;
    x->response.content_length = (int64_t)text.len;
    exchange_respond(x);
    (void)pipe_put(&x->response_body, text.p, text.len);
    pipe_end(&x->response_body);
    exchange_finish(x);
}

static void take_sip(struct timer *timer)
{
    struct sipping *s = CONTAINER_OF(timer, struct sipping, timer);
    struct worker *w = s->x->worker;
    enum pipe_more more = PIPE_MORE;
    uint8_t bytes[4096];

    s->taken += exchange_take_body(s->x, bytes, s->sip->settings.bytes, &more);
    if (more == PIPE_END) {
        answer_sip(s);
    } else if (more == PIPE_BROKEN) {
        body_fault_finish(s->x);
    } else {
        timer_set(&w->timers, &s->timer, w->now_ns + s->sip->settings.every_ns);
    }
}

static void leave_sip(struct exchange *x)
{
    struct sipping *s = x->handler_state;

    timer_cancel(&x->worker->timers, &s->timer);
    exchange_finish(x);
}

static const struct exchange_ears sip_ears = {.on_gone = leave_sip};

static void start_sip(const struct handler *handler, struct exchange *x)
{
    struct sipping *s = arena_zalloc(x->arena, sizeof(*s));

    s->x = x;
    s->sip = CONST_CONTAINER_OF(handler, struct sip, handler);
    timer_init(&s->timer, take_sip);
    x->handler_state = s;
    exchange_listen(x, &sip_ears);
    timer_set(&x->worker->timers, &s->timer, x->worker->now_ns + s->sip->settings.every_ns);
}

static enum err make_sip(const struct stage_builder *b, const void *settings, struct handler **out)
{
    const struct sip_settings *given = settings;
    struct sip *sip = arena_zalloc(b->arena, sizeof(*sip));

    sip->handler.kind = &sip_handler_kind;
    sip->handler.methods = METHOD_ALL;
    sip->settings = *given;
    *out = &sip->handler;
    return ERR_OK;
}

const struct handler_kind sip_handler_kind = {
    .setting = {.name = "sip", .meaning = "Takes slowly", .table = &sip_table},
    .make = make_sip,
    .start = start_sip,
};

const struct setting_kind *const test_handler_kinds[] = {
    &respond_handler_kind.setting,
    &echo_handler_kind.setting,
    &sink_handler_kind.setting,
    &sip_handler_kind.setting,
    NULL,
};
