#include "route/router.h"

#include <stdlib.h>

#include "base/check.h"
#include "http/authority.h"
#include "http/error_page.h"
#include "http/exchange.h"
#include "http/request_id.h"
#include "http/stage.h"
#include "http/uri.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "route/allow.h"
#include "route/hold.h"
#include "route/match.h"
#include "route/route.h"
#include "route/snapshot.h"
#include "telemetry/access_log.h"

#define ROUTER_MAGIC 0x524f5554u /* ROUT */
#define TRIP_MAGIC   0x54524950u /* TRIP */

#define HOST_KEPT_MAX 128

struct router {
    struct exchange_service service; /* first member */
    uint32_t magic;
    struct worker *worker;
    const struct router_shared *shared; /* may be NULL */
    struct hold *hold;                  /* NULL before the first snapshot */
    /* The authority asked for last and the host it names: clients ask for the same again and
     * again. */
    struct str authority;
    struct str host;
    char text[2 * HOST_KEPT_MAX];
};

enum trip_state {
    TRIP_GUARDS,  /* being asked */
    TRIP_WAITING, /* one of them said WAIT */
    TRIP_HANDED,  /* the handler has it */
    TRIP_OVER     /* a guard has answered, or the client left before the handler began */
};

/* One exchange on its route: what x->pin points to, in its arena. */
struct trip {
    struct stage_visit visit; /* first member */
    uint32_t magic;
    enum trip_state state;
    struct hold *hold;
    const struct route *route;
    uint32_t guard; /* the one asked */
};

static struct router *router_of(const struct exchange *x)
{
    struct router *router = CONTAINER_OF(x->service, struct router, service);

    OBJ_CHECK(router, ROUTER_MAGIC);
    return router;
}

static struct trip *trip_of(const struct exchange *x)
{
    union {
        const void *pinned;
        struct trip *trip;
    } pin = {.pinned = x->pin};

    OBJ_CHECK(pin.trip, TRIP_MAGIC);
    return pin.trip;
}

static void set_state(struct trip *trip, enum trip_state to)
{
    static const unsigned allowed[] = {
        [TRIP_GUARDS] = 1u << TRIP_WAITING | 1u << TRIP_HANDED | 1u << TRIP_OVER,
        [TRIP_WAITING] = 1u << TRIP_GUARDS | 1u << TRIP_OVER,
        [TRIP_HANDED] = 0,
        [TRIP_OVER] = 0,
    };
    MUST((allowed[trip->state] & 1u << to) != 0);
    trip->state = to;
}

/* --- the way in ---------------------------------------------------------------------------- */

static void answer_options(struct exchange *x, struct str allow)
{
    x->response.status = 204;
    fields_set(&x->response.fields, x->arena, FIELD_ALLOW, allow);
    exchange_respond(x);
    exchange_finish(x);
}

static void answer_405(struct exchange *x, struct str allow)
{
    fields_set(&x->response.fields, x->arena, FIELD_ALLOW, allow);
    error_page_send(x, 405, STR(""));
}

/* No route takes it, or one whose handler does not know its method. */
static void answer_unrouted(struct exchange *x, const struct match *m, struct match_request *q)
{
    struct match_allowed allowed;

    match_allowed(m, q, &allowed);
    if (!allowed.is_known) {
        error_page_send(x, 404, STR(""));
        return;
    }
    struct str allow = allow_text(x->arena, allowed.methods | METHOD_BIT(METHOD_OPTIONS),
                                  allowed.others, allowed.other_count);
    if (x->request.method == METHOD_OPTIONS) {
        answer_options(x, allow);
    } else {
        answer_405(x, allow);
    }
}

static bool set_path(struct exchange *x)
{
    struct uri_target target;

    if (uri_parse_target(x->request.target, x->request.method, x->arena, &target) != ERR_OK) {
        error_page_send(x, 400, STR("The path or query of the request is malformed."));
        return false;
    }
    x->request.path = target.path;
    x->request.query = target.query;
    return true;
}

static void keep_host(struct router *router, struct str authority, struct str host)
{
    if (authority.len > HOST_KEPT_MAX || host.len > HOST_KEPT_MAX) {
        return;
    }
    memcpy(router->text, authority.p, authority.len);
    memcpy(router->text + HOST_KEPT_MAX, host.p, host.len);
    router->authority = str_of(router->text, authority.len);
    router->host = str_of(router->text + HOST_KEPT_MAX, host.len);
}

/* Empty when the request names none: only routes for any host fit then. */
static bool get_host(struct exchange *x, struct str *host)
{
    struct router *router = router_of(x);
    struct authority authority;

    *host = STR("");
    if (x->request.authority.len == 0) {
        return true;
    }
    if (str_eq(x->request.authority, router->authority)) {
        *host = router->host;
        return true;
    }
    if (authority_parse(x->request.authority, x->arena, &authority) != ERR_OK) {
        error_page_send(x, 400, STR("The host of the request is malformed."));
        return false;
    }
    keep_host(router, x->request.authority, authority.host);
    *host = authority.host;
    return true;
}

