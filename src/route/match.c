/* A state machine over segments. Two routes "/a/{x}" and "/{y}/b" make the states
 *
 *   root --"a"--> {a, y} --"b"--> both end here, "/a/{x}" first
 *     |             +---template--> "/a/{x}" ends
 *     +--template--> {y} --"b"--> "/{y}/b" ends
 *
 * so that the walk never has to choose. */
#include "route/match.h"

#include "base/check.h"
#include "http/request.h"
#include "route/route.h"

/* --- hashes -------------------------------------------------------------------------------- */

#define HASH_FACTOR 0x9e3779b97f4a7c15u

static inline uint64_t load_8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

static inline uint64_t load_4(const char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

static inline uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * HASH_FACTOR;
    return h ^ (h >> 32);
}

/* The last bytes, fewer than eight or overlapping what was mixed before. */
static inline uint64_t load_tail(struct str s)
{
    if (s.len >= 8) {
        return load_8(s.p + s.len - 8);
    }
    if (s.len >= 4) {
        return load_4(s.p) << 32 | load_4(s.p + s.len - 4);
    }
    if (s.len == 0) {
        return 0;
    }
    return (uint64_t)(unsigned char)s.p[0] << 16 | (uint64_t)(unsigned char)s.p[s.len / 2] << 8 |
           (unsigned char)s.p[s.len - 1];
}

/* Keys come from the configuration alone, so nobody can make them collide on purpose. */
static inline uint64_t hash(uint64_t seed, struct str s)
{
    uint64_t h = mix(seed, s.len);

    for (size_t i = 0; i + 8 < s.len; i += 8) {
        h = mix(h, load_8(s.p + i));
    }
    return mix(h, load_tail(s));
}

uint64_t match_hash_segment(uint32_t state, struct str segment)
{
    return hash(state + 1u, segment);
}

uint64_t match_hash_host(struct str host)
{
    return hash(0, host);
}

/* --- the path ------------------------------------------------------------------------------ */

static inline uint32_t find_literal(const struct match *m, uint32_t state, struct str segment)
{
    uint32_t i = (uint32_t)hash(state + 1u, segment) & m->edge_mask;

    for (; m->edges[i].to != MATCH_NONE; i = (i + 1) & m->edge_mask) {
        const struct match_edge *e = &m->edges[i];
        if (e->from == state && e->len == segment.len &&
            memcmp(e->text, segment.p, segment.len) == 0) {
            return e->to;
        }
    }
    return MATCH_NONE;
}

static inline uint32_t find_child(const struct match *m, uint32_t state, struct str segment)
{
    const struct match_state *s = &m->states[state];

    if (s->literals > 0) {
        uint32_t child = find_literal(m, state, segment);
        if (child != MATCH_NONE) {
            return child;
        }
    }
    return segment.len > 0 ? s->template : MATCH_NONE;
}

/* A normalised path, from the root of a host pattern. */
static struct match_list walk(const struct match *m, uint32_t state, struct str path)
{
    const char *at = path.p + 1;
    const char *end = path.p + path.len;

    for (;;) {
        const struct match_state *s = &m->states[state];
        if (s->literals == 0 && s->template == MATCH_NONE) {
            return s->beyond;
        }
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *stop = slash != NULL ? slash : end;
        uint32_t child = find_child(m, state, str_of(at, (size_t)(stop - at)));
        if (child == MATCH_NONE) {
            return s->beyond;
        }
        if (slash == NULL) {
            return m->states[child].ends;
        }
        state = child;
        at = slash + 1;
    }
}

/* --- the host ------------------------------------------------------------------------------ */

enum host_step {
    HOST_STEP_EXACT,
    HOST_STEP_WILDCARD,
    HOST_STEP_ANY,
    HOST_STEP_END
};

struct host_walk {
    struct str host; /* what is left of it */
    enum host_step step;
};

static uint32_t find_host(const struct match *m, struct str name)
{
    uint32_t i = (uint32_t)match_hash_host(name) & m->host_mask;

    for (; m->hosts[i].name.p != NULL; i = (i + 1) & m->host_mask) {
        if (str_eq(m->hosts[i].name, name)) {
            return m->hosts[i].root;
        }
    }
    return MATCH_NONE;
}

/* The next wildcard that fits, the longest first. */
static uint32_t next_wildcard(const struct match *m, struct host_walk *w)
{
    uint32_t root = MATCH_NONE;

    while (root == MATCH_NONE && w->host.len > 0) {
        struct str from_here = str_skip(w->host, 1); /* a label in front is not empty */
        w->host = str_skip(from_here, str_index(from_here, '.'));
        root = w->host.len > 0 ? find_host(m, w->host) : MATCH_NONE;
    }
    return root;
}

/* Roots of the host patterns that fit, in order; MATCH_NONE at the end. */
static uint32_t next_root(const struct match *m, struct host_walk *w)
{
    uint32_t root = MATCH_NONE;

    if (w->step == HOST_STEP_EXACT) {
        w->step = m->has_wildcards ? HOST_STEP_WILDCARD : HOST_STEP_ANY;
        root = find_host(m, w->host);
    }
    if (root == MATCH_NONE && w->step == HOST_STEP_WILDCARD) {
        root = next_wildcard(m, w);
        if (root == MATCH_NONE) {
            w->step = HOST_STEP_ANY;
        }
    }
    if (root == MATCH_NONE && w->step == HOST_STEP_ANY) {
        w->step = HOST_STEP_END;
        root = m->any_host;
    }
    return root;
}

