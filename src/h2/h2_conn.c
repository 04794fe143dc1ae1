#include "h2/h2_conn.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "base/slab.h"
#include "h2/h2_internal.h"
#include "h2/h2_memory.h"
#include "loop/worker.h"
#include "metrics/metrics.h"

#define CONNECTION_WINDOW 4194304 /* bytes: what may be under way to us at a time */
#define QUEUE_LIMIT       1000    /* frames waiting to go out before reading stops */
#define PRIORITY_UPDATE   0x10
#define BEYOND_OURS       1000000 /* frames: no setting of ours may be larger */

/* Tells the answer to a drain's PING from those of others. */
static const uint8_t drain_ping[8] = {'w', 'e', 'i', 'r', ' ', 'e', 'n', 'd'};

/* --- what a worker's sessions share ------------------------------------------------------------
 */

static enum err set_options(struct h2_shared *shared)
{
    nghttp2_option *o = NULL;

    if (nghttp2_option_new(&o) != 0) {
        return ERR_NO_MEMORY;
    }
    nghttp2_option_set_no_auto_window_update(o, 1);
    nghttp2_option_set_no_closed_streams(o, 1);
    nghttp2_option_set_builtin_recv_extension_type(o, PRIORITY_UPDATE);
    /* h2_flood.h counts both by the settings; nghttp2's own limits know neither them nor our clock,
     * and end the session without a word of why. */
    nghttp2_option_set_max_continuations(o, BEYOND_OURS);
    nghttp2_option_set_stream_reset_rate_limit(o, BEYOND_OURS, BEYOND_OURS);
    shared->option = o;
    return ERR_OK;
}

static void free_shared(void *part)
{
    struct h2_shared *shared = part;

    nghttp2_option_del(shared->option);
    nghttp2_session_callbacks_del(shared->callbacks);
    h2_memory_fini(&shared->memory);
    free(shared);
}

static void *make_shared(struct worker *worker)
{
    struct h2_shared *shared = calloc(1, sizeof(*shared));

    MUST(shared != NULL);
    shared->worker = worker;
    shared->date_second = -1;
    h2_memory_init(&shared->memory, &worker->slab);
    MUST(h2_callbacks_new(&shared->callbacks) == ERR_OK);
    MUST(set_options(shared) == ERR_OK);
    return shared;
}

const struct worker_part_kind h2_shared_kind = {
    .name = "h2 shared",
    .make = make_shared,
    .free = free_shared,
};

/* --- life ---------------------------------------------------------------------------------------
 */

static enum err submit_settings(struct h2_conn *conn)
{
    const struct h2_settings *set = conn->config.settings;
    const nghttp2_settings_entry entries[] = {
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t)set->max_concurrent_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, (uint32_t)set->stream_window},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)set->max_header_bytes},
    };

    if (nghttp2_submit_settings(conn->session, NGHTTP2_FLAG_NONE, entries, COUNT_OF(entries)) !=
            0 ||
        nghttp2_session_set_local_window_size(conn->session, NGHTTP2_FLAG_NONE, 0,
                                              CONNECTION_WINDOW) != 0) {
        return ERR_NO_MEMORY;
    }
    return ERR_OK;
}

static bool make_session(struct h2_conn *conn)
{
    struct h2_shared *shared = conn->shared;
    int result = 0;

    shared->memory.is_making = true;
    result = nghttp2_session_server_new3(&conn->session, shared->callbacks, conn, shared->option,
                                         &shared->memory.mem);
    shared->memory.is_making = false;
    return result == 0;
}

enum err h2_conn_new(const struct h2_conn_config *config, struct h2_conn **out)
{
    struct worker *w = config->worker;
    struct h2_conn *conn = slab_alloc(&w->slab, sizeof(*conn));

