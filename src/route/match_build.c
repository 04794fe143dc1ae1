/* Subset construction: a state is the list of routes whose patterns fit the segments so far, always
 * in order of specificity. Its children are made from a queue:
 *
 *   state {"/a/b", "/a/{x}", "/{y}/c", "/{z...}"}  --"a"-->  {"/a/b", "/a/{x}", "/{y}/c"}
 *         literals: those that say "a", and all templates; the template child: templates alone
 *
 * States form a tree, so a state also knows the open-ended routes ("passed") of those above it. */
#include "route/match_build.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"
#include "config/faults.h"
#include "route/match.h"
#include "route/overlap.h"
#include "route/route.h"

#define ROUTE_POINTER sizeof(struct route *)

/* Routes of one host pattern. */
struct group {
    struct host_pattern host;
    struct route **routes;
    size_t count;
    size_t cap;
    struct group *next;
};

/* A state to be made: which routes are on, and which open-ended ones were passed on the way. */
struct pending {
    struct pending *next;
    struct route **on;
    struct route **passed;
    uint32_t on_count;
    uint32_t on_max;
    uint32_t passed_count;
    uint32_t depth;
    uint32_t state;
};

struct building {
    struct arena *arena;    /* of what is built */
    struct arena *workshop; /* of what is not needed after */
    struct match *match;
    struct pending *first;
    struct pending *last;
    struct group *groups;
    size_t group_count;
    size_t state_count;
    size_t state_cap;
    size_t list_count;
    size_t list_cap;
    size_t edge_count;
    size_t edge_cap;
    size_t on_total;          /* of all pendings */
    struct match_edge *edges; /* in order of making */
    bool is_full;
};

/* Doubles an array that grows by one; the old one stays in the workshop. */
static void *grown(struct building *b, void *old, size_t count, size_t *cap, size_t size)
{
    if (count < *cap) {
        return old;
    }
    *cap = *cap == 0 ? 64 : *cap * 2;
    void *bigger = arena_alloc(b->workshop, *cap * size);
    if (count > 0) {
        memcpy(bigger, old, count * size);
    }
    return bigger;
}

/* --- groups -------------------------------------------------------------------------------- */

static struct group *find_group(struct building *b, struct map *map,
                                const struct host_pattern *host)
{
    struct str key = arena_printf(b->workshop, "%d%.*s", (int)host->kind, STR_ARGS(host->name));
    struct group *group = map_find(map, key);

    if (group == NULL) {
        group = arena_zalloc(b->workshop, sizeof(*group));
        group->host = *host;
        group->next = b->groups;
        b->groups = group;
        b->group_count++;
        (void)map_put(map, key, group);
    }
    return group;
}

static void make_groups(struct building *b, struct route **routes, size_t count)
{
    struct map map;

    map_init(&map);
    for (size_t i = 0; i < count; i++) {
        for (uint32_t h = 0; h < routes[i]->host_count; h++) {
            struct group *group = find_group(b, &map, &routes[i]->hosts[h]);
            group->routes = grown(b, group->routes, group->count, &group->cap, ROUTE_POINTER);
            group->routes[group->count++] = routes[i];
        }
    }
    map_fini(&map);
}

static int compare_for_sort(const void *left, const void *right)
{
    const struct route *const *a = left;
    const struct route *const *b = right;
    int difference = overlap_compare(*a, *b);

    return difference != 0 ? difference : ((*a)->index > (*b)->index) - ((*a)->index < (*b)->index);
}

/* --- states -------------------------------------------------------------------------------- */

static uint32_t new_state(struct building *b)
{
    b->match->states =
        grown(b, b->match->states, b->state_count, &b->state_cap, sizeof(struct match_state));
    b->match->states[b->state_count] = (struct match_state){.template = MATCH_NONE};
    return (uint32_t)b->state_count++;
}

static void add_to_list(struct building *b, struct match_list *list, struct route *route)
{
    b->match->lists = grown(b, b->match->lists, b->list_count, &b->list_cap, ROUTE_POINTER);
    b->match->lists[b->list_count++] = route;
    list->count++;
}

/* Goes into the queue, with no routes yet. */
static struct pending *new_pending(struct building *b, uint32_t depth)
{
    struct pending *p = arena_zalloc(b->workshop, sizeof(*p));

    p->depth = depth;
    p->state = new_state(b);
    if (b->last == NULL) {
        b->first = p;
    } else {
        b->last->next = p;
    }
    b->last = p;
    return p;
}

static void make_room(struct building *b, struct pending *p, uint32_t on_max)
{
    p->on_max = on_max;
    p->on = arena_alloc(b->workshop, ((size_t)on_max + 1) * ROUTE_POINTER);
    b->on_total += on_max;
}

static bool is_at_end(const struct route *route, uint32_t depth)
{
    return route->pattern.segment_count == depth;
}

