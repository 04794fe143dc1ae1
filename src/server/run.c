/* The server's life, top to bottom: run_site names the steps. */
#include "server/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "h2/h2_conn.h"
#include "handler/files.h"
#include "loop/cpus.h"
#include "loop/offload.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "net/address.h"
#include "net/listener.h"
#include "net/stream.h"
#include "net/tls_ticket.h"
#include "route/router.h"
#include "server/connection.h"
#include "server/crew.h"
#include "server/drain.h"
#include "server/privileges.h"
#include "server/site.h"
#include "telemetry/access_log.h"

#define OFFLOAD_THREADS 4
#define OFFLOAD_QUEUE   4096
#define NOTSENT_LOWAT   131072 /* bytes unsent in the kernel before a socket counts as full */
#define METRICS_MAX     4194304
#define LAG_LOOK_NS     1000000000u
#define LAG_LOUD_NS     1000000000u

struct server {
    struct site *site;
    struct log *log;
    struct metrics *metrics;
    struct offload *offload;
    struct access_log *access_log;
    struct router_shared shared;
    struct crew *crew;
    struct drain drain;
    struct timer lag_timer;
    struct event *signals[4];
};

/* What every worker keeps; freed last first. */
static const struct worker_part_kind *const parts[] = {
    &stream_scratch_kind, &h2_shared_kind, &files_part_kind, &router_kind, &connections_kind, NULL,
};

/* --- listening
 * -------------------------------------------------------------------------------------- */

static void accepted(void *context, struct worker *worker, int fd, const struct address *peer)
{
    connection_accept(context, worker, fd, peer);
}

static const struct listener_service service = {.accepted = accepted};

static unsigned worker_count(const struct site_settings *s)
{
    return s->workers > 0 ? (unsigned)s->workers : cpus_usable();
}

static enum err open_listener(struct server *s, struct front *front, const struct address *address,
                              bool may_lack)
{
    char why[LISTENER_WHY_MAX];
    const struct listener_config config = {
        .address = *address,
        .sockets = worker_count(s->site->settings),
        .backlog = (int)front->settings->backlog,
        .notsent_lowat = NOTSENT_LOWAT,
        .service = &service,
        .context = &front->terms,
    };
    enum err e = listener_open(&config, &front->listeners[front->listener_count], why);

    if (e != ERR_OK) {
        if (!may_lack || (e != ERR_UNSUPPORTED && e != ERR_NOT_FOUND)) {
            LOG_ERROR(s->log, "%s", why);
        }
        return e;
    }
    front->listener_count++;
    return ERR_OK;
}

static enum err open_text(struct server *s, struct front *front, struct str text)
{
    struct address_list list;
    enum err worst = address_parse(text, &list, NULL);
    unsigned open = 0;
    bool is_lacking = false;

    if (worst != ERR_OK) {
        return worst;
    }
    for (unsigned i = 0; i < list.count; i++) {
        enum err e = open_listener(s, front, &list.items[i], list.may_lack_one);
        open += e == ERR_OK ? 1 : 0;
        worst = e != ERR_OK ? e : worst;
    }
    /* localhost and * on a machine without IPv6 */
    is_lacking = list.may_lack_one && (worst == ERR_UNSUPPORTED || worst == ERR_NOT_FOUND);
    if (is_lacking && open > 0) {
        return ERR_OK;
    }
    if (is_lacking) {
        LOG_ERROR(s->log, "cannot listen on %.*s: this machine has no such address",
                  STR_ARGS(text));
    }
    return worst;
}

static enum err open_front(struct server *s, struct front *front)
{
    const struct str *texts = front->settings->addresses.items;
    size_t count = front->settings->addresses.count;
    enum err worst = ERR_OK;

    front->listeners = arena_zalloc(&s->site->arena, 2 * count * sizeof(struct listener *));
    for (size_t i = 0; i < count; i++) {
        enum err e = open_text(s, front, texts[i]);
        worst = e != ERR_OK ? e : worst;
    }
    return worst;
}

