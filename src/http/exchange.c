/* The exchange knows neither protocol nor handler: it keeps the laws between them. */
#include "http/exchange.h"

#include <stddef.h>

#include "base/check.h"
#include "loop/worker.h"

#define EXCHANGE_MAGIC 0x45584348u /* EXCH */

enum handler_event {
    EVENT_BODY = 1,
    EVENT_ROOM = 2,
    EVENT_GONE = 4
};

static void tell_handler(struct task *task);

static void set_state(struct exchange *x, enum exchange_state to)
{
    static const unsigned allowed[] = {
        [EXCHANGE_ASKED] = 1u << EXCHANGE_RESPONDING | 1u << EXCHANGE_BROKEN,
        [EXCHANGE_RESPONDING] = 1u << EXCHANGE_RESPONDED | 1u << EXCHANGE_BROKEN,
        [EXCHANGE_RESPONDED] = 0,
        [EXCHANGE_BROKEN] = 0,
    };
    MUST((allowed[x->state] & 1u << to) != 0);
    x->state = to;
}

static void queue_event(struct exchange *x, enum handler_event event)
{
    if ((x->halves & EXCHANGE_HALF_HANDLER) == 0 || x->ears == NULL) {
        return;
    }
    x->pending |= (unsigned)event;
    worker_defer(x->worker, &x->task);
}

static void on_request_body(struct pipe_end *end)
{
    queue_event(CONTAINER_OF(end, struct exchange, request_reader), EVENT_BODY);
}

static void on_response_room(struct pipe_end *end)
{
    queue_event(CONTAINER_OF(end, struct exchange, response_writer), EVENT_ROOM);
}

static void on_response_body(struct pipe_end *end)
{
    struct exchange *x = CONTAINER_OF(end, struct exchange, response_reader);

    if (x->state == EXCHANGE_RESPONDING && (x->halves & EXCHANGE_HALF_WIRE) != 0) {
        x->wire->body_ready(x);
    }
}

static void init_head(struct exchange *x)
{
    fields_init(&x->request.fields);
    fields_init(&x->request.trailers);
    fields_init(&x->response.fields);
    fields_init(&x->response.trailers);
    x->request.method = METHOD_OTHER;
    x->request.method_text = str_of(NULL, 0);
    x->request.scheme = str_of(NULL, 0);
    x->request.authority = str_of(NULL, 0);
    x->request.target = str_of(NULL, 0);
    x->request.path = str_of(NULL, 0);
    x->request.query = str_of(NULL, 0);
    x->request.content_length = CONTENT_LENGTH_UNKNOWN;
    x->request.has_body = false;
    x->request.expects_continue = false;
    x->response.status = 0;
    x->response.content_length = CONTENT_LENGTH_UNKNOWN;
    x->response.length_text = str_of(NULL, 0);
    x->response.has_no_body = false;
}

static void init_pipes(struct exchange *x, struct worker *worker)
{
    x->request_reader.notify = on_request_body;
    x->response_reader.notify = on_response_body;
    x->response_writer.notify = on_response_room;
    pipe_init(&x->request_body, &worker->slab, x->arena->account);
    pipe_init(&x->response_body, &worker->slab, x->arena->account);
    x->request_body.reader = &x->request_reader;
    x->response_body.reader = &x->response_reader;
    x->response_body.writer = &x->response_writer;
}

void exchange_init(struct exchange *x, struct worker *worker, const struct exchange_wire *wire,
                   struct exchange_service *service, struct arena *arena)
{
    x->magic = EXCHANGE_MAGIC;
    x->state = EXCHANGE_ASKED;
    x->halves = EXCHANGE_HALF_WIRE;
    x->pending = 0;
    x->worker = worker;
    x->wire = wire;
    x->ears = NULL;
    x->service = service;
    x->peer = NULL;
    x->before_head = NULL;
    x->handler_state = NULL;
    x->pin = NULL;
    x->route_name = NULL;
    x->arena = arena;
    x->request_id = str_of(NULL, 0);
    x->began_ns = 0;
    x->stream_id = 0;
    x->body_bytes_sent = 0;
    x->max_body_bytes = UINT64_MAX;
    x->failure = ERR_OK;
    x->sent_continue = false;
    x->is_counted = false;
    task_init(&x->task, tell_handler);
    init_head(x);
    init_pipes(x, worker);
}

void exchange_open(struct exchange *x)
{
    x->halves |= EXCHANGE_HALF_HANDLER;
    x->began_ns = x->worker->now_ns;
    x->service->on_request(x->service, x);
}

void exchange_open_refused(struct exchange *x, unsigned status, struct str why)
{
    x->halves |= EXCHANGE_HALF_HANDLER;
    x->began_ns = x->worker->now_ns;
    x->service->on_refused(x->service, x, status, why);
}

static void free_exchange(struct task *task)
{
    struct exchange *x = CONTAINER_OF(task, struct exchange, task);

    OBJ_CHECK(x, EXCHANGE_MAGIC);
    x->service->on_done(x->service, x);
    pipe_fini(&x->request_body);
    pipe_fini(&x->response_body);
    x->magic = 0;
    x->wire->free(x);
}

static void let_half_go(struct exchange *x, enum exchange_half half)
{
    MUST((x->halves & (unsigned)half) != 0);
    x->halves &= ~(unsigned)half;
    if (x->halves == 0) {
        task_cancel(&x->task);
        x->task.run = free_exchange;
        worker_bury(x->worker, &x->task);
    }
}

