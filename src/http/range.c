#include "http/range.h"

#include <stdbool.h>

#include "base/num.h"

#define OVERLAPS_MAX 2

enum spec {
    SPEC_BAD,   /* breaks the grammar */
    SPEC_EMPTY, /* nothing of it is in the representation */
    SPEC_SOME
};

/* A position; one that no uint64_t holds is beyond every representation, so the largest will do.
 * False when it is no number. */
static bool parse_position(struct str s, uint64_t *out)
{
    enum err e = num_parse_u64(s, UINT64_MAX, out);
    if (e == ERR_RANGE) {
        *out = UINT64_MAX;
    }
    return e == ERR_OK || e == ERR_RANGE;
}

static enum spec parse_suffix(struct str text, uint64_t length, struct range *out)
{
    uint64_t wanted;
    if (!parse_position(text, &wanted)) {
        return SPEC_BAD;
    }
    if (wanted == 0 || length == 0) {
        return SPEC_EMPTY;
    }
    *out = (struct range){wanted < length ? length - wanted : 0, length - 1};
    return SPEC_SOME;
}

static enum spec parse_spec(struct str text, uint64_t length, struct range *out)
{
    struct str after;
    struct str before = str_cut(text, '-', &after);
    if (before.len == text.len) {
        return SPEC_BAD;
    }
    if (before.len == 0) {
        return parse_suffix(after, length, out);
    }
    uint64_t first;
    uint64_t last = UINT64_MAX;
    if (!parse_position(before, &first) || (after.len > 0 && !parse_position(after, &last)) ||
        first > last) {
        return SPEC_BAD;
    }
    if (first >= length) {
        return SPEC_EMPTY;
    }
    *out = (struct range){first, last < length ? last : length - 1};
    return SPEC_SOME;
}

static bool do_overlap(struct range a, struct range b)
{
    return a.first <= b.last && b.first <= a.last;
}

/* Overlapping, or one right behind the other. `last` is below a length, so one more is no
 * overflow. */
static bool do_touch(struct range a, struct range b)
{
    return a.first <= b.last + 1 && b.first <= a.last + 1;
}

static unsigned count_overlaps(const struct range_set *set, struct range r)
{
    unsigned count = 0;
    for (unsigned i = 0; i < set->count; i++) {
        count += do_overlap(set->v[i], r);
    }
    return count;
}

/* Makes one range of the one at `at` and those behind it that touch it, until none does. */
static void absorb(struct range_set *set, unsigned at)
{
    struct range *into = &set->v[at];
    unsigned i = at + 1;
    while (i < set->count) {
        if (!do_touch(*into, set->v[i])) {
            i++;
            continue;
        }
        into->first = into->first < set->v[i].first ? into->first : set->v[i].first;
        into->last = into->last > set->v[i].last ? into->last : set->v[i].last;
        memmove(&set->v[i], &set->v[i + 1], (set->count - i - 1) * sizeof(set->v[0]));
        set->count--;
        /* Grown, it may touch one that it passed. */
        i = at + 1;
    }
}

struct reading {
    unsigned specs;
    unsigned overlaps;
    bool has_suffix;
};

static bool take_spec(struct reading *r, struct str text, uint64_t length, struct range_set *set)
{
    struct range range = {0};
    enum spec spec = parse_spec(text, length, &range);
    r->has_suffix = r->has_suffix || text.p[0] == '-';
    if (spec == SPEC_BAD || ++r->specs > RANGE_MAX) {
        return false;
    }
    if (spec == SPEC_SOME) {
        r->overlaps += count_overlaps(set, range);
        set->v[set->count++] = range;
    }
    return r->overlaps <= OVERLAPS_MAX;
}

enum range_outcome range_parse(struct str value, uint64_t length, struct range_set *set)
{
    set->count = 0;
    struct str specs;
    struct str unit = str_cut(value, '=', &specs);
    if (!str_eq_nocase(unit, STR("bytes"))) {
        return RANGE_NONE;
    }
    struct reading reading = {0};
    struct str text;
    while (str_next_member(&specs, &text)) {
        if (!take_spec(&reading, text, length, set)) {
            return RANGE_NONE;
        }
    }
    if (reading.specs == 0 || (length == 0 && reading.has_suffix)) {
        return RANGE_NONE;
    }
    for (unsigned i = 0; i < set->count; i++) {
        absorb(set, i);
    }
    return set->count > 0 ? RANGE_SATISFIABLE : RANGE_UNSATISFIABLE;
}
