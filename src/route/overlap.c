#include "route/overlap.h"

#include "base/str.h"
#include "config/faults.h"
#include "http/method.h"
#include "route/allow.h"
#include "route/route.h"

/* --- order --------------------------------------------------------------------------------- */

static uint32_t count_values(const struct route_conditions *list)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        count += list->v[i].value.p != NULL;
    }
    return count;
}

static uint32_t count_methods(const struct route *route)
{
    uint32_t known = (uint32_t)__builtin_popcount(route->methods & ~METHOD_BIT(METHOD_OTHER));

    return route->is_any_method ? UINT32_MAX : known + route->other_method_count;
}

static int compare_counts(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_conditions(const struct route_conditions *a, const struct route_conditions *b)
{
    int difference = compare_counts(b->count, a->count);

    for (uint32_t i = 0; difference == 0 && i < a->count; i++) {
        difference = str_cmp(a->v[i].name, b->v[i].name);
        if (difference == 0) {
            difference = str_cmp(a->v[i].value, b->v[i].value);
        }
    }
    return difference;
}

int overlap_compare(const struct route *a, const struct route *b)
{
    int difference = pattern_compare(&a->pattern, &b->pattern);

    if (difference == 0) {
        difference = compare_counts(route_condition_count(b), route_condition_count(a));
    }
    if (difference == 0) {
        difference = compare_counts(count_values(&b->headers) + count_values(&b->query),
                                    count_values(&a->headers) + count_values(&a->query));
    }
    if (difference == 0) {
        difference = compare_counts(count_methods(a), count_methods(b));
    }
    if (difference == 0) {
        difference = compare_conditions(&a->headers, &b->headers);
    }
    return difference != 0 ? difference : compare_conditions(&a->query, &b->query);
}

/* --- what two take both -------------------------------------------------------------------- */

static bool has_condition(const struct route_conditions *list, const struct route_condition *c)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct route_condition *mine = &list->v[i];
        if (str_eq(mine->name, c->name) &&
            (c->value.p == NULL || (mine->value.p != NULL && str_eq(mine->value, c->value)))) {
            return true;
        }
    }
    return false;
}

/* Whether who meets `narrow` meets `wide` too. */
static bool is_implied(const struct route_conditions *wide, const struct route_conditions *narrow)
{
    for (uint32_t i = 0; i < wide->count; i++) {
        if (!has_condition(narrow, &wide->v[i])) {
            return false;
        }
    }
    return true;
}

static bool has_other(const struct route *route, struct str token)
{
    for (uint32_t i = 0; i < route->other_method_count; i++) {
        if (str_eq(route->other_methods[i], token)) {
            return true;
        }
    }
    return route->is_any_method;
}

static uint32_t count_common_others(const struct route *a, const struct route *b)
{
    uint32_t common = 0;

    for (uint32_t i = 0; i < a->other_method_count; i++) {
        common += has_other(b, a->other_methods[i]);
    }
    return common;
}

/* Methods of `a` that `b` has too. */
static uint32_t count_common(const struct route *a, const struct route *b)
{
    uint32_t known = a->methods & b->methods & ~METHOD_BIT(METHOD_OTHER);

    return (uint32_t)__builtin_popcount(known) + count_common_others(a, b);
}

static void complain_same(const struct route *a, const struct route *b, struct faults *faults)
{
    bool is_a_later = a->index > b->index;
    const struct route *first = is_a_later ? b : a;
    const struct route *second = is_a_later ? a : b;
    struct str place = faults_place(faults->arena, first->at);

    faults_add(faults, second->at, "this route takes the same requests as the one at %.*s",
               STR_ARGS(place));
}

static void complain_common(const struct route *a, const struct route *b, struct faults *faults)
{
    bool is_a_later = a->index > b->index;
    const struct route *first = is_a_later ? b : a;
    const struct route *second = is_a_later ? a : b;
    struct str place = faults_place(faults->arena, first->at);
    uint32_t common = a->methods & b->methods;
    struct str names = allow_text(faults->arena, common, NULL, 0);

    faults_add(faults, second->at,
               "this route and the one at %.*s take the same requests of method %.*s, and neither "
               "is more specific",
               STR_ARGS(place), STR_ARGS(names));
}

