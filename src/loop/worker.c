#include "loop/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/check.h"
#include "base/clock.h"
#include "metrics/metrics.h"

#ifdef WEIR_SANITIZED
#    include <sanitizer/asan_interface.h>
#else
#    define ASAN_POISON_MEMORY_REGION(at, bytes)   ((void)(at), (void)(bytes))
#    define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

#define WORKER_MAGIC 0x574b5231u

/* How many tasks of one ring run in one turn. Tasks that queue each other for ever then still leave
 * room for sockets and timers; the rest is first in the next turn. */
#define TASKS_PER_TURN 10000

#define BASE_DESCRIPTORS 4 /* as many as libevent wants for a base, and one to spare */

#define SLOW_TURN_NS 5000000u

/* The wall clock is asked this often; between, it is computed from the monotonic one. */
#define WALL_INTERVAL_NS 100000000u

/* --- Clock ------------------------------------------------------------------------------------ */

static uint64_t read_system_now(const struct worker_clock *clock)
{
    (void)clock;
    return clock_now_ns();
}

static uint64_t read_system_wall(const struct worker_clock *clock)
{
    (void)clock;
    return clock_wall_ns();
}

static const struct worker_clock system_clock = {read_system_now, read_system_wall};

static void ask_wall_clock(struct worker *w)
{
    w->wall_ns = w->clock->wall_ns(w->clock);
    w->wall_read_ns = w->now_ns;
}

static void read_both(struct worker *w)
{
    uint64_t now_ns = w->clock->now_ns(w->clock);
    w->wall_ns += now_ns - w->now_ns;
    w->now_ns = now_ns;
    if (now_ns - w->wall_read_ns >= WALL_INTERVAL_NS) {
        ask_wall_clock(w);
    }
}

/* Before the wait is over the time is the last turn's. Under address sanitizer it cannot be read,
 * so that a callback without worker_enter is found by any test that comes through it. */
static void hide_clock(struct worker *w)
{
    ASAN_POISON_MEMORY_REGION(&w->now_ns, sizeof(w->now_ns));
    ASAN_POISON_MEMORY_REGION(&w->wall_ns, sizeof(w->wall_ns));
}

static void show_clock(struct worker *w)
{
    ASAN_UNPOISON_MEMORY_REGION(&w->now_ns, sizeof(w->now_ns));
    ASAN_UNPOISON_MEMORY_REGION(&w->wall_ns, sizeof(w->wall_ns));
}

void worker_read_clock(struct worker *w)
{
    show_clock(w);
    read_both(w);
    atomic_store_explicit(&w->turn_began_ns, w->now_ns, memory_order_relaxed);
}

uint64_t worker_lag_ns(const struct worker *w, uint64_t now_ns)
{
    uint64_t began_ns = atomic_load_explicit(&w->turn_began_ns, memory_order_relaxed);
    return began_ns == 0 || began_ns > now_ns ? 0 : now_ns - began_ns;
}

/* --- The turn --------------------------------------------------------------------------------- */

static bool has_work(const struct worker *w)
{
    return !list_is_empty(&w->deferred) || !list_is_empty(&w->next_turn) ||
           !list_is_empty(&w->flush) || !list_is_empty(&w->grave);
}

/* The event is moved only to an earlier time. When the nearest timer was cancelled, the event wakes
 * the worker once for nothing, which is cheaper than moving it each time. */
static void arm_timer(struct worker *w)
{
    uint64_t next_ns = timer_wheel_next_ns(&w->timers);
    if (next_ns >= w->timer_armed_ns) {
        return;
    }
    uint64_t now_ns = w->clock->now_ns(w->clock);
    uint64_t delay_us = next_ns <= now_ns ? 0 : (next_ns - now_ns + 999) / 1000;
    const struct timeval delay = {(time_t)(delay_us / 1000000), (suseconds_t)(delay_us % 1000000)};
    MUST(event_add(w->timer_event, &delay) == 0);
    w->timer_armed_ns = next_ns;
}

static void dispatch_events(struct worker *w, bool may_wait)
{
    int how =
        EVLOOP_ONCE | EVLOOP_NONBLOCK; /* NONBLOCK alone would go on while sockets are ready */
    if (may_wait && !has_work(w)) {
        arm_timer(w);
        how = EVLOOP_ONCE;
    }
    list_splice_back(&w->deferred, &w->next_turn);
    hide_clock(w);
    MUST(event_base_loop(w->base, how) >= 0);
}

