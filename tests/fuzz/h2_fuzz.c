/*
 * A client of HTTP/2 with no manners: two bytes of settings, then what it sends, cut into odd
 * pieces while time passes and the answers are, or are not, read. What must hold: the lab's eye
 * finds every frame of the server legal, all exchanges end, no memory is left. The service is the
 * lab's own, or the real router with a few routes.
 */
#include <string.h>

#include "base/check.h"
#include "config/config.h"
#include "config/faults.h"
#include "guard/guard_kinds.h"
#include "handler/kinds.h"
#include "route/route_settings.h"
#include "route/router.h"
#include "route/snapshot.h"
#include "support/test_handlers.h"
#include "unit/h2/h2_lab.h"
#include "unit/h2/h2_service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The first byte. */
enum mode {
    MODE_ROUTER = 1,     /* not the lab's service */
    MODE_NO_PREFACE = 2, /* the input brings its own, or none */
    MODE_SMALL_FILL = 4,
    MODE_TIGHT = 8, /* small limits */
    MODE_DEAF = 16, /* answers are read at the end only */
    MODE_PLAIN = 32,
    MODE_DRAIN = 64, /* a graceful end on the way */
    MODE_CUT = 128   /* the connection breaks at the end of the input */
};

static const char routes_text[] =
    "routes:\n"
    "  - {match: /hello, respond: {body: hello, headers: {x-from: route}}}\n"
    "  - {match: /echo, echo: {}}\n"
    "  - {match: /take, sip: {bytes: 1KiB, every: 10ms}}\n"
    "  - {match: /sink, sink: {}}\n"
    "  - {match: {path: '/users/{id}', method: [GET, POST], query: {page: '*'}},\n"
    "     respond: {status: 201}}\n"
    "  - {match: {path: '/files/{rest...}', header: {x-beta: '1'}}, respond: {status: 204}}\n"
    "  - {match: {host: '*.example.com', path: /**}, limits: {body: 1KiB}, echo: {}}\n";

struct root {
    struct setting_list routes;
};

struct site {
    struct arena arena;
    struct router_shared shared;
    struct snapshot *snapshot;
};

/* --- the router ------------------------------------------------------------------------------ */

static void build(struct site *site, const struct root *root,
                  const struct route_settings_kinds *kinds, struct faults *faults)
{
    const struct snapshot_config config = {
        .routes = &root->routes,
        .max_body_bytes = 100000,
        .kinds = kinds,
    };

    MUST(snapshot_new(&config, faults, &site->snapshot) == ERR_OK);
}

static void site_init(struct site *site)
{
    const struct route_settings_kinds kinds = {guard_kinds, test_handler_kinds, filter_kinds};
    struct route_settings_custom custom;
    struct faults faults;
    struct config config = {0};
    const struct setting row = {
        .name = "routes",
        .type = SETTING_LIST,
        .item = SETTING_OBJECT,
        SETTING_MEMBER(struct root, routes),
        .table = &custom.table,
        .meaning = "Routes",
    };
    const struct setting_table table = {
        .name = "root", .meaning = "All", .size = sizeof(struct root), .rows = &row, .count = 1};

    *site = (struct site){.snapshot = NULL};
    arena_init(&site->arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &site->arena);
    route_settings_customise(&custom, &kinds);
    MUST(config_load_text("/fuzz.yaml", str_from(routes_text), &table, &site->arena, &faults,
                          &config) == ERR_OK);
    build(site, config.settings, &kinds, &faults);
}

static void site_fini(struct site *site)
{
    snapshot_unref(&site->snapshot, NULL);
    arena_fini(&site->arena);
}

/* --- the lab --------------------------------------------------------------------------------- */

static void tighten(struct h2_settings *s)
{
    s->max_concurrent_streams = 3;
    s->stream_window = 16384;
    s->stream_window_max = 65536;
    s->connection_windows = 65536;
    s->max_header_bytes = 1024;
    s->max_header_count = 10;
    s->max_uri_bytes = 64;
    s->max_resets = 5;
    s->max_pings = 5;
    s->max_settings = 5;
    s->max_priorities = 5;
    s->max_empty_data = 5;
    s->max_window_updates = 5;
    s->max_continuations = 3;
    s->max_errors = 5;
}