/* NULL when it has been answered instead. */
static const struct route *find_route(struct exchange *x, const struct snapshot *s)
{
    struct match_request q = {.request = &x->request, .arena = x->arena};
    struct match_method by = {x->request.method, x->request.method_text};

    if (!set_path(x) || !get_host(x, &q.host)) {
        return NULL;
    }
    if (x->request.path.p[0] == '*') {
        answer_options(x, s->allow);
        return NULL;
    }
    const struct route *route = match_find(s->match, &q, by);
    if (route == NULL || (route->handler->methods & METHOD_BIT(by.method)) == 0) {
        answer_unrouted(x, s->match, &q);
        return NULL;
    }
    return route;
}

/* --- on the route -------------------------------------------------------------------------- */

static void on_gone_waiting(struct exchange *x)
{
    struct trip *trip = trip_of(x);
    const struct guard *guard = NULL;

    if (trip->state != TRIP_WAITING) {
        return;
    }
    guard = trip->route->guards[trip->guard];
    set_state(trip, TRIP_OVER);
    if (ALWAYS(guard->kind->cancel != NULL)) {
        guard->kind->cancel(guard, x);
    }
    exchange_finish(x);
}

static const struct exchange_ears waiting_ears = {.on_gone = on_gone_waiting};

static void start_handler(struct exchange *x, struct trip *trip)
{
    const struct handler *handler = trip->route->handler;

    set_state(trip, TRIP_HANDED);
    handler->kind->start(handler, x);
}

/* What the guard said is followed: whether the next one is to be asked. */
static bool follow(struct exchange *x, struct trip *trip, enum guard_verdict verdict)
{
    switch (verdict) {
    case GUARD_PASS:
        trip->guard++;
        return true;
    case GUARD_ANSWERED:
        set_state(trip, TRIP_OVER);
        return false;
    case GUARD_WAIT:
    default:
        set_state(trip, TRIP_WAITING);
        exchange_listen(x, &waiting_ears);
        return false;
    }
}

static void ask_guards(struct exchange *x, struct trip *trip)
{
    while (trip->guard < trip->route->guard_count) {
        const struct guard *guard = trip->route->guards[trip->guard];
        if (!follow(x, trip, guard->kind->check(guard, x))) {
            return;
        }
    }
    start_handler(x, trip);
}

static void resume(struct exchange *x, enum guard_verdict verdict)
{
    struct trip *trip = trip_of(x);

    set_state(trip, TRIP_GUARDS);
    if (follow(x, trip, verdict)) {
        ask_guards(x, trip);
    }
}

/* The n-th template's segment, or what follows it for {rest...}; escaped. */
static struct str get_segment(struct str path, uint32_t segment, bool is_rest)
{
    for (uint32_t i = 0; i <= segment; i++) {
        path = str_skip(path, str_index(path, '/'));
        path = str_skip(path, 1);
    }
    return is_rest ? path : str_head(path, str_index(path, '/'));
}

static void add_param(struct exchange *x, struct param *param, struct str escaped)
{
    /* A normalised path has no bad escape. */
    MUST(uri_decode(escaped, URI_DECODE_TEXT, x->arena, &param->value) == ERR_OK);
}

static void take_params(struct exchange *x, const struct route *route, struct params *out)
{
    const struct pattern *p = &route->pattern;
    struct param *v = arena_alloc(x->arena, p->name_count * sizeof(*v));
    uint32_t n = 0;

    for (uint32_t i = 0; i < p->segment_count; i++) {
        if (pattern_is_template(p, i)) {
            v[n].name = p->names[n];
            add_param(x, &v[n], get_segment(x->request.path, i, false));
            n++;
        }
    }
    if (p->tail == PATTERN_TAIL_REST) {
        v[n].name = p->names[n];
        add_param(x, &v[n], get_segment(x->request.path, p->segment_count, true));
    }
    *out = (struct params){v, p->name_count};
}

static struct trip *begin_trip(struct exchange *x, struct hold *hold, const struct route *route)
{
    struct trip *trip = arena_alloc(x->arena, sizeof(*trip));

    *trip = (struct trip){
        .visit = {.resume = resume},
        .magic = TRIP_MAGIC,
        .state = TRIP_GUARDS,
        .hold = hold,
        .route = route,
    };
    hold_pin(hold, route->index);
    x->pin = trip;
    x->route_name = &route->name;
    if (route->pattern.name_count > 0) {
        take_params(x, route, &trip->visit.params);
    }
    return trip;
}

/* --- the way out --------------------------------------------------------------------------- */

/* Whoever sends an id hears it back; error pages have made one by now. */
static void echo_id(struct exchange *x)
{
    if (x->request_id.len > 0 || fields_find(&x->request.fields, FIELD_X_REQUEST_ID) != NULL) {
        fields_set(&x->response.fields, x->arena, FIELD_X_REQUEST_ID, request_id_get(x));
    }
}

