#include "net/tls_settings.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "config/config.h"

#define TEXT_MAX 4096 /* bytes of a list */

static const char *const versions[] = {"1.2", "1.3", NULL};

/* Left as they stand: as a table of columns they could not be read. */
/* clang-format off */
static const struct setting certificate_rows[] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct tls_certificate_settings, at)},
    {.name = "cert",
     .type = SETTING_PATH,
     SETTING_MEMBER(struct tls_certificate_settings, cert),
     .is_required = true,
     .applies = SETTING_LISTENER,
     .meaning = "PEM file: the certificate, then the issuers a client may not know"},
    {.name = "key",
     .type = SETTING_PATH,
     SETTING_MEMBER(struct tls_certificate_settings, key),
     .applies = SETTING_LISTENER,
     .meaning = "PEM file with the private key, not encrypted; the certificate's file by default"},
};
/* clang-format on */

static const struct setting_table certificate_table = {
    .name = "certificate",
    .meaning = "A certificate and its key; the names it is for are read from it",
    .size = sizeof(struct tls_certificate_settings),
    .rows = certificate_rows,
    .count = COUNT_OF(certificate_rows),
    .shorthand = "cert",
};

/* Left as they stand: as a table of columns they could not be read. */
/* clang-format off */
static const struct setting tickets_rows[] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct tls_tickets_settings, at)},
    {.name = "enabled",
     .type = SETTING_BOOL,
     SETTING_MEMBER(struct tls_tickets_settings, is_enabled),
     .default_text = "true",
     .applies = SETTING_LISTENER,
     .meaning = "Clients that come back may resume their session: a cheaper handshake"},
    {.name = "count",
     .type = SETTING_INT,
     SETTING_MEMBER(struct tls_tickets_settings, count),
     .default_text = "1",
     .min = 1,
     .max = 8,
     .unit = "tickets",
     .applies = SETTING_LISTENER,
     .meaning = "Tickets given after a full TLS 1.3 handshake; each serves one connection"},
    {.name = "rotate",
     .type = SETTING_DURATION,
     SETTING_MEMBER(struct tls_tickets_settings, rotate_ns),
     .default_text = "12h",
     .min = SETTING_S(60),
     .max = SETTING_S(3 * 86400),
     .applies = SETTING_RESTART,
     .meaning = "A key gives tickets that long and takes them as long again, then it is forgotten"},
};
/* clang-format on */

static const struct setting_table tickets_table = {
    .name = "tickets",
    .meaning = "Session resumption",
    .size = sizeof(struct tls_tickets_settings),
    .rows = tickets_rows,
    .count = COUNT_OF(tickets_rows),
};

/* Left as they stand: as a table of columns they could not be read. */
/* clang-format off */
static const struct setting tls_rows[] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct tls_settings, at)},
    {.name = "certificates",
     .type = SETTING_LIST,
     .item = SETTING_OBJECT,
     .table = &certificate_table,
     SETTING_MEMBER(struct tls_settings, certificates),
     .is_required = true,
     .is_one_or_many = true,
     .min_count = 1,
     .applies = SETTING_LISTENER,
     .meaning = "Chosen by the name a client asks for; the first is for all other names"},
    {.name = "min_version",
     .type = SETTING_ENUM,
     .choices = versions,
     SETTING_MEMBER(struct tls_settings, min_version),
     .default_text = "1.2",
     .applies = SETTING_LISTENER,
     .meaning = "The oldest TLS version taken"},
    {.name = "ciphers",
     .type = SETTING_STRING,
     SETTING_MEMBER(struct tls_settings, ciphers),
     .default_text = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                     "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                     "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305", .min = 1,
     .max = TEXT_MAX,
     .applies = SETTING_LISTENER,
     .meaning = "TLS 1.2 ciphers, best first, as OpenSSL names them"},
    {.name = "cipher_suites",
     .type = SETTING_STRING,
     SETTING_MEMBER(struct tls_settings, cipher_suites),
     .default_text = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
     .min = 1,
     .max = TEXT_MAX,
     .applies = SETTING_LISTENER,
     .meaning = "TLS 1.3 cipher suites, best first; a client that prefers ChaCha20 gets it"},
    {.name = "groups",
     .type = SETTING_STRING,
     SETTING_MEMBER(struct tls_settings, groups),
     .default_text = "X25519:P-256:P-384",
     .min = 1,
     .max = TEXT_MAX,
     .applies = SETTING_LISTENER,
     .meaning = "Key exchange groups, best first"},
    {.name = "handshake_timeout",
     .type = SETTING_DURATION,
     SETTING_MEMBER(struct tls_settings, handshake_timeout_ns),
     .default_text = "10s",
     .min = SETTING_MS(100),
     .max = SETTING_S(300),
     .applies = SETTING_LISTENER,
     .meaning = "A handshake that is not done so long after the connection came is broken off"},
    {.name = "tickets",
     .type = SETTING_OBJECT,
     .table = &tickets_table,
     SETTING_MEMBER(struct tls_settings, tickets),
     .applies = SETTING_LISTENER,
     .meaning = "Session resumption"},
};

