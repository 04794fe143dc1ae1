#include "h2_service.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/num.h"
#include "h2_lab.h"

#define BIG_BYTES  70000 /* more than fits into a header block of ours */
#define BODY_LIMIT 1000

static struct h2_lab *lab_of(struct exchange *x)
{
    return CONTAINER_OF(x->service, struct h2_lab, service);
}

/* --- answers ---------------------------------------------------------------------------------- */

static void answer(struct exchange *x, unsigned status, const char *body)
{
    size_t len = strlen(body);

    x->response.status = status;
    x->response.content_length = (int64_t)len;
    exchange_respond(x);
    (void)!pipe_lend(&x->response_body, body, len, NULL, NULL);
    pipe_end(&x->response_body);
    exchange_finish(x);
}

struct pattern_source {
    struct pipe_source source;
};

static ssize_t fill_pattern(struct pipe_source *source, uint8_t *dst, size_t len)
{
    (void)source;
    memset(dst, 'x', len);
    return (ssize_t)len;
}

static void close_pattern(struct pipe_source *source)
{
    free(CONTAINER_OF(source, struct pattern_source, source));
}

static void answer_size(struct exchange *x, uint64_t size)
{
    struct pattern_source *p = calloc(1, sizeof(*p));

    MUST(p != NULL);
    p->source.fill = fill_pattern;
    p->source.close = close_pattern;
    x->response.status = 200;
    x->response.content_length = (int64_t)size;
    exchange_respond(x);
    (void)!pipe_pull(&x->response_body, &p->source, size);
    pipe_end(&x->response_body);
    exchange_finish(x);
}

/* The body in one piece; what it promises is `said`. */
static void answer_said(struct exchange *x, int64_t said, const char *body)
{
    x->response.status = 200;
    x->response.content_length = said;
    exchange_respond(x);
    (void)pipe_put(&x->response_body, body, strlen(body));
    pipe_end(&x->response_body);
    exchange_finish(x);
}

static void answer_nothing(struct exchange *x)
{
    x->response.status = 200;
    x->response.content_length = 10;
    pipe_end(&x->response_body);
    exchange_respond(x);
    exchange_finish(x);
}

static void answer_trailers(struct exchange *x)
{
    x->response.status = 200;
    exchange_respond(x);
    (void)pipe_put(&x->response_body, "body", 4);
    fields_add_named(&x->response.trailers, x->arena, STR("x-sum"), STR("42"));
    pipe_end(&x->response_body);
    exchange_finish(x);
}

static void answer_huge_head(struct exchange *x)
{
    char *big = arena_alloc(x->arena, BIG_BYTES);

    memset(big, '"', BIG_BYTES);
    fields_add_named(&x->response.fields, x->arena, STR("x-big"), str_of(big, BIG_BYTES));
    answer(x, 200, "hello");
}

static void answer_hints(struct exchange *x)
{
    struct fields f;

    fields_init(&f);
    fields_add_named(&f, x->arena, STR("link"), STR("</style.css>; rel=preload"));
    exchange_inform(x, 103, &f);
    answer(x, 200, "hello");
}

static void answer_status(struct exchange *x, uint64_t status)
{
    x->response.status = (unsigned)status;
    x->response.content_length = status == 304 ? 5 : CONTENT_LENGTH_UNKNOWN;
    exchange_respond(x);
    pipe_end(&x->response_body);
    exchange_finish(x);
}

static void answer_urgent(struct exchange *x)
{
    fields_add(&x->response.fields, x->arena, FIELD_PRIORITY, STR("u=0"));
    answer_size(x, 200000);
}

/* --- bodies ----------------------------------------------------------------------------------- */

static void on_gone(struct exchange *x)
{
    lab_of(x)->gone++;
    exchange_finish(x);
}

static void on_broken(struct exchange *x)
{
    enum err why = x->request_body.failure;

    lab_of(x)->body_failure = why;
    if (exchange_is_head_sent(x)) {
        exchange_abort(x, ERR_IO);
    } else {
        answer(x, why == ERR_TIMEOUT ? 408 : 413, "broken");
    }
}

