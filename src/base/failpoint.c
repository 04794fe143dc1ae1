#include "base/failpoint.h"

#ifdef WEIR_SANITIZED

#    include <pthread.h>
#    include <stdatomic.h>
#    include <stdio.h>
#    include <stdlib.h>

#    include "base/check.h"
#    include "base/num.h"
#    include "base/str.h"

/* State at file scope, against the rule of the house: it exists only in sanitizer builds, and no
 * argument could carry it to every read and write. */
static struct {
    atomic_ulong seen;
    atomic_ulong fail_at; /* 0: never */
} points[FAILPOINT_COUNT_];

static pthread_once_t started = PTHREAD_ONCE_INIT;
static size_t watched; /* the point that WEIR_FAIL names; written once, at the start */

static const char *const names[FAILPOINT_COUNT_] = {
    [FAILPOINT_ALLOC] = "alloc",   [FAILPOINT_READ] = "read", [FAILPOINT_WRITE] = "write",
    [FAILPOINT_ACCEPT] = "accept", [FAILPOINT_POST] = "post", [FAILPOINT_OFFLOAD] = "offload",
};

/* Which point a text such as "read:17" arms; false when it is malformed. */
static bool parse_setting(struct str setting, size_t *kind, uint64_t *nth)
{
    struct str number;
    struct str name = str_cut(setting, ':', &number);
    if (num_parse_u64(number, UINT32_MAX, nth) != ERR_OK) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eq(name, str_from(names[i]))) {
            *kind = i;
            return true;
        }
    }
    return false;
}

static void print_seen(void)
{
    fprintf(stderr, "failpoint %s: %lu operations\n", names[watched],
            atomic_load_explicit(&points[watched].seen, memory_order_relaxed));
}

/* A malformed setting ends the process: a test that fails nothing must not look like one that
 * passed. */
static void read_setting(void)
{
    uint64_t nth;
    const char *setting = getenv("WEIR_FAIL"); /* NOLINT(concurrency-mt-unsafe): nobody sets it */
    if (setting == NULL) {
        return;
    }
    MUST(parse_setting(str_from(setting), &watched, &nth));
    atomic_store_explicit(&points[watched].fail_at, nth, memory_order_relaxed);
    MUST(atexit(print_seen) == 0);
}

bool failpoint_hit(enum failpoint kind)
{
    MUST(pthread_once(&started, read_setting) == 0);
    unsigned long nth = atomic_fetch_add_explicit(&points[kind].seen, 1, memory_order_relaxed) + 1;
    return nth == atomic_load_explicit(&points[kind].fail_at, memory_order_relaxed);
}

void failpoint_arm(enum failpoint kind, unsigned long nth)
{
    MUST(pthread_once(&started, read_setting) == 0);
    atomic_store_explicit(&points[kind].seen, 0, memory_order_relaxed);
    atomic_store_explicit(&points[kind].fail_at, nth, memory_order_relaxed);
}

unsigned long failpoint_seen(enum failpoint kind)
{
    return atomic_load_explicit(&points[kind].seen, memory_order_relaxed);
}

#endif