static inline struct host_walk begin_hosts(const struct match *m, struct str host)
{
    if (m->hosts == NULL || host.len == 0) {
        return (struct host_walk){host, HOST_STEP_ANY};
    }
    /* Not to be taken for the key of a wildcard. */
    return (struct host_walk){host, host.p[0] == '.' ? HOST_STEP_WILDCARD : HOST_STEP_EXACT};
}

/* --- conditions ---------------------------------------------------------------------------- */

static bool is_method_taken(const struct route *route, struct match_method by)
{
    if ((route->methods & METHOD_BIT(by.method)) == 0) {
        return false;
    }
    if (by.method != METHOD_OTHER || route->is_any_method) {
        return true;
    }
    for (uint32_t i = 0; i < route->other_method_count; i++) {
        if (str_eq(route->other_methods[i], by.text)) {
            return true;
        }
    }
    return false;
}

static bool is_value_taken(const struct route_condition *c, struct str value)
{
    return c->value.p == NULL || str_eq(c->value, value);
}

static bool has_header(const struct request *r, const struct route_condition *c)
{
    const struct field *field;

    FIELDS_EACH(field, &r->fields) {
        bool is_it = field->id == c->id && (c->id != FIELD_OTHER || str_eq(field->name, c->name));
        if (is_it && is_value_taken(c, field->value)) {
            return true;
        }
    }
    return false;
}

static void read_params(struct match_request *q)
{
    struct str query = q->request->query;
    size_t most = query.len / 2 + 1;

    q->has_params = true;
    if (query.len == 0) {
        return;
    }
    q->params = arena_alloc(q->arena, most * sizeof(*q->params));
    while (q->param_count < most && query_next(&query, q->arena, &q->params[q->param_count])) {
        q->param_count++;
    }
}

static bool has_param(struct match_request *q, const struct route_condition *c)
{
    if (!q->has_params) {
        read_params(q);
    }
    for (size_t i = 0; i < q->param_count; i++) {
        if (str_eq(q->params[i].name, c->name) && is_value_taken(c, q->params[i].value)) {
            return true;
        }
    }
    return false;
}

/* Header and query; host and path are known to fit. */
static bool are_conditions_met(const struct route *route, struct match_request *q)
{
    for (uint32_t i = 0; i < route->headers.count; i++) {
        if (!has_header(q->request, &route->headers.v[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < route->query.count; i++) {
        if (!has_param(q, &route->query.v[i])) {
            return false;
        }
    }
    return true;
}

/* --- what others call ---------------------------------------------------------------------- */

static struct route *find_in(const struct match *m, struct match_list list, struct match_request *q,
                             struct match_method by)
{
    for (uint32_t i = 0; i < list.count; i++) {
        struct route *route = m->lists[list.first + i];
        if (is_method_taken(route, by) && are_conditions_met(route, q)) {
            return route;
        }
    }
    return NULL;
}

struct route *match_find(const struct match *m, struct match_request *q, struct match_method by)
{
    struct host_walk hosts = begin_hosts(m, q->host);
    struct route *route = NULL;
    uint32_t root = next_root(m, &hosts);

    for (; root != MATCH_NONE && route == NULL; root = next_root(m, &hosts)) {
        route = find_in(m, walk(m, root, q->request->path), q, by);
    }
    return route;
}

static bool is_answered(const struct match *m, struct match_request *q, struct match_method by,
                        bool *is_known)
{
    const struct route *route = match_find(m, q, by);

    *is_known = *is_known || route != NULL;
    return route != NULL && (route->handler->methods & METHOD_BIT(by.method)) != 0;
}

static void add_other(struct match_request *q, struct match_allowed *out, struct str token)
{
    enum {
        OTHERS_MAX = 16
    };

    for (size_t i = 0; i < out->other_count; i++) {
        if (str_eq(out->others[i], token)) {
            return;
        }
    }
    if (out->others == NULL) {
        out->others = arena_alloc(q->arena, OTHERS_MAX * sizeof(*out->others));
    }
    if (out->other_count < OTHERS_MAX) {
        out->others[out->other_count++] = token;
    }
}

/* Methods without a number that `route` names. */
static void allow_others(const struct match *m, struct match_request *q, const struct route *route,
                         struct match_allowed *out)
{
    for (uint32_t i = 0; i < route->other_method_count; i++) {
        struct match_method by = {METHOD_OTHER, route->other_methods[i]};
        if (is_answered(m, q, by, &out->is_known)) {
            add_other(q, out, by.text);
        }
    }
}

void match_allowed(const struct match *m, struct match_request *q, struct match_allowed *out)
{
    struct host_walk hosts = begin_hosts(m, q->host);
    uint32_t root = next_root(m, &hosts);

    *out = (struct match_allowed){0};
    for (unsigned method = 0; method < METHOD_OTHER; method++) {
        struct match_method by = {(enum method)method, method_name((enum method)method)};
        if (is_answered(m, q, by, &out->is_known)) {
            out->methods |= METHOD_BIT(method);
        }
    }
    for (; root != MATCH_NONE; root = next_root(m, &hosts)) {
        struct match_list list = walk(m, root, q->request->path);
        for (uint32_t i = 0; i < list.count; i++) {
            allow_others(m, q, m->lists[list.first + i], out);
        }
    }
}
