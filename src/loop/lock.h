/* lock.h: a mutex and a bell to wait for under it, in words that clang's thread-safety analysis
 * follows: what is taken is given back on every way, and a function marked LOCK_REQUIRES is called
 * only under its lock. (In C the analysis cannot mark fields, so the functions that touch guarded
 * ones are marked instead.) Any thread. */
#ifndef WEIR_LOOP_LOCK_H
#define WEIR_LOOP_LOCK_H

#include <pthread.h>

#include "base/check.h"

#ifdef __clang__
#    define LOCK_ATTRIBUTE(x) __attribute__((x))
#else
#    define LOCK_ATTRIBUTE(x)
#endif

#define LOCK_REQUIRES(lock) LOCK_ATTRIBUTE(requires_capability(lock)) /* on a function */

struct LOCK_ATTRIBUTE(capability("mutex")) lock {
    pthread_mutex_t mutex;
};

struct lock_bell {
    pthread_cond_t cond;
};

static inline void lock_init(struct lock *l)
{
    MUST(pthread_mutex_init(&l->mutex, NULL) == 0);
}

static inline void lock_fini(struct lock *l)
{
    MUST(pthread_mutex_destroy(&l->mutex) == 0);
}

/* The analysis looks at callers; inside these four it would see pthread's functions, which say
 * nothing. */
static inline void lock_acquire(struct lock *l) LOCK_ATTRIBUTE(acquire_capability(l))
    LOCK_ATTRIBUTE(no_thread_safety_analysis)
{
    MUST(pthread_mutex_lock(&l->mutex) == 0);
}

static inline void lock_release(struct lock *l) LOCK_ATTRIBUTE(release_capability(l))
    LOCK_ATTRIBUTE(no_thread_safety_analysis)
{
    MUST(pthread_mutex_unlock(&l->mutex) == 0);
}

static inline void lock_bell_init(struct lock_bell *b)
{
    MUST(pthread_cond_init(&b->cond, NULL) == 0);
}

static inline void lock_bell_fini(struct lock_bell *b)
{
    MUST(pthread_cond_destroy(&b->cond) == 0);
}

/* Wakes one who waits, or all. */
static inline void lock_bell_ring(struct lock_bell *b)
{
    MUST(pthread_cond_signal(&b->cond) == 0);
}

static inline void lock_bell_ring_all(struct lock_bell *b)
{
    MUST(pthread_cond_broadcast(&b->cond) == 0);
}

/* May wake for nothing: wait in a loop around what is waited for. */
static inline void lock_bell_wait(struct lock_bell *b, struct lock *l) LOCK_REQUIRES(l)
    LOCK_ATTRIBUTE(no_thread_safety_analysis)
{
    MUST(pthread_cond_wait(&b->cond, &l->mutex) == 0);
}

#endif
