#include "h2_lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/num.h"
#include "base/slab.h"

#define FILL_BYTES 163840

static struct h2_lab *lab_of(struct exchange_service *service)
{
    return CONTAINER_OF(service, struct h2_lab, service);
}

/* --- the service ---------------------------------------------------------------------------- */

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

static void abandon(struct exchange *x)
{
    exchange_finish(x);
}

static void echo_some(struct exchange *x)
{
    uint8_t block[4096];
    enum pipe_more more = PIPE_LATER;

    for (;;) {
        size_t room = pipe_room(&x->response_body);
        size_t want = room < sizeof(block) ? room : sizeof(block);
        size_t n = exchange_take_body(x, block, want, &more);
        MUST(pipe_put(&x->response_body, block, n) == n);
        if (more == PIPE_END) {
            x->response.trailers = x->request.trailers;
            pipe_end(&x->response_body);
            exchange_finish(x);
            return;
        }
        if (more == PIPE_BROKEN) {
            exchange_abort(x, ERR_IO);
            return;
        }
        if (n == 0) {
            return;
        }
    }
}

static const struct exchange_ears echo_ears = {
    .on_body = echo_some, .on_room = echo_some, .on_gone = abandon};

static void take_some(struct exchange *x)
{
    uint8_t block[4096];
    enum pipe_more more = PIPE_MORE;

    while (more == PIPE_MORE) {
        (void)exchange_take_body(x, block, sizeof(block), &more);
    }
    if (more == PIPE_END) {
        answer(x, 200, "taken");
    } else if (more == PIPE_BROKEN) {
        if (exchange_is_head_sent(x)) {
            exchange_abort(x, ERR_IO);
        } else {
            answer(x, x->request_body.failure == ERR_TIMEOUT ? 408 : 413, "broken");
        }
    }
}

static const struct exchange_ears take_ears = {.on_body = take_some, .on_gone = abandon};
static const struct exchange_ears silent_ears = {.on_gone = abandon};

static void forget_later(struct exchange *x)
{
    struct h2_lab *lab = lab_of(x->service);

    for (size_t i = 0; i < lab->later_count; i++) {
        if (lab->later[i] == x) {
            lab->later[i] = lab->later[--lab->later_count];
            break;
        }
    }
    exchange_finish(x);
}

static const struct exchange_ears later_ears = {.on_gone = forget_later};

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
    char *big = arena_alloc(x->arena, 70000);

    memset(big, 'v', 70000);
    fields_add_named(&x->response.fields, x->arena, STR("x-big"), str_of(big, 70000));
    answer(x, 200, "hello");
}

static void answer_short(struct exchange *x)
{
    x->response.status = 200;
    x->response.content_length = 10;
    exchange_respond(x);
    (void)pipe_put(&x->response_body, "12345", 5);
    pipe_end(&x->response_body);
    exchange_finish(x);
}

static void answer_hints(struct exchange *x)
{
    struct fields f;

    fields_init(&f);
    fields_add_named(&f, x->arena, STR("link"), STR("</style.css>; rel=preload"));
    exchange_inform(x, 103, &f);
    answer(x, 200, "hello");
}

static void wait_for_later(struct exchange *x)
{
    struct h2_lab *lab = lab_of(x->service);

    MUST(lab->later_count < COUNT_OF(lab->later));
    lab->later[lab->later_count++] = x;
    exchange_listen(x, &later_ears);
}

static void serve_body(struct exchange *x)
{
    struct str path = x->request.target;

    if (str_eq(path, STR("/echo"))) {
        x->response.status = 200;
        exchange_listen(x, &echo_ears);
        exchange_respond(x);
        echo_some(x);
    } else if (str_eq(path, STR("/take"))) {
        exchange_listen(x, &take_ears);
        take_some(x);
    } else if (str_eq(path, STR("/sink"))) {
        exchange_listen(x, &silent_ears);
    } else if (str_eq(path, STR("/later"))) {
        wait_for_later(x);
    } else {
        answer(x, 404, "none");
    }
}

static void on_request(struct exchange_service *service, struct exchange *x)
{
    struct str path = x->request.target;
    uint64_t size = 0;

    lab_of(service)->requests++;
    if (str_eq(path, STR("/hello"))) {
        answer(x, 200, "hello");
    } else if (str_has_prefix(path, STR("/size/")) &&
               num_parse_u64(str_skip(path, 6), UINT32_MAX, &size) == ERR_OK) {
        answer_size(x, size);
    } else if (str_eq(path, STR("/early"))) {
        answer(x, 413, "too much");
    } else if (str_eq(path, STR("/trailers"))) {
        answer_trailers(x);
    } else if (str_eq(path, STR("/huge-head"))) {
        answer_huge_head(x);
    } else if (str_eq(path, STR("/short"))) {
        answer_short(x);
    } else if (str_eq(path, STR("/hints"))) {
        answer_hints(x);
    } else if (str_eq(path, STR("/urgent"))) {
        fields_add(&x->response.fields, x->arena, FIELD_PRIORITY, STR("u=0"));
        answer_size(x, 200000);
    } else {
        serve_body(x);
    }
}