    memset(conn, 0, sizeof(*conn));
    conn->magic = H2_CONN_MAGIC;
    conn->refs = 1;
    conn->config = *config;
    conn->shared = worker_part(w, &h2_shared_kind);
    account_init(&conn->account, &w->account);
    account_charge(&conn->account, sizeof(*conn));
    list_init(&conn->streams);
    h2_flood_init(&conn->flood, w->now_ns);
    h2_time_opened(conn);
    if (!make_session(conn) || submit_settings(conn) != ERR_OK) {
        nghttp2_session_del(conn->session);
        account_release(&conn->account, sizeof(*conn));
        slab_free(&w->slab, conn, sizeof(*conn));
        return ERR_NO_MEMORY;
    }
    *out = conn;
    h2_conn_want_output(conn);
    return ERR_OK;
}

void h2_conn_unref(struct h2_conn *conn)
{
    struct worker *w = conn->config.worker;
    struct h2_conn_config config = conn->config;

    MUST(conn->refs > 0);
    conn->refs--;
    if (conn->refs > 0) {
        return;
    }
    account_release(&conn->account, sizeof(*conn));
    conn->magic = 0;
    slab_free(&w->slab, conn, sizeof(*conn));
    config.freed(config.owner);
}

/* nghttp2_session_del calls no on_stream_close, so the streams are told before. */
void h2_conn_close(struct h2_conn **connp, enum err why)
{
    struct h2_conn *conn = *connp;

    OBJ_CHECK(conn, H2_CONN_MAGIC);
    *connp = NULL;
    while (!list_is_empty(&conn->streams)) {
        h2_stream_close(CONTAINER_OF(conn->streams.next, struct h2_stream, node), why);
    }
    nghttp2_session_del(conn->session);
    conn->session = NULL;
    h2_conn_unref(conn);
}

void h2_conn_want_output(struct h2_conn *conn)
{
    conn->config.want_output(conn->config.owner);
}

/* --- bytes ---------------------------------------------------------------------------------------
 */

enum err h2_conn_receive(struct h2_conn *conn, const uint8_t *data, size_t len)
{
    ssize_t n = 0;

    conn->heard_ns = conn->config.worker->now_ns;
    if (conn->is_broken) {
        return ERR_OK; /* a GOAWAY is on its way: nothing more is heard */
    }
    n = nghttp2_session_mem_recv(conn->session, data, len);
    h2_conn_want_output(conn);
    if (n == (ssize_t)len) {
        return ERR_OK;
    }
    if (n >= 0) {
        return conn->is_broken ? ERR_OK : ERR_PROTOCOL;
    }
    conn->is_broken = true;
    if (nghttp2_is_fatal((int)n) != 0 && n != NGHTTP2_ERR_BAD_CLIENT_MAGIC &&
        n != NGHTTP2_ERR_FLOODED) {
        return n == NGHTTP2_ERR_NOMEM ? ERR_NO_MEMORY : ERR_PROTOCOL;
    }
    (void)nghttp2_session_terminate_session(conn->session, n == NGHTTP2_ERR_FLOODED
                                                               ? NGHTTP2_ENHANCE_YOUR_CALM
                                                               : NGHTTP2_PROTOCOL_ERROR);
    return ERR_PROTOCOL;
}

size_t h2_conn_fill(struct h2_conn *conn, uint8_t *out, size_t cap)
{
    MUST(cap >= H2_FILL_MIN);
    conn->out = out;
    conn->out_len = 0;
    conn->out_cap = cap;
    while (!conn->is_dead && cap - conn->out_len >= H2_FILL_MIN / 2) {
        const uint8_t *data = NULL;
        ssize_t n = nghttp2_session_mem_send(conn->session, &data);
        if (n <= 0) {
            conn->is_dead = n < 0;
            break;
        }
        MUST((size_t)n <= cap - conn->out_len);
        memcpy(out + conn->out_len, data, (size_t)n);
        conn->out_len += (size_t)n;
    }
    conn->out = NULL;
    return conn->out_len;
}

