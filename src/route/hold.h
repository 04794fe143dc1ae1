/* hold.h: what one worker holds of one snapshot: which routes its exchanges are on, in plain
 * counts. A retired hold lets go of the snapshot at once and of each route when its last exchange
 * ends, so that a long exchange keeps its own route and nothing else. Own worker. */
#ifndef WEIR_ROUTE_HOLD_H
#define WEIR_ROUTE_HOLD_H

#include <stddef.h>
#include <stdint.h>

struct route;
struct snapshot;
struct worker;

struct hold {
    struct snapshot *snapshot; /* NULL once retired */
    struct worker *control;    /* where what is let go is freed; may be NULL */
    struct route **routes;     /* each counted for this hold; NULL once let go */
    uint32_t *pins;            /* exchanges on each route */
    size_t route_count;
    size_t pinned; /* exchanges in all */
};

/* Takes references of its own. */
struct hold *hold_new(struct snapshot *snapshot, struct worker *control);

/* No new exchange will pin. Sets *hold to NULL; frees it when nothing is pinned. */
void hold_retire(struct hold **hold);

static inline void hold_pin(struct hold *hold, uint32_t route_index)
{
    hold->pins[route_index]++;
    hold->pinned++;
}

/* May free a retired hold. */
void hold_unpin_retired(struct hold *hold, uint32_t route_index);

static inline void hold_unpin(struct hold *hold, uint32_t route_index)
{
    hold->pins[route_index]--;
    hold->pinned--;
    if (hold->snapshot == NULL) {
        hold_unpin_retired(hold, route_index);
    }
}

#endif
