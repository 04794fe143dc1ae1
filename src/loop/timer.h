/* timer.h: a timing wheel: tens of thousands of deadlines, set and cancelled in constant time.
 *
 *   level 0: 256 slots of 1 tick (4 ms)          ~1 s
 *   level 1:  64 slots of 256 ticks              ~65 s
 *   level 2:  64 slots of 16,384 ticks           ~70 min
 *   level 3:  64 slots of 1,048,576 ticks        ~3 days, the longest wait in one go
 *
 * A timer fires at its deadline or up to one tick after, never before. Own worker. */
#ifndef WEIR_LOOP_TIMER_H
#define WEIR_LOOP_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

#define TIMER_TICK_NS 4000000ull

/* The four levels, and two more: timers set when their tick had passed, timers being fired. */
#define TIMER_LEVEL_SLOTS (256 + 3 * 64)
#define TIMER_SLOTS       (TIMER_LEVEL_SLOTS + 2)

struct timer {
    struct list node;
    uint64_t deadline_ns;
    void (*fire)(struct timer *timer);
};

struct timer_wheel {
    uint64_t tick; /* every slot before it has been fired */
    size_t count;
    uint64_t occupied[TIMER_LEVEL_SLOTS / 64 + 1]; /* a bit for each slot with a timer in it */
    struct list slots[TIMER_SLOTS];
};

void timer_wheel_init(struct timer_wheel *w, uint64_t now_ns);

/* Fires all timers due at `now_ns`. A fire may set, cancel and free any timer, its own too; one
 * that is set to a time already reached fires in this run or the next. */
void timer_wheel_run(struct timer_wheel *w, uint64_t now_ns);

/* When to call timer_wheel_run next (may be early, never late); UINT64_MAX when no timer is set. */
uint64_t timer_wheel_next_ns(const struct timer_wheel *w);

void timer_init(struct timer *t, void (*fire)(struct timer *timer));
bool timer_is_set(const struct timer *t);

/* Sets or moves it; a deadline in the past fires at the next run. */
void timer_set(struct timer_wheel *w, struct timer *t, uint64_t deadline_ns);

/* After this it does not fire. Harmless when not set. */
void timer_cancel(struct timer_wheel *w, struct timer *t);

#endif
