#include "server/connection.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/check.h"
#include "base/log.h"
#include "base/slab.h"
#include "h2/h2_conn.h"
#include "http/exchange.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "net/address.h"
#include "net/spread.h"
#include "net/stream.h"
#include "net/tls_context.h"

#define CONNECTION_MAGIC 0x434f4e4eu   /* CONN */
#define LINGER_NS        2000000000ull /* for the peer's end, once it has taken all we said */

enum connection_state {
    CONNECTION_OPENING,
    CONNECTION_SERVING,
    CONNECTION_LINGERING, /* all is said: waiting for the peer to close */
    CONNECTION_CLOSED
};

struct connection {
    uint32_t magic;
    enum connection_state state;
    const struct connection_terms *terms;
    struct worker *worker;
    struct h2_conn *h2; /* NULL before SERVING and after it */
    struct stream stream;
    struct timer timer;
    struct list node; /* in connections.all */
    struct task burial;
    size_t unsent; /* LINGERING: bytes the peer had not taken at the last look */
    struct exchange_peer peer;
    char address_text[ADDRESS_TEXT_MAX];
};

struct connections {
    struct worker *worker;
    struct list all;
    uint64_t next_id;
    bool is_draining;
};

static void *make_connections(struct worker *worker)
{
    struct connections *home = calloc(1, sizeof(*home));

    MUST(home != NULL);
    home->worker = worker;
    list_init(&home->all);
    return home;
}

/* --- ends ----------------------------------------------------------------------------------------
 */

static void set_state(struct connection *c, enum connection_state to)
{
    MUST(to > c->state);
    c->state = to;
}

static void free_connection(struct task *task)
{
    struct connection *c = CONTAINER_OF(task, struct connection, burial);
    struct worker *w = c->worker;

    OBJ_CHECK(c, CONNECTION_MAGIC);
    c->magic = 0;
    account_release(&w->account, sizeof(*c));
    slab_free(&w->slab, c, sizeof(*c));
}

static void bury(struct connection *c)
{
    worker_bury(c->worker, &c->burial);
}

static void close_connection(struct connection *c, enum err why)
{
    struct worker *w = c->worker;

    if (c->state == CONNECTION_CLOSED) {
        return;
    }
    set_state(c, CONNECTION_CLOSED);
    timer_cancel(&w->timers, &c->timer);
    stream_close(&c->stream);
    list_remove(&c->node);
    metrics_dec(w->metrics, METRIC_CONNECTIONS_OPEN);
    if (c->terms->spread != NULL) {
        spread_leave(c->terms->spread, w);
    }
    if (c->h2 != NULL) {
        h2_conn_close(&c->h2, why); /* `freed` follows */
        return;
    }
    bury(c);
}

static void free_connections(void *part)
{
    struct connections *home = part;

    /* What was passed on to this worker when its thread had ended, or never began. */
    while (!list_is_empty(&home->all)) {
        close_connection(CONTAINER_OF(home->all.next, struct connection, node), ERR_CANCELLED);
    }
    free(home);
}

const struct worker_part_kind connections_kind = {
    .name = "connections",
    .make = make_connections,
    .free = free_connections,
};

/* Says what is left to say, then waits a little for the peer's end. */
static void linger(struct connection *c)
{
    if (c->state != CONNECTION_SERVING) {
        return;
    }
    set_state(c, CONNECTION_LINGERING);
    c->unsent = stream_unsent(&c->stream);
    timer_set(&c->worker->timers, &c->timer, c->worker->now_ns + LINGER_NS);
    stream_shut(&c->stream);
}

/* --- what HTTP/2 says
 * ------------------------------------------------------------------------------ */

static void on_h2_output(void *owner)
{
    struct connection *c = owner;

    stream_want_fill(&c->stream);
}

static void on_h2_check(void *owner, uint64_t at_ns)
{
    struct connection *c = owner;

    if (c->state != CONNECTION_SERVING) {
        return;
    }
    if (!timer_is_set(&c->timer) || c->timer.deadline_ns > at_ns) {
        timer_set(&c->worker->timers, &c->timer, at_ns);
    }
}

static void on_h2_freed(void *owner)
{
    struct connection *c = owner;

    OBJ_CHECK(c, CONNECTION_MAGIC);
    bury(c);
}

