/* What nghttp2 tells us, frame by frame. Header blocks come without other frames between, so that
 * the stream they belong to is looked up once. */
#include "h2/h2_internal.h"
#include "loop/worker.h"
#include "metrics/metrics.h"

#define PRIORITY_UPDATE 0x10

static int count_frame(struct h2_conn *conn, enum h2_flood_kind kind)
{
    if (!h2_flood_count(&conn->flood, conn->config.settings, kind, conn->config.worker->now_ns)) {
        h2_conn_flooded(conn, kind);
    }
    return 0;
}

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user_data)
{
    struct h2_conn *conn = user_data;

    (void)session;
    switch (hd->type) {
    case NGHTTP2_HEADERS:
        h2_flood_new_block(&conn->flood);
        return 0;
    case NGHTTP2_DATA:
        if (hd->length == 0 && (hd->flags & NGHTTP2_FLAG_END_STREAM) == 0) {
            return count_frame(conn, H2_FLOOD_EMPTY_DATA);
        }
        return 0;
    case NGHTTP2_RST_STREAM:
        metrics_inc(conn->config.worker->metrics, METRIC_H2_RESETS_RECEIVED);
        return count_frame(conn, H2_FLOOD_RESET);
    case NGHTTP2_PING:
        return count_frame(conn, H2_FLOOD_PING);
    case NGHTTP2_SETTINGS:
        return count_frame(conn, H2_FLOOD_SETTINGS);
    case NGHTTP2_PRIORITY:
    case PRIORITY_UPDATE:
        return count_frame(conn, H2_FLOOD_PRIORITY);
    case NGHTTP2_WINDOW_UPDATE:
        return count_frame(conn, H2_FLOOD_WINDOW_UPDATE);
    case NGHTTP2_CONTINUATION:
        return count_frame(conn, H2_FLOOD_CONTINUATION);
    default:
        return 0;
    }
}

/* The final GOAWAY does not name it, perhaps because it still waits to be sent: the client will ask
 * again elsewhere, so nothing may be done with it here (RFC 9113, section 6.8). */
static bool is_too_late(const struct h2_conn *conn, int32_t id)
{
    return conn->is_drained && id > conn->final_id;
}

static void refuse(struct h2_conn *conn, int32_t id)
{
    conn->head_stream = NULL;
    (void)nghttp2_submit_rst_stream(conn->session, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
    h2_conn_want_output(conn);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct h2_conn *conn = user_data;

    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST && is_too_late(conn, frame->hd.stream_id)) {
        refuse(conn, frame->hd.stream_id);
    } else if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        struct h2_stream *s = h2_stream_new(conn, frame->hd.stream_id);
        (void)nghttp2_session_set_stream_user_data(session, s->id, s);
        conn->head_stream = s;
    } else {
        conn->head_stream = h2_stream_of(conn, frame->hd.stream_id);
    }
    h2_time_busy(conn);
    return 0;
}

/* Past its bound a block is decoded on, for HPACK's state, and answered by 431. But a few bytes
 * that point into the table may stand for megabytes: twice the bound ends the stream, and nghttp2
 * then decodes the rest without calling or checking. */
static int end_bomb(struct h2_stream *s)
{
    if (s->header_bytes <= 2 * s->conn->config.settings->max_header_bytes) {
        return 0;
    }
    h2_send_reset(s, NGHTTP2_ENHANCE_YOUR_CALM);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* NOLINTNEXTLINE(readability-function-size): nghttp2 says which parameters */
static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user_data)
{
    struct h2_conn *conn = user_data;
    struct h2_stream *s = conn->head_stream;
    struct str n = str_of((const char *)name, name_len);
    struct str v = str_of((const char *)value, value_len);

    (void)session;
    if (s == NULL) {
        return 0;
    }
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        h2_head_add(s, n, v, flags);
    } else {
        h2_head_trailer(s, n, v, flags);
    }
    return end_bomb(s);
}

