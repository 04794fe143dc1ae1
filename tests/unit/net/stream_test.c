#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CUnit/CUnit.h>
#include <openssl/err.h>

#include "base/check.h"
#include "net/stream.h"
#include "unit/net/net_tables.h"
#include "unit/net/net_worker.h"
#include "unit/net/tls_lab.h"

#define HELD_MAX   400000 /* bytes: one fill, and TLS's answers to little more than one read */
#define ASKED_MAX  30000  /* key updates */
#define ANSWER_MAX 8000000

/* A stream that has bytes to give as long as `left` says. */
struct rig {
    struct stream stream;
    struct net_worker host;
    size_t left;
    bool is_open;
    enum err ended;
    int peer; /* the other end of its socket */
};

static struct rig *rig_of(struct stream *s)
{
    return CONTAINER_OF(s, struct rig, stream);
}

static void on_open(struct stream *s)
{
    rig_of(s)->is_open = true;
    stream_want_fill(s);
}

static enum err on_bytes(struct stream *s, const uint8_t *data, size_t len)
{
    (void)s;
    (void)data;
    (void)len;
    return ERR_OK;
}

static size_t fill(struct stream *s, uint8_t *out, size_t cap)
{
    struct rig *r = rig_of(s);
    size_t n = r->left < cap ? r->left : cap;

    memset(out, 'x', n);
    r->left -= n;
    return n;
}

static void on_idle(struct stream *s)
{
    (void)s;
}

static void on_end(struct stream *s, enum err why)
{
    rig_of(s)->ended = why;
    stream_close(s);
}

static const struct stream_user user = {on_open, on_bytes, fill, on_idle, on_end};

static void begin(struct rig *r, SSL *ssl)
{
    static const struct worker_part_kind *const parts[] = {&stream_scratch_kind, NULL};
    int pair[2];

    *r = (struct rig){.left = ANSWER_MAX};
    net_worker_init_with(&r->host, 1, parts);
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    r->peer = pair[1];
    MUST(stream_open(&r->stream, r->host.worker, pair[0], ssl, &user) == ERR_OK);
}

static void end(struct rig *r)
{
    stream_close(&r->stream);
    net_worker_fini(&r->host);
    close(r->peer);
}

static size_t held(const struct rig *r)
{
    return r->stream.pending_len - r->stream.pending_sent;
}

/* What the peer has not taken is counted, wherever it stands. */
static void test_unsent(void)
{
    char byte = 0;
    struct rig r;

    begin(&r, NULL);
    r.left = 0;
    net_worker_turn(&r.host);
    CU_ASSERT(r.is_open && stream_unsent(&r.stream) == 0);
    r.left = ANSWER_MAX;
    stream_want_fill(&r.stream);
    net_worker_turn(&r.host);
    CU_ASSERT(stream_is_stalled(&r.stream) && stream_unsent(&r.stream) > held(&r));
    r.left = 0;
    while (read(r.peer, &byte, 1) == 1) {
        char rest[65536];
        while (read(r.peer, rest, sizeof(rest)) > 0) {
        }
        net_worker_turn(&r.host);
    }
    CU_ASSERT(stream_unsent(&r.stream) == 0 && r.ended == ERR_OK);
    end(&r);
}

/* Unread input would turn the close into a reset: after the half-close it is dropped even where
 * reading had been paused. */
static void test_drains(void)
{
    struct rig r;

    begin(&r, NULL);
    r.left = 0;
    net_worker_turn(&r.host);
    stream_pause(&r.stream, STREAM_PAUSE_OUTPUT);
    MUST(write(r.peer, "late", 4) == 4);
    stream_shut(&r.stream);
    net_worker_turn(&r.host);
    CU_ASSERT(r.stream.state == STREAM_DRAINING && r.stream.bytes_in == 4);
    CU_ASSERT(r.ended == ERR_OK);
    MUST(shutdown(r.peer, SHUT_WR) == 0);
    net_worker_turn(&r.host);
    CU_ASSERT(r.ended == ERR_CLOSED && r.stream.state == STREAM_CLOSED);
    end(&r);
}

/* --- TLS ----------------------------------------------------------------------------------- */

static SSL *meet(struct rig *r, SSL_CTX *client_ctx)
{
    SSL *client = SSL_new(client_ctx);

    MUST(client != NULL && SSL_set_fd(client, r->peer) == 1);
    SSL_set_connect_state(client);
    for (unsigned i = 0; i < 10 && SSL_do_handshake(client) != 1; i++) {
        ERR_clear_error();
        net_worker_turn(&r->host);
    }
    net_worker_turn(&r->host);
    MUST(SSL_is_init_finished(client));
    return client;
}

/* Asks for key updates until the socket takes no more; the number. */
static unsigned ask_for_keys(struct rig *r, SSL *client)
{
    unsigned asked = 0;

    while (asked < ASKED_MAX && SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED) == 1 &&
           SSL_do_handshake(client) == 1) {
        asked++;
        if (asked % 100 == 0) {
            net_worker_turn(&r->host);
        }
    }
    ERR_clear_error();
    net_worker_turn(&r->host);
    return asked;
}

/* Each request for new keys makes TLS answer. Who takes no answers is soon not heard any more, and
 * is heard again when all has gone. */
static void test_unread_answers(void)
{
    static const struct test_certs_spec site = {
        .file = "site", .kind = "EC", .name = "site", .sans = "DNS:site.example"};
    SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
    struct tls_context *context = NULL;
    char rest[65536];
    struct tls_lab lab;
    struct rig r;

    tls_lab_init(&lab);
    tls_lab_cert(&lab, &site);
    CU_ASSERT_FATAL(tls_lab_load(&lab, &context) == ERR_OK);
    begin(&r, tls_context_open(context));
    SSL *client = meet(&r, client_ctx);
    CU_ASSERT(r.is_open && stream_is_stalled(&r.stream));
    CU_ASSERT(ask_for_keys(&r, client) < ASKED_MAX);
    CU_ASSERT(held(&r) <= HELD_MAX && (r.stream.paused & STREAM_PAUSE_MEMORY) != 0);
    r.left = 0;
    for (unsigned i = 0; i < 1000 && r.stream.paused != 0; i++) {
        while (read(r.peer, rest, sizeof(rest)) > 0) {
        }
        net_worker_turn(&r.host);
    }
    CU_ASSERT(r.stream.paused == 0 && r.ended == ERR_OK);
    SSL_free(client);
    SSL_CTX_free(client_ctx);
    end(&r);
    tls_context_unref(&context);
    tls_lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"stream", "counts what the peer has not taken", test_unsent},
    {"stream", "drops what comes after its end", test_drains},
    {"stream", "bounds TLS's answers that nobody reads", test_unread_answers},
};

const struct suite_table stream_tests = SUITE_TABLE(tests);
