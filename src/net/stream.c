/* One read path, one write path. Edge-triggered: the event is registered once; whoever stops before
 * EAGAIN (budget, pause) must start the path again himself. */
#include "net/stream.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <linux/sockios.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "net/tls_bio.h"

#define RECORD_BYTES    16384u
#define RECORD_OVERHEAD 64u    /* more than any record's head, nonce, padding and tag */
#define COLD_RECORD     1300u  /* fits one packet: the peer can decrypt what has arrived */
#define COLD_BYTES      16384u /* so much goes out in small records */
#define COLD_AFTER_NS   1000000000ull
#define READ_BUDGET     262144u /* bytes a stream may read in one turn */
#define FILL_ROUNDS     2       /* fills in one turn, then the others' turn */
#define HANDSHAKE_BYTES 65536u  /* longest flight: a large certificate chain */
#define SEALED_BYTES                                                              \
    (STREAM_OUT_BYTES + (STREAM_OUT_BYTES / RECORD_BYTES + 1) * RECORD_OVERHEAD + \
     (COLD_BYTES / COLD_RECORD + 1) * RECORD_OVERHEAD + HANDSHAKE_BYTES)

struct stream_scratch {
    struct tls_bio bio;
    uint8_t in[STREAM_IN_BYTES];
    uint8_t plain[RECORD_BYTES];
    uint8_t out[STREAM_OUT_BYTES];
    uint8_t sealed[SEALED_BYTES];
};

static void *make_scratch(struct worker *worker)
{
    struct stream_scratch *sc = calloc(1, sizeof(*sc));

    (void)worker;
    MUST(sc != NULL);
    MUST(tls_bio_init(&sc->bio, sc->sealed, sizeof(sc->sealed)) == ERR_OK);
    return sc;
}

static void free_scratch(void *part)
{
    struct stream_scratch *sc = part;

    tls_bio_fini(&sc->bio);
    free(sc);
}

const struct worker_part_kind stream_scratch_kind = {
    .name = "stream scratch",
    .make = make_scratch,
    .free = free_scratch,
};

