/* account.h: who uses how much memory.
 *
 * A connection's account has its worker's as parent; what is charged below shows above. Charging
 * never refuses: ceilings are kept by those who allocate, and an overload manager reads the sums.
 * Own worker. */
#ifndef WEIR_BASE_ACCOUNT_H
#define WEIR_BASE_ACCOUNT_H

#include <stddef.h>

struct account {
    struct account *parent; /* NULL at the top */
    size_t used;            /* bytes */
    size_t peak;            /* bytes */
};

static inline void account_init(struct account *a, struct account *parent)
{
    *a = (struct account){.parent = parent};
}

static inline void account_charge(struct account *a, size_t bytes)
{
    for (; a != NULL; a = a->parent) {
        a->used += bytes;
        if (a->used > a->peak) {
            a->peak = a->used;
        }
    }
}

static inline void account_release(struct account *a, size_t bytes)
{
    for (; a != NULL; a = a->parent) {
        a->used -= bytes;
    }
}

#endif