/* nghttp2 would drop the field and go on: a request smuggler's friend. The stream fails instead. */
/* NOLINTNEXTLINE(readability-function-size): nghttp2 says which parameters */
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame,
                             const uint8_t *name, size_t name_len, const uint8_t *value,
                             size_t value_len, uint8_t flags, void *user_data)
{
    struct h2_conn *conn = user_data;
    struct h2_stream *s = conn->head_stream;

    (void)session;
    (void)name;
    (void)name_len;
    (void)value;
    (void)value_len;
    (void)flags;
    if (s == NULL) {
        return 0;
    }
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
        h2_send_reset(s, NGHTTP2_PROTOCOL_ERROR);
    } else if (s->head_fault == H2_HEAD_GOOD) {
        s->head_fault = H2_HEAD_BAD;
    }
    return 0;
}

static void on_end_stream(struct h2_stream *s)
{
    s->is_request_whole = true;
    if (s->has_head) {
        pipe_end(&s->exchange.request_body);
    }
}

static void on_headers(struct h2_conn *conn, const nghttp2_frame *frame)
{
    struct h2_stream *s = conn->head_stream;
    bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;

    conn->head_stream = NULL;
    conn->head_since_ns = 0;
    if (s == NULL) {
        return;
    }
    if (is_last) {
        on_end_stream(s);
    }
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        h2_head_done(s);
    }
}

/* A frame of padding alone costs as much as an empty one; that one is counted as it begins. */
static void on_data_frame(struct h2_conn *conn, const nghttp2_frame *frame)
{
    struct h2_stream *s = h2_stream_of(conn, frame->hd.stream_id);

    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
        if (frame->hd.length > 0 && frame->hd.length == frame->data.padlen) {
            (void)count_frame(conn, H2_FLOOD_EMPTY_DATA);
        }
        return;
    }
    if (s != NULL) {
        on_end_stream(s);
    }
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct h2_conn *conn = user_data;
    bool is_ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;

    (void)session;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        on_headers(conn, frame);
        break;
    case NGHTTP2_DATA:
        on_data_frame(conn, frame);
        break;
    case NGHTTP2_SETTINGS:
        if (is_ack) {
            conn->has_ack = true;
        } else {
            conn->has_settings = true;
        }
        break;
    case NGHTTP2_PING:
        if (is_ack) {
            h2_conn_ponged(conn, frame->ping.opaque_data);
        }
        break;
    case NGHTTP2_GOAWAY:
        conn->is_peer_leaving = true;
        break;
    default:
        break;
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data,
                   size_t len, void *user_data)
{
    struct h2_conn *conn = user_data;
    struct h2_stream *s = h2_stream_of(conn, stream_id);

    (void)flags;
    /* The connection's credit comes back on arrival, so that one stalled stream never starves its
     * siblings; the stream's comes back when its body is taken. */
    (void)nghttp2_session_consume_connection(session, len);
    if (s == NULL || !s->has_head) {
        return 0;
    }
    s->received += len;
    if (s->received > s->exchange.max_body_bytes) {
        pipe_fail(&s->exchange.request_body, ERR_FULL);
        return 0;
    }
    if (pipe_is_open(&s->exchange.request_body) &&
        pipe_put(&s->exchange.request_body, data, len) < len) {
        pipe_fail(&s->exchange.request_body, ERR_PROTOCOL); /* more than the window it was given */
        h2_send_reset(s, NGHTTP2_FLOW_CONTROL_ERROR);
    }
    return 0;
}

static enum err why_closed(uint32_t code)
{
    switch (code) {
    case NGHTTP2_NO_ERROR:
    case NGHTTP2_CANCEL:
        return ERR_CANCELLED;
    case NGHTTP2_INTERNAL_ERROR:
        return ERR_IO;
    case NGHTTP2_REFUSED_STREAM:
        return ERR_DENIED;
    default:
        return ERR_PROTOCOL;
    }
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t code,
                           void *user_data)
{
    struct h2_conn *conn = user_data;
    struct h2_stream *s = h2_stream_of(conn, stream_id);

    (void)session;
    if (s == NULL) {
        return 0;
    }
    if (conn->head_stream == s) {
        conn->head_stream = NULL;
        conn->head_since_ns = 0;
    }
    h2_stream_close(s, why_closed(code));
    return 0;
}