static void tell_end(struct stream *s, enum err why)
{
    if (!s->is_over) {
        s->is_over = true;
        s->user->on_end(s, why);
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

static ssize_t send_bytes(struct stream *s, const uint8_t *data, size_t len)
{
    ssize_t n = 0;

    if (failpoint_hit(FAILPOINT_WRITE)) {
        errno = ECONNRESET;
        return -1;
    }
    do {
        n = send(s->fd, data, len, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        s->bytes_out += (uint64_t)n;
        s->last_sent_ns = s->worker->now_ns;
        metrics_add(s->worker->metrics, METRIC_BYTES_SENT, (uint64_t)n);
    }
    return n;
}

static void free_pending(struct stream *s)
{
    slab_free(&s->worker->slab, s->pending, s->pending_cap);
    account_release(&s->worker->account, s->pending_cap);
    s->pending = NULL;
    s->pending_cap = 0;
    s->pending_len = 0;
    s->pending_sent = 0;
}

static void keep_pending(struct stream *s, const uint8_t *data, size_t len)
{
    MUST(s->pending == NULL);
    s->pending = slab_alloc(&s->worker->slab, len);
    s->pending_cap = len;
    account_charge(&s->worker->account, len);
    memcpy(s->pending, data, len);
    s->pending_len = len;
    s->pending_sent = 0;
}

/* Sends, keeps what the socket refuses. */
static enum err send_or_keep(struct stream *s, const uint8_t *data, size_t len)
{
    ssize_t n = send_bytes(s, data, len);

    if (n < 0) {
        if (errno != EAGAIN) {
            return err_from_errno(errno);
        }
        n = 0;
    }
    if ((size_t)n < len) {
        keep_pending(s, data + n, len - (size_t)n);
    }
    return ERR_OK;
}

static enum err send_pending(struct stream *s)
{
    ssize_t n = 0;

    if (!stream_is_stalled(s)) {
        return ERR_OK;
    }
    n = send_bytes(s, s->pending + s->pending_sent, s->pending_len - s->pending_sent);
    if (n < 0) {
        return errno == EAGAIN ? ERR_OK : err_from_errno(errno);
    }
    s->pending_sent += (size_t)n;
    if (s->pending_sent == s->pending_len) {
        free_pending(s);
        stream_resume(s, STREAM_PAUSE_MEMORY);
    }
    return ERR_OK;
}

/* Alerts and key updates go behind what already waits. A peer can ask for ever more of them without
 * taking any, so that beyond a limit it is not heard until all has gone. */
static void join_pending(struct stream *s, const uint8_t *data, size_t len)
{
    size_t old = s->pending_len - s->pending_sent;
    uint8_t *joined = slab_alloc(&s->worker->slab, old + len);

    memcpy(joined, s->pending + s->pending_sent, old);
    memcpy(joined + old, data, len);
    free_pending(s);
    s->pending = joined;
    s->pending_cap = old + len;
    s->pending_len = old + len;
    account_charge(&s->worker->account, s->pending_cap);
    if (s->pending_len > SEALED_BYTES) {
        stream_pause(s, STREAM_PAUSE_MEMORY);
    }
}

/* What OpenSSL has written since tls_begin goes to the socket. */
static enum err send_sealed(struct stream *s)
{
    struct tls_bio *b = &s->scratch->bio;
    size_t len = b->out_len;

    b->out_len = 0;
    if (len == 0) {
        return ERR_OK;
    }
    if (stream_is_stalled(s)) {
        join_pending(s, b->out, len);
        return ERR_OK;
    }
    return send_or_keep(s, b->out, len);
}

static void tls_begin(struct stream *s, const uint8_t *in, size_t in_len)
{
    struct tls_bio *b = &s->scratch->bio;

    ERR_clear_error();
    b->in = in;
    b->in_len = in_len;
    b->out_len = 0;
}

/* Records of a connection that has been silent begin small. */
static size_t next_record(struct stream *s, size_t left)
{
    size_t n = left < COLD_RECORD ? left : COLD_RECORD;

    if (s->cold_left == 0) {
        return left; /* OpenSSL cuts it into full records itself */
    }
    s->cold_left -= n < s->cold_left ? (uint32_t)n : s->cold_left;
    return n;
}

/* Behind what OpenSSL has written since tls_begin. */
static enum err seal(struct stream *s, const uint8_t *data, size_t len)
{
    while (len > 0) {
        size_t n = next_record(s, len);
        if (SSL_write(s->ssl, data, (int)n) != (int)n) {
            return ERR_TLS;
        }
        data += n;
        len -= n;
    }
    return ERR_OK;
}

static enum err send_plain_or_sealed(struct stream *s, const uint8_t *data, size_t len)
{
    enum err e = ERR_OK;

    if (s->ssl == NULL) {
        return send_or_keep(s, data, len);
    }
    if (s->worker->now_ns - s->last_sent_ns > COLD_AFTER_NS) {
        s->cold_left = COLD_BYTES;
    }
    tls_begin(s, NULL, 0);
    e = seal(s, data, len);
    return e == ERR_OK ? send_sealed(s) : e;
}

static void half_close(struct stream *s)
{
    enum err e = ERR_OK;

    if (s->ssl != NULL) {
        tls_begin(s, NULL, 0);
        (void)SSL_shutdown(s->ssl);
        e = send_sealed(s);
    }
    if (e == ERR_OK && stream_is_stalled(s)) {
        return; /* the pump comes back here */
    }
    (void)shutdown(s->fd, SHUT_WR);
    s->state = STREAM_DRAINING;
    s->paused = 0; /* what is dropped needs no room */
    worker_next_turn(s->worker, &s->read_task);
}

/* Bytes and the reset behind them may have made one edge, which libevent reports as any other. Most
 * reads are answered, and then the write finds out; the others are worth one more read. */
static void look_for_reset(struct stream *s)
{
    if (!s->may_hide_reset) {
        return;
    }
    s->may_hide_reset = false;
    if (s->bytes_out == s->out_at_read) {
        worker_next_turn(s->worker, &s->read_task);
    }
}

/* One fill and one write. False: nothing more to do now. */
static bool pump_once(struct stream *s, enum err *e)
{
    size_t n = 0;

    *e = send_pending(s);
    if (*e != ERR_OK || stream_is_stalled(s)) {
        return false;
    }
    n = s->user->fill(s, s->scratch->out, sizeof(s->scratch->out));
    if (s->state != STREAM_OPEN || n == 0) {
        return false;
    }
    *e = send_plain_or_sealed(s, s->scratch->out, n);
    return *e == ERR_OK && !stream_is_stalled(s);
}

static void pump(struct task *task)
{
    struct stream *s = CONTAINER_OF(task, struct stream, pump_task);
    enum err e = ERR_OK;
    int round = 0;

    if (s->state == STREAM_HANDSHAKE) {
        e = send_pending(s);
    }
    while (s->state == STREAM_OPEN && pump_once(s, &e)) {
        round++;
        if (round == FILL_ROUNDS) {
            worker_next_turn(s->worker, &s->pump_task);
            return;
        }
    }
    if (s->state == STREAM_CLOSED) {
        return;
    }
    if (e != ERR_OK) {
        tell_end(s, e);
        return;
    }
    if (s->state != STREAM_OPEN || stream_is_stalled(s)) {
        return;
    }
    if (s->wants_end) {
        half_close(s);
        return;
    }
    look_for_reset(s);
    s->user->on_idle(s);
}

void stream_want_fill(struct stream *s)
{
    if (s->state == STREAM_OPEN && !s->is_over) {
        worker_flush(s->worker, &s->pump_task);
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

static enum err why_not_read(const struct stream *s, int result)
{
    switch (SSL_get_error(s->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return ERR_OK;
    case SSL_ERROR_ZERO_RETURN:
        return ERR_CLOSED;
    default:
        return ERR_TLS;
    }
}

/* Until OpenSSL has nothing left: only then does it give its reading buffer back. */
static enum err open_records(struct stream *s)
{
    struct stream_scratch *sc = s->scratch;
    enum err e = ERR_OK;

    while (e == ERR_OK && s->state == STREAM_OPEN && !s->is_over) {
        int n = SSL_read(s->ssl, sc->plain, (int)sizeof(sc->plain));
        if (n <= 0) {
            return why_not_read(s, n);
        }
        e = s->user->on_bytes(s, sc->plain, (size_t)n);
    }
    return e;
}

/* What the user says first goes out in one write with the end of the handshake. */
static enum err begin_talking(struct stream *s)
{
    enum err e = ERR_OK;

    s->state = STREAM_OPEN;
    s->cold_left = COLD_BYTES;
    s->user->on_open(s);
    if (s->state != STREAM_OPEN) {
        return ERR_OK;
    }
    size_t len = s->user->fill(s, s->scratch->out, sizeof(s->scratch->out));
    e = seal(s, s->scratch->out, len);
    return e == ERR_OK ? send_sealed(s) : e;
}

static enum err shake_hands(struct stream *s)
{
    int n = SSL_do_handshake(s->ssl);

    if (n == 1) {
        return begin_talking(s);
    }
    if (SSL_get_error(s->ssl, n) != SSL_ERROR_WANT_READ) {
        (void)send_sealed(s); /* the alert */
        return ERR_TLS;
    }
    return send_sealed(s);
}

static enum err deliver_tls(struct stream *s, size_t len)
{
    enum err e = ERR_OK;

    tls_begin(s, s->scratch->in, len);
    if (s->state == STREAM_HANDSHAKE) {
        e = shake_hands(s);
    }
    if (e == ERR_OK && s->state == STREAM_OPEN) {
        e = open_records(s);
        if (s->state == STREAM_OPEN && s->scratch->bio.out_len > 0 && e != ERR_TLS) {
            enum err sent = send_sealed(s); /* key updates, answers to post-handshake messages */
            e = e == ERR_OK ? sent : e;
        }
    }
    return e;
}

/* `len` bytes have arrived in the scratch memory. */
static enum err deliver(struct stream *s, size_t len)
{
    if (s->state == STREAM_DRAINING) {
        return ERR_OK;
    }
    if (s->ssl != NULL) {
        return deliver_tls(s, len);
    }
    return s->user->on_bytes(s, s->scratch->in, len);
}

static ssize_t receive(struct stream *s)
{
    ssize_t n = 0;

    if (failpoint_hit(FAILPOINT_READ)) {
        errno = ECONNRESET;
        return -1;
    }
    do {
        n = recv(s->fd, s->scratch->in, sizeof(s->scratch->in), 0);
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        s->bytes_in += (uint64_t)n;
        metrics_add(s->worker->metrics, METRIC_BYTES_RECEIVED, (uint64_t)n);
    }
    return n;
}

/* One read. False: stop for now. */
static bool read_once(struct stream *s, size_t *budget, enum err *e)
{
    ssize_t n = receive(s);

    if (n < 0) {
        *e = errno == EAGAIN ? ERR_OK : err_from_errno(errno);
        return false;
    }
    if (n == 0) {
        *e = ERR_CLOSED;
        return false;
    }
    *e = deliver(s, (size_t)n);
    if (*e != ERR_OK || s->state == STREAM_CLOSED || s->is_over) {
        return false;
    }
    if ((size_t)n < sizeof(s->scratch->in) && s->state == STREAM_OPEN && !s->peer_is_closing) {
        s->may_hide_reset = true;
        s->out_at_read = s->bytes_out;
        return false; /* the socket is empty; the next byte makes a new edge */
    }
    if ((size_t)n >= *budget) {
        worker_next_turn(s->worker, &s->read_task);
        return false;
    }
    *budget -= (size_t)n;
    return true;
}

static void read_some(struct stream *s)
{
    size_t budget = READ_BUDGET;
    enum err e = ERR_OK;

    while (s->paused == 0 && s->state != STREAM_CLOSED && !s->is_over &&
           read_once(s, &budget, &e)) {
    }
    if (s->state != STREAM_CLOSED && e != ERR_OK) {
        tell_end(s, e);
    }
}

static void run_read_task(struct task *task)
{
    read_some(CONTAINER_OF(task, struct stream, read_task));
}

void stream_pause(struct stream *s, enum stream_pause reason)
{
    s->paused |= (unsigned)reason;
}

void stream_resume(struct stream *s, enum stream_pause reason)
{
    if (s->paused == 0) {
        return;
    }
    s->paused &= ~(unsigned)reason;
    if (s->paused == 0 && s->state != STREAM_CLOSED) {
        worker_defer(s->worker, &s->read_task);
    }
}

/* --- opening and closing ---------------------------------------------------------------------- */

static void on_event(evutil_socket_t fd, short what, void *ctx)
{
    struct stream *s = ctx;

    (void)fd;
    worker_enter(s->worker);
    if ((what & EV_CLOSED) != 0) {
        s->peer_is_closing = true;
    }
    if ((what & EV_WRITE) != 0 && stream_is_stalled(s)) {
        worker_flush(s->worker, &s->pump_task);
    }
    if ((what & (EV_READ | EV_CLOSED)) != 0) {
        read_some(s);
    }
}

/* A plain stream opens by itself, once, before it reads. */
static void open_plain(struct task *task)
{
    struct stream *s = CONTAINER_OF(task, struct stream, read_task);

    s->read_task.run = run_read_task;
    s->user->on_open(s);
}

enum err stream_open(struct stream *s, struct worker *worker, int fd, SSL *ssl,
                     const struct stream_user *user)
{
    const short what = EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST;

    memset(s, 0, sizeof(*s));
    s->user = user;
    s->worker = worker;
    s->scratch = worker_part(worker, &stream_scratch_kind);
    s->state = ssl != NULL ? STREAM_HANDSHAKE : STREAM_OPEN;
    s->last_sent_ns = worker->now_ns;
    task_init(&s->pump_task, pump);
    task_init(&s->read_task, ssl != NULL ? run_read_task : open_plain);
    if (event_assign(&s->event, worker->base, fd, what, on_event, s) != 0) {
        return ERR_IO;
    }
    if (event_add(&s->event, NULL) != 0) {
        return ERR_IO;
    }
    s->fd = fd;
    s->ssl = ssl;
    if (ssl != NULL) {
        tls_bio_attach(&s->scratch->bio, ssl);
    } else {
        worker_defer(worker, &s->read_task);
    }
    return ERR_OK;
}

void stream_shut(struct stream *s)
{
    if (s->state == STREAM_OPEN && !s->wants_end) {
        s->wants_end = true;
        worker_flush(s->worker, &s->pump_task);
    }
}

void stream_close(struct stream *s)
{
    if (s->state == STREAM_CLOSED) {
        return;
    }
    s->state = STREAM_CLOSED;
    task_cancel(&s->read_task);
    task_cancel(&s->pump_task);
    if (s->pending != NULL) {
        free_pending(s);
    }
    (void)event_del(&s->event);
    SSL_free(s->ssl);
    s->ssl = NULL;
    (void)close(s->fd);
    s->fd = -1;
}

size_t stream_unsent(const struct stream *s)
{
    int in_kernel = 0;

    if (s->state == STREAM_CLOSED || ioctl(s->fd, SIOCOUTQ, &in_kernel) != 0 || in_kernel < 0) {
        in_kernel = 0;
    }
    return s->pending_len - s->pending_sent + (size_t)in_kernel;
}

size_t stream_alpn(const struct stream *s, const uint8_t **name)
{
    unsigned len = 0;

    *name = NULL;
    if (s->ssl != NULL) {
        SSL_get0_alpn_selected(s->ssl, name, &len);
    }
    return len;
}
