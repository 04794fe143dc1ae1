/* failpoint.h: makes the i-th operation of a kind fail, to prove that each failure is survived.
 *
 * Only in sanitizer builds (WEIR_SANITIZED): the environment variable WEIR_FAIL=kind:i (for example
 * read:17) makes the 17th read fail; at the end of the process one line on standard error says how
 * many operations of that kind there were, so that a test knows when i has passed the last one. In
 * other builds every call is a constant false. Any thread. */
#ifndef WEIR_BASE_FAILPOINT_H
#define WEIR_BASE_FAILPOINT_H

#include <stdbool.h>

enum failpoint {
    FAILPOINT_ALLOC, /* allocations made for libraries: slab_try_alloc */
    FAILPOINT_READ,
    FAILPOINT_WRITE,
    FAILPOINT_ACCEPT,
    FAILPOINT_POST,
    FAILPOINT_OFFLOAD,
    FAILPOINT_COUNT_
};

#ifdef WEIR_SANITIZED
bool failpoint_hit(enum failpoint kind);
/* For unit tests: the `nth` operation (1 is the next) of `kind` fails; 0 switches off. */
void failpoint_arm(enum failpoint kind, unsigned long nth);
/* Operations of `kind` since it was armed. */
unsigned long failpoint_seen(enum failpoint kind);
#else
static inline bool failpoint_hit(enum failpoint kind)
{
    (void)kind;
    return false;
}
#endif

#endif
