/* task.h: something to do later in this turn; embedded in what it works on.
 *
 * A worker keeps three rings of tasks: deferred (run after socket events, messages and timers),
 * flush (once at the end of the turn), grave (frees, last). A task stands in at most one ring,
 * once. Own worker. */
#ifndef WEIR_LOOP_TASK_H
#define WEIR_LOOP_TASK_H

#include "base/list.h"

struct task {
    struct list node;
    void (*run)(struct task *task);
};

static inline void task_init(struct task *t, void (*run)(struct task *task))
{
    list_init(&t->node);
    t->run = run;
}

static inline bool task_is_queued(const struct task *t)
{
    return !list_is_empty(&t->node);
}

/* After this it does not run. */
static inline void task_cancel(struct task *t)
{
    list_remove(&t->node);
}

#endif