static void deliver_messages(struct worker *w)
{
    struct message *message = mailbox_take(&w->mailbox);
    while (message != NULL) {
        struct message *next = message->next;
        message->deliver(message, w);
        message = next;
    }
}

/* A task leaves the ring before it runs: it may free itself or queue itself again. */
static void run_ring(struct list *ring)
{
    for (unsigned i = 0; i < TASKS_PER_TURN; i++) {
        struct list *node = list_take_front(ring);
        if (node == NULL) {
            return;
        }
        struct task *task = CONTAINER_OF(node, struct task, node);
        task->run(task);
    }
}

static void end_turn(struct worker *w)
{
    uint64_t took_ns = w->clock->now_ns(w->clock) - w->now_ns;
    uint64_t took_us = took_ns / 1000;
    uint64_t busy_ns = took_ns + w->busy_rest_ns;
    w->busy_rest_ns = busy_ns % 1000;
    metrics_inc(w->metrics, METRIC_LOOP_TURNS);
    metrics_add(w->metrics, METRIC_LOOP_BUSY_US, busy_ns / 1000);
    metrics_max(w->metrics, METRIC_LOOP_LAG_MAX_US, took_us);
    metrics_record(w->metrics, HISTOGRAM_LOOP_TURN, took_us);
    if (took_ns > SLOW_TURN_NS) {
        metrics_inc(w->metrics, METRIC_LOOP_SLOW_TURNS);
    }
    atomic_store_explicit(&w->turn_began_ns, 0, memory_order_relaxed);
}

void worker_turn(struct worker *w, bool may_wait)
{
    OBJ_CHECK(w, WORKER_MAGIC);
    dispatch_events(w, may_wait);
    worker_enter(w);
    deliver_messages(w);
    timer_wheel_run(&w->timers, w->now_ns);
    run_ring(&w->deferred);
    run_ring(&w->flush);
    run_ring(&w->grave);
    end_turn(w);
}

void worker_run(struct worker *w)
{
    while (!w->is_stopping || w->offload_open > 0) {
        worker_turn(w, true);
    }
    mailbox_close(&w->mailbox);
    worker_turn(w, false); /* the last messages, and what they ask for */
}

void worker_stop(struct worker *w)
{
    w->is_stopping = true;
}

enum err worker_post(struct worker *w, struct message *message)
{
    return mailbox_put(&w->mailbox, message);
}

/* --- Parts ------------------------------------------------------------------------------------ */

static size_t count_kinds(const struct worker_part_kind *const *kinds)
{
    size_t count = 0;
    while (kinds != NULL && kinds[count] != NULL) {
        count++;
    }
    return count;
}

static enum err make_parts(struct worker *w)
{
    size_t count = count_kinds(w->part_kinds);
    w->parts = calloc(count + 1, sizeof(*w->parts));
    if (w->parts == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        w->parts[i] = w->part_kinds[i]->make(w);
        if (w->parts[i] == NULL) {
            return ERR_NO_MEMORY;
        }
    }
    return ERR_OK;
}

static void free_parts(struct worker *w)
{
    size_t count = w->parts == NULL ? 0 : count_kinds(w->part_kinds);
    while (count > 0) {
        count--;
        if (w->parts[count] != NULL) {
            w->part_kinds[count]->free(w->parts[count]);
            w->parts[count] = NULL;
        }
    }
    free(w->parts);
    w->parts = NULL;
}

void *worker_part(struct worker *w, const struct worker_part_kind *kind)
{
    size_t i = 0;
    while (w->part_kinds[i] != NULL && w->part_kinds[i] != kind) {
        i++;
    }
    MUST(w->part_kinds[i] != NULL);
    return w->parts[i];
}

/* --- Birth and death -------------------------------------------------------------------------- */

/* Being awake is all: worker_turn looks into the mailbox in any case. */
static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    worker_enter(arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct worker *w = arg;
    OBJ_CHECK(w, WORKER_MAGIC);
    worker_enter(w);
    w->timer_armed_ns = UINT64_MAX;
}

/* The environment is not asked: it could switch epoll's changelist on, under which an event that is
 * deleted just before its descriptor is closed may act on the descriptor's next owner. */