/* Both lists are in order, and so is what comes of them. */
struct merging {
    const struct pending *p;
    uint32_t on;
    uint32_t passed;
};

/* The next route that may take a path that ends here (`may_end`) or goes on where no child leads;
 * NULL at the end. */
static struct route *next_taker(struct merging *m, bool may_end)
{
    const struct pending *p = m->p;
    struct route *passed = m->passed < p->passed_count ? p->passed[m->passed] : NULL;

    for (; m->on < p->on_count; m->on++) {
        struct route *route = p->on[m->on];
        enum pattern_tail wrong = may_end ? PATTERN_TAIL_REST : PATTERN_TAIL_NONE;
        if (!is_at_end(route, p->depth) || route->pattern.tail == wrong) {
            continue;
        }
        if (passed == NULL || overlap_compare(route, passed) < 0) {
            m->on++;
            return route;
        }
        break;
    }
    m->passed += passed != NULL;
    return passed;
}

static void fill_lists(struct building *b, const struct pending *p)
{
    struct match_list ends = {.first = (uint32_t)b->list_count};
    struct merging m = {.p = p};

    for (struct route *r = next_taker(&m, true); r != NULL; r = next_taker(&m, true)) {
        add_to_list(b, &ends, r);
    }
    struct match_list beyond = {.first = (uint32_t)b->list_count};
    m = (struct merging){.p = p};
    for (struct route *r = next_taker(&m, false); r != NULL; r = next_taker(&m, false)) {
        add_to_list(b, &beyond, r);
    }
    b->match->states[p->state].ends = ends;
    b->match->states[p->state].beyond = beyond;
}

static void add_edge(struct building *b, uint32_t from, struct str text, uint32_t to)
{
    b->edges = grown(b, b->edges, b->edge_count, &b->edge_cap, sizeof(*b->edges));
    b->edges[b->edge_count++] =
        (struct match_edge){.text = text.p, .len = (uint32_t)text.len, .from = from, .to = to};
    b->match->states[from].literals++;
}

static struct pending *open_child(struct building *b, const struct pending *parent)
{
    struct pending *child = new_pending(b, parent->depth + 1);
    const struct match_list beyond = b->match->states[parent->state].beyond;

    /* What a child has passed is what goes beyond its parent. */
    child->passed = beyond.count > 0 ? b->match->lists + beyond.first : NULL;
    child->passed_count = beyond.count;
    return child;
}

static void count_literal(struct building *b, const struct pending *p, struct map *children,
                          struct str text)
{
    struct pending *child = map_find(children, text);

    if (child == NULL) {
        child = open_child(b, p);
        add_edge(b, p->state, text, child->state);
        (void)map_put(children, text, child);
    }
    child->on_max++;
}

/* A child for each literal that comes next, and one for templates, or NULL: they know how many
 * routes they will have. */
static struct pending *open_children(struct building *b, const struct pending *p,
                                     struct map *children)
{
    const struct map_entry *entry;
    struct pending *template = NULL;
    uint32_t templates = 0;
    size_t at;

    for (uint32_t i = 0; i < p->on_count; i++) {
        const struct pattern *pattern = &p->on[i]->pattern;
        if (is_at_end(p->on[i], p->depth)) {
            continue;
        }
        if (pattern_is_template(pattern, p->depth)) {
            templates++;
        } else {
            count_literal(b, p, children, pattern->segments[p->depth].literal);
        }
    }
    MAP_EACH(entry, at, children) {
        struct pending *child = entry->value;
        make_room(b, child, child->on_max + templates);
    }
    if (templates > 0) {
        template = open_child(b, p);
        make_room(b, template, templates);
        b->match->states[p->state].template = template->state;
    }
    return template;
}

static void add_template(struct map *children, struct pending *template, struct route *route)
{
    const struct map_entry *entry;
    size_t at;

    template->on[template->on_count++] = route;
    MAP_EACH(entry, at, children) {
        struct pending *child = entry->value;
        if (entry->key.len > 0) { /* a template is not empty */
            child->on[child->on_count++] = route;
        }
    }
}

static void fill_children(const struct pending *p, struct map *children, struct pending *template)
{
    for (uint32_t i = 0; i < p->on_count; i++) {
        struct route *route = p->on[i];
        if (is_at_end(route, p->depth)) {
            continue;
        }
        if (pattern_is_template(&route->pattern, p->depth)) {
            add_template(children, template, route);
            continue;
        }
        struct pending *child = map_find(children, route->pattern.segments[p->depth].literal);
        child->on[child->on_count++] = route;
    }
}

static void make_state(struct building *b, const struct pending *p)
{
    struct map children;

    fill_lists(b, p);
    map_init(&children);
    struct pending *template = open_children(b, p, &children);
    fill_children(p, &children, template);
    map_fini(&children);
    b->is_full = b->list_count + b->state_count + b->on_total > MATCH_BUILD_MAX;
}

