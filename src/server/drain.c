#include "server/drain.h"

#include "base/check.h"
#include "base/log.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "server/crew.h"

#define LOOK_NS 10000000u /* between two looks at what is still open */

static void set_state(struct drain *d, enum drain_state to)
{
    MUST(to > d->state);
    d->state = to;
}

static struct worker *control_of(const struct drain *d)
{
    return crew_control(d->crew);
}

static void look_again(struct drain *d)
{
    struct worker *w = control_of(d);

    timer_set(&w->timers, &d->timer, w->now_ns + LOOK_NS);
}

static void leave_listeners(struct drain *d)
{
    set_state(d, DRAIN_DRAINING);
    d->deadline_ns = control_of(d)->now_ns + d->settings.deadline_ns;
    LOG_INFO(d->log, "draining: no new connections; %llu open",
             (unsigned long long)metrics_sum(d->metrics, METRIC_CONNECTIONS_OPEN));
    crew_tell(d->crew, crew_leave_listeners);
    look_again(d);
}

static void break_off(struct drain *d)
{
    if (d->state < DRAIN_DRAINING) {
        crew_tell(d->crew, crew_leave_listeners);
    }
    set_state(d, DRAIN_BREAKING);
    crew_tell(d->crew, crew_break);
    look_again(d);
}

static void end(struct drain *d)
{
    unsigned broken = crew_broken(d->crew);

    set_state(d, DRAIN_ENDING);
    if (broken > 0) {
        LOG_WARN(d->log, "ended; %u %s broken off%s", broken,
                 broken == 1 ? "request was" : "requests were",
                 d->is_hurried ? "" : ": raise drain.deadline if they need longer");
    } else {
        LOG_INFO(d->log, "ended; every request was answered");
    }
    crew_tell(d->crew, crew_end);
    worker_stop(control_of(d));
}

/* The spread counts a connection from its acceptance on, also while it is between two workers. */
static bool is_quiet(const struct drain *d)
{
    return crew_is_told(d->crew) && crew_connections(d->crew) == 0;
}

static void on_timer(struct timer *timer)
{
    struct drain *d = CONTAINER_OF(timer, struct drain, timer);

    switch (d->state) {
    case DRAIN_WAITING:
        leave_listeners(d);
        return;
    case DRAIN_DRAINING:
        if (is_quiet(d)) {
            end(d);
        } else if (control_of(d)->now_ns >= d->deadline_ns) {
            LOG_WARN(d->log, "draining: the deadline has passed; breaking off what is left");
            break_off(d);
        } else {
            look_again(d);
        }
        return;
    case DRAIN_BREAKING:
        if (is_quiet(d)) {
            end(d);
            return;
        }
        if (crew_is_told(d->crew)) { /* one was still between two workers */
            crew_tell(d->crew, crew_break);
        }
        look_again(d);
        return;
    case DRAIN_SERVING:
    case DRAIN_ENDING:
        return;
    }
}

void drain_init(struct drain *d, struct crew *crew, struct metrics *metrics, struct log *log,
                const struct site_drain *settings)
{
    *d = (struct drain){
        .state = DRAIN_SERVING,
        .crew = crew,
        .metrics = metrics,
        .log = log,
        .settings = *settings,
    };
    timer_init(&d->timer, on_timer);
}

void drain_begin(struct drain *d)
{
    struct worker *w = control_of(d);

    switch (d->state) {
    case DRAIN_SERVING:
        if (d->settings.delay_ns == 0) {
            leave_listeners(d);
            return;
        }
        set_state(d, DRAIN_WAITING);
        LOG_INFO(d->log, "draining: unready, still accepting for %.3f s",
                 (double)d->settings.delay_ns / 1e9);
        timer_set(&w->timers, &d->timer, w->now_ns + d->settings.delay_ns);
        return;
    case DRAIN_WAITING:
    case DRAIN_DRAINING:
        d->is_hurried = true;
        LOG_WARN(d->log, "asked again to end: breaking off what is left");
        break_off(d);
        return;
    case DRAIN_BREAKING:
    case DRAIN_ENDING:
        return;
    }
}
