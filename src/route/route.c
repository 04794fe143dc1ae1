#include "route/route.h"

#include <stdlib.h>

#include "base/check.h"
#include "config/faults.h"
#include "guard/limits.h"
#include "http/method.h"
#include "loop/worker.h"
#include "route/route_settings.h"

#define HEAD_BIT METHOD_BIT(METHOD_HEAD)

/* --- what it matches ----------------------------------------------------------------------- */

static void take_methods(struct route *route, const struct setting_list *list)
{
    const struct str *texts = list->items;

    route->is_any_method = list->count == 0;
    route->methods = route->is_any_method ? METHOD_ALL : 0;
    route->other_methods = arena_alloc(&route->arena, (list->count + 1) * sizeof(struct str));
    for (size_t i = 0; i < list->count; i++) {
        enum method method = method_from(texts[i]);
        route->methods |= METHOD_BIT(method);
        if (method == METHOD_GET) {
            route->methods |= HEAD_BIT;
        } else if (method == METHOD_OTHER) {
            route->other_methods[route->other_method_count++] = arena_str(&route->arena, texts[i]);
        }
    }
}

static struct str lower(struct arena *a, struct str s)
{
    char *text = arena_alloc(a, s.len);

    for (size_t i = 0; i < s.len; i++) {
        text[i] = str_lower_char(s.p[i]);
    }
    return str_of(text, s.len);
}

static void add_condition(struct route_conditions *list, struct route_condition added)
{
    uint32_t i = list->count++;

    for (; i > 0 && str_cmp(list->v[i - 1].name, added.name) > 0; i--) {
        list->v[i] = list->v[i - 1];
    }
    list->v[i] = added;
}

static void take_conditions(struct route *route, const struct setting_map *map, bool is_header,
                            struct route_conditions *out)
{
    struct arena *a = &route->arena;

    out->v = arena_alloc(a, (map->count + 1) * sizeof(*out->v));
    for (size_t i = 0; i < map->count; i++) {
        struct str key = map->entries[i].key;
        const struct str *value = map->entries[i].value;
        struct str name = is_header ? lower(a, key) : arena_str(a, key);
        bool is_any = str_eq(*value, STR("*"));
        add_condition(out, (struct route_condition){
                               .name = name,
                               .value = is_any ? str_of(NULL, 0) : arena_str(a, *value),
                               .id = is_header ? field_id_from(name) : FIELD_OTHER,
                           });
    }
}

static bool has_host(const struct route *route, uint32_t count, const struct host_pattern *host)
{
    for (uint32_t i = 0; i < count; i++) {
        if (route->hosts[i].kind == host->kind && str_eq(route->hosts[i].name, host->name)) {
            return true;
        }
    }
    return false;
}

static enum err take_hosts(struct route *route, const struct setting_list *list)
{
    const struct str *texts = list->items;
    struct str why;

    route->host_count = list->count == 0 ? 1 : (uint32_t)list->count;
    route->hosts = arena_zalloc(&route->arena, route->host_count * sizeof(*route->hosts));
    route->hosts[0] = (struct host_pattern){.kind = HOST_ANY};
    for (uint32_t i = 0; i < list->count; i++) {
        enum err e = pattern_parse_host(texts[i], &route->arena, &route->hosts[i], &why);
        if (e != ERR_OK || has_host(route, i, &route->hosts[i])) {
            return ERR_SYNTAX;
        }
    }
    return ERR_OK;
}

/* ERR_SYNTAX: what is wrong with a pattern was said when it was read (route_settings.c). */
static enum err take_match(struct route *route, const struct route_settings *s)
{
    struct str path = s->match.path.p != NULL ? s->match.path : STR("/**");
    struct str why;

    if (pattern_parse(path, &route->arena, &route->pattern, &why) != ERR_OK ||
        take_hosts(route, &s->match.hosts) != ERR_OK) {
        return ERR_SYNTAX;
    }
    route->name = s->name.p != NULL ? arena_str(&route->arena, s->name) : route->pattern.text;
    take_methods(route, &s->match.methods);
    take_conditions(route, &s->match.headers, true, &route->headers);
    take_conditions(route, &s->match.query, false, &route->query);
    return ERR_OK;
}

uint32_t route_condition_count(const struct route *route)
{
    return route->headers.count + route->query.count + (route->is_any_method ? 0 : 1);
}

/* --- its stages ---------------------------------------------------------------------------- */

static const struct setting_chosen *find_chosen(const struct setting_list *list,
                                                const struct setting_kind *kind)
{
    const struct setting_chosen *chosen = list->items;

    for (size_t i = 0; i < list->count; i++) {
        if (chosen[i].kind == kind) {
            return &chosen[i];
        }
    }
    return NULL;
}

static struct stage_builder stage_builder_of(struct route *route, const struct route_builder *b,
                                             struct position at)
{
    return (struct stage_builder){
        .arena = &route->arena,
        .faults = b->faults,
        .log = b->log,
        .place = arena_printf(&route->arena, "routes[%u]", (unsigned)b->index).p,
        .at = at,
    };
}