/* Nobody will read the request's body any more: it gives its memory back at once, however long the
 * answer takes, and what still comes is dropped. */
static void let_handler_go(struct exchange *x)
{
    x->ears = NULL;
    x->pending = 0;
    pipe_fini(&x->request_body);
    let_half_go(x, EXCHANGE_HALF_HANDLER);
}

void exchange_sent(struct exchange *x)
{
    if (x->state == EXCHANGE_RESPONDING) {
        set_state(x, EXCHANGE_RESPONDED);
    }
}

void exchange_wire_done(struct exchange *x, enum err why)
{
    OBJ_CHECK(x, EXCHANGE_MAGIC);
    if (x->state != EXCHANGE_RESPONDED) {
        if (x->state != EXCHANGE_BROKEN) {
            set_state(x, EXCHANGE_BROKEN);
            x->failure = why;
        }
        pipe_fini(&x->response_body);
    }
    if (pipe_is_open(&x->request_body)) {
        pipe_fail(&x->request_body, why);
    }
    queue_event(x, EVENT_GONE);
    let_half_go(x, EXCHANGE_HALF_WIRE);
}

/* Runs deferred. An ear may finish the exchange; then the rest is not told. */
static void tell_handler(struct task *task)
{
    struct exchange *x = CONTAINER_OF(task, struct exchange, task);
    unsigned pending = x->pending;

    OBJ_CHECK(x, EXCHANGE_MAGIC);
    x->pending = 0;
    if ((pending & EVENT_GONE) != 0) {
        if (x->ears != NULL && x->ears->on_gone != NULL) {
            x->ears->on_gone(x);
        }
        return;
    }
    if ((pending & EVENT_BODY) != 0 && x->ears != NULL && x->ears->on_body != NULL) {
        x->ears->on_body(x);
    }
    if ((pending & EVENT_ROOM) != 0 && x->ears != NULL && x->ears->on_room != NULL) {
        x->ears->on_room(x);
    }
}

/* Whoever begins to listen hears what is already there. */
void exchange_listen(struct exchange *x, const struct exchange_ears *ears)
{
    MUST((x->halves & EXCHANGE_HALF_HANDLER) != 0);
    x->ears = ears;
    if (ears == NULL) {
        x->pending = 0;
        task_cancel(&x->task);
        return;
    }
    if ((x->halves & EXCHANGE_HALF_WIRE) == 0) {
        queue_event(x, EVENT_GONE);
    } else if (x->request_body.first != NULL || !pipe_is_open(&x->request_body)) {
        queue_event(x, EVENT_BODY);
    }
}

void exchange_inform(struct exchange *x, unsigned status, const struct fields *fields)
{
    MUST(status >= 100 && status < 200 && status != 101);
    if (x->state == EXCHANGE_ASKED && (x->halves & EXCHANGE_HALF_WIRE) != 0) {
        x->wire->inform(x, status, fields);
    }
}

static bool has_no_body(const struct exchange *x)
{
    return x->request.method == METHOD_HEAD || x->response.status == 204 ||
           x->response.status == 304;
}

void exchange_respond(struct exchange *x)
{
    OBJ_CHECK(x, EXCHANGE_MAGIC);
    if (x->state != EXCHANGE_ASKED) {
        MUST(x->state == EXCHANGE_BROKEN); /* the client left: nobody to answer */
        return;
    }
    if (x->before_head != NULL) {
        x->before_head(x);
    }
    if (has_no_body(x)) {
        x->response.has_no_body = true;
        pipe_fini(&x->response_body);
    }
    set_state(x, EXCHANGE_RESPONDING);
    x->wire->respond(x);
}

size_t exchange_take_body(struct exchange *x, uint8_t *dst, size_t len, enum pipe_more *more)
{
    size_t n = 0;

    if (x->request.expects_continue && !x->sent_continue && x->request_body.taken == 0 &&
        x->request_body.first == NULL && pipe_is_open(&x->request_body)) {
        x->sent_continue = true;
        exchange_inform(x, 100, NULL);
    }
    n = pipe_take(&x->request_body, dst, len, more);
    if (n > 0 && (x->halves & EXCHANGE_HALF_WIRE) != 0) {
        x->wire->credit(x, n);
    }
    return n;
}

static bool is_answer_whole(const struct exchange *x)
{
    return x->state != EXCHANGE_ASKED &&
           (x->response.has_no_body || x->response_body.state == PIPE_STATE_ENDED ||
            x->state == EXCHANGE_RESPONDED);
}

void exchange_finish(struct exchange *x)
{
    OBJ_CHECK(x, EXCHANGE_MAGIC);
    if (!is_answer_whole(x) && x->state != EXCHANGE_BROKEN) {
        exchange_abort(x, ERR_CANCELLED);
        return;
    }
    let_handler_go(x);
}

void exchange_abort(struct exchange *x, enum err why)
{
    OBJ_CHECK(x, EXCHANGE_MAGIC);
    x->ears = NULL;
    if (x->state != EXCHANGE_RESPONDED && x->state != EXCHANGE_BROKEN) {
        set_state(x, EXCHANGE_BROKEN);
        x->failure = why;
        pipe_fini(&x->response_body);
        if ((x->halves & EXCHANGE_HALF_WIRE) != 0) {
            x->wire->reset(x, why);
        }
    }
    let_handler_go(x);
}
