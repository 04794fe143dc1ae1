/* stage.h: the three kinds of thing a route is made of: guards, one handler, filters.
 *
 * A kind is a static table in a file of its own and one line in a list of kinds; the key in a
 * route's configuration is the kind's name. `make` is called once per route while a snapshot is
 * built (offload or control thread), everything else on workers, many at a time: an instance is
 * read-only after make, what changes lives in worker parts. */
#ifndef WEIR_HTTP_STAGE_H
#define WEIR_HTTP_STAGE_H

#include "base/err.h"

struct arena;
struct exchange;
struct faults;
struct log;
struct setting_table;

enum guard_verdict {
    GUARD_PASS,     /* go on */
    GUARD_ANSWERED, /* the guard has answered and finished the exchange */
    GUARD_WAIT      /* the guard calls stage_resume later */
};

/* What `make` may use. */
struct stage_builder {
    struct arena *arena; /* lives as long as the instance */
    struct faults *faults;
    struct log *log;
    const char *place; /* "routes[2]": for messages */
};

struct guard {
    const struct guard_kind *kind;
};

struct guard_kind {
    const char *name;
    const char *meaning;
    const struct setting_table *settings;
    MUST_USE enum err (*make)(const struct stage_builder *b, const void *settings,
                              struct guard **out);
    void (*free)(struct guard *guard); /* NULL: the arena is enough */
    enum guard_verdict (*check)(const struct guard *guard, struct exchange *x);
};

struct handler {
    const struct handler_kind *kind;
    unsigned methods; /* METHOD_BIT set it answers; others get 405 with Allow */
};

struct handler_kind {
    const char *name;
    const char *meaning;
    const struct setting_table *settings;
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
    const char *name;
    const char *meaning;
    const struct setting_table *settings;
    MUST_USE enum err (*make)(const struct stage_builder *b, const void *settings,
                              struct filter **out);
    void (*free)(struct filter *filter);
    /* The final head is about to go: fields may be changed. */
    void (*on_head)(const struct filter *filter, struct exchange *x);
};

#endif
