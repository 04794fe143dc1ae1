/* overlap.h: routes that stand in each other's way. Control or offload thread. */
#ifndef WEIR_ROUTE_OVERLAP_H
#define WEIR_ROUTE_OVERLAP_H

#include <stddef.h>
#include <stdint.h>

struct faults;
struct route;

/* Below 0 when `a` is asked before `b`; the same host is understood. 0: neither is more special. */
int overlap_compare(const struct route *a, const struct route *b);

/* The routes of one host pattern, sorted by overlap_compare. Adds a fault for each two that take
 * the same requests; counts in `shadowed` (by route->index) those that others leave nothing. */
void overlap_check(struct route *const *sorted, size_t count, uint32_t *shadowed,
                   struct faults *faults);

/* After all hosts: faults for routes that have been left nothing on all of theirs, and for those
 * whose handler answers none of their methods. */
void overlap_report(struct route *const *routes, size_t count, const uint32_t *shadowed,
                    struct faults *faults);

#endif
