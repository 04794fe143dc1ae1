#include "server/site_settings.h"

#include "base/check.h"
#include "config/config.h"
#include "net/address.h"
#include "net/tls_settings.h"
#include "route/route_settings.h"
#include "telemetry/access_log_settings.h"

/* clang-format off */
static const struct setting listener_rows[] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct site_listener, at)},
    {.name = "address", .type = SETTING_LIST, .item = SETTING_STRING,
     SETTING_MEMBER(struct site_listener, addresses), .is_required = true, .is_one_or_many = true,
     .min_count = 1, .min = 1, .max = 256, .applies = SETTING_LISTENER,
     .meaning = "Address and port, or a list: 0.0.0.0:443, [::1]:8443, localhost:8443, *:443"},
    {.name = "tls", .type = SETTING_OBJECT_OR_NULL, .table = &tls_settings_table,
     SETTING_POINTER(struct site_listener, tls), .applies = SETTING_LISTENER,
     .meaning = "TLS with these certificates; without it the listener speaks cleartext"},
    {.name = "http2", .type = SETTING_OBJECT, .table = &h2_settings_table,
     SETTING_MEMBER(struct site_listener, http2), .applies = SETTING_LISTENER,
     .meaning = "HTTP/2 here: limits and timeouts"},
    {.name = "backlog", .type = SETTING_INT, SETTING_MEMBER(struct site_listener, backlog),
     .default_text = "4096", .min = 1, .max = 65535, .unit = "connections",
     .applies = SETTING_LISTENER,
     .meaning = "Connections that may wait to be accepted, for each worker; the system has its own "
                "limit too (net.core.somaxconn)"},
};

/* clang-format on */

static void check_addresses(const struct config *config, const void *settings,
                            struct faults *faults)
{
    const struct site_listener *s = settings;
    const struct str *texts = s->addresses.items;

    (void)config;
    for (size_t i = 0; i < s->addresses.count; i++) {
        struct address_list unused;
        const char *why = "";
        if (address_parse(texts[i], &unused, &why) != ERR_OK) {
            faults_add(faults, s->addresses.positions[i], "'%.*s': %s", STR_ARGS(texts[i]), why);
        }
    }
}

static const struct setting_table listener_table = {
    .name = "listener",
    .meaning = "Addresses on which clients are served",
    .size = sizeof(struct site_listener),
    .rows = listener_rows,
    .count = COUNT_OF(listener_rows),
    .shorthand = "address",
    .check = check_addresses,
};

/* clang-format off */
static const struct setting drain_rows[] = {
    {.name = "delay", .type = SETTING_DURATION, SETTING_MEMBER(struct site_drain, delay_ns),
     .default_text = "0", .max = SETTING_S(3600), .applies = SETTING_LIVE,
     .meaning = "After SIGTERM: unready but still accepting, so that balancers can turn away"},
    {.name = "deadline", .type = SETTING_DURATION, SETTING_MEMBER(struct site_drain, deadline_ns),
     .default_text = "30s", .min = SETTING_MS(1), .max = SETTING_S(86400), .applies = SETTING_LIVE,
     .meaning = "After the delay: what still runs then is broken off"},
};

static const struct setting_table drain_table = {
    .name = "drain",
    .meaning = "The graceful end",
    .size = sizeof(struct site_drain),
    .rows = drain_rows,
    .count = COUNT_OF(drain_rows),
};

static const char *const log_levels[] = {"debug", "info", "warning", "error", NULL};

static const struct setting site_rows[] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct site_settings, at)},
    {.name = "listeners", .type = SETTING_LIST, .item = SETTING_OBJECT, .table = &listener_table,
     SETTING_MEMBER(struct site_settings, listeners), .is_required = true, .min_count = 1,
     .applies = SETTING_LIVE, .meaning = "Where clients connect"},
    {.name = "routes", .type = SETTING_LIST, .item = SETTING_OBJECT,
     .table = &route_settings_table, SETTING_MEMBER(struct site_settings, routes),
     .is_required = true, .min_count = 1, .applies = SETTING_LIVE,
     .meaning = "What is done with requests; the most specific route that matches is taken"},
    {.name = "workers", .type = SETTING_INT, SETTING_MEMBER(struct site_settings, workers),
     .default_text = "0", .max = 256, .unit = "threads", .applies = SETTING_RESTART,
     .meaning = "Threads that serve clients; 0: one for each usable core"},
    {.name = "user", .type = SETTING_STRING, SETTING_MEMBER(struct site_settings, user),
     .applies = SETTING_RESTART, .meaning = "User to run as once the listeners are bound"},
    {.name = "log_level", .type = SETTING_ENUM, SETTING_MEMBER(struct site_settings, log_level),
     .choices = log_levels, .default_text = "info", .applies = SETTING_LIVE,
     .meaning = "Least important lines that the error log shows"},
    {.name = "access_log", .type = SETTING_OBJECT_OR_NULL, .table = &access_log_settings_table,
     SETTING_POINTER(struct site_settings, access_log), .applies = SETTING_RESTART,
     .meaning = "One JSON line for each request; without it there is no access log"},
    {.name = "max_body", .type = SETTING_SIZE,
     SETTING_MEMBER(struct site_settings, max_body_bytes), .default_text = "16MiB",
     .applies = SETTING_LIVE,
     .meaning = "Request bodies larger than this are answered by 413, where a route's limits do "
                "not say otherwise"},
    {.name = "drain", .type = SETTING_OBJECT, .table = &drain_table,
     SETTING_MEMBER(struct site_settings, drain), .applies = SETTING_LIVE,
     .meaning = "How the server ends on SIGTERM and SIGINT"},
};
/* clang-format on */

const struct setting_table site_settings_table = {
    .name = "weir",
    .meaning = "The configuration of a weir",
    .size = sizeof(struct site_settings),
    .rows = site_rows,
    .count = COUNT_OF(site_rows),
};