/* `a` is asked before `b`; both have the same path, and who meets b's conditions meets a's. True
 * when there was a fault to be told. */
static bool complain_of_two(const struct route *a, const struct route *b, struct faults *faults)
{
    uint32_t common = 0;

    if (!is_implied(&b->headers, &a->headers) || !is_implied(&b->query, &a->query) ||
        a->is_any_method != b->is_any_method) {
        return false;
    }
    common = count_common(a, b);
    if (a->is_any_method || (common == count_methods(a) && common == count_methods(b))) {
        complain_same(a, b, faults);
        return true;
    }
    if (common > 0 && common < count_methods(a)) {
        complain_common(a, b, faults);
        return true;
    }
    return false;
}

/* --- what is left for one ------------------------------------------------------------------ */

/* Whether all that `route` could take by header and query, `before` could take first. */
static bool is_before_always(const struct route *before, const struct route *route)
{
    return is_implied(&before->headers, &route->headers) &&
           is_implied(&before->query, &route->query);
}

/* Whether one of the routes before the last one of `block` takes method token `token` first. */
static bool is_other_taken(struct route *const *block, size_t last, struct str token)
{
    for (size_t i = 0; i < last; i++) {
        if (has_other(block[i], token) && is_before_always(block[i], block[last])) {
            return true;
        }
    }
    return false;
}

/* The methods, without METHOD_OTHER, that the routes before the last one of `block` leave it. */
static uint32_t methods_left(struct route *const *block, size_t last)
{
    uint32_t left = block[last]->methods & ~METHOD_BIT(METHOD_OTHER);

    for (size_t i = 0; i < last; i++) {
        if (is_before_always(block[i], block[last])) {
            left &= ~block[i]->methods;
        }
    }
    return left;
}

static bool has_conflict(struct route *const *block, size_t last, struct faults *faults)
{
    for (size_t i = 0; i < last; i++) {
        if (is_before_always(block[i], block[last]) &&
            complain_of_two(block[i], block[last], faults)) {
            return true;
        }
    }
    return false;
}

/* Whether the routes before the last one of `block`, all of the same path, leave it nothing. Not
 * when one of them is in conflict with it, which is told: that says enough. */
static bool is_shadowed(struct route *const *block, size_t last, struct faults *faults)
{
    const struct route *route = block[last];

    if (has_conflict(block, last, faults) || route->is_any_method ||
        methods_left(block, last) != 0) {
        return false;
    }
    for (uint32_t i = 0; i < route->other_method_count; i++) {
        if (!is_other_taken(block, last, route->other_methods[i])) {
            return false;
        }
    }
    return true;
}

void overlap_check(struct route *const *sorted, size_t count, uint32_t *shadowed,
                   struct faults *faults)
{
    size_t block = 0;

    for (size_t i = 1; i < count; i++) {
        if (pattern_compare(&sorted[i]->pattern, &sorted[block]->pattern) != 0) {
            block = i;
            continue;
        }
        shadowed[sorted[i]->index] += is_shadowed(sorted + block, i - block, faults);
    }
}

void overlap_report(struct route *const *routes, size_t count, const uint32_t *shadowed,
                    struct faults *faults)
{
    for (size_t i = 0; i < count; i++) {
        const struct route *route = routes[i];
        if (shadowed[route->index] == route->host_count) {
            faults_add(faults, route->at,
                       "this route can never match: routes of the same path and fewer methods "
                       "take all of its requests");
        } else if (route->handler != NULL && (route->methods & route->handler->methods) == 0) {
            struct str names = allow_text(faults->arena, route->handler->methods, NULL, 0);
            faults_add(faults, route->at, "this route can never answer: '%s' answers only %.*s",
                       route->handler->kind->setting.name, STR_ARGS(names));
        }
    }
}