static void open_lab(struct h2_lab *lab, unsigned mode, struct site *site)
{
    static const struct worker_part_kind *const own[] = {&h2_shared_kind, NULL};
    static const struct worker_part_kind *const routed[] = {&h2_shared_kind, &router_kind, NULL};

    lab_init_parts(lab, (mode & MODE_ROUTER) != 0 ? routed : own, &site->shared);
    if ((mode & MODE_ROUTER) != 0) {
        router_adopt(lab->loop.worker, site->snapshot);
        lab->asked = worker_part(lab->loop.worker, &router_kind);
    }
    if ((mode & MODE_TIGHT) != 0) {
        tighten(&lab->settings);
    }
    lab->is_plain = (mode & MODE_PLAIN) != 0;
    lab->fill_bytes = (mode & MODE_SMALL_FILL) != 0 ? H2_FILL_MIN : LAB_FILL_BYTES;
    if ((mode & MODE_NO_PREFACE) != 0) {
        lab_open_silent(lab);
    } else {
        lab_open_raw(lab);
    }
}

/* --- the peer -------------------------------------------------------------------------------- */

struct peer {
    struct h2_lab *lab;
    unsigned mode;
    uint32_t dice;
    bool is_over; /* the owner would close now */
};

static unsigned throw_dice(struct peer *p, unsigned sides)
{
    p->dice = p->dice * 1664525u + 1013904223u;
    return (p->dice >> 16) % sides;
}

static void pass_time(struct peer *p, uint64_t ms)
{
    manual_loop_advance_ms(&p->lab->loop, ms);
    p->is_over = lab_check(p->lab, throw_dice(p, 8) == 0) != ERR_OK || p->is_over;
    manual_loop_settle(&p->lab->loop);
}

static void do_something(struct peer *p)
{
    switch (throw_dice(p, 16)) {
    case 0:
        pass_time(p, throw_dice(p, 3000));
        break;
    case 1:
        service_answer(p->lab);
        break;
    case 2:
        service_abort(p->lab, ERR_IO);
        break;
    case 3:
        if ((p->mode & MODE_DRAIN) != 0) {
            h2_conn_drain(p->lab->conn);
        }
        break;
    default:
        break;
    }
    manual_loop_settle(&p->lab->loop);
    if ((p->mode & MODE_DEAF) == 0) {
        (void)lab_to_client(p->lab);
    }
}

/* As the owner of a socket would: no more after an error, and none while choked. */
static void send_all(struct peer *p, const uint8_t *data, size_t len)
{
    while (len > 0 && !p->is_over) {
        size_t n = throw_dice(p, 4) == 0 ? 1 + throw_dice(p, 30) : 1 + throw_dice(p, 4000);
        n = n < len ? n : len;
        p->is_over = lab_raw(p->lab, data, n) != ERR_OK;
        data += n;
        len -= n;
        do_something(p);
        if (h2_conn_is_choked(p->lab->conn)) {
            lab_pump(p->lab);
        }
    }
}

static void finish(struct peer *p)
{
    if ((p->mode & MODE_CUT) == 0) {
        service_answer(p->lab);
        lab_pump(p->lab);
        for (unsigned i = 0; i < 10 && !p->is_over; i++) {
            pass_time(p, 10000);
            lab_pump(p->lab);
        }
    }
    h2_conn_close(&p->lab->conn, ERR_RESET);
    service_abort(p->lab, ERR_IO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct h2_lab lab;
    struct site site = {0};
    struct peer peer = {.lab = &lab};

    if (len < 2) {
        return 0;
    }
    peer.mode = data[0];
    peer.dice = data[1];
    if ((peer.mode & MODE_ROUTER) != 0) {
        site_init(&site);
    }
    open_lab(&lab, peer.mode, &site);
    send_all(&peer, data + 2, len - 2);
    finish(&peer);
    lab_fini(&lab);
    if ((peer.mode & MODE_ROUTER) != 0) {
        site_fini(&site);
    }
    return 0;
}
