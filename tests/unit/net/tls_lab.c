#include "unit/net/tls_lab.h"

#include <string.h>

#include <openssl/err.h>

#include "base/check.h"
#include "base/clock.h"

void tls_lab_init(struct tls_lab *lab)
{
    *lab = (struct tls_lab){.tickets = NULL};
    arena_init(&lab->arena, NULL, NULL, NULL, 0);
    test_certs_init(&lab->files);
    lab->settings = (struct tls_settings){
        .certificates = {.items = lab->certs},
        .min_version = TLS_SETTINGS_1_2,
        .ciphers = STR("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"),
        .cipher_suites = STR("TLS_AES_128_GCM_SHA256"),
        .groups = STR("X25519:P-256"),
        .handshake_timeout_ns = 10 * CLOCK_NS_PER_S,
        .tickets = {.is_enabled = true, .count = 1, .rotate_ns = 3600 * CLOCK_NS_PER_S},
    };
}

void tls_lab_fini(struct tls_lab *lab)
{
    test_certs_fini(&lab->files);
    arena_fini(&lab->arena);
}

void tls_lab_files(struct tls_lab *lab, const char *cert, const char *key)
{
    size_t i = lab->settings.certificates.count++;
    MUST(i < TLS_LAB_CERTS);
    struct tls_certificate_settings *s = &lab->certs[i];
    *s = (struct tls_certificate_settings){
        .at = {.file = "lab.yaml", .line = (unsigned)i + 1, .column = 3},
        .cert = str_from(test_certs_path(&lab->files, cert, lab->paths[i][0])),
    };
    if (key != NULL) {
        s->key = str_from(test_certs_path(&lab->files, key, lab->paths[i][1]));
    }
}

void tls_lab_cert(struct tls_lab *lab, const struct test_certs_spec *spec)
{
    char cert[64];
    char key[64];
    test_certs_make(&lab->files, spec);
    snprintf(cert, sizeof(cert), "%s.pem", spec->file);
    snprintf(key, sizeof(key), "%s.key", spec->file);
    tls_lab_files(lab, cert, key);
}

enum err tls_lab_load(struct tls_lab *lab, struct tls_context **out)
{
    const struct tls_context_config config = {
        .settings = &lab->settings,
        .alpn = STR("\2h2"),
        .tickets = lab->tickets,
        .wall_ns = clock_wall_ns(),
    };
    faults_init(&lab->faults, &lab->arena);
    faults_init(&lab->warnings, &lab->arena);
    return tls_context_new(&config, &lab->faults, &lab->warnings, out);
}

static bool has(const struct faults *f, const char *part)
{
    for (size_t i = 0; i < f->kept; i++) {
        if (strstr(f->items[i].text.p, part) != NULL) {
            return true;
        }
    }
    return false;
}

bool tls_lab_has_fault(const struct tls_lab *lab, const char *part)
{
    return has(&lab->faults, part);
}

bool tls_lab_has_warning(const struct tls_lab *lab, const char *part)
{
    return has(&lab->warnings, part);
}

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls_lab_meeting *m = SSL_get_app_data(ssl);
    SSL_SESSION_free(m->session);
    m->session = session;
    m->tickets++;
    return 1;
}

static SSL_CTX *make_client_ctx(const struct tls_lab_client *wish)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    MUST(ctx != NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
    MUST(SSL_CTX_set_max_proto_version(ctx, wish->version) == 1);
    int is_set = wish->sigalgs == NULL || SSL_CTX_set1_sigalgs_list(ctx, wish->sigalgs) == 1;
    MUST(is_set);
    return ctx;
}

static int set_wishes(SSL *client, const struct tls_lab_client *wish)
{
    int is_set = 1;
    if (wish->sni != NULL) {
        is_set = SSL_set_tlsext_host_name(client, wish->sni) == 1;
    }
    if (wish->alpn != NULL) {
        const unsigned char *wire = (const unsigned char *)wish->alpn;
        is_set = is_set && SSL_set_alpn_protos(client, wire, (unsigned)strlen(wish->alpn)) == 0;
    }
    if (wish->session != NULL) {
        is_set = is_set && SSL_set_session(client, wish->session);
    }
    return is_set;
}

static void make_client(struct tls_lab_meeting *m, const struct tls_lab_client *wish)
{
    m->ctx = make_client_ctx(wish);
    m->client = SSL_new(m->ctx);
    MUST(m->client != NULL);
    SSL_set_app_data(m->client, m);
    MUST(set_wishes(m->client, wish));
    SSL_set_connect_state(m->client);
}

static void join(SSL *a, SSL *b)
{
    BIO *of_a = NULL;
    BIO *of_b = NULL;
    MUST(BIO_new_bio_pair(&of_a, 0, &of_b, 0) == 1);
    SSL_set_bio(a, of_a, of_a);
    SSL_set_bio(b, of_b, of_b);
}

/* A byte each way at the end, so that the client also reads the tickets. */
static void talk(struct tls_lab_meeting *m)
{
    char byte = 'x';
    for (unsigned i = 0; i < 10; i++) {
        ERR_clear_error();
        if (SSL_do_handshake(m->client) != 1 && m->client_error == 0) {
            m->client_error = ERR_peek_error();
        }
        ERR_clear_error();
        SSL_do_handshake(m->server);
    }
    m->is_done = SSL_is_init_finished(m->client) && SSL_is_init_finished(m->server);
    if (m->is_done) {
        MUST(SSL_write(m->server, &byte, 1) == 1);
        MUST(SSL_read(m->client, &byte, 1) == 1);
    }
    ERR_clear_error();
}

void tls_lab_meet(struct tls_context *context, const struct tls_lab_client *wish,
                  struct tls_lab_meeting *out)
{
    *out = (struct tls_lab_meeting){.ctx = NULL};
    make_client(out, wish);
    out->server = tls_context_open(context);
    MUST(out->server != NULL);
    join(out->client, out->server);
    talk(out);
}

/* A session that was not shut in order is not resumed by OpenSSL's client. */
void tls_lab_part(struct tls_lab_meeting *m)
{
    SSL_set_shutdown(m->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(m->server);
    SSL_free(m->client);
    SSL_SESSION_free(m->session);
    SSL_CTX_free(m->ctx);
}

const char *tls_lab_peer_name(const struct tls_lab_meeting *m, char out[static 64])
{
    const X509 *x = SSL_get0_peer_certificate(m->client);
    out[0] = 0;
    if (x != NULL) {
        X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, out, 64);
    }
    return out;
}
