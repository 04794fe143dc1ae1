#include "unit/config/sample.h"

#include "base/check.h"
#include "config/config.h"
#include "config/faults.h"

/* clang-format off */
static const struct setting certificate_rows[] = {
    {.name = "cert",
     .type = SETTING_PATH,
     SETTING_MEMBER(struct sample_certificate, cert),
     .is_required = true,
     .meaning = "PEM file with the chain"},
    {.name = "key",
     .type = SETTING_PATH,
     SETTING_MEMBER(struct sample_certificate, key),
     .is_required = true,
     .meaning = "PEM file with the private key"},
};
/* clang-format on */

static const struct setting_table certificate_table = {.name = "certificate",
                                                       .meaning = "A certificate and its key",
                                                       .size = sizeof(struct sample_certificate),
                                                       .rows = certificate_rows,
                                                       .count = COUNT_OF(certificate_rows)};

/* clang-format off */
static const struct setting tls_rows[] = {
    {.type = SETTING_POSITION,
     SETTING_MEMBER(struct sample_tls, at)},
    {.name = "certificates",
     .type = SETTING_LIST,
     .item = SETTING_OBJECT,
     .table = &certificate_table,
     SETTING_MEMBER(struct sample_tls, certificates),
     .min_count = 1,
     .is_required = true,
     .meaning = "Chosen by the name the client asks for"},
    {.name = "handshake_timeout",
     .type = SETTING_DURATION,
     SETTING_MEMBER(struct sample_tls, handshake_timeout_ns),
     .default_text = "10s",
     .min = SETTING_MS(100),
     .max = SETTING_S(3600),
     .meaning = "A handshake that takes longer is broken off"},
};
/* clang-format on */

static const struct setting_table tls_table = {.name = "tls",
                                               .meaning = "How a listener speaks TLS",
                                               .size = sizeof(struct sample_tls),
                                               .rows = tls_rows,
                                               .count = COUNT_OF(tls_rows)};

/* clang-format off */
static const struct setting listener_rows[] = {
    {.type = SETTING_POSITION,
     SETTING_MEMBER(struct sample_listener, at)},
    {.name = "address",
     .type = SETTING_STRING,
     SETTING_MEMBER(struct sample_listener, address),
     .is_required = true,
     .min = 1,
     .max = 64,
     .meaning = "Host and port"},
    {.name = "tls",
     .type = SETTING_OBJECT_OR_NULL,
     .table = &tls_table,
     SETTING_POINTER(struct sample_listener, tls),
     .meaning = "Absent: plain text"},
};
/* clang-format on */

static const struct setting_table listener_table = {.name = "listener",
                                                    .meaning = "A socket that takes connections",
                                                    .size = sizeof(struct sample_listener),
                                                    .rows = listener_rows,
                                                    .count = COUNT_OF(listener_rows)};

/* clang-format off */
static const struct setting endpoint_rows[] = {
    {.name = "url",
     .type = SETTING_STRING,
     SETTING_MEMBER(struct sample_endpoint, url),
     .is_required = true,
     .meaning = "Where it is"},
    {.name = "weight",
     .type = SETTING_INT,
     SETTING_MEMBER(struct sample_endpoint, weight),
     .default_text = "1",
     .min = 1,
     .max = 1000,
     .meaning = "Its share"},
};
/* clang-format on */

static const struct setting_table endpoint_table = {.name = "endpoint",
                                                    .meaning = "One address of an upstream",
                                                    .size = sizeof(struct sample_endpoint),
                                                    .rows = endpoint_rows,
                                                    .count = COUNT_OF(endpoint_rows),
                                                    .shorthand = "url"};

static const char *const balances[] = {"round_robin", "least_connections", NULL};

/* clang-format off */
static const struct setting upstream_rows[] = {
    {.name = "endpoints",
     .type = SETTING_LIST,
     .item = SETTING_OBJECT,
     .table = &endpoint_table,
     SETTING_MEMBER(struct sample_upstream, endpoints),
     .is_one_or_many = true,
     .is_required = true,
     .max_count = 3,
     .meaning = "Who is asked"},
    {.name = "balance",
     .type = SETTING_ENUM,
     .choices = balances,
     SETTING_MEMBER(struct sample_upstream,    balance),
     .default_text = "round_robin",
     .meaning = "How one is picked"},
    {.name = "error_rate",
     .type = SETTING_PERCENT,
     SETTING_MEMBER(struct sample_upstream, error_rate),
     .default_text = "50%",
     .meaning = "More of it opens the breaker"},
};
/* clang-format on */

static const struct setting_table upstream_table = {.name = "upstream",
                                                    .meaning = "A group of origins",
                                                    .size = sizeof(struct sample_upstream),
                                                    .rows = upstream_rows,
                                                    .count = COUNT_OF(upstream_rows)};

static void check_limits(const struct config *config, const void *settings, struct faults *faults)
{
    const struct sample_limits *limits = settings;

    if (limits->least > limits->most) {
        faults_add(faults, config_position(config, &limits->least), "'least' is over 'most'");
    }
}

/* clang-format off */
static const struct setting limits_rows[] = {
    {.name = "connections",
     .type = SETTING_INT,
     SETTING_MEMBER(struct sample_limits, connections),
     .default_text = "1024",
     .unit = "connections",
     .applies = SETTING_RESTART,
     .meaning = "More are refused"},
    {.name = "body",
     .type = SETTING_SIZE,
     SETTING_MEMBER(struct sample_limits, body_bytes),
     .default_text = "1MiB",
     .min = SETTING_KIB(1),
     .meaning = "Longer bodies are refused"},
    {.name = "least",
     .type = SETTING_INT,
     SETTING_MEMBER(struct sample_limits,       least),
     .default_text = "0",
     .min = -5,
     .max = 100,
     .meaning = "Lower end"},
    {.name = "most",
     .type = SETTING_INT,
     SETTING_MEMBER(struct sample_limits, most),
     .default_text = "10",
     .meaning = "Upper end"},
};
/* clang-format on */

