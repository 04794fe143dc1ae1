#include "guard/limits.h"

#include "base/arena.h"
#include "http/error_page.h"
#include "http/exchange.h"

static const struct setting rows[] = {
    {.name = "body",
     .type = SETTING_SIZE,
     SETTING_MEMBER(struct limits_settings, max_body_bytes),
     .is_required = true,
     .applies = SETTING_LIVE,
     .meaning = "The largest request body; more is answered by 413"},
};

const struct setting_table limits_settings_table = {
    .name = "limits",
    .meaning = "How much a request may bring",
    .size = sizeof(struct limits_settings),
    .rows = rows,
    .count = COUNT_OF(rows),
};

struct limits {
    struct guard guard;
    uint64_t max_body_bytes;
};

static enum err make_limits(const struct stage_builder *b, const void *settings, struct guard **out)
{
    const struct limits_settings *s = settings;
    struct limits *limits = arena_alloc(b->arena, sizeof(*limits));

    *limits = (struct limits){.guard = {&limits_guard_kind}, .max_body_bytes = s->max_body_bytes};
    *out = &limits->guard;
    return ERR_OK;
}

static enum guard_verdict check_limits(const struct guard *guard, struct exchange *x)
{
    const struct limits *limits = CONST_CONTAINER_OF(guard, struct limits, guard);
    int64_t announced = x->request.content_length; /* unknown is negative */

    x->max_body_bytes = limits->max_body_bytes;
    if (announced > 0 && (uint64_t)announced > limits->max_body_bytes) {
        error_page_send(x, 413, STR(""));
        return GUARD_ANSWERED;
    }
    return GUARD_PASS;
}

const struct guard_kind limits_guard_kind = {
    .setting = {.name = "limits",
                .meaning = "How much a request may bring",
                .table = &limits_settings_table},
    .make = make_limits,
    .check = check_limits,
};
