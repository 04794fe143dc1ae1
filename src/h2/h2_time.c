/* Deadlines. Nothing here runs per frame: the owner of the connection calls h2_conn_check now and
 * then, which compares what has moved with what should have. A deadline that a single byte would
 * put off is none, so transfers are measured: over each period they must reach min_rate. */
#include "h2/h2_internal.h"
#include "loop/worker.h"
#include "metrics/metrics.h"

#define PONG_PATIENCE_NS 1000000000ull /* a drain waits so long for the answer to its PING */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void h2_time_opened(struct h2_conn *conn)
{
    const struct h2_settings *set = conn->config.settings;
    uint64_t now = conn->config.worker->now_ns;

    conn->opened_ns = now;
    conn->idle_since_ns = now;
    conn->heard_ns = now;
    conn->socket.mark_ns = now;
    conn->answers.mark_ns = now;
    conn->min_period_ns =
        least(least(set->header_timeout_ns, set->body_timeout_ns), set->send_timeout_ns);
    if (set->ping_interval_ns > 0) {
        conn->min_period_ns =
            least(conn->min_period_ns, least(set->ping_interval_ns, set->ping_timeout_ns));
    }
}

void h2_time_busy(struct h2_conn *conn)
{
    uint64_t now = conn->config.worker->now_ns;

    conn->head_since_ns = now;
    if (conn->next_check_ns > now + conn->min_period_ns) {
        conn->next_check_ns = now + conn->min_period_ns;
        conn->config.want_check(conn->config.owner, conn->next_check_ns);
    }
}

void h2_time_idle(struct h2_conn *conn)
{
    uint64_t now = conn->config.worker->now_ns;
    uint64_t end = now + conn->config.settings->idle_timeout_ns;

    conn->idle_since_ns = now;
    if (conn->next_check_ns > end) {
        conn->next_check_ns = end;
        conn->config.want_check(conn->config.owner, end);
    }
}

void h2_time_draining(struct h2_conn *conn)
{
    conn->drain_since_ns = conn->config.worker->now_ns;
    conn->config.want_check(conn->config.owner, conn->drain_since_ns + PONG_PATIENCE_NS);
}

/* Time is up for `m` when a whole period has passed with too little. `*next` learns when to look
 * again. */
static bool is_too_slow(struct h2_meter *m, uint64_t bytes, uint64_t period_ns, uint64_t min_rate,
                        uint64_t now, uint64_t *next)
{
    uint64_t moved = bytes - m->mark_bytes;
    uint64_t wanted = (uint64_t)((double)min_rate * (double)period_ns / 1e9);

    if (now - m->mark_ns < period_ns) {
        *next = least(*next, m->mark_ns + period_ns);
        return false;
    }
    m->mark_ns = now;
    m->mark_bytes = bytes;
    *next = least(*next, now + period_ns);
    return moved < (wanted > 0 ? wanted : 1);
}

static void restart_meter(struct h2_meter *m, uint64_t bytes, uint64_t now)
{
    m->mark_ns = now;
    m->mark_bytes = bytes;
}

static void count(struct h2_conn *conn, enum metric_id id)
{
    metrics_inc(conn->config.worker->metrics, id);
}

/* The peer may send but does not. While our window is shut it is the handler who is slow. */
static void check_body(struct h2_stream *s, uint64_t now, uint64_t *next)
{
    const struct h2_settings *set = s->conn->config.settings;
    struct pipe *p = &s->exchange.request_body;

    if (s->is_request_whole || !pipe_is_open(p)) {
        return;
    }
    if (p->held >= s->window / 2) {
        restart_meter(&s->in, s->received, now);
        *next = least(*next, now + set->body_timeout_ns);
        return;
    }
    if (is_too_slow(&s->in, s->received, set->body_timeout_ns, set->min_rate, now, next)) {
        count(s->conn, METRIC_H2_TIMEOUT_BODY);
        pipe_fail(p, ERR_TIMEOUT);
        if (exchange_is_head_sent(&s->exchange)) {
            h2_send_reset(s, NGHTTP2_CANCEL);
        }
    }
}

/* It has bytes of an answer, or will say so when asked. */
static bool has_something(const struct h2_stream *s)
{
    return s->exchange.state == EXCHANGE_RESPONDING && !s->is_deferred;
}

/* The peer takes nothing of this stream though we have something: its window is shut. A shut window
 * of the connection is no fault of the stream's, which may wait there behind others for long. */
static void check_answer(struct h2_stream *s, uint64_t now, uint64_t *next)
{
    const struct h2_settings *set = s->conn->config.settings;
    uint64_t sent = s->exchange.body_bytes_sent;

    if (!has_something(s)) {
        restart_meter(&s->out, sent, now);
        *next = least(*next, now + set->send_timeout_ns);
        return;
    }
    if (is_too_slow(&s->out, sent, set->send_timeout_ns, set->min_rate, now, next) &&
        nghttp2_session_get_stream_remote_window_size(s->conn->session, s->id) <= 0) {
        count(s->conn, METRIC_H2_TIMEOUT_SEND);
        h2_send_reset(s, NGHTTP2_ENHANCE_YOUR_CALM);
    }
}

