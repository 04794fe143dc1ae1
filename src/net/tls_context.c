#include "net/tls_context.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "net/tls_cert.h"
#include "net/tls_select.h"
#include "net/tls_ticket.h"

#define TLS_CONTEXT_MAGIC 0x544c5343u

struct tls_context {
    uint32_t magic;
    atomic_uint refs;
    struct str alpn;
    uint64_t handshake_timeout_ns;
    struct tls_select select;
    SSL_CTX *first; /* every SSL begins with it; its ticket callbacks count, whatever SNI says */
};

/* While a context is made. */
struct making {
    struct tls_context *context;
    const struct tls_context_config *config;
    struct faults *faults;
    struct faults *warnings;
    struct tls_cert *certs;
    size_t count;
};

/* RFC 7301, section 3.2: our order counts; no overlap is a fatal alert. A client without ALPN
 * never comes here. */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *offered, unsigned offered_len, void *arg)
{
    const struct tls_context *c = arg;
    unsigned char *chosen = NULL;
    (void)ssl;
    int found = SSL_select_next_proto(&chosen, out_len, (const unsigned char *)c->alpn.p,
                                      (unsigned)c->alpn.len, offered, offered_len);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Of the callbacks that may choose a certificate, this is the one in which OpenSSL has already
 * checked the name's form. RFC 6066, section 3: a name nobody knows gets the first certificate,
 * which tells a user more than an alert. */
static int select_certificate(SSL *ssl, int *alert, void *arg)
{
    const struct tls_context *c = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == NULL) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    SSL_CTX *chosen = tls_select_find(&c->select, str_from(name));
    if (chosen == NULL) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    if (chosen != c->first && SSL_set_SSL_CTX(ssl, chosen) == NULL) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    return SSL_TLSEXT_ERR_OK;
}

