/* stage.h: the three kinds of thing a route is made of: guards, one handler, filters.
 *
 * A kind is a static table in a file of its own and one line in a list of kinds; the key in a
 * route's configuration is the kind's name. Lists of kinds name their `setting` members, so that
 * they serve a row of SETTING_KINDS as they are; stage_*_kind leads back.
 *
 * `make` is called once per route while a snapshot is built (offload or control thread), everything
 * else on workers, many at a time: an instance is read-only after make, what changes lives in
 * worker parts. The settings given to make are gone after it: what is needed later is copied. */
#ifndef WEIR_HTTP_STAGE_H
#define WEIR_HTTP_STAGE_H

#include <stddef.h>

#include "base/check.h"
#include "base/err.h"
#include "config/position.h"
#include "config/setting.h"
#include "http/params.h"

struct arena;
struct exchange;
struct faults;
struct log;

enum guard_verdict {
    GUARD_PASS,     /* go on */
    GUARD_ANSWERED, /* the guard has answered and finished the exchange */
    GUARD_WAIT      /* the guard calls stage_resume later */
};

/* What `make` may use. On an error other than ERR_OK it has added a fault. */
struct stage_builder {
    struct arena *arena; /* lives as long as the instance */
    struct faults *faults;
    struct log *log;
    const char *place;  /* "routes[2]": for messages */
    struct position at; /* of the stage's key in the configuration */
};

struct guard {
    const struct guard_kind *kind;
};

struct guard_kind {
    struct setting_kind setting;
    MUST_USE enum err (*make)(const struct stage_builder *b, const void *settings,
                              struct guard **out);
    void (*free)(struct guard *guard); /* NULL: the arena is enough */
    enum guard_verdict (*check)(const struct guard *guard, struct exchange *x);
    /* The client left while this guard said WAIT: it does not resume any more, and the exchange is
     * finished by the caller. NULL: it never says WAIT. */
    void (*cancel)(const struct guard *guard, struct exchange *x);
};

struct handler {
    const struct handler_kind *kind;
    unsigned methods; /* METHOD_BIT set it answers; others get 405 with Allow */
};

struct handler_kind {
    struct setting_kind setting;
    MUST_USE enum err (*make)(const struct stage_builder *b, const void *settings,
                              struct handler **out);
    void (*free)(struct handler *handler);
    /* Answers now or later; must end with exchange_finish or exchange_abort. */
    void (*start)(const struct handler *handler, struct exchange *x);
};

struct filter {
    const struct filter_kind *kind;
};

struct filter_kind {
    struct setting_kind setting;
    MUST_USE enum err (*make)(const struct stage_builder *b, const void *settings,
                              struct filter **out);
    void (*free)(struct filter *filter);
    /* The final head is about to go: fields may be changed. */
    void (*on_head)(const struct filter *filter, struct exchange *x);
};

static inline const struct guard_kind *stage_guard_kind(const struct setting_kind *kind)
{
    return CONST_CONTAINER_OF(kind, struct guard_kind, setting);
}

static inline const struct handler_kind *stage_handler_kind(const struct setting_kind *kind)
{
    return CONST_CONTAINER_OF(kind, struct handler_kind, setting);
}

static inline const struct filter_kind *stage_filter_kind(const struct setting_kind *kind)
{
    return CONST_CONTAINER_OF(kind, struct filter_kind, setting);
}

/* What stages may know of the way an exchange is on: the first member of what x->pin points to. */
struct stage_visit {
    struct params params;
    void (*resume)(struct exchange *x, enum guard_verdict verdict);
};

/* By a guard that said WAIT, once and not inside its check: PASS, or ANSWERED when it has answered
 * and finished the exchange by now. Own worker. */
void stage_resume(struct exchange *x, enum guard_verdict verdict);

/* What the route of `x` took from the path for the template `name`; p is NULL when it has none of
 * that name. Own worker. */
struct str stage_param(const struct exchange *x, struct str name);

#endif
