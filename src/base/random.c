#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/check.h"

/* The generator is xoshiro256** by Blackman and Vigna (2018): small, fast, and good in all bits.
 * Its state must not be all zeros and should look random from the start, so the seed goes through
 * splitmix64 first, as its authors advise. */

static uint64_t rotate_left(uint64_t x, unsigned by)
{
    return (x << by) | (x >> (64 - by));
}

static uint64_t splitmix(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void random_init(struct random *r, uint64_t seed)
{
    for (size_t i = 0; i < COUNT_OF(r->s); i++) {
        r->s[i] = splitmix(&seed);
    }
}

uint64_t random_next(struct random *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

/* A plain remainder would favour small numbers: draws from the last, incomplete range of `bound`
 * are thrown away. Written so that the low end is the incomplete one: 2^64 mod bound values. */
uint64_t random_below(struct random *r, uint64_t bound)
{
    MUST(bound > 0);
    uint64_t surplus = (0 - bound) % bound;
    uint64_t x = random_next(r);
    while (x < surplus) {
        x = random_next(r);
    }
    return x % bound;
}

/* The upper 53 bits, as many as a double's fraction holds. */
double random_unit(struct random *r)
{
    return (double)(random_next(r) >> 11) * 0x1p-53;
}

/* How many bytes the kernel gave; none when a signal came between. */
static size_t ask_kernel(void *out, size_t len)
{
    ssize_t got = getrandom(out, len, 0);
    MUST(got > 0 || (got < 0 && errno == EINTR));
    return got > 0 ? (size_t)got : 0;
}

void random_secure(void *out, size_t len)
{
    size_t done = 0;
    while (done < len) {
        done += ask_kernel((char *)out + done, len - done);
    }
}
