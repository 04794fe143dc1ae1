#include "server/site.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "net/listener.h"
#include "net/tls_context.h"
#include "net/tls_ticket.h"
#include "route/router.h"
#include "route/snapshot.h"
#include "server/site_check.h"

#define REPORT_MAX 1048576 /* bytes of faults printed */

static void init_site(struct site *site)
{
    *site = (struct site){0};
    arena_init(&site->arena, NULL, NULL, NULL, 0);
    faults_init(&site->faults, &site->arena);
    faults_init(&site->warnings, &site->arena);
}

/* All listeners share the ticket keys: the shortest rotation that one of them wants holds. */
static uint64_t ticket_rotation(const struct site_settings *s)
{
    const struct site_listener *listeners = s->listeners.items;
    uint64_t rotate_ns = 0;

    for (size_t i = 0; i < s->listeners.count; i++) {
        const struct tls_settings *tls = listeners[i].tls;
        if (tls != NULL && (rotate_ns == 0 || tls->tickets.rotate_ns < rotate_ns)) {
            rotate_ns = tls->tickets.rotate_ns;
        }
    }
    return rotate_ns;
}

static enum err make_tickets(struct site *site)
{
    uint64_t rotate_ns = ticket_rotation(site->settings);

    if (rotate_ns == 0) {
        return ERR_OK;
    }
    return tls_ticket_new(rotate_ns, &site->tickets);
}

static enum err make_front(struct site *site, const struct site_listener *settings,
                           struct front *front)
{
    front->settings = settings;
    front->terms.h2 = settings->http2;
    front->terms.service_kind = &router_kind;
    if (settings->tls != NULL) {
        const struct tls_context_config config = {
            .settings = settings->tls,
            .alpn = STR("\2h2"),
            .tickets = settings->tls->tickets.is_enabled ? site->tickets : NULL,
            .wall_ns = clock_wall_ns(),
        };
        enum err e = tls_context_new(&config, &site->faults, &site->warnings, &front->tls);
        if (e != ERR_OK) {
            return e;
        }
    }
    front->terms.tls = front->tls;
    return ERR_OK;
}

/* Goes on after a fault, so that one run shows them all. */
static enum err make_fronts(struct site *site)
{
    const struct setting_list *list = &site->settings->listeners;
    const struct site_listener *listeners = list->items;
    enum err worst = ERR_OK;

    site->fronts = arena_zalloc(&site->arena, list->count * sizeof(*site->fronts));
    site->front_count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        enum err e = make_front(site, &listeners[i], &site->fronts[i]);
        worst = e != ERR_OK ? e : worst;
    }
    return worst;
}

static enum err build(struct site *site, struct log *log)
{
    const struct snapshot_config config = {
        .routes = &site->settings->routes,
        .max_body_bytes = site->settings->max_body_bytes,
        .log = log,
    };
    enum err e = make_tickets(site);
    enum err routes = ERR_OK;

    if (e == ERR_OK) {
        e = make_fronts(site);
    }
    routes = snapshot_new(&config, &site->faults, &site->snapshot);
    return e != ERR_OK ? e : routes;
}

/* The checks found faults: what is beside them and does not need what is wrong. */
static void look_beside(struct site *site)
{
    const struct snapshot_config config = {.routes = &site->settings->routes};
    const struct site_listener *listeners = site->settings->listeners.items;

    for (size_t i = 0; i < site->settings->listeners.count; i++) {
        if (listeners[i].tls != NULL) {
            tls_context_check(listeners[i].tls, clock_wall_ns(), &site->faults, &site->warnings);
        }
    }
    snapshot_check(&config, &site->faults);
}

/* `loaded` is how the configuration was read. */
static enum err go_on(struct site *site, enum err loaded, struct log *log)
{
    size_t before = site->faults.count;

    site->settings = site->config.settings;
    if (site->settings == NULL) {
        return loaded;
    }
    site_check(&site->config, &site->faults);
    if (loaded != ERR_OK) {
        look_beside(site);
        return loaded;
    }
    enum err e = build(site, log);
    return site->faults.count != before && e == ERR_OK ? ERR_SYNTAX : e;
}

enum err site_load_file(struct site *site, const char *path, struct log *log)
{
    enum err e = ERR_OK;

    init_site(site);
    e = config_load_file(path, &site_settings_table, &site->arena, &site->faults, &site->config);
    return go_on(site, e, log);
}

enum err site_load_text(struct site *site, const char *name, struct str text, struct log *log)
{
    enum err e = ERR_OK;

    init_site(site);
    e = config_load_text(name, text, &site_settings_table, &site->arena, &site->faults,
                         &site->config);
    return go_on(site, e, log);
}

static void fini_front(struct front *front)
{
    for (size_t i = 0; i < front->listener_count; i++) {
        listener_unref(&front->listeners[i]);
    }
    if (front->tls != NULL) {
        tls_context_unref(&front->tls);
    }
}

void site_fini(struct site *site)
{
    if (site->snapshot != NULL) {
        snapshot_unref(&site->snapshot, NULL);
    }
    for (size_t i = 0; i < site->front_count; i++) {
        fini_front(&site->fronts[i]);
    }
    if (site->tickets != NULL) {
        tls_ticket_free(&site->tickets);
    }
    arena_fini(&site->arena);
}

static void print(struct faults *faults, const char *prefix)
{
    struct buf text;

    if (faults->count == 0) {
        return;
    }
    buf_init(&text, REPORT_MAX);
    (void)!faults_print(faults, &text);
    fprintf(stderr, "%s%.*s", prefix, (int)text.len, text.data);
    buf_fini(&text);
}

void site_print_faults(struct site *site)
{
    print(&site->faults, "");
    print(&site->warnings, "warnings:\n");
}
