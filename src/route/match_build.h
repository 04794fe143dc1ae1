/* match_build.h: makes the frozen matcher, and says which routes stand in each other's way.
 * Control or offload thread. */
#ifndef WEIR_ROUTE_MATCH_BUILD_H
#define WEIR_ROUTE_MATCH_BUILD_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct faults;
struct match;
struct route;

/* States and entries of lists that one configuration may make: templates beside literals multiply.
 */
#define MATCH_BUILD_MAX 4000000

/* The routes must outlive what is built, which lives in `arena`. ERR_SYNTAX with faults: routes
 * that take the same requests or can never take one. ERR_FULL, with a fault: over MATCH_BUILD_MAX.
 */
MUST_USE enum err match_build(struct route **routes, size_t count, struct arena *arena,
                              struct faults *faults, struct match **out);

/* Only says which routes stand in each other's way; some may be bare. */
void match_check(struct route **routes, size_t count, struct faults *faults);

#endif
