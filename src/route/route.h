/* route.h: one route, built and frozen: what it matches, who guards, answers and filters.
 *
 * Counted on its own, so that a long exchange keeps its route and not a whole configuration: the
 * count is touched when snapshots come and go, never by a request (route/router.h). Building and
 * freeing: control or offload thread; reading: any worker. */
#ifndef WEIR_ROUTE_ROUTE_H
#define WEIR_ROUTE_ROUTE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/position.h"
#include "http/field_id.h"
#include "http/stage.h"
#include "loop/mailbox.h"
#include "route/pattern.h"

struct faults;
struct log;
struct route_settings;
struct route_settings_kinds;
struct worker;

/* A header field or query parameter that must be there. */
struct route_condition {
    struct str name;
    struct str value; /* p is NULL: any */
    enum field_id id; /* of a header field */
};

/* In order of their names. */
struct route_conditions {
    struct route_condition *v;
    uint32_t count;
};

struct route {
    struct arena arena;
    atomic_uint refs;
    struct message burial;
    struct str name;
    struct position at; /* good while the configuration it was built from is */
    uint32_t index;     /* in its snapshot */
    uint32_t methods;   /* METHOD_BIT set */
    bool is_any_method;
    struct str *other_methods; /* tokens of METHOD_OTHER; none: any, where its bit is set */
    uint32_t other_method_count;
    struct pattern pattern;
    struct host_pattern *hosts;
    uint32_t host_count;
    struct route_conditions headers;
    struct route_conditions query;
    struct guard **guards;
    uint32_t guard_count;
    struct handler *handler;
    struct filter **filters;
    uint32_t filter_count;
};

struct route_builder {
    const struct route_settings *settings;
    const struct route_settings_kinds *kinds; /* all there are, in order */
    uint64_t max_body_bytes;                  /* when the route does not say */
    uint32_t index;
    struct faults *faults;
    struct log *log;
};

/* One reference, the caller's. Any error: `faults` tells why. */
MUST_USE enum err route_new(const struct route_builder *b, struct route **out);

/* Only what it matches, without guards, handler (NULL) and filters: to be compared with others, not
 * to serve. ERR_SYNTAX: a pattern in it is wrong, which is not told again. */
MUST_USE enum err route_new_bare(const struct route_builder *b, struct route **out);

void route_ref(struct route *route);

/* The last one frees it on `control`, at once when that is NULL or has ended. Any thread. */
void route_unref(struct route **route, struct worker *control);

/* Conditions beside host and path, for the order of routes. */
uint32_t route_condition_count(const struct route *route);

#endif
