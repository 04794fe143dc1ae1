#include "base/check.h"
#include "base/slab.h"
#include "h2/h2_internal.h"
#include "loop/worker.h"
#include "metrics/metrics.h"

struct h2_stream *h2_stream_of(struct h2_conn *conn, int32_t id)
{
    struct h2_stream *s = conn->body_stream;

    if (s != NULL && s->id == id) {
        return s;
    }
    s = nghttp2_session_get_stream_user_data(conn->session, id);

    if (s != NULL) {
        OBJ_CHECK(s, H2_STREAM_MAGIC);
    }
    return s;
}

/* Until it has seen our SETTINGS a client may send HTTP/2's own first window. */
uint32_t h2_stream_ceiling(const struct h2_stream *s)
{
    return s->window > NGHTTP2_INITIAL_WINDOW_SIZE ? s->window : NGHTTP2_INITIAL_WINDOW_SIZE;
}

struct h2_stream *h2_stream_new(struct h2_conn *conn, int32_t id)
{
    struct worker *w = conn->config.worker;
    struct h2_stream *s = slab_alloc(&w->slab, sizeof(*s));

    account_charge(&conn->account, sizeof(*s));
    s->magic = H2_STREAM_MAGIC;
    s->id = id;
    s->conn = conn;
    s->head_fault = H2_HEAD_GOOD;
    s->header_bytes = 0;
    s->header_count = 0;
    s->seen = 0;
    s->is_request_whole = false;
    s->is_deferred = false;
    s->is_over = false;
    s->has_head = false;
    s->window = (uint32_t)conn->config.settings->stream_window;
    s->window_mark = 0;
    s->received = 0;
    s->in = (struct h2_meter){w->now_ns, 0};
    s->out = (struct h2_meter){w->now_ns, 0};
    arena_init(&s->arena, &w->slab, &conn->account, s->first_block, sizeof(s->first_block));
    exchange_init(&s->exchange, w, conn->config.is_tls ? &h2_wire_tls : &h2_wire_plain,
                  conn->config.service, &s->arena);
    s->exchange.peer = conn->config.peer;
    s->exchange.stream_id = (uint64_t)id;
    s->exchange.request_body.ceiling = h2_stream_ceiling(s);
    list_push_back(&conn->streams, &s->node);
    conn->refs++;
    conn->open_streams++;
    metrics_inc(w->metrics, METRIC_H2_STREAMS);
    metrics_inc(w->metrics, METRIC_H2_STREAMS_OPEN);
    return s;
}

static void free_stream(struct h2_stream *s)
{
    struct h2_conn *conn = s->conn;

    arena_fini(&s->arena);
    account_release(&conn->account, sizeof(*s));
    s->magic = 0;
    slab_free(&conn->config.worker->slab, s, sizeof(*s));
    h2_conn_unref(conn);
}

/* Where exchange_wire.free leads. */
void h2_stream_free(struct exchange *x)
{
    struct h2_stream *s = CONTAINER_OF(x, struct h2_stream, exchange);

    OBJ_CHECK(s, H2_STREAM_MAGIC);
    free_stream(s);
}

void h2_stream_close(struct h2_stream *s, enum err why)
{
    struct h2_conn *conn = s->conn;
    struct worker *w = conn->config.worker;

    if (s->is_over) {
        return;
    }
    s->is_over = true;
    if (conn->body_stream == s) {
        conn->body_stream = NULL;
    }
    list_remove(&s->node);
    conn->open_streams--;
    conn->windows -= s->window - (uint32_t)conn->config.settings->stream_window;
    metrics_dec(w->metrics, METRIC_H2_STREAMS_OPEN);
    if (conn->open_streams == 0) {
        h2_time_idle(conn);
    }
    if (s->has_head) {
        exchange_wire_done(&s->exchange, why);
        return;
    }
    pipe_fini(&s->exchange.request_body);
    pipe_fini(&s->exchange.response_body);
    free_stream(s);
}