static void echo_some(struct exchange *x)
{
    uint8_t block[4096];
    enum pipe_more more = PIPE_MORE;

    while (more == PIPE_MORE) {
        size_t room = pipe_room(&x->response_body);
        size_t want = room < sizeof(block) ? room : sizeof(block);
        size_t n = exchange_take_body(x, block, want, &more);
        MUST(pipe_put(&x->response_body, block, n) == n);
        if (want == 0 && more == PIPE_MORE) {
            return;
        }
    }
    if (more == PIPE_END) {
        x->response.trailers = x->request.trailers;
        pipe_end(&x->response_body);
        exchange_finish(x);
    } else if (more == PIPE_BROKEN) {
        on_broken(x);
    }
}

static void take_some(struct exchange *x)
{
    uint8_t block[4096];
    enum pipe_more more = PIPE_MORE;

    while (more == PIPE_MORE) {
        lab_of(x)->taken += exchange_take_body(x, block, sizeof(block), &more);
    }
    if (more == PIPE_END) {
        answer(x, 200, "taken");
    } else if (more == PIPE_BROKEN) {
        on_broken(x);
    }
}

static void take_all_but_one(struct exchange *x)
{
    uint8_t block[4096];
    enum pipe_more more = PIPE_LATER;

    while (x->request_body.held > 1) {
        size_t n = x->request_body.held - 1;
        lab_of(x)->taken +=
            exchange_take_body(x, block, n < sizeof(block) ? n : sizeof(block), &more);
    }
    if (!pipe_is_open(&x->request_body)) {
        take_some(x);
    }
}

static void take_unless_tired(struct exchange *x)
{
    if (!lab_of(x)->is_tired) {
        take_some(x);
    }
}

static const struct exchange_ears echo_ears = {.on_body = echo_some,
                                               .on_room = echo_some,
                                               .on_gone = on_gone};
static const struct exchange_ears take_ears = {.on_body = take_some, .on_gone = on_gone};
static const struct exchange_ears tire_ears = {.on_body = take_unless_tired, .on_gone = on_gone};
static const struct exchange_ears lag_ears = {.on_body = take_all_but_one, .on_gone = on_gone};
static const struct exchange_ears silent_ears = {.on_gone = on_gone};

static void echo(struct exchange *x)
{
    x->response.status = 200;
    exchange_listen(x, &echo_ears);
    exchange_respond(x);
    echo_some(x);
}

static void take(struct exchange *x)
{
    exchange_listen(x, &take_ears);
    take_some(x);
}

static void take_limited(struct exchange *x)
{
    x->max_body_bytes = BODY_LIMIT;
    take(x);
}

static void tire(struct exchange *x)
{
    lab_of(x)->tired = x;
    exchange_listen(x, &tire_ears);
}

void service_wake(struct h2_lab *lab)
{
    lab->is_tired = false;
    take_some(lab->tired);
}

static void lag(struct exchange *x)
{
    exchange_listen(x, &lag_ears);
}

static void sink(struct exchange *x)
{
    exchange_listen(x, &silent_ears);
}

/* --- those that wait -------------------------------------------------------------------------- */

static void forget_later(struct exchange *x)
{
    struct h2_lab *lab = lab_of(x);

    for (size_t i = 0; i < lab->later_count; i++) {
        if (lab->later[i] == x) {
            lab->later[i] = lab->later[--lab->later_count];
            break;
        }
    }
    on_gone(x);
}

static const struct exchange_ears later_ears = {.on_gone = forget_later};

static void wait_for_later(struct exchange *x)
{
    struct h2_lab *lab = lab_of(x);

    if (lab->later_count == COUNT_OF(lab->later)) {
        exchange_abort(x, ERR_FULL);
        return;
    }
    lab->later[lab->later_count++] = x;
    exchange_listen(x, &later_ears);
}

static void answer_half(struct exchange *x)
{
    x->response.status = 200;
    exchange_respond(x);
    (void)pipe_put(&x->response_body, "12345", 5);
    wait_for_later(x);
}

