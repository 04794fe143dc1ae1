#include "unit/net/net_worker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

static uint64_t read_now(const struct worker_clock *clock)
{
    const void *at = (const char *)clock - offsetof(struct net_worker, clock);
    const struct net_worker *n = at;
    return n->now_ns;
}

void net_worker_init_with(struct net_worker *n, unsigned index,
                          const struct worker_part_kind *const *parts)
{
    *n = (struct net_worker){.clock = {.now_ns = read_now, .wall_ns = read_now}};
    n->now_ns = 1000 * CLOCK_NS_PER_S;
    n->metrics = aligned_alloc(_Alignof(struct metrics_row), sizeof(*n->metrics));
    MUST(n->metrics != NULL);
    memset(n->metrics, 0, sizeof(*n->metrics));
    MUST(pipe2(n->log_pipe, O_NONBLOCK | O_CLOEXEC) == 0);
    log_init(&n->log, n->log_pipe[1], LOG_LEVEL_DEBUG);
    const struct worker_config config = {
        .index = index, .log = &n->log, .metrics = n->metrics, .parts = parts, .clock = &n->clock};
    MUST(worker_new(&config, &n->worker) == ERR_OK);
}

void net_worker_init(struct net_worker *n, unsigned index)
{
    net_worker_init_with(n, index, NULL);
}

void net_worker_fini(struct net_worker *n)
{
    worker_free(&n->worker);
    free(n->metrics);
    close(n->log_pipe[0]);
    close(n->log_pipe[1]);
}

void net_worker_turn(struct net_worker *n)
{
    for (unsigned i = 0; i < 4; i++) {
        worker_turn(n->worker, false);
    }
}

uint64_t net_worker_metric(const struct net_worker *n, enum metric_id id)
{
    return atomic_load_explicit(&n->metrics->cells[id], memory_order_relaxed);
}

unsigned net_worker_logged(struct net_worker *n, const char *part)
{
    char text[8192];
    unsigned count = 0;
    ssize_t len = read(n->log_pipe[0], text, sizeof(text) - 1);
    text[len > 0 ? len : 0] = 0;
    for (const char *p = strstr(text, part); p != NULL; p = strstr(p + 1, part)) {
        count++;
    }
    return count;
}