static void before_head(struct exchange *x)
{
    struct router *router = router_of(x);
    const struct route *route = x->pin == NULL ? NULL : trip_of(x)->route;

    for (uint32_t i = 0; route != NULL && i < route->filter_count; i++) {
        const struct filter *filter = route->filters[i];
        filter->kind->on_head(filter, x);
    }
    echo_id(x);
    MUST(x->response.status >= 200 && x->response.status <= 599);
    metrics_inc(router->worker->metrics,
                (enum metric_id)(METRIC_RESPONSES_1XX + x->response.status / 100 - 1));
}

static void on_done(struct exchange_service *service, struct exchange *x)
{
    struct router *router = CONTAINER_OF(service, struct router, service);
    struct metrics_row *metrics = router->worker->metrics;

    metrics_dec(metrics, METRIC_REQUESTS_OPEN);
    if (x->state == EXCHANGE_BROKEN) {
        metrics_inc(metrics, METRIC_REQUESTS_BROKEN);
    }
    metrics_record(metrics, HISTOGRAM_REQUEST_DURATION,
                   (router->worker->now_ns - x->began_ns) / 1000);
    if (router->shared != NULL && router->shared->access_log != NULL) {
        (void)request_id_get(x);
        access_log_exchange(router->shared->access_log, x);
    }
    if (x->pin != NULL) {
        struct trip *trip = trip_of(x);
        hold_unpin(trip->hold, trip->route->index);
    }
}

/* --- the whole way, top to bottom ----------------------------------------------------------- */

static void begin(struct router *router, struct exchange *x)
{
    OBJ_CHECK(router, ROUTER_MAGIC);
    metrics_inc(router->worker->metrics, METRIC_REQUESTS);
    metrics_inc(router->worker->metrics, METRIC_REQUESTS_OPEN);
    x->before_head = before_head;
}

static void on_request(struct exchange_service *service, struct exchange *x)
{
    struct router *router = CONTAINER_OF(service, struct router, service);

    begin(router, x);
    if (router->hold == NULL) {
        error_page_send(x, 503, STR("This server has no configuration yet."));
        return;
    }
    const struct route *route = find_route(x, router->hold->snapshot);
    if (route == NULL) {
        return; /* answered by 400, 404, 405 or what OPTIONS gets */
    }
    struct trip *trip = begin_trip(x, router->hold, route);
    ask_guards(x, trip); /* then the handler; before_head when it answers; on_done at the end */
}

static void on_refused(struct exchange_service *service, struct exchange *x, unsigned status,
                       struct str why)
{
    begin(CONTAINER_OF(service, struct router, service), x);
    error_page_send(x, status, why);
}

/* --- the part ------------------------------------------------------------------------------ */

static struct worker *control_of(const struct router *router)
{
    return router->shared == NULL ? NULL : router->shared->control;
}

static void *make_router(struct worker *worker)
{
    struct router *router = calloc(1, sizeof(*router));

    MUST(router != NULL);
    *router = (struct router){
        .service = {.on_request = on_request, .on_refused = on_refused, .on_done = on_done},
        .magic = ROUTER_MAGIC,
        .worker = worker,
        .shared = worker->context,
    };
    return router;
}

static void free_router(void *part)
{
    struct router *router = part;

    OBJ_CHECK(router, ROUTER_MAGIC);
    if (router->hold != NULL) {
        MUST(router->hold->pinned == 0);
        hold_retire(&router->hold);
    }
    router->magic = 0;
    free(router);
}

const struct worker_part_kind router_kind = {
    .name = "router",
    .make = make_router,
    .free = free_router,
};

void router_adopt(struct worker *worker, struct snapshot *snapshot)
{
    struct router *router = worker_part(worker, &router_kind);
    struct hold *old = router->hold;

    router->hold = hold_new(snapshot, control_of(router));
    if (old != NULL) {
        hold_retire(&old);
    }
}

struct adoption {
    struct message message;
    struct snapshot *snapshot;
};

static void deliver_adoption(struct message *message, struct worker *worker)
{
    struct adoption *adoption = CONTAINER_OF(message, struct adoption, message);
    const struct router *router = worker_part(worker, &router_kind);

    router_adopt(worker, adoption->snapshot);
    snapshot_unref(&adoption->snapshot, control_of(router));
    free(adoption);
}

enum err router_post(struct worker *worker, struct snapshot *snapshot)
{
    struct adoption *adoption = calloc(1, sizeof(*adoption));

    MUST(adoption != NULL);
    snapshot_ref(snapshot);
    adoption->message.deliver = deliver_adoption;
    adoption->snapshot = snapshot;
    enum err e = worker_post(worker, &adoption->message);
    if (e != ERR_OK) {
        snapshot_unref(&adoption->snapshot, NULL); /* the caller holds another one */
        free(adoption);
    }
    return e;
}