static void check_h2(struct connection *c)
{
    uint64_t next_ns = UINT64_MAX;

    if (h2_conn_check(c->h2, c->stream.bytes_out, stream_is_stalled(&c->stream), &next_ns) !=
        ERR_OK) {
        if (stream_is_stalled(&c->stream)) {
            close_connection(c, ERR_TIMEOUT);
        } else {
            linger(c);
        }
        return;
    }
    if (next_ns != UINT64_MAX) {
        timer_set(&c->worker->timers, &c->timer, next_ns);
    }
}

/* Closing while the peer still takes the last answer would cut that off: what the peer sends
 * meanwhile meets a closed socket and is answered by a reset. So it is given time as long as it
 * takes bytes at the rate asked of it elsewhere. */
static void linger_on(struct connection *c)
{
    uint64_t wanted = c->terms->h2.min_rate * (LINGER_NS / 1000000000ull);
    size_t unsent = stream_unsent(&c->stream);

    if (unsent > c->unsent || c->unsent - unsent < wanted) {
        close_connection(c, ERR_TIMEOUT);
        return;
    }
    c->unsent = unsent;
    timer_set(&c->worker->timers, &c->timer, c->worker->now_ns + LINGER_NS);
}

static void on_timer(struct timer *timer)
{
    struct connection *c = CONTAINER_OF(timer, struct connection, timer);

    OBJ_CHECK(c, CONNECTION_MAGIC);
    switch (c->state) {
    case CONNECTION_OPENING:
        metrics_inc(c->worker->metrics, METRIC_TLS_HANDSHAKES_TIMED_OUT);
        close_connection(c, ERR_TIMEOUT);
        break;
    case CONNECTION_SERVING:
        check_h2(c);
        break;
    case CONNECTION_LINGERING:
        linger_on(c);
        break;
    case CONNECTION_CLOSED:
        break;
    }
}

/* --- what the stream says
 * ---------------------------------------------------------------------------- */

static struct connection *connection_of(struct stream *s)
{
    struct connection *c = CONTAINER_OF(s, struct connection, stream);

    OBJ_CHECK(c, CONNECTION_MAGIC);
    return c;
}

static void count_handshake(struct connection *c)
{
    metrics_inc(c->worker->metrics, METRIC_TLS_HANDSHAKES);
    if (SSL_session_reused(c->stream.ssl) == 1) {
        metrics_inc(c->worker->metrics, METRIC_TLS_RESUMED);
    }
    c->peer.tls = str_from(SSL_get_version(c->stream.ssl));
}

static void on_open(struct stream *s)
{
    struct connection *c = connection_of(s);
    struct connections *home = worker_part(c->worker, &connections_kind);
    const struct h2_conn_config config = {
        .worker = c->worker,
        .settings = &c->terms->h2,
        .service = worker_part(c->worker, c->terms->service_kind),
        .peer = &c->peer,
        .is_tls = s->ssl != NULL,
        .owner = c,
        .want_output = on_h2_output,
        .want_check = on_h2_check,
        .freed = on_h2_freed,
    };

    if (s->ssl != NULL) {
        count_handshake(c);
    }
    if (h2_conn_new(&config, &c->h2) != ERR_OK) {
        close_connection(c, ERR_NO_MEMORY);
        return;
    }
    set_state(c, CONNECTION_SERVING);
    if (home->is_draining) {
        h2_conn_drain(c->h2);
    }
    check_h2(c);
}

static enum err on_bytes(struct stream *s, const uint8_t *data, size_t len)
{
    struct connection *c = connection_of(s);
    enum err e = ERR_OK;

    if (c->state != CONNECTION_SERVING) {
        return ERR_OK;
    }
    e = h2_conn_receive(c->h2, data, len);
    if (e == ERR_PROTOCOL) {
        linger(c); /* the GOAWAY goes out first */
        return ERR_OK;
    }
    if (e == ERR_OK && h2_conn_is_choked(c->h2)) {
        stream_pause(s, STREAM_PAUSE_OUTPUT);
    }
    return e;
}