static const struct setting_table limits_table = {.name = "limits",
                                                  .meaning = "What is too much",
                                                  .size = sizeof(struct sample_limits),
                                                  .rows = limits_rows,
                                                  .count = COUNT_OF(limits_rows),
                                                  .check = check_limits};

/* clang-format off */
static const struct setting files_rows[] = {
    {.name = "root",
     .type = SETTING_PATH,
     SETTING_MEMBER(struct sample_files, root),
     .is_required = true,
     .meaning = "The folder that is served"},
    {.name = "index",
     .type = SETTING_LIST,
     .item = SETTING_STRING,
     SETTING_MEMBER(struct sample_files, index),
     .default_text = "index.html, index.htm",
     .is_one_or_many = true,
     .meaning = "Served for a folder"},
};
/* clang-format on */

static const struct setting_table files_table = {.name = "files",
                                                 .meaning = "Serves files",
                                                 .size = sizeof(struct sample_files),
                                                 .rows = files_rows,
                                                 .count = COUNT_OF(files_rows),
                                                 .shorthand = "root"};

/* clang-format off */
static const struct setting respond_rows[] = {
    {.name = "status",
     .type = SETTING_INT,
     SETTING_MEMBER(struct sample_respond, status),
     .default_text = "200",
     .min = 200,
     .max = 599,
     .meaning = "Status code"},
    {.name = "headers",
     .type = SETTING_MAP,
     .item = SETTING_STRING,
     SETTING_MEMBER(struct sample_respond, headers),
     .meaning = "Header fields"},
};
/* clang-format on */

static const struct setting_table respond_table = {.name = "respond",
                                                   .meaning = "Answers always the same",
                                                   .size = sizeof(struct sample_respond),
                                                   .rows = respond_rows,
                                                   .count = COUNT_OF(respond_rows)};

static const struct setting_kind files_kind = {"files", "Serves files", &files_table};
static const struct setting_kind respond_kind = {"respond", "Answers", &respond_table};
static const struct setting_kind *const handlers[] = {&files_kind, &respond_kind, NULL};

/* clang-format off */
static const struct setting route_rows[] = {
    {.name = "path",
     .type = SETTING_STRING,
     SETTING_MEMBER(struct sample_route, path),
     .default_text = "/**",
     .meaning = "Which requests"},
    {.name = "handler",
     .type = SETTING_KINDS,
     .kinds = handlers,
     SETTING_MEMBER(struct sample_route, handlers),
     .min_count = 1,
     .max_count = 1,
     .meaning = "Who answers"},
    {.name = "coalesce",
     .type = SETTING_BOOL,
     SETTING_MEMBER(struct sample_route, is_coalesced),
     .default_text = "false",
     .meaning = "Identical requests share one answer"},
};
/* clang-format on */

static const struct setting_table route_table = {.name = "route",
                                                 .meaning = "What happens to a request",
                                                 .size = sizeof(struct sample_route),
                                                 .rows = route_rows,
                                                 .count = COUNT_OF(route_rows)};

/* clang-format off */
static const struct setting sample_rows[] = {
    {.name = "listeners",
     .type = SETTING_LIST,
     .item = SETTING_OBJECT,
     .table = &listener_table,
     SETTING_MEMBER(struct sample, listeners),
     .applies = SETTING_LISTENER,
     .meaning = "Where connections come in"},
    {.name = "upstreams",
     .type = SETTING_MAP,
     .item = SETTING_OBJECT,
     .table = &upstream_table,
     SETTING_MEMBER(struct sample, upstreams),
     .max_count = 100,
     .meaning = "Named groups of origins"},
    {.name = "routes",
     .type = SETTING_LIST,
     .item = SETTING_OBJECT,
     .table = &route_table,
     SETTING_MEMBER(struct sample, routes),
     .meaning = "Who answers what"},
    {.name = "limits",
     .type = SETTING_OBJECT,
     .table = &limits_table,
     SETTING_MEMBER(struct sample,       limits),
     .meaning = "What is too much"},
    {.name = "user",
     .type = SETTING_STRING,
     SETTING_MEMBER(struct sample, user),
     .meaning = "Who runs it"},
    {.name = "secret",
     .type = SETTING_STRING,
     SETTING_MEMBER(struct sample, secret),
     .is_secret = true,
     .meaning = "Nobody's business"},
    {.name = "ports",
     .type = SETTING_LIST,
     .item = SETTING_INT,
     SETTING_MEMBER(struct sample,    ports),
     .default_text = "80, 443",
     .min = 1,
     .max = 65535,
     .is_one_or_many = true,
     .meaning = "Some numbers"},
    {.name = "ratio",
     .type = SETTING_NUMBER,
     SETTING_MEMBER(struct sample, ratio),
     .default_text = "1.5",
     .max = 10,
     .meaning = "A number"},
};
/* clang-format on */

const struct setting_table sample_table = {.name = "sample",
                                           .meaning = "All kinds of rows",
                                           .size = sizeof(struct sample),
                                           .rows = sample_rows,
                                           .count = COUNT_OF(sample_rows)};