static struct event_base *make_base(void)
{
    struct event_config *config = event_config_new();
    if (config == NULL) {
        return NULL;
    }
    struct event_base *base = NULL;
    if (event_config_require_features(config, EV_FEATURE_ET | EV_FEATURE_O1) == 0 &&
        event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV) == 0) {
        base = event_base_new_with_config(config);
    }
    event_config_free(config);
    return base;
}

/* libevent ends the process when it cannot make its pipe for signals, so there is a look beforehand
 * whether it will find its descriptors. */
static bool has_descriptors(int any_fd)
{
    int fds[BASE_DESCRIPTORS];
    bool are_enough = true;
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = fcntl(any_fd, F_DUPFD_CLOEXEC, 0);
        are_enough = are_enough && fds[i] >= 0;
    }
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    return are_enough;
}

static enum err make_events(struct worker *w)
{
    if (!has_descriptors(w->mailbox.wake_fd)) {
        return ERR_FULL;
    }
    w->base = make_base();
    if (w->base == NULL) {
        return errno == ENOMEM ? ERR_NO_MEMORY : ERR_IO;
    }
    w->wake_event =
        event_new(w->base, w->mailbox.wake_fd, EV_READ | EV_ET | EV_PERSIST, on_wake, w);
    w->timer_event = evtimer_new(w->base, on_timer, w);
    if (w->wake_event == NULL || w->timer_event == NULL) {
        return ERR_NO_MEMORY;
    }
    return event_add(w->wake_event, NULL) == 0 ? ERR_OK : ERR_IO;
}

static void free_events(struct worker *w)
{
    if (w->timer_event != NULL) {
        event_free(w->timer_event);
    }
    if (w->wake_event != NULL) {
        event_free(w->wake_event);
    }
    if (w->base != NULL) {
        event_base_free(w->base);
    }
}

static void set_up(struct worker *w, const struct worker_config *config)
{
    *w = (struct worker){
        .magic = WORKER_MAGIC,
        .index = config->index,
        .clock = config->clock != NULL ? config->clock : &system_clock,
        .metrics = config->metrics,
        .log = config->log,
        .offload = config->offload,
        .timer_armed_ns = UINT64_MAX,
        .part_kinds = config->parts,
        .context = config->context,
    };
    list_init(&w->deferred);
    list_init(&w->next_turn);
    list_init(&w->flush);
    list_init(&w->grave);
    account_init(&w->account, NULL);
    slab_init(&w->slab);
    uint64_t seed = 0;
    random_secure(&seed, sizeof(seed));
    random_init(&w->random, seed);
    w->now_ns = w->clock->now_ns(w->clock);
    ask_wall_clock(w);
    timer_wheel_init(&w->timers, w->now_ns);
}

static void run_grave(struct worker *w)
{
    while (!list_is_empty(&w->grave)) {
        run_ring(&w->grave);
    }
}

/* What is left in the mailbox may own memory, so it is delivered while the parts still stand; what
 * that buries goes before the parts as well. Then everything that worker_new made, the last thing
 * first. */
static void tear_down(struct worker *w)
{
    mailbox_close(&w->mailbox);
    deliver_messages(w);
    run_grave(w);
    free_parts(w);
    run_grave(w);
    free_events(w);
    mailbox_fini(&w->mailbox);
    slab_fini(&w->slab);
    w->magic = 0;
    free(w);
}

enum err worker_new(const struct worker_config *config, struct worker **out)
{
    *out = NULL;
    MUST(config->metrics != NULL);
    struct worker *w = aligned_alloc(_Alignof(struct worker), sizeof(*w));
    if (w == NULL) {
        return ERR_NO_MEMORY;
    }
    set_up(w, config);
    enum err err = mailbox_init(&w->mailbox);
    if (err != ERR_OK) {
        free(w);
        return err;
    }
    err = make_events(w);
    if (err == ERR_OK) {
        err = make_parts(w);
    }
    if (err != ERR_OK) {
        tear_down(w);
        return err;
    }
    *out = w;
    return ERR_OK;
}

void worker_free(struct worker **worker)
{
    struct worker *w = *worker;
    if (w == NULL) {
        return;
    }
    OBJ_CHECK(w, WORKER_MAGIC);
    worker_stop(w);
    while (w->offload_open > 0) {
        worker_turn(w, true);
    }
    tear_down(w);
    *worker = NULL;
}
