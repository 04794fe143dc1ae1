#include "net/tls_context.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "net/tls_cert.h"

#define TLS_CONTEXT_MAGIC 0x544c5343U

struct tls_context {
    uint32_t magic;
    atomic_uint refs;
    struct str alpn;
    uint64_t handshake_timeout_ns;
    SSL_CTX *first;
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

static void set_options(SSL_CTX *ssl_ctx)
{
    SSL_CTX_set_options(ssl_ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ssl_ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
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
    MUST(SSL_CTX_set1_groups_list(ssl_ctx, s->groups.p) == 1);
}

static SSL_CTX *make_ssl_ctx(struct tls_context *c, const struct tls_context_config *config)
{
    SSL_CTX *ssl_ctx = SSL_CTX_new(TLS_server_method());
    MUST(ssl_ctx != NULL);
    set_options(ssl_ctx);
    set_choices(ssl_ctx, config->settings);
    SSL_CTX_set_alpn_select_cb(ssl_ctx, select_protocol, c);
    if (config->tickets == NULL) {
        SSL_CTX_set_options(ssl_ctx, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(ssl_ctx, 0);
    }
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

static enum err load_all(struct tls_context *c, const struct tls_context_config *config,
                         struct faults *faults, struct faults *warnings)
{
    const struct setting_list *list = &config->settings->certificates;
    const struct tls_certificate_settings *items = list->items;
    enum err worst = ERR_OK;
    for (size_t i = 0; i < list->count; i++) {
        struct tls_cert cert;
        enum err e = tls_cert_load(&items[i], config->wall_ns, faults, warnings, &cert);
        if (e == ERR_OK) {
            e = use_cert(c->first, &cert, faults);
            tls_cert_fini(&cert);
        }
        worst = e != ERR_OK ? e : worst;
    }
    return worst;
}

enum err tls_context_new(const struct tls_context_config *config, struct faults *faults,
                         struct faults *warnings, struct tls_context **out)
{
    struct tls_context *c = calloc(1, sizeof(*c));
    MUST(c != NULL);
    c->magic = TLS_CONTEXT_MAGIC;
    atomic_init(&c->refs, 1);
    c->alpn = config->alpn;
    c->handshake_timeout_ns = config->settings->handshake_timeout_ns;
    c->first = make_ssl_ctx(c, config);
    enum err e = load_all(c, config, faults, warnings);
    if (e != ERR_OK) {
        tls_context_unref(&c);
        return e;
    }
    *out = c;
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
    SSL_CTX_free(gone->first);
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
