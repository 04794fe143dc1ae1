/* The wire's half of an exchange, sending side. A body goes from its pipe straight to where the
 * frame will stand in the output:
 *
 *   out:  [ frames so far ][ 9 bytes: head ][ payload, put there by read_body ]
 *
 * read_body runs first and fills in the payload, then nghttp2 calls h2_send_data for the same
 * frame, with no other frame between, and that only writes the head. */
#include <string.h>

#include "base/check.h"
#include "base/num.h"
#include "h2/h2_internal.h"
#include "http/date.h"
#include "http/priority.h"
#include "loop/worker.h"

#define FRAME_HEAD    9u
#define FRAME_PAYLOAD 16375u /* with its head it fills a TLS record exactly */
#define NV_MAX_STACK  64u
#define CONTROL_ROOM                                                                           \
    20480u                /* the largest other frame must still fit behind the last DATA frame \
                           */
#define WHOLE_WORTH 2048u /* less room than this is not worth a frame */

static struct h2_stream *stream_of(struct exchange *x)
{
    struct h2_stream *s = CONTAINER_OF(x, struct h2_stream, exchange);

    OBJ_CHECK(s, H2_STREAM_MAGIC);
    return s;
}

/* nghttp2 reads names and values, but does not say const. */
static uint8_t *bytes_of(const char *text)
{
    union {
        const char *text;
        uint8_t *bytes;
    } u = {.text = text};

    return u.bytes;
}

/* --- body ------------------------------------------------------------------------------------- */

static int submit_trailers(struct h2_stream *s)
{
    const struct fields *f = &s->exchange.response.trailers;
    nghttp2_nv *nv = arena_alloc(&s->arena, f->count * sizeof(*nv));

    for (uint32_t i = 0; i < f->count; i++) {
        nv[i] = (nghttp2_nv){
            .name = bytes_of(f->v[i].name.p),
            .value = bytes_of(f->v[i].value.p),
            .namelen = f->v[i].name.len,
            .valuelen = f->v[i].value.len,
            .flags = NGHTTP2_NV_FLAG_NONE,
        };
    }
    return nghttp2_submit_trailer(s->conn->session, s->id, nv, f->count);
}

