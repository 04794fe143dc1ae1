#include "unit/route/lab_kinds.h"

#include "base/arena.h"
#include "base/check.h"
#include "guard/limits.h"
#include "handler/respond.h"
#include "http/error_page.h"
#include "http/exchange.h"
#include "http/stage.h"
#include "loop/worker.h"
#include "support/test_handlers.h"
#include "unit/route/route_lab.h"

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

static struct lab_context *context_of(const struct exchange *x)
{
    return x->worker->context;
}

/* --- guards -------------------------------------------------------------------------------- */

static const struct guard_kind gate_kind;
static const struct guard_kind veto_kind;

static enum err make_guard(const struct stage_builder *b, const struct guard_kind *kind,
                           struct guard **out)
{
    *out = arena_zalloc(b->arena, sizeof(**out));
    (*out)->kind = kind;
    return ERR_OK;
}

static enum err make_gate(const struct stage_builder *b, const void *settings, struct guard **out)
{
    (void)settings;
    return make_guard(b, &gate_kind, out);
}

static enum err make_veto(const struct stage_builder *b, const void *settings, struct guard **out)
{
    (void)settings;
    return make_guard(b, &veto_kind, out);
}

static enum guard_verdict check_gate(const struct guard *guard, struct exchange *x)
{
    (void)guard;
    context_of(x)->gate_asked++;
    return GUARD_WAIT;
}

static void cancel_gate(const struct guard *guard, struct exchange *x)
{
    (void)guard;
    context_of(x)->gate_cancelled++;
}

static enum guard_verdict check_veto(const struct guard *guard, struct exchange *x)
{
    (void)guard;
    error_page_send(x, 403, STR("Vetoed."));
    return GUARD_ANSWERED;
}

static const struct guard_kind gate_kind = {
    .setting = {.name = "gate", .meaning = "Waits", .table = &no_table},
    .make = make_gate,
    .check = check_gate,
    .cancel = cancel_gate,
};

static const struct guard_kind veto_kind = {
    .setting = {.name = "veto", .meaning = "Refuses", .table = &no_table},
    .make = make_veto,
    .check = check_veto,
};

const struct setting_kind *const lab_guard_kinds[] = {
    &limits_guard_kind.setting,
    &gate_kind.setting,
    &veto_kind.setting,
    NULL,
};

/* --- a handler that is seen to end --------------------------------------------------------- */

static const struct handler_kind mortal_kind;

struct mortal {
    struct handler handler;
    struct lab_context *context; /* by the log, the one thing a builder is given */
};

static enum err make_mortal(const struct stage_builder *b, const void *settings,
                            struct handler **out)
{
    const struct lab *lab = CONST_CONTAINER_OF(b->log, struct lab, loop.log);
    struct mortal *m = arena_zalloc(b->arena, sizeof(*m));

    union {
        const struct lab_context *given;
        struct lab_context *kept;
    } context = {.given = &lab->context};

    (void)settings;
    m->handler.kind = &mortal_kind;
    m->handler.methods = METHOD_BIT(METHOD_GET);
    m->context = context.kept;
    *out = &m->handler;
    return ERR_OK;
}

static void free_mortal(struct handler *handler)
{
    struct mortal *m = CONTAINER_OF(handler, struct mortal, handler);

    m->context->routes_freed++;
}

static void leave_mortal(struct exchange *x)
{
    exchange_finish(x);
}

static const struct exchange_ears mortal_ears = {.on_gone = leave_mortal};

static void start_mortal(const struct handler *handler, struct exchange *x)
{
    (void)handler;
    exchange_listen(x, &mortal_ears);
    x->response.status = 200;
    exchange_respond(x);
    (void)pipe_put(&x->response_body, "m", 1);
}

static const struct handler_kind mortal_kind = {
    .setting = {.name = "mortal", .meaning = "Counts its end", .table = &no_table},
    .make = make_mortal,
    .free = free_mortal,
    .start = start_mortal,
};

const struct setting_kind *const lab_handler_kinds[] = {
    &respond_handler_kind.setting, &echo_handler_kind.setting, &sink_handler_kind.setting,
    &sip_handler_kind.setting,     &mortal_kind.setting,       NULL,
};

/* --- filters ------------------------------------------------------------------------------- */

static const struct filter_kind stamp_a_kind;
static const struct filter_kind stamp_b_kind;

static enum err make_filter(const struct stage_builder *b, const struct filter_kind *kind,
                            struct filter **out)
{
    *out = arena_zalloc(b->arena, sizeof(**out));
    (*out)->kind = kind;
    return ERR_OK;
}

static enum err make_a(const struct stage_builder *b, const void *settings, struct filter **out)
{
    (void)settings;
    return make_filter(b, &stamp_a_kind, out);
}

static enum err make_b(const struct stage_builder *b, const void *settings, struct filter **out)
{
    (void)settings;
    return make_filter(b, &stamp_b_kind, out);
}

static void stamp(struct exchange *x, const char *letter)
{
    struct fields *fields = &x->response.fields;
    const struct field *old = fields_find_named(fields, STR("x-stamp"));
    struct str before = old == NULL ? STR("") : old->value;
    struct str value = arena_printf(x->arena, "%.*s%s", STR_ARGS(before), letter);

    fields_remove_named(fields, x->arena, STR("x-stamp"));
    fields_add_named(fields, x->arena, STR("x-stamp"), value);
}

static void stamp_a(const struct filter *filter, struct exchange *x)
{
    (void)filter;
    stamp(x, "a");
}

static void stamp_b(const struct filter *filter, struct exchange *x)
{
    (void)filter;
    stamp(x, "b");
}

static const struct filter_kind stamp_a_kind = {
    .setting = {.name = "stamp_a", .meaning = "Adds a", .table = &no_table},
    .make = make_a,
    .on_head = stamp_a,
};

static const struct filter_kind stamp_b_kind = {
    .setting = {.name = "stamp_b", .meaning = "Adds b", .table = &no_table},
    .make = make_b,
    .on_head = stamp_b,
};

const struct setting_kind *const lab_filter_kinds[] = {
    &stamp_a_kind.setting,
    &stamp_b_kind.setting,
    NULL,
};
