#include "route/snapshot.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"
#include "config/faults.h"
#include "guard/guard_kinds.h"
#include "handler/kinds.h"
#include "http/method.h"
#include "loop/worker.h"
#include "route/allow.h"
#include "route/match_build.h"
#include "route/route.h"
#include "route/route_settings.h"

static const struct route_settings_kinds all_kinds = {
    .guards = guard_kinds,
    .handlers = handler_kinds,
    .filters = filter_kinds,
};

/* --- building ------------------------------------------------------------------------------ */

static struct route_builder builder_of(const struct snapshot_config *config, size_t i,
                                       struct faults *faults)
{
    const struct route_settings *settings = config->routes->items;

    return (struct route_builder){
        .settings = &settings[i],
        .kinds = config->kinds != NULL ? config->kinds : &all_kinds,
        .max_body_bytes = config->max_body_bytes,
        .index = (uint32_t)i,
        .faults = faults,
        .log = config->log,
    };
}

/* Its index counts only those that could be made: the checks have a table of just these. */
static void add_bare(struct snapshot *s, const struct route_builder *b)
{
    struct route_builder counted = *b;

    counted.index = (uint32_t)s->route_count;
    if (route_new_bare(&counted, &s->routes[s->route_count]) == ERR_OK) {
        s->route_count++;
    }
}

/* Goes on after a fault, so that all are told: also whether a route that cannot be made stands in
 * another one's way. */
static enum err make_routes(struct snapshot *s, const struct snapshot_config *config,
                            struct faults *faults)
{
    enum err worst = ERR_OK;

    s->routes = arena_alloc(&s->arena, (config->routes->count + 1) * sizeof(struct route *));
    for (size_t i = 0; i < config->routes->count; i++) {
        const struct route_builder b = builder_of(config, i, faults);
        enum err e = route_new(&b, &s->routes[s->route_count]);
        if (e == ERR_OK) {
            s->route_count++;
        } else {
            worst = e;
            add_bare(s, &b);
        }
    }
    return worst;
}

/* Logs and metrics must be able to tell routes apart. */
static enum err check_names(const struct setting_list *list, struct faults *faults)
{
    const struct route_settings *routes = list->items;
    enum err e = ERR_OK;
    struct map names;

    map_init(&names);
    for (size_t i = 0; i < list->count; i++) {
        union {
            const struct route_settings *given;
            void *kept;
        } route = {.given = &routes[i]};

        if (routes[i].name.p == NULL) {
            continue;
        }
        const struct route_settings *first = map_find(&names, routes[i].name);
        if (first == NULL) {
            (void)map_put(&names, routes[i].name, route.kept);
            continue;
        }
        struct str said = faults_quote(faults->arena, routes[i].name);
        struct str place = faults_place(faults->arena, first->at);
        faults_add(faults, routes[i].at, "the route at %.*s is named '%.*s' already",
                   STR_ARGS(place), STR_ARGS(said));
        e = ERR_SYNTAX;
    }
    map_fini(&names);
    return e;
}

static struct str allow_of_all(struct snapshot *s)
{
    uint32_t methods = METHOD_BIT(METHOD_OPTIONS);

    for (size_t i = 0; i < s->route_count; i++) {
        methods |= s->routes[i]->methods & s->routes[i]->handler->methods;
    }
    return allow_text(&s->arena, methods, NULL, 0);
}

static enum err build(struct snapshot *s, const struct snapshot_config *config,
                      struct faults *faults)
{
    enum err names = check_names(config->routes, faults);
    enum err e = make_routes(s, config, faults);

    if (e == ERR_OK) {
        e = match_build(s->routes, s->route_count, &s->arena, faults, &s->match);
        s->allow = allow_of_all(s);
    } else {
        match_check(s->routes, s->route_count, faults);
    }
    return e != ERR_OK ? e : names;
}

/* --- life ---------------------------------------------------------------------------------- */

static void free_snapshot(struct snapshot *s, struct worker *control)
{
    for (size_t i = 0; i < s->route_count; i++) {
        route_unref(&s->routes[i], control);
    }
    arena_fini(&s->arena);
    free(s);
}

static void bury(struct message *message, struct worker *worker)
{
    (void)worker;
    free_snapshot(CONTAINER_OF(message, struct snapshot, burial), NULL);
}

static struct snapshot *make_empty(void)
{
    struct snapshot *s = calloc(1, sizeof(*s));

    MUST(s != NULL);
    arena_init(&s->arena, NULL, NULL, NULL, 0);
    atomic_init(&s->refs, 1);
    s->burial.deliver = bury;
    return s;
}

void snapshot_check(const struct snapshot_config *config, struct faults *faults)
{
    struct snapshot *s = make_empty();

    (void)check_names(config->routes, faults);
    s->routes = arena_alloc(&s->arena, (config->routes->count + 1) * sizeof(struct route *));
    for (size_t i = 0; i < config->routes->count; i++) {
        const struct route_builder b = builder_of(config, i, faults);
        add_bare(s, &b);
    }
    match_check(s->routes, s->route_count, faults);
    free_snapshot(s, NULL);
}

enum err snapshot_new(const struct snapshot_config *config, struct faults *faults,
                      struct snapshot **out)
{
    struct snapshot *s = make_empty();

    *out = NULL;
    enum err e = build(s, config, faults);
    if (e != ERR_OK) {
        free_snapshot(s, NULL);
        return e;
    }
    *out = s;
    return ERR_OK;
}

void snapshot_ref(struct snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->refs, 1, memory_order_relaxed);
}

void snapshot_unref(struct snapshot **snapshot, struct worker *control)
{
    struct snapshot *s = *snapshot;

    *snapshot = NULL;
    if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    if (control == NULL || worker_post(control, &s->burial) != ERR_OK) {
        free_snapshot(s, NULL);
    }
}