static size_t fill(struct stream *s, uint8_t *out, size_t cap)
{
    struct connection *c = connection_of(s);
    size_t n = 0;

    if (c->h2 == NULL) {
        return 0;
    }
    n = h2_conn_fill(c->h2, out, cap);
    if (!h2_conn_is_choked(c->h2)) {
        stream_resume(s, STREAM_PAUSE_OUTPUT);
    }
    return n;
}

static void on_idle(struct stream *s)
{
    struct connection *c = connection_of(s);

    if (c->state == CONNECTION_SERVING && h2_conn_is_done(c->h2)) {
        linger(c);
    }
}

static void on_end(struct stream *s, enum err why)
{
    struct connection *c = connection_of(s);

    if (c->state == CONNECTION_OPENING && s->ssl != NULL && s->state == STREAM_HANDSHAKE) {
        metrics_inc(c->worker->metrics, METRIC_TLS_HANDSHAKES_FAILED);
    }
    close_connection(c, why);
}

static const struct stream_user user = {
    .on_open = on_open,
    .on_bytes = on_bytes,
    .fill = fill,
    .on_idle = on_idle,
    .on_end = on_end,
};

/* --- beginning
 * ------------------------------------------------------------------------------------ */

static struct connection *new_connection(const struct connection_terms *terms,
                                         struct worker *worker, const struct address *peer)
{
    struct connections *home = worker_part(worker, &connections_kind);
    struct connection *c = slab_alloc(&worker->slab, sizeof(*c));
    size_t len = 0;

    account_charge(&worker->account, sizeof(*c));
    memset(c, 0, sizeof(*c));
    c->magic = CONNECTION_MAGIC;
    c->terms = terms;
    c->worker = worker;
    timer_init(&c->timer, on_timer);
    task_init(&c->burial, free_connection);
    len = address_format(peer, c->address_text);
    c->peer.address = str_of(c->address_text, len);
    home->next_id++;
    c->peer.connection_id = (uint64_t)worker->index << 40 | home->next_id;
    list_push_back(&home->all, &c->node);
    metrics_inc(worker->metrics, METRIC_CONNECTIONS_OPEN);
    return c;
}

static void refuse(struct connection *c, int fd)
{
    LOG_ERROR(c->worker->log, "cannot serve a connection from %.*s: out of memory",
              STR_ARGS(c->peer.address));
    (void)close(fd);
    c->stream.state = STREAM_CLOSED;
    close_connection(c, ERR_NO_MEMORY);
}

void connection_accept(const struct connection_terms *terms, struct worker *worker, int fd,
                       const struct address *peer)
{
    struct connection *c = new_connection(terms, worker, peer);
    SSL *ssl = NULL;

    if (terms->tls != NULL) {
        ssl = tls_context_open(terms->tls);
        if (ssl == NULL) {
            refuse(c, fd);
            return;
        }
        timer_set(&worker->timers, &c->timer,
                  worker->now_ns + tls_context_handshake_timeout_ns(terms->tls));
    }
    if (stream_open(&c->stream, worker, fd, ssl, &user) != ERR_OK) {
        SSL_free(ssl);
        refuse(c, fd);
    }
}

/* --- all of a worker's
 * -------------------------------------------------------------------------------- */

void connections_drain(struct worker *worker)
{
    struct connections *home = worker_part(worker, &connections_kind);
    struct list *node = NULL;

    home->is_draining = true;
    LIST_EACH(node, &home->all) {
        struct connection *c = CONTAINER_OF(node, struct connection, node);
        if (c->state == CONNECTION_SERVING) {
            h2_conn_drain(c->h2);
        }
    }
}

struct connections_left connections_count(struct worker *worker)
{
    struct connections *home = worker_part(worker, &connections_kind);
    struct connections_left left = {0};
    struct list *node = NULL;

    LIST_EACH(node, &home->all) {
        const struct connection *c = CONTAINER_OF(node, struct connection, node);
        left.connections++;
        left.requests += c->h2 != NULL ? h2_conn_unanswered(c->h2) : 0;
    }
    return left;
}

struct connections_left connections_break(struct worker *worker)
{
    struct connections *home = worker_part(worker, &connections_kind);
    struct connections_left left = connections_count(worker);

    while (!list_is_empty(&home->all)) {
        close_connection(CONTAINER_OF(home->all.next, struct connection, node), ERR_CANCELLED);
    }
    return left;
}