static uint32_t make_tree(struct building *b, const struct group *group)
{
    b->first = NULL;
    b->last = NULL;
    struct pending *root = new_pending(b, 0);
    make_room(b, root, (uint32_t)group->count);
    memcpy(root->on, group->routes, group->count * ROUTE_POINTER);
    root->on_count = (uint32_t)group->count;
    for (struct pending *p = root; p != NULL && !b->is_full; p = p->next) {
        make_state(b, p);
    }
    return root->state;
}

/* --- tables -------------------------------------------------------------------------------- */

static uint32_t mask_for(size_t count)
{
    uint32_t size = 4;

    while (size < count * 2) {
        size *= 2;
    }
    return size - 1;
}

static void place_host(struct match *m, const struct group *group, uint32_t root)
{
    uint32_t i = (uint32_t)match_hash_host(group->host.name) & m->host_mask;

    while (m->hosts[i].name.p != NULL) {
        i = (i + 1) & m->host_mask;
    }
    m->hosts[i] = (struct match_host){group->host.name, root};
    m->has_wildcards = m->has_wildcards || group->host.kind == HOST_WILDCARD;
}

static void make_trees(struct building *b)
{
    struct match *m = b->match;

    m->host_mask = mask_for(b->group_count);
    for (const struct group *g = b->groups; g != NULL; g = g->next) {
        uint32_t root = make_tree(b, g);
        if (g->host.kind == HOST_ANY) {
            m->any_host = root;
            continue;
        }
        if (m->hosts == NULL) {
            m->hosts = arena_zalloc(b->arena, (m->host_mask + 1u) * sizeof(*m->hosts));
        }
        place_host(m, g, root);
    }
}

static void make_edges(struct building *b)
{
    struct match *m = b->match;

    m->edge_mask = mask_for(b->edge_count);
    m->edges = arena_alloc(b->arena, (m->edge_mask + 1u) * sizeof(*m->edges));
    for (size_t i = 0; i <= m->edge_mask; i++) {
        m->edges[i] = (struct match_edge){.to = MATCH_NONE};
    }
    for (size_t i = 0; i < b->edge_count; i++) {
        struct match_edge e = b->edges[i];
        uint32_t at = (uint32_t)match_hash_segment(e.from, str_of(e.text, e.len)) & m->edge_mask;
        while (m->edges[at].to != MATCH_NONE) {
            at = (at + 1) & m->edge_mask;
        }
        m->edges[at] = e;
    }
}

/* Out of the workshop. */
static void *keep(struct building *b, const void *array, size_t bytes)
{
    void *kept = arena_alloc(b->arena, bytes + 1);

    if (bytes > 0) {
        memcpy(kept, array, bytes);
    }
    return kept;
}

static void settle(struct building *b)
{
    struct match *m = b->match;

    make_edges(b);
    m->states = keep(b, m->states, b->state_count * sizeof(*m->states));
    m->lists = keep(b, m->lists, b->list_count * ROUTE_POINTER);
}

/* --- the whole ----------------------------------------------------------------------------- */

static void check_groups(struct building *b, struct route **routes, size_t count,
                         struct faults *faults)
{
    uint32_t *shadowed = arena_zalloc(b->workshop, (count + 1) * sizeof(*shadowed));

    for (struct group *g = b->groups; g != NULL; g = g->next) {
        qsort(g->routes, g->count, ROUTE_POINTER, compare_for_sort);
        overlap_check(g->routes, g->count, shadowed, faults);
    }
    overlap_report(routes, count, shadowed, faults);
}

static enum err build(struct building *b, struct route **routes, size_t count,
                      struct faults *faults)
{
    size_t before = faults->count;

    make_groups(b, routes, count);
    check_groups(b, routes, count, faults);
    if (faults->count > before) {
        return ERR_SYNTAX;
    }
    make_trees(b);
    if (b->is_full) {
        faults_add(faults, routes[0]->at,
                   "the routes' templates and literals combine to over %d cases: use fewer "
                   "templates in front of literals",
                   MATCH_BUILD_MAX);
        return ERR_FULL;
    }
    settle(b);
    return ERR_OK;
}

void match_check(struct route **routes, size_t count, struct faults *faults)
{
    struct arena workshop;
    struct building b = {.workshop = &workshop};

    arena_init(&workshop, NULL, NULL, NULL, 0);
    make_groups(&b, routes, count);
    check_groups(&b, routes, count, faults);
    arena_fini(&workshop);
}

enum err match_build(struct route **routes, size_t count, struct arena *arena,
                     struct faults *faults, struct match **out)
{
    struct arena workshop;
    struct building b = {.arena = arena, .workshop = &workshop};

    arena_init(&workshop, NULL, NULL, NULL, 0);
    b.match = arena_zalloc(arena, sizeof(*b.match));
    b.match->any_host = MATCH_NONE;
    enum err e = build(&b, routes, count, faults);
    arena_fini(&workshop);
    *out = b.match;
    return e;
}