static enum err add_guard(struct route *route, const struct route_builder *b,
                          const struct setting_kind *kind, const void *settings, struct position at)
{
    struct stage_builder builder = stage_builder_of(route, b, at);
    enum err e =
        stage_guard_kind(kind)->make(&builder, settings, &route->guards[route->guard_count]);

    route->guard_count += e == ERR_OK;
    return e;
}

/* Goes on after a fault, so that all are told. */
static enum err make_guards(struct route *route, const struct route_builder *b)
{
    const struct setting_list *list = &b->settings->guards;
    const struct limits_settings general = {.max_body_bytes = b->max_body_bytes};
    const struct setting_kind *limits = &limits_guard_kind.setting;
    enum err worst = ERR_OK;

    route->guards = arena_alloc(&route->arena, (list->count + 1) * sizeof(struct guard *));
    if (find_chosen(list, limits) == NULL) {
        worst = add_guard(route, b, limits, &general, route->at);
    }
    for (size_t i = 0; b->kinds->guards[i] != NULL; i++) {
        const struct setting_chosen *chosen = find_chosen(list, b->kinds->guards[i]);
        enum err e = ERR_OK;
        if (chosen != NULL) {
            e = add_guard(route, b, chosen->kind, chosen->settings, chosen->at);
        }
        worst = e != ERR_OK ? e : worst;
    }
    return worst;
}

static enum err make_filters(struct route *route, const struct route_builder *b)
{
    const struct setting_list *list = &b->settings->filters;
    enum err worst = ERR_OK;

    route->filters = arena_alloc(&route->arena, (list->count + 1) * sizeof(struct filter *));
    for (size_t i = 0; b->kinds->filters[i] != NULL; i++) {
        const struct setting_chosen *chosen = find_chosen(list, b->kinds->filters[i]);
        if (chosen == NULL) {
            continue;
        }
        struct stage_builder builder = stage_builder_of(route, b, chosen->at);
        enum err e = stage_filter_kind(chosen->kind)
                         ->make(&builder, chosen->settings, &route->filters[route->filter_count]);
        route->filter_count += e == ERR_OK;
        worst = e != ERR_OK ? e : worst;
    }
    return worst;
}

static enum err make_handler(struct route *route, const struct route_builder *b)
{
    const struct setting_chosen *chosen = b->settings->handler.items;

    MUST(b->settings->handler.count == 1);
    struct stage_builder builder = stage_builder_of(route, b, chosen->at);
    return stage_handler_kind(chosen->kind)->make(&builder, chosen->settings, &route->handler);
}

static enum err make_stages(struct route *route, const struct route_builder *b)
{
    enum err guards = make_guards(route, b);
    enum err handler = make_handler(route, b);
    enum err filters = make_filters(route, b);

    if (guards != ERR_OK || handler != ERR_OK) {
        return guards != ERR_OK ? guards : handler;
    }
    return filters;
}

/* --- life ---------------------------------------------------------------------------------- */

static void free_stages(struct route *route)
{
    for (uint32_t i = route->filter_count; i-- > 0;) {
        struct filter *filter = route->filters[i];
        if (filter->kind->free != NULL) {
            filter->kind->free(filter);
        }
    }
    if (route->handler != NULL && route->handler->kind->free != NULL) {
        route->handler->kind->free(route->handler);
    }
    for (uint32_t i = route->guard_count; i-- > 0;) {
        struct guard *guard = route->guards[i];
        if (guard->kind->free != NULL) {
            guard->kind->free(guard);
        }
    }
}

static void free_route(struct route *route)
{
    free_stages(route);
    arena_fini(&route->arena);
    free(route);
}

static void bury(struct message *message, struct worker *worker)
{
    (void)worker;
    free_route(CONTAINER_OF(message, struct route, burial));
}

static struct route *make_empty(const struct route_builder *b)
{
    struct route *route = calloc(1, sizeof(*route));

    MUST(route != NULL);
    arena_init(&route->arena, NULL, NULL, NULL, 0);
    atomic_init(&route->refs, 1);
    route->burial.deliver = bury;
    route->at = b->settings->at;
    route->index = b->index;
    return route;
}

enum err route_new(const struct route_builder *b, struct route **out)
{
    struct route *route = make_empty(b);

    MUST(take_match(route, b->settings) == ERR_OK);
    enum err e = make_stages(route, b);
    if (e != ERR_OK) {
        free_route(route);
        return e;
    }
    *out = route;
    return ERR_OK;
}

enum err route_new_bare(const struct route_builder *b, struct route **out)
{
    struct route *route = make_empty(b);
    enum err e = take_match(route, b->settings);

    if (e != ERR_OK) {
        free_route(route);
        return e;
    }
    *out = route;
    return ERR_OK;
}

void route_ref(struct route *route)
{
    atomic_fetch_add_explicit(&route->refs, 1, memory_order_relaxed);
}

void route_unref(struct route **route, struct worker *control)
{
    struct route *r = *route;

    *route = NULL;
    if (atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    if (control == NULL || worker_post(control, &r->burial) != ERR_OK) {
        free_route(r);
    }
}