static void on_refused(struct exchange_service *service, struct exchange *x, unsigned status,
                       struct str why)
{
    (void)why;
    lab_of(service)->refused++;
    answer(x, status, "refused");
}

static void on_done(struct exchange_service *service, struct exchange *x)
{
    (void)x;
    lab_of(service)->exchanges_done++;
}

void lab_answer(struct h2_lab *lab)
{
    while (lab->later_count > 0) {
        answer(lab->later[--lab->later_count], 200, "at last");
    }
}

/* --- the client ------------------------------------------------------------------------------ */

struct lab_stream *lab_stream(struct h2_lab *lab, int32_t id)
{
    MUST(id > 0 && id / 2 < LAB_STREAMS);
    return &lab->streams[id / 2];
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user_data)
{
    struct lab_stream *s = lab_stream(user_data, frame->hd.stream_id);
    struct str n = str_of((const char *)name, name_len);
    uint64_t status = 0;

    (void)session;
    (void)flags;
    if (str_eq(n, STR(":status"))) {
        MUST(num_parse_u64(str_of((const char *)value, value_len), 999, &status) == ERR_OK);
        if (status < 200) {
            s->informational = (unsigned)status;
        } else {
            s->status = (unsigned)status;
        }
    }
    s->has_date = s->has_date || str_eq(n, STR("date"));
    if (frame->headers.cat == NGHTTP2_HCAT_HEADERS && !str_eq(n, STR(":status")) &&
        s->status != 0 && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        s->has_trailers = true;
    }
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct h2_lab *lab = user_data;

    (void)session;
    if (frame->hd.type == NGHTTP2_GOAWAY) {
        lab->goaways++;
        lab->goaway_code = frame->goaway.error_code;
        lab->goaway_last = frame->goaway.last_stream_id;
    }
    if (frame->hd.stream_id > 0 && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
        (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
        lab->done++;
        lab_stream(lab, frame->hd.stream_id)->done_as = lab->done;
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data,
                   size_t len, void *user_data)
{
    (void)session;
    (void)flags;
    (void)data;
    lab_stream(user_data, stream_id)->body += len;
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream_id, uint32_t code, void *user_data)
{
    struct lab_stream *s = lab_stream(user_data, stream_id);

    (void)session;
    s->is_closed = true;
    s->close_code = code;
    return 0;
}

static void make_client(struct h2_lab *lab)
{
    nghttp2_session_callbacks *c = NULL;
    nghttp2_option *o = NULL;
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
                                               {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};

    MUST(nghttp2_session_callbacks_new(&c) == 0 && nghttp2_option_new(&o) == 0);
    nghttp2_option_set_no_closed_streams(o, 1);
    nghttp2_option_set_peer_max_concurrent_streams(o, 100000);
    nghttp2_option_set_no_http_messaging(o, 1); /* the lab sends what a good client would not */
    nghttp2_session_callbacks_set_on_header_callback(c, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, on_close);
    MUST(nghttp2_session_client_new2(&lab->client, c, lab, o) == 0);
    nghttp2_session_callbacks_del(c);
    nghttp2_option_del(o);
    MUST(nghttp2_submit_settings(lab->client, 0, settings, COUNT_OF(settings)) == 0);
}

static ssize_t read_request_body(nghttp2_session *session, int32_t stream_id, uint8_t *buf,
                                 size_t length, uint32_t *flags, nghttp2_data_source *source,
                                 void *user_data)
{
    uint64_t *left = source->ptr;
    size_t n = *left < length ? (size_t)*left : length;

    (void)session;
    (void)stream_id;
    (void)user_data;
    memset(buf, 'q', n);
    *left -= n;
    if (*left == 0) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        free(left);
    }
    return (ssize_t)n;
}

static nghttp2_nv make_nv(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

int32_t lab_request(struct h2_lab *lab, const char *method, const char *path, const char *name,
                    const char *value, int64_t body_len)
{
    nghttp2_nv nv[] = {make_nv(":method", method), make_nv(":scheme", "https"),
                       make_nv(":path", path), make_nv(":authority", "example.com"),
                       make_nv(name != NULL ? name : "x", name != NULL ? value : "y")};
    uint64_t *left = NULL;
    nghttp2_data_provider body = {.read_callback = read_request_body};

    if (body_len >= 0) {
        left = malloc(sizeof(*left));
        MUST(left != NULL);
        *left = (uint64_t)body_len;
        body.source.ptr = left;
    }
    return nghttp2_submit_request(lab->client, NULL, nv, name != NULL ? 5 : 4,
                                  body_len >= 0 ? &body : NULL, NULL);
}

int32_t lab_get(struct h2_lab *lab, const char *path)
{
    return lab_request(lab, "GET", path, NULL, NULL, -1);
}

/* --- both ------------------------------------------------------------------------------------- */

static void want_output(void *owner)
{
    (void)owner; /* the lab asks anyway */
}

static void want_check(void *owner, uint64_t at_ns)
{
    struct h2_lab *lab = owner;

    lab->check_at_ns = at_ns < lab->check_at_ns ? at_ns : lab->check_at_ns;
}

static void freed(void *owner)
{
    ((struct h2_lab *)owner)->is_freed = true;
}

void lab_init(struct h2_lab *lab)
{
    static const struct worker_part_kind *const parts[] = {&h2_shared_kind, NULL};

    memset(lab, 0, sizeof(*lab));
    lab->service = (struct exchange_service){on_request, on_refused, on_done};
    lab->streams = calloc(LAB_STREAMS, sizeof(*lab->streams));
    MUST(lab->streams != NULL);
    lab->check_at_ns = UINT64_MAX;
    lab->peer.address = STR("192.0.2.1:50123");
    manual_loop_init(&lab->loop, parts, NULL);
    log_set_level(&lab->loop.log, LOG_LEVEL_ERROR);
    h2_settings_init(&lab->settings);
}

void lab_open(struct h2_lab *lab)
{
    const struct h2_conn_config config = {
        .worker = lab->loop.worker,
        .settings = &lab->settings,
        .service = &lab->service,
        .peer = &lab->peer,
        .is_tls = true,
        .owner = lab,
        .want_output = want_output,
        .want_check = want_check,
        .freed = freed,
    };

    manual_loop_turn(&lab->loop);
    MUST(h2_conn_new(&config, &lab->conn) == ERR_OK);
    make_client(lab);
}

void lab_fini(struct h2_lab *lab)
{
    if (lab->conn != NULL) {
        h2_conn_close(&lab->conn, ERR_CLOSED);
    }
    manual_loop_settle(&lab->loop);
    nghttp2_session_del(lab->client);
    MUST(lab->is_freed);
    manual_loop_fini(&lab->loop);
    free(lab->streams);
}

enum err lab_raw(struct h2_lab *lab, const void *data, size_t len)
{
    enum err e = h2_conn_receive(lab->conn, data, len);

    manual_loop_settle(&lab->loop);
    return e;
}

bool lab_to_server(struct h2_lab *lab)
{
    const uint8_t *data = NULL;
    ssize_t n = nghttp2_session_mem_send(lab->client, &data);

    MUST(n >= 0);
    if (n == 0) {
        return false;
    }
    (void)!lab_raw(lab, data, (size_t)n);
    return true;
}

bool lab_to_client(struct h2_lab *lab)
{
    static uint8_t out[FILL_BYTES];
    size_t n = h2_conn_fill(lab->conn, out, sizeof(out));

    if (n == 0) {
        return false;
    }
    MUST(nghttp2_session_mem_recv(lab->client, out, n) == (ssize_t)n);
    return true;
}

void lab_pump(struct h2_lab *lab)
{
    bool moved = true;

    while (moved) {
        moved = lab_to_server(lab);
        manual_loop_settle(&lab->loop);
        moved = lab_to_client(lab) || moved;
    }
}

enum err lab_advance_ms(struct h2_lab *lab, uint64_t ms, bool is_stalled)
{
    uint64_t end_ns = lab->loop.now_ns + ms * 1000000;
    uint64_t next_ns = UINT64_MAX;

    while (lab->loop.now_ns < end_ns) {
        manual_loop_advance_ms(&lab->loop, 10);
        manual_loop_turn(&lab->loop);
        if (lab->loop.now_ns >= lab->check_at_ns || lab->check_at_ns == UINT64_MAX) {
            enum err e = h2_conn_check(lab->conn, 0, is_stalled, &next_ns);
            if (e != ERR_OK) {
                return e;
            }
            lab->check_at_ns = next_ns;
        }
    }
    return ERR_OK;
}