static void set_options(SSL_CTX *ssl_ctx)
{
    SSL_CTX_set_options(ssl_ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ssl_ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(ssl_ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_early_data(ssl_ctx, 0);
    SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_NONE, NULL);
}

/* The texts were checked with the settings; here they cannot be wrong. */
static void set_choices(SSL_CTX *ssl_ctx, const struct tls_settings *s)
{
    int oldest = s->min_version == TLS_SETTINGS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
    SSL_CTX_set_security_level(ssl_ctx, 2);
    MUST(SSL_CTX_set_min_proto_version(ssl_ctx, oldest) == 1);
    MUST(SSL_CTX_set_cipher_list(ssl_ctx, s->ciphers.p) == 1);
    MUST(SSL_CTX_set_ciphersuites(ssl_ctx, s->cipher_suites.p) == 1);
    MUST(tls_settings_apply_groups(ssl_ctx, s->groups));
}

static void set_tickets(SSL_CTX *ssl_ctx, const struct tls_context_config *config)
{
    static const unsigned char id[] = "weir";
    const struct tls_tickets_settings *s = &config->settings->tickets;
    MUST(SSL_CTX_set_session_id_context(ssl_ctx, id, sizeof(id) - 1) == 1);
    if (config->tickets == NULL || !s->is_enabled) {
        SSL_CTX_set_options(ssl_ctx, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(ssl_ctx, 0);
        return;
    }
    tls_ticket_use(config->tickets, ssl_ctx);
    SSL_CTX_set_num_tickets(ssl_ctx, (size_t)s->count);
}

static SSL_CTX *new_ssl_ctx(const struct making *m)
{
    SSL_CTX *ssl_ctx = SSL_CTX_new(TLS_server_method());
    MUST(ssl_ctx != NULL);
    set_options(ssl_ctx);
    set_choices(ssl_ctx, m->config->settings);
    set_tickets(ssl_ctx, m->config);
    SSL_CTX_set_alpn_select_cb(ssl_ctx, select_protocol, m->context);
    SSL_CTX_set_tlsext_servername_callback(ssl_ctx, select_certificate);
    SSL_CTX_set_tlsext_servername_arg(ssl_ctx, m->context);
    return ssl_ctx;
}

static enum err use_cert(SSL_CTX *ssl_ctx, const struct tls_cert *cert, struct faults *faults)
{
    ERR_clear_error();
    if (SSL_CTX_use_cert_and_key(ssl_ctx, cert->leaf, cert->key, cert->issuers, 1) == 1) {
        return ERR_OK;
    }
    faults_add(faults, cert->at, "OpenSSL does not take this certificate: %s",
               ERR_reason_error_string(ERR_peek_last_error()));
    ERR_clear_error();
    return ERR_SYNTAX;
}

static SSL_CTX *make_for_set(void *arg, const struct tls_select_set *set)
{
    const struct making *m = arg;
    SSL_CTX *ssl_ctx = new_ssl_ctx(m);
    enum err e = ERR_OK;
    for (unsigned kind = 0; kind < TLS_CERT_KINDS_ && e == ERR_OK; kind++) {
        if (set->by_kind[kind] != NULL) {
            e = use_cert(ssl_ctx, set->by_kind[kind], m->faults);
        }
    }
    if (e != ERR_OK) {
        SSL_CTX_free(ssl_ctx);
        return NULL;
    }
    return ssl_ctx;
}

/* Goes on after a fault, so that all are told. */
static enum err load_all(struct making *m)
{
    const struct tls_certificate_settings *items = m->config->settings->certificates.items;
    enum err worst = ERR_OK;
    for (size_t i = 0; i < m->count; i++) {
        enum err e =
            tls_cert_load(&items[i], m->config->wall_ns, m->faults, m->warnings, &m->certs[i]);
        worst = e != ERR_OK ? e : worst;
    }
    return worst;
}

void tls_context_check(const struct tls_settings *settings, uint64_t wall_ns, struct faults *faults,
                       struct faults *warnings)
{
    const struct tls_certificate_settings *items = settings->certificates.items;
    for (size_t i = 0; i < settings->certificates.count; i++) {
        struct tls_cert cert = {0};
        if (tls_cert_load(&items[i], wall_ns, faults, warnings, &cert) == ERR_OK) {
            tls_cert_fini(&cert);
        }
    }
}

static enum err build(struct making *m)
{
    struct tls_select *select = &m->context->select;
    enum err e = load_all(m);
    if (e != ERR_OK) {
        return e;
    }
    for (size_t i = 0; i < m->count; i++) {
        tls_select_add(select, &m->certs[i], m->warnings);
    }
    e = tls_select_build(select, make_for_set, m);
    if (e == ERR_OK) {
        m->context->first = tls_select_default(select);
    }
    return e == ERR_OK ? ERR_OK : ERR_SYNTAX;
}

static struct tls_context *new_empty(const struct tls_context_config *config)
{
    struct tls_context *c = calloc(1, sizeof(*c));
    MUST(c != NULL);
    c->magic = TLS_CONTEXT_MAGIC;
    atomic_init(&c->refs, 1);
    c->alpn = config->alpn;
    c->handshake_timeout_ns = config->settings->handshake_timeout_ns;
    tls_select_init(&c->select);
    return c;
}

enum err tls_context_new(const struct tls_context_config *config, struct faults *faults,
                         struct faults *warnings, struct tls_context **out)
{
    struct making m = {
        .context = new_empty(config),
        .config = config,
        .faults = faults,
        .warnings = warnings,
        .count = config->settings->certificates.count,
    };
    MUST(m.count > 0);
    m.certs = calloc(m.count, sizeof(*m.certs));
    MUST(m.certs != NULL);
    enum err e = build(&m);
    for (size_t i = 0; i < m.count; i++) {
        tls_cert_fini(&m.certs[i]);
    }
    free(m.certs);
    if (e != ERR_OK) {
        tls_context_unref(&m.context);
        return e;
    }
    *out = m.context;
    return ERR_OK;
}

struct tls_context *tls_context_ref(struct tls_context *c)
{
    OBJ_CHECK(c, TLS_CONTEXT_MAGIC);
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void tls_context_unref(struct tls_context **c)
{
    struct tls_context *gone = *c;
    OBJ_CHECK(gone, TLS_CONTEXT_MAGIC);
    *c = NULL;
    if (atomic_fetch_sub_explicit(&gone->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    tls_select_fini(&gone->select);
    gone->magic = 0;
    free(gone);
}

SSL *tls_context_open(const struct tls_context *c)
{
    ERR_clear_error();
    SSL *ssl = SSL_new(c->first);
    if (ssl != NULL) {
        SSL_set_accept_state(ssl);
    }
    return ssl;
}

uint64_t tls_context_handshake_timeout_ns(const struct tls_context *c)
{
    return c->handshake_timeout_ns;
}