static bool is_any_waiting(const struct h2_conn *conn)
{
    const struct list *node = NULL;

    LIST_EACH(node, &conn->streams) {
        if (has_something(CONST_CONTAINER_OF(node, struct h2_stream, node))) {
            return true;
        }
    }
    return false;
}

/* The window of the connection is shut, and all streams together hardly move. */
static bool is_window_stuck(struct h2_conn *conn, uint64_t now, uint64_t *next)
{
    const struct h2_settings *set = conn->config.settings;

    if (nghttp2_session_get_remote_window_size(conn->session) > 0 || !is_any_waiting(conn)) {
        restart_meter(&conn->answers, conn->body_bytes_sent, now);
        return false;
    }
    return is_too_slow(&conn->answers, conn->body_bytes_sent, set->send_timeout_ns, set->min_rate,
                       now, next);
}

static void check_streams(struct h2_conn *conn, uint64_t now, uint64_t *next)
{
    struct list *node = NULL;
    struct list *after = NULL;

    LIST_EACH_SAFE(node, after, &conn->streams) {
        struct h2_stream *s = CONTAINER_OF(node, struct h2_stream, node);
        if (s->has_head) {
            check_body(s, now, next);
            check_answer(s, now, next);
        }
    }
}

/* The preface, and header blocks, which nothing may interrupt: too slow a one blocks the
 * connection. */
static bool is_head_late(struct h2_conn *conn, uint64_t now, uint64_t *next)
{
    uint64_t patience = conn->config.settings->header_timeout_ns;
    bool is_ready = conn->has_settings && conn->has_ack;
    uint64_t since = is_ready ? conn->head_since_ns : conn->opened_ns;

    if (since == 0) {
        return false;
    }
    *next = least(*next, since + patience);
    return now >= since + patience;
}

static bool is_socket_stuck(struct h2_conn *conn, uint64_t sent, bool is_stalled, uint64_t now,
                            uint64_t *next)
{
    const struct h2_settings *set = conn->config.settings;

    if (!is_stalled) {
        restart_meter(&conn->socket, sent, now);
        return false;
    }
    return is_too_slow(&conn->socket, sent, set->send_timeout_ns, set->min_rate, now, next);
}

static void send_ping(struct h2_conn *conn, uint64_t now)
{
    if (nghttp2_submit_ping(conn->session, NGHTTP2_FLAG_NONE, NULL) == 0) {
        conn->awaits_pong = true;
        conn->pinged_ns = now;
        h2_conn_want_output(conn);
    }
}

/* True when the client does not answer. Asked only while it owes us nothing else. */
static bool is_peer_gone(struct h2_conn *conn, uint64_t now, uint64_t *next)
{
    const struct h2_settings *set = conn->config.settings;

    if (conn->awaits_pong) {
        *next = least(*next, conn->pinged_ns + set->ping_timeout_ns);
        return now >= conn->pinged_ns + set->ping_timeout_ns;
    }
    if (set->ping_interval_ns == 0 || conn->open_streams == 0) {
        return false;
    }
    if (now - conn->heard_ns >= set->ping_interval_ns) {
        send_ping(conn, now);
        *next = least(*next, now + set->ping_timeout_ns);
    } else {
        *next = least(*next, conn->heard_ns + set->ping_interval_ns);
    }
    return false;
}

static bool is_idle_too_long(const struct h2_conn *conn, uint64_t now, uint64_t *next)
{
    uint64_t end = conn->idle_since_ns + conn->config.settings->idle_timeout_ns;

    if (conn->open_streams > 0) {
        return false;
    }
    *next = least(*next, end);
    return now >= end;
}

static void check_drain(struct h2_conn *conn, uint64_t now, uint64_t *next)
{
    if (!conn->is_draining || conn->is_drained) {
        return;
    }
    if (now >= conn->drain_since_ns + PONG_PATIENCE_NS) {
        h2_conn_drain_now(conn);
        return;
    }
    *next = least(*next, conn->drain_since_ns + PONG_PATIENCE_NS);
}

static enum err time_out(struct h2_conn *conn, enum metric_id metric)
{
    count(conn, metric);
    h2_conn_give_up(conn, ERR_TIMEOUT);
    return ERR_TIMEOUT;
}

enum err h2_conn_check(struct h2_conn *conn, uint64_t sent_bytes, bool is_stalled,
                       uint64_t *next_ns)
{
    uint64_t now = conn->config.worker->now_ns;
    uint64_t next = UINT64_MAX;

    if (is_head_late(conn, now, &next)) {
        return time_out(conn, METRIC_H2_TIMEOUT_HEADER);
    }
    if (is_socket_stuck(conn, sent_bytes, is_stalled, now, &next) ||
        is_window_stuck(conn, now, &next)) {
        return time_out(conn, METRIC_H2_TIMEOUT_SEND);
    }
    if (is_peer_gone(conn, now, &next)) {
        return time_out(conn, METRIC_H2_TIMEOUT_PING);
    }
    if (is_idle_too_long(conn, now, &next)) {
        return time_out(conn, METRIC_H2_TIMEOUT_IDLE);
    }
    check_drain(conn, now, &next);
    check_streams(conn, now, &next);
    if (conn->open_streams > 0 || is_stalled) {
        next = least(next, now + conn->min_period_ns);
    }
    conn->next_check_ns = next;
    *next_ns = next;
    return ERR_OK;
}
