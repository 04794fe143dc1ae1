#include "route/hold.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "route/route.h"
#include "route/snapshot.h"

struct hold *hold_new(struct snapshot *snapshot, struct worker *control)
{
    struct hold *hold = calloc(1, sizeof(*hold));
    size_t count = snapshot->route_count;

    MUST(hold != NULL);
    snapshot_ref(snapshot);
    *hold = (struct hold){
        .snapshot = snapshot,
        .control = control,
        .routes = calloc(count + 1, sizeof(struct route *)),
        .pins = calloc(count + 1, sizeof(uint32_t)),
        .route_count = count,
    };
    MUST(hold->routes != NULL && hold->pins != NULL);
    for (size_t i = 0; i < count; i++) {
        route_ref(snapshot->routes[i]);
        hold->routes[i] = snapshot->routes[i];
    }
    return hold;
}

static void free_if_empty(struct hold *hold)
{
    if (hold->pinned > 0) {
        return;
    }
    free(hold->routes);
    free(hold->pins);
    free(hold);
}

void hold_retire(struct hold **hold)
{
    struct hold *h = *hold;

    *hold = NULL;
    for (size_t i = 0; i < h->route_count; i++) {
        if (h->pins[i] == 0) {
            route_unref(&h->routes[i], h->control);
        }
    }
    snapshot_unref(&h->snapshot, h->control);
    free_if_empty(h);
}

void hold_unpin_retired(struct hold *hold, uint32_t route_index)
{
    if (hold->pins[route_index] == 0) {
        route_unref(&hold->routes[route_index], hold->control);
    }
    free_if_empty(hold);
}