/* The last frame of the answer has gone: an unread rest of the request is not wanted (RFC 9113,
 * section 8.1). From here, not from respond: submitted earlier, the reset would overtake the queued
 * DATA. */
static void on_answer_sent(struct h2_stream *s)
{
    exchange_sent(&s->exchange);
    if (!s->is_request_whole) {
        h2_send_reset(s, NGHTTP2_NO_ERROR);
    }
}

static void on_sent_data(struct h2_conn *conn, const nghttp2_frame *frame)
{
    struct h2_stream *s = h2_stream_of(conn, frame->hd.stream_id);

    h2_flood_sent_data(&conn->flood);
    conn->body_bytes_sent += frame->hd.length;
    if (s == NULL) {
        return;
    }
    s->exchange.body_bytes_sent += frame->hd.length;
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        on_answer_sent(s);
    }
}

static void on_sent_headers(struct h2_conn *conn, const nghttp2_frame *frame)
{
    struct h2_stream *s = NULL;

    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
        return;
    }
    s = h2_stream_of(conn, frame->hd.stream_id);
    if (s != NULL) {
        on_answer_sent(s);
    }
}

/* Most errors of a session are found by nghttp2, which tells of them by its GOAWAY alone. Floods
 * have a count of their own. */
static bool is_peers_fault(uint32_t code)
{
    return code != NGHTTP2_NO_ERROR && code != NGHTTP2_INTERNAL_ERROR &&
           code != NGHTTP2_ENHANCE_YOUR_CALM;
}

static bool is_peers_doing(uint32_t code)
{
    return code == NGHTTP2_PROTOCOL_ERROR || code == NGHTTP2_STREAM_CLOSED ||
           code == NGHTTP2_FLOW_CONTROL_ERROR || code == NGHTTP2_ENHANCE_YOUR_CALM;
}

static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct h2_conn *conn = user_data;
    struct metrics_row *metrics = conn->config.worker->metrics;

    (void)session;
    switch (frame->hd.type) {
    case NGHTTP2_DATA:
        on_sent_data(conn, frame);
        break;
    case NGHTTP2_HEADERS:
        on_sent_headers(conn, frame);
        break;
    case NGHTTP2_RST_STREAM:
        metrics_inc(metrics, METRIC_H2_RESETS_SENT);
        if (is_peers_doing(frame->rst_stream.error_code)) {
            metrics_inc(metrics, METRIC_H2_MALFORMED);
            return count_frame(conn, H2_FLOOD_ERROR);
        }
        break;
    case NGHTTP2_GOAWAY:
        metrics_inc(metrics, METRIC_H2_GOAWAYS_SENT);
        if (is_peers_fault(frame->goaway.error_code)) {
            metrics_inc(metrics, METRIC_H2_SESSION_ERRORS);
        }
        h2_conn_drain_sent(conn);
        break;
    default:
        break;
    }
    return 0;
}

/* A head that cannot be sent (a header block over 64 KiB) would leave the stream open for ever. */
static int on_not_sent(nghttp2_session *session, const nghttp2_frame *frame, int error,
                       void *user_data)
{
    struct h2_conn *conn = user_data;
    struct h2_stream *s = NULL;

    (void)session;
    if (frame->hd.type != NGHTTP2_HEADERS || error == NGHTTP2_ERR_STREAM_CLOSED ||
        error == NGHTTP2_ERR_STREAM_CLOSING) {
        return 0;
    }
    s = h2_stream_of(conn, frame->hd.stream_id);
    if (s != NULL) {
        h2_send_reset(s, NGHTTP2_INTERNAL_ERROR);
    }
    return 0;
}

enum err h2_callbacks_new(nghttp2_session_callbacks **out)
{
    nghttp2_session_callbacks *c = NULL;

    if (nghttp2_session_callbacks_new(&c) != 0) {
        return ERR_NO_MEMORY;
    }
    nghttp2_session_callbacks_set_on_begin_frame_callback(c, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(c, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(c, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(c, on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, on_stream_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(c, on_sent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(c, on_not_sent);
    nghttp2_session_callbacks_set_send_data_callback(c, h2_send_data);
    *out = c;
    return ERR_OK;
}