/* clang-format on */

static bool is_fit_for_h2(const SSL_CIPHER *cipher)
{
    return SSL_CIPHER_is_aead(cipher) && (SSL_CIPHER_get_kx_nid(cipher) == NID_kx_ecdhe ||
                                          SSL_CIPHER_get_kx_nid(cipher) == NID_kx_any);
}

/* RFC 9113, section 9.2.2: a client may end a connection with any other cipher. */
static void check_ciphers(SSL_CTX *ssl_ctx, const struct config *config,
                          const struct tls_settings *s, struct faults *faults)
{
    struct position at = config_position(config, &s->ciphers);
    if (SSL_CTX_set_cipher_list(ssl_ctx, s->ciphers.p) != 1) {
        faults_add(faults, at, "no cipher in this list is known (the known: openssl ciphers -v)");
        return;
    }
    STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ssl_ctx);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
        if (!is_fit_for_h2(cipher)) {
            faults_add(faults, at,
                       "HTTP/2 forbids the cipher %s: only ECDHE with an AEAD (GCM, CHACHA20) may "
                       "be used",
                       SSL_CIPHER_get_name(cipher));
            return;
        }
    }
}

bool tls_settings_apply_groups(SSL_CTX *ssl_ctx, struct str groups)
{
    char text[TEXT_MAX + 1]; /* OpenSSL's macro takes no constant */
    MUST(groups.len <= TEXT_MAX);
    memcpy(text, groups.p, groups.len);
    text[groups.len] = 0;
    return SSL_CTX_set1_groups_list(ssl_ctx, text) == 1;
}

static void check_tls(const struct config *config, const void *settings, struct faults *faults)
{
    const struct tls_settings *s = settings;
    SSL_CTX *ssl_ctx = SSL_CTX_new(TLS_server_method());
    MUST(ssl_ctx != NULL);
    check_ciphers(ssl_ctx, config, s, faults);
    if (SSL_CTX_set_ciphersuites(ssl_ctx, s->cipher_suites.p) != 1) {
        faults_add(faults, config_position(config, &s->cipher_suites),
                   "not a list of TLS 1.3 cipher suites, such as "
                   "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256");
    }
    if (!tls_settings_apply_groups(ssl_ctx, s->groups)) {
        faults_add(faults, config_position(config, &s->groups),
                   "not a list of groups, such as X25519:P-256:P-384");
    }
    SSL_CTX_free(ssl_ctx);
    ERR_clear_error();
}

const struct setting_table tls_settings_table = {
    .name = "tls",
    .meaning = "TLS on a listener",
    .size = sizeof(struct tls_settings),
    .rows = tls_rows,
    .count = COUNT_OF(tls_rows),
    .check = check_tls,
};