static enum err open_fronts(struct server *s)
{
    enum err worst = ERR_OK;

    for (size_t i = 0; i < s->site->front_count; i++) {
        enum err e = open_front(s, &s->site->fronts[i]);
        worst = e != ERR_OK ? e : worst;
    }
    return worst;
}

static enum err listen_front(struct server *s, struct front *front)
{
    front->terms.spread = crew_spread(s->crew);
    for (size_t i = 0; i < front->listener_count; i++) {
        enum err e = crew_listen(s->crew, front->listeners[i]);
        if (e != ERR_OK) {
            LOG_ERROR(s->log, "cannot accept connections: %s; raise the limit of open files",
                      err_text(e));
            return e;
        }
    }
    return ERR_OK;
}

static enum err listen_fronts(struct server *s)
{
    for (size_t i = 0; i < s->site->front_count; i++) {
        enum err e = listen_front(s, &s->site->fronts[i]);
        if (e != ERR_OK) {
            return e;
        }
    }
    return ERR_OK;
}

static void announce_front(struct server *s, const struct front *front)
{
    for (size_t i = 0; i < front->listener_count; i++) {
        char text[ADDRESS_TEXT_MAX];
        (void)address_format(listener_address(front->listeners[i]), text);
        LOG_INFO(s->log, "listening on %s://%s (%s)", front->tls != NULL ? "https" : "http", text,
                 front->tls != NULL ? "h2" : "h2c, prior knowledge");
    }
}

static void announce(struct server *s)
{
    for (size_t i = 0; i < s->site->front_count; i++) {
        announce_front(s, &s->site->fronts[i]);
    }
    LOG_INFO(s->log, "weir %s is ready: %u workers, process %d", WEIR_VERSION, crew_count(s->crew),
             (int)getpid());
}

/* --- control
 * ------------------------------------------------------------------------------------------ */

static void write_metrics(struct server *s)
{
    struct buf text;

    buf_init(&text, METRICS_MAX);
    if (metrics_write_text(s->metrics, &text) == ERR_OK) {
        (void)fwrite(text.data, 1, text.len, stderr);
        (void)fflush(stderr);
    }
    buf_fini(&text);
}

static void on_signal(evutil_socket_t number, short what, void *ctx)
{
    struct server *s = ctx;

    (void)what;
    worker_enter(crew_control(s->crew));
    switch (number) {
    case SIGUSR2:
        write_metrics(s);
        break;
    case SIGHUP:
        LOG_WARN(s->log, "SIGHUP: this version reads its configuration only at its start; restart "
                         "weir to apply a new one");
        break;
    default:
        drain_begin(&s->drain);
        break;
    }
}

/* What no step before has said in its own words. */
static enum err say(struct server *s, enum err e, const char *what)
{
    if (e != ERR_OK) {
        LOG_ERROR(s->log, "weir did not start: %s: %s", what, err_text(e));
    }
    return e;
}

static enum err catch_signals(struct server *s)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        s->signals[i] = evsignal_new(crew_control(s->crew)->base, numbers[i], on_signal, s);
        if (s->signals[i] == NULL || event_add(s->signals[i], NULL) != 0) {
            return ERR_IO;
        }
    }
    return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? ERR_IO : ERR_OK;
}

static void release_signals(struct server *s)
{
    for (size_t i = 0; i < COUNT_OF(s->signals); i++) {
        if (s->signals[i] != NULL) {
            event_free(s->signals[i]);
        }
    }
}

/* A worker that has been in one turn for long is blocked, and all its connections with it. */
static void look_for_lag(struct timer *timer)
{
    struct server *s = CONTAINER_OF(timer, struct server, lag_timer);
    struct worker *control = crew_control(s->crew);

    for (unsigned i = 0; i < crew_count(s->crew); i++) {
        uint64_t lag_ns = worker_lag_ns(crew_workers(s->crew)[i], clock_now_ns());
        if (lag_ns > LAG_LOUD_NS) {
            LOG_WARN(s->log, "worker %u has been busy with one turn for %.1f s", i + 1,
                     (double)lag_ns / 1e9);
        }
    }
    timer_set(&control->timers, &s->lag_timer, control->now_ns + LAG_LOOK_NS);
}

