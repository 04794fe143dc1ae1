/* random.h: two kinds of chance. `struct random` is fast and seedable, for jitter and sampling, one
 * per worker; random_secure is the kernel's, for secrets. */
#ifndef WEIR_BASE_RANDOM_H
#define WEIR_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t s[4];
};

/* The same seed gives the same sequence. Own worker. */
void random_init(struct random *r, uint64_t seed);
uint64_t random_next(struct random *r);

/* Uniform in [0, bound); bound > 0. */
uint64_t random_below(struct random *r, uint64_t bound);

/* Uniform in [0, 1). */
double random_unit(struct random *r);

/* Fills `out` from the kernel; aborts when it cannot. Any thread. */
void random_secure(void *out, size_t len);

#endif