bool h2_conn_is_choked(const struct h2_conn *conn)
{
    return nghttp2_session_get_outbound_queue_size(conn->session) > QUEUE_LIMIT;
}

bool h2_conn_is_done(const struct h2_conn *conn)
{
    if (conn->is_dead) {
        return true;
    }
    if (nghttp2_session_want_write(conn->session) != 0) {
        return false;
    }
    return conn->is_broken || nghttp2_session_want_read(conn->session) == 0 ||
           ((conn->is_drained || conn->is_peer_leaving) && conn->open_streams == 0);
}

/* --- endings ------------------------------------------------------------------------------------
 */

/* The PING follows from h2_conn_drain_sent: submitted here it would overtake the GOAWAY, and its
 * answer prove nothing. */
void h2_conn_drain(struct h2_conn *conn)
{
    if (conn->is_draining || conn->is_broken) {
        return;
    }
    conn->is_draining = true;
    h2_time_draining(conn);
    (void)nghttp2_submit_shutdown_notice(conn->session);
    h2_conn_want_output(conn);
}

void h2_conn_drain_sent(struct h2_conn *conn)
{
    if (!conn->is_draining || conn->is_drained || conn->is_broken ||
        nghttp2_submit_ping(conn->session, NGHTTP2_FLAG_NONE, drain_ping) != 0) {
        return;
    }
    if (!conn->awaits_pong) {
        conn->awaits_pong = true;
        conn->pinged_ns = conn->config.worker->now_ns;
    }
}

void h2_conn_ponged(struct h2_conn *conn, const uint8_t *data)
{
    conn->awaits_pong = false;
    if (conn->is_draining && memcmp(data, drain_ping, sizeof(drain_ping)) == 0) {
        h2_conn_drain_now(conn);
    }
}

void h2_conn_drain_now(struct h2_conn *conn)
{
    if (conn->is_drained || conn->is_broken) {
        return;
    }
    conn->is_draining = true;
    conn->is_drained = true;
    conn->final_id = nghttp2_session_get_last_proc_stream_id(conn->session);
    (void)nghttp2_submit_goaway(conn->session, NGHTTP2_FLAG_NONE, conn->final_id, NGHTTP2_NO_ERROR,
                                NULL, 0);
    h2_conn_want_output(conn);
}

static uint32_t code_of(enum err why)
{
    switch (why) {
    case ERR_TIMEOUT:
    case ERR_CLOSED:
        return NGHTTP2_NO_ERROR;
    case ERR_FULL:
        return NGHTTP2_ENHANCE_YOUR_CALM;
    default:
        return NGHTTP2_INTERNAL_ERROR;
    }
}

void h2_conn_give_up(struct h2_conn *conn, enum err why)
{
    if (conn->is_broken) {
        return;
    }
    conn->is_broken = true;
    (void)nghttp2_session_terminate_session(conn->session, code_of(why));
    h2_conn_want_output(conn);
}

void h2_conn_flooded(struct h2_conn *conn, enum h2_flood_kind kind)
{
    if (conn->is_broken) {
        return;
    }
    metrics_inc(conn->config.worker->metrics, h2_flood_metric(kind));
    LOG_WARN(
        conn->config.worker->log,
        "%.*s sends too many %s frames: connection ended with ENHANCE_YOUR_CALM; if this client "
        "is honest, raise the listener's http2 limits",
        STR_ARGS(conn->config.peer->address), h2_flood_name(kind));
    h2_conn_give_up(conn, ERR_FULL);
}

unsigned h2_conn_open_streams(const struct h2_conn *conn)
{
    return conn->open_streams;
}

unsigned h2_conn_unanswered(const struct h2_conn *conn)
{
    unsigned n = 0;
    const struct list *node = NULL;

    LIST_EACH(node, &conn->streams) {
        const struct h2_stream *s = CONST_CONTAINER_OF(node, struct h2_stream, node);
        n += s->exchange.state == EXCHANGE_RESPONDED ? 0u : 1u;
    }
    return n;
}