static ssize_t end_body(struct h2_stream *s, size_t n, uint32_t *flags)
{
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (s->exchange.response.trailers.count == 0) {
        return (ssize_t)n;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    return submit_trailers(s) == 0 ? (ssize_t)n : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* A declared length must come true: fewer or more bytes than said would let the peer take the rest
 * of the stream for something else. */
static bool is_length_kept(const struct h2_stream *s, bool is_end)
{
    int64_t said = s->exchange.response.content_length;
    uint64_t taken = s->exchange.response_body.taken;

    if (said < 0) {
        return true;
    }
    return is_end ? taken == (uint64_t)said : taken <= (uint64_t)said;
}

/* NOLINTNEXTLINE(readability-function-size,readability-non-const-parameter): as nghttp2 has it */
static ssize_t read_body(nghttp2_session *session, int32_t stream_id, uint8_t *buf, size_t length,
                         uint32_t *flags, nghttp2_data_source *source, void *user_data)
{
    struct h2_conn *conn = user_data;
    struct h2_stream *s = source->ptr;
    size_t room = conn->out_cap - conn->out_len;
    enum pipe_more more = PIPE_LATER;
    size_t n = 0;

    (void)session;
    (void)stream_id;
    (void)buf;
    if (room < FRAME_HEAD + WHOLE_WORTH + CONTROL_ROOM) {
        return NGHTTP2_ERR_PAUSE;
    }
    room -= FRAME_HEAD + CONTROL_ROOM;
    length = length < room ? length : room;
    length = length < FRAME_PAYLOAD ? length : FRAME_PAYLOAD;
    n = pipe_take(&s->exchange.response_body, conn->out + conn->out_len + FRAME_HEAD, length,
                  &more);
    if (more == PIPE_BROKEN || !is_length_kept(s, more == PIPE_END)) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    conn->body_stream = s;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (more == PIPE_END) {
        return end_body(s, n, flags);
    }
    if (n == 0) {
        s->is_deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    return (ssize_t)n;
}

int h2_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t length,
                 nghttp2_data_source *source, void *user_data)
{
    struct h2_conn *conn = user_data;

    (void)session;
    (void)source;
    MUST(frame->data.padlen == 0);
    MUST(conn->out != NULL && length + FRAME_HEAD <= conn->out_cap - conn->out_len);
    memcpy(conn->out + conn->out_len, head, FRAME_HEAD);
    conn->out_len += FRAME_HEAD + length;
    return 0;
}

/* --- head ------------------------------------------------------------------------------------- */

static nghttp2_nv make_nv(struct str name, struct str value, uint8_t flags)
{
    return (nghttp2_nv){
        .name = bytes_of(name.p),
        .value = bytes_of(value.p),
        .namelen = name.len,
        .valuelen = value.len,
        .flags = flags,
    };
}

static nghttp2_nv nv_of(const struct field *f)
{
    uint8_t flags = NGHTTP2_NV_FLAG_NO_COPY_NAME;

    if ((f->flags & FIELD_FLAG_SHORT_LIVED) == 0) {
        flags |= NGHTTP2_NV_FLAG_NO_COPY_VALUE;
    }
    if ((f->flags & FIELD_FLAG_NEVER_INDEX) != 0) {
        flags |= NGHTTP2_NV_FLAG_NO_INDEX;
    }
    return make_nv(f->name, f->value, flags);
}

/* The three digits of a status, static. */
static struct str status_text(unsigned status, struct arena *a)
{
    char *text = NULL;

    switch (status) {
    case 200:
        return STR("200");
    case 206:
        return STR("206");
    case 304:
        return STR("304");
    case 404:
        return STR("404");
    default:
        MUST(status >= 100 && status <= 999);
        text = arena_alloc(a, 3);
        text[0] = (char)('0' + status / 100);
        text[1] = (char)('0' + status / 10 % 10);
        text[2] = (char)('0' + status % 10);
        return str_of(text, 3);
    }
}

static struct str date_now(struct h2_shared *shared)
{
    int64_t second = (int64_t)(shared->worker->wall_ns / 1000000000ull);

    if (shared->date_second != second) {
        shared->date_second = second;
        date_format(second, shared->date);
    }
    return str_of(shared->date, DATE_LEN);
}

static struct str length_text(struct h2_stream *s)
{
    char *text = NULL;

    if (s->exchange.response.length_text.p != NULL) {
        return s->exchange.response.length_text;
    }
    text = arena_alloc(&s->arena, 20);
    return str_of(text, num_format_u64((uint64_t)s->exchange.response.content_length, text));
}

/* The fields of a response, in at most response.fields.count + 4 places. */
static size_t fill_nv(struct h2_stream *s, nghttp2_nv *nv)
{
    const uint8_t borrow = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
    const struct response *r = &s->exchange.response;
    const struct field *f = NULL;
    size_t n = 0;

    nv[n++] = make_nv(STR(":status"), status_text(r->status, &s->arena), borrow);
    FIELDS_EACH(f, &r->fields) {
        nv[n++] = nv_of(f);
    }
    if (r->content_length >= 0) {
        nv[n++] = make_nv(STR("content-length"), length_text(s), borrow);
    }
    nv[n++] = make_nv(STR("date"), date_now(s->conn->shared), NGHTTP2_NV_FLAG_NO_COPY_NAME);
    nv[n++] = make_nv(STR("server"), STR("weir"), borrow);
    return n;
}

/* nghttp2 looks for `priority` in requests only; the server's own word counts too, laid over the
 * client's (RFC 9218, section 8). */
static void apply_own_priority(struct h2_stream *s)
{
    struct str own = fields_value(&s->exchange.response.fields, FIELD_PRIORITY);
    struct priority p = {.urgency = PRIORITY_URGENCY_DEFAULT, .is_incremental = false};
    nghttp2_extpri pri = {0};

    if (own.p == NULL) {
        return;
    }
    priority_apply(fields_value(&s->exchange.request.fields, FIELD_PRIORITY), &p);
    priority_apply(own, &p);
    pri.urgency = p.urgency;
    pri.inc = p.is_incremental;
    (void)nghttp2_session_change_extpri_stream_priority(s->conn->session, s->id, &pri, 1);
}

/* An empty body where another was promised is left to read_body, which breaks it off. */
static bool has_body_to_send(const struct exchange *x)
{
    return !x->response.has_no_body &&
           !(x->response_body.state == PIPE_STATE_ENDED && x->response_body.first == NULL &&
             x->response.trailers.count == 0 && x->response.content_length <= 0);
}

static void respond(struct exchange *x)
{
    struct h2_stream *s = stream_of(x);
    nghttp2_nv on_stack[NV_MAX_STACK];
    nghttp2_nv *nv = on_stack;
    nghttp2_data_provider body = {.source = {.ptr = s}, .read_callback = read_body};
    size_t most = x->response.fields.count + 4;

    if (s->is_over) {
        return;
    }
    if (most > NV_MAX_STACK) {
        nv = arena_alloc(&s->arena, most * sizeof(*nv));
    }
    apply_own_priority(s);
    if (nghttp2_submit_response(s->conn->session, s->id, nv, fill_nv(s, nv),
                                has_body_to_send(x) ? &body : NULL) != 0) {
        h2_send_reset(s, NGHTTP2_INTERNAL_ERROR);
        return;
    }
    h2_conn_want_output(s->conn);
}

static void inform(struct exchange *x, unsigned status, const struct fields *fields)
{
    struct h2_stream *s = stream_of(x);
    uint32_t count = fields != NULL ? fields->count : 0;
    nghttp2_nv *nv = NULL;

    if (s->is_over) {
        return;
    }
    nv = arena_alloc(&s->arena, (count + 1) * sizeof(*nv));
    nv[0] = make_nv(STR(":status"), status_text(status, &s->arena), NGHTTP2_NV_FLAG_NONE);
    for (uint32_t i = 0; i < count; i++) {
        nv[i + 1] = make_nv(fields->v[i].name, fields->v[i].value, NGHTTP2_NV_FLAG_NONE);
    }
    if (nghttp2_submit_headers(s->conn->session, NGHTTP2_FLAG_NONE, s->id, NULL, nv, count + 1,
                               NULL) == 0) {
        h2_conn_want_output(s->conn);
    }
}

static void body_ready(struct exchange *x)
{
    struct h2_stream *s = stream_of(x);

    if (s->is_deferred && !s->is_over) {
        s->is_deferred = false;
        (void)nghttp2_session_resume_data(s->conn->session, s->id);
        h2_conn_want_output(s->conn);
    }
}

/* --- credit and resets ------------------------------------------------------------------------ */

/* The reader keeps up: it has taken a whole window since the last growth and nothing is left lying.
 */
static void grow_window(struct h2_stream *s)
{
    const struct h2_settings *set = s->conn->config.settings;
    struct pipe *p = &s->exchange.request_body;
    uint32_t more = s->window;

    if (p->held > 0 || p->taken - s->window_mark < s->window ||
        s->window + more > set->stream_window_max ||
        s->conn->windows + more > set->connection_windows) {
        return;
    }
    if (nghttp2_session_set_local_window_size(s->conn->session, NGHTTP2_FLAG_NONE, s->id,
                                              (int32_t)(s->window + more)) != 0) {
        return;
    }
    s->window += more;
    s->window_mark = p->taken;
    s->conn->windows += more;
    p->ceiling = h2_stream_ceiling(s);
}

static void credit(struct exchange *x, size_t bytes)
{
    struct h2_stream *s = stream_of(x);

    if (s->is_over || s->is_request_whole) {
        return;
    }
    (void)nghttp2_session_consume_stream(s->conn->session, s->id, bytes);
    grow_window(s);
    h2_conn_want_output(s->conn);
}

void h2_send_reset(struct h2_stream *s, uint32_t code)
{
    (void)nghttp2_submit_rst_stream(s->conn->session, NGHTTP2_FLAG_NONE, s->id, code);
    h2_conn_want_output(s->conn);
}

static void reset(struct exchange *x, enum err why)
{
    struct h2_stream *s = stream_of(x);

    if (!s->is_over) {
        h2_send_reset(s, why == ERR_CANCELLED ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR);
    }
}

const struct exchange_wire h2_wire_tls = {
    .protocol = "h2",
    .inform = inform,
    .respond = respond,
    .body_ready = body_ready,
    .credit = credit,
    .reset = reset,
    .free = h2_stream_free,
};

const struct exchange_wire h2_wire_plain = {
    .protocol = "h2c",
    .inform = inform,
    .respond = respond,
    .body_ready = body_ready,
    .credit = credit,
    .reset = reset,
    .free = h2_stream_free,
};