/* --- life
 * -----------------------------------------------------------------------------------------------
 */

static enum err drop_privileges(struct server *s)
{
    char why[PRIVILEGES_WHY_MAX];
    struct str user = s->site->settings->user;
    enum err e = ERR_OK;

    if (user.p == NULL) {
        return ERR_OK;
    }
    e = privileges_drop(user, why);
    if (e != ERR_OK) {
        LOG_ERROR(s->log, "%s", why);
    }
    return e;
}

static enum err open_access_log(struct server *s)
{
    const struct access_log_settings *settings = s->site->settings->access_log;

    if (settings == NULL) {
        return ERR_OK;
    }
    return access_log_new(settings, worker_count(s->site->settings) + 1, s->log, &s->access_log);
}

static enum err make_crew(struct server *s)
{
    unsigned workers = worker_count(s->site->settings);
    struct crew_config config = {
        .workers = workers,
        .parts = parts,
        .context = &s->shared,
        .log = s->log,
    };
    enum err e = offload_new(OFFLOAD_THREADS, OFFLOAD_QUEUE, &s->offload);

    if (e != ERR_OK) {
        return e;
    }
    s->metrics = metrics_new(workers + 1);
    s->shared = (struct router_shared){.access_log = s->access_log};
    config.metrics = s->metrics;
    config.offload = s->offload;
    e = crew_new(&config, &s->crew);
    if (e == ERR_OK) {
        s->shared.control = crew_control(s->crew);
    }
    return e;
}

static enum err start_crew(struct server *s)
{
    struct worker *control = crew_control(s->crew);

    for (unsigned i = 0; i < crew_count(s->crew); i++) {
        router_adopt(crew_workers(s->crew)[i], s->site->snapshot);
    }
    if (s->site->tickets != NULL) {
        tls_ticket_start(s->site->tickets, control, crew_workers(s->crew), crew_count(s->crew));
    }
    drain_init(&s->drain, s->crew, s->metrics, s->log, &s->site->settings->drain);
    timer_init(&s->lag_timer, look_for_lag);
    timer_set(&control->timers, &s->lag_timer, control->now_ns + LAG_LOOK_NS);
    return crew_start(s->crew);
}

/* Frees what of it there is. */
static void stop(struct server *s)
{
    release_signals(s);
    if (s->offload != NULL) {
        offload_free(&s->offload); /* before the workers, whose mailboxes its jobs come back to */
    }
    if (s->crew != NULL) {
        crew_free(&s->crew);
    }
    if (s->access_log != NULL) {
        access_log_free(&s->access_log);
    }
    if (s->metrics != NULL) {
        metrics_free(&s->metrics);
    }
}

/* On an error the reason is in the log. */
static enum err start(struct server *s)
{
    enum err e = open_fronts(s);

    if (e == ERR_OK) {
        e = drop_privileges(s);
    }
    if (e == ERR_OK) {
        e = open_access_log(s);
    }
    if (e == ERR_OK) {
        e = say(s, make_crew(s), "its workers cannot be made");
    }
    if (e == ERR_OK) {
        e = listen_fronts(s);
    }
    if (e == ERR_OK) {
        e = say(s, catch_signals(s), "it cannot be told of signals");
    }
    return e == ERR_OK ? say(s, start_crew(s), "its threads cannot be started") : e;
}

enum exit_code run_site(struct site *site, struct log *log)
{
    struct server s = {.site = site, .log = log};
    enum exit_code code = EXIT_CODE_FAILED;
    enum err e = ERR_OK;

    log_set_level(log, (enum log_level)site->settings->log_level);
    e = start(&s);
    if (e == ERR_OK) {
        announce(&s);
        worker_run(crew_control(s.crew));
        crew_join(s.crew);
        code = crew_broken(s.crew) > 0 ? EXIT_CODE_BROKEN : EXIT_CODE_OK;
    }
    stop(&s);
    return code;
}
