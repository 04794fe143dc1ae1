#include "support/manual_loop.h"

#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "metrics/metrics.h"

#define START_NS      (1000 * CLOCK_NS_PER_S)
#define START_WALL_NS (1795442400 * CLOCK_NS_PER_S)
#define SETTLE_TURNS  1000
#define PATIENCE_MS   5000

/* A const clock comes in, but all clocks of this kind stand in a manual loop that is not. */
static uint64_t read_now(const struct worker_clock *clock)
{
    return ((const struct manual_loop *)(const void *)clock)->now_ns;
}

static uint64_t read_wall(const struct worker_clock *clock)
{
    return ((const struct manual_loop *)(const void *)clock)->wall_ns;
}

void manual_loop_init(struct manual_loop *l, const struct worker_part_kind *const *parts,
                      void *context)
{
    manual_loop_init_offload(l, parts, context, NULL);
}

void manual_loop_init_offload(struct manual_loop *l, const struct worker_part_kind *const *parts,
                              void *context, struct offload *offload)
{
    *l = (struct manual_loop){
        .clock = {read_now, read_wall},
        .now_ns = START_NS,
        .wall_ns = START_WALL_NS,
        .metrics = metrics_new(1),
    };
    log_init(&l->log, STDERR_FILENO, LOG_LEVEL_WARNING);
    const struct worker_config config = {
        .log = &l->log,
        .metrics = metrics_row(l->metrics, 0),
        .offload = offload,
        .parts = parts,
        .context = context,
        .clock = &l->clock,
    };
    MUST(worker_new(&config, &l->worker) == ERR_OK);
}

void manual_loop_fini(struct manual_loop *l)
{
    worker_free(&l->worker);
    metrics_free(&l->metrics);
}

void manual_loop_turn(struct manual_loop *l)
{
    worker_turn(l->worker, false);
}

static bool is_resting(const struct worker *w)
{
    return list_is_empty(&w->deferred) && list_is_empty(&w->next_turn) &&
           list_is_empty(&w->flush) && list_is_empty(&w->grave) &&
           atomic_load_explicit(&w->mailbox.top, memory_order_relaxed) == NULL;
}

/* A turn that left nothing behind may still have written to a socket whose other end stands on this
 * worker as well: hence two. */
void manual_loop_settle(struct manual_loop *l)
{
    unsigned resting = 0;
    for (unsigned turns = 0; resting < 2; turns++) {
        MUST(turns < SETTLE_TURNS);
        manual_loop_turn(l);
        resting = is_resting(l->worker) ? resting + 1 : 0;
    }
}

bool manual_loop_until(struct manual_loop *l, bool (*is_done)(void *ctx), void *ctx)
{
    const struct timespec nap = {.tv_nsec = CLOCK_NS_PER_MS};
    for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
        manual_loop_settle(l);
        if (is_done(ctx)) {
            return true;
        }
        nanosleep(&nap, NULL);
    }
    return false;
}

static void move_clock(struct manual_loop *l, uint64_t to_ns)
{
    l->wall_ns += to_ns - l->now_ns;
    l->now_ns = to_ns;
}

void manual_loop_advance_ms(struct manual_loop *l, uint64_t ms)
{
    uint64_t end_ns = l->now_ns + ms * CLOCK_NS_PER_MS;
    uint64_t next_ns = timer_wheel_next_ns(&l->worker->timers);
    while (next_ns < end_ns) {
        if (next_ns > l->now_ns) {
            move_clock(l, next_ns);
        }
        manual_loop_turn(l);
        next_ns = timer_wheel_next_ns(&l->worker->timers);
    }
    move_clock(l, end_ns);
    manual_loop_settle(l);
}