static void end_half(struct exchange *x)
{
    (void)pipe_put(&x->response_body, "67890", 5);
    pipe_end(&x->response_body);
    exchange_finish(x);
}

void service_answer(struct h2_lab *lab)
{
    size_t count = lab->later_count;

    lab->later_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (exchange_is_head_sent(lab->later[i])) {
            end_half(lab->later[i]);
        } else {
            answer(lab->later[i], 200, "at last");
        }
    }
}

void service_abort(struct h2_lab *lab, enum err why)
{
    size_t count = lab->later_count;

    lab->later_count = 0;
    for (size_t i = 0; i < count; i++) {
        exchange_abort(lab->later[i], why);
    }
}

/* --- whoever has let go hears nothing --------------------------------------------------------- */

static void hear_too_late(struct exchange *x)
{
    lab_of(x)->late++;
}

static const struct exchange_ears deaf_ears = {.on_body = hear_too_late,
                                               .on_room = hear_too_late,
                                               .on_gone = hear_too_late};

static void answer_deaf(struct exchange *x)
{
    exchange_listen(x, &deaf_ears);
    answer(x, 200, "hello");
}

static void abort_deaf(struct exchange *x)
{
    exchange_listen(x, &deaf_ears);
    exchange_abort(x, ERR_IO);
}

/* --- by path ---------------------------------------------------------------------------------- */

static void answer_hello(struct exchange *x)
{
    answer(x, 200, "hello");
}

static void answer_early(struct exchange *x)
{
    answer(x, 413, "too much");
}

static void answer_short(struct exchange *x)
{
    answer_said(x, 10, "12345");
}

static void answer_long(struct exchange *x)
{
    answer_said(x, 10, "123456789012345");
}

static void answer_unknown(struct exchange *x)
{
    answer_said(x, CONTENT_LENGTH_UNKNOWN, "hello");
}

struct place {
    const char *path;
    void (*serve)(struct exchange *x);
};

static const struct place places[] = {
    {"/hello", answer_hello},
    {"/echo", echo},
    {"/take", take},
    {"/sink", sink},
    {"/early", answer_early},
    {"/hints", answer_hints},
    {"/trailers", answer_trailers},
    {"/later", wait_for_later},
    {"/huge-head", answer_huge_head},
    {"/short", answer_short},
    {"/long", answer_long},
    {"/nothing", answer_nothing},
    {"/unknown", answer_unknown},
    {"/urgent", answer_urgent},
    {"/abort", abort_deaf},
    {"/half", answer_half},
    {"/deaf", answer_deaf},
    {"/limited", take_limited},
    {"/lag", lag},
    {"/tire", tire},
};

/* The number behind `prefix`; false when the path has another form. */
static bool read_number(struct str path, struct str prefix, uint64_t *n)
{
    return str_has_prefix(path, prefix) &&
           num_parse_u64(str_skip(path, prefix.len), UINT32_MAX, n) == ERR_OK;
}

static void on_request(struct exchange_service *service, struct exchange *x)
{
    struct str path = x->request.target;
    uint64_t n = 0;

    (void)service;
    lab_of(x)->requests++;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (str_eq(path, str_from(places[i].path))) {
            places[i].serve(x);
            return;
        }
    }
    if (read_number(path, STR("/size/"), &n)) {
        answer_size(x, n);
    } else if (read_number(path, STR("/status/"), &n)) {
        answer_status(x, n);
    } else {
        answer(x, 404, "none");
    }
}

static void on_refused(struct exchange_service *service, struct exchange *x, unsigned status,
                       struct str why)
{
    (void)service;
    (void)why;
    lab_of(x)->refused++;
    answer(x, status, "refused");
}

static void on_done(struct exchange_service *service, struct exchange *x)
{
    (void)service;
    lab_of(x)->exchanges_done++;
}

struct exchange_service service_make(void)
{
    return (struct exchange_service){on_request, on_refused, on_done};
}
