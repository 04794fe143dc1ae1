/*
 * Eight bytes as a length, the rest as a Range: what is to be sent lies inside the representation,
 * and no byte of it twice.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "http/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool do_touch(struct range a, struct range b)
{
    return a.first <= b.last + 1 && b.first <= a.last + 1;
}

static void check_range(struct range r, uint64_t length)
{
    MUST(r.first <= r.last && r.last < length);
    MUST(range_len(r) >= 1 && range_len(r) <= length);
}

/* The one at `at` is apart from all before it. */
static void check_apart(const struct range_set *set, unsigned at)
{
    for (unsigned i = 0; i < at; i++) {
        MUST(!do_touch(set->v[i], set->v[at]));
    }
}

static void check_set(const struct range_set *set, uint64_t length)
{
    MUST(set->count >= 1 && set->count <= RANGE_MAX);
    for (unsigned i = 0; i < set->count; i++) {
        check_range(set->v[i], length);
        check_apart(set, i);
    }
}

static void run(struct str value, uint64_t length)
{
    struct range_set set;
    switch (range_parse(value, length, &set)) {
    case RANGE_SATISFIABLE:
        check_set(&set, length);
        break;
    case RANGE_UNSATISFIABLE:
        MUST(set.count == 0);
        break;
    case RANGE_NONE:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint64_t length = 0;
    if (len < sizeof(length)) {
        return 0;
    }
    memcpy(&length, data, sizeof(length));
    struct str value = str_of((const char *)data + sizeof(length), len - sizeof(length));
    run(value, length);
    run(value, length % 100);
    run(value, 0);
    return 0;
}
