#include "net/spread.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "loop/worker.h"

struct cell {
    _Alignas(64) atomic_uint connections;
    struct worker *worker;
};

struct spread {
    unsigned count;
    struct cell *cells;
};

static void init_cell(struct cell *cell, struct worker *worker, unsigned index)
{
    MUST(worker->index == index);
    atomic_init(&cell->connections, 0);
    cell->worker = worker;
}

struct spread *spread_new(struct worker *const *workers, unsigned count)
{
    MUST(count > 0);
    struct spread *s = malloc(sizeof(*s));
    MUST(s != NULL);
    s->count = count;
    s->cells = aligned_alloc(_Alignof(struct cell), count * sizeof(struct cell));
    MUST(s->cells != NULL);
    for (unsigned i = 0; i < count; i++) {
        init_cell(&s->cells[i], workers[i], workers[0]->index + i);
    }
    return s;
}

void spread_free(struct spread **spread)
{
    struct spread *s = *spread;
    *spread = NULL;
    free(s->cells);
    free(s);
}

static struct cell *find_cell(const struct spread *s, const struct worker *worker)
{
    unsigned i = worker->index - s->cells[0].worker->index;
    MUST(i < s->count);
    return &s->cells[i];
}

static unsigned read_load(const struct cell *cell)
{
    return atomic_load_explicit(&cell->connections, memory_order_relaxed);
}

/* The least loaded one when `own` with the new connection would be above 1.25x the mean; `own`
 * when that would win nothing. */
static struct cell *choose(const struct spread *s, struct cell *own)
{
    uint64_t total = 1;
    struct cell *least = own;
    for (unsigned i = 0; i < s->count; i++) {
        unsigned load = read_load(&s->cells[i]);
        total += load;
        if (load < read_load(least)) {
            least = &s->cells[i];
        }
    }
    uint64_t with_it = (uint64_t)read_load(own) + 1;
    return with_it * s->count * 4 > total * 5 ? least : own;
}

struct worker *spread_enter(struct spread *spread, struct worker *worker)
{
    struct cell *chosen = choose(spread, find_cell(spread, worker));
    atomic_fetch_add_explicit(&chosen->connections, 1, memory_order_relaxed);
    return chosen->worker;
}

void spread_leave(struct spread *spread, const struct worker *worker)
{
    struct cell *cell = find_cell(spread, worker);
    if (!ALWAYS(read_load(cell) > 0)) {
        return;
    }
    atomic_fetch_sub_explicit(&cell->connections, 1, memory_order_relaxed);
}

void spread_return(struct spread *spread, const struct worker *from, const struct worker *to)
{
    atomic_fetch_add_explicit(&find_cell(spread, from)->connections, 1, memory_order_relaxed);
    spread_leave(spread, to);
}

unsigned spread_load(const struct spread *spread, const struct worker *worker)
{
    return read_load(find_cell(spread, worker));
}
