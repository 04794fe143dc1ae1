/* tls_settings.h: what a listener's `tls:` block says. Tables are constant. Any thread. */
#ifndef WEIR_NET_TLS_SETTINGS_H
#define WEIR_NET_TLS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/types.h>

#include "base/str.h"
#include "config/setting.h"

enum tls_settings_version {
    TLS_SETTINGS_1_2,
    TLS_SETTINGS_1_3
};

struct tls_certificate_settings {
    struct position at;
    struct str cert; /* PEM: the certificate, then its issuers */
    struct str key;  /* PEM; absent: in the same file */
};

struct tls_tickets_settings {
    struct position at;
    bool is_enabled;
    int64_t count;      /* tickets given after a full TLS 1.3 handshake */
    uint64_t rotate_ns; /* a key gives tickets that long, and takes them as long again */
};

struct tls_settings {
    struct position at;
    struct setting_list certificates; /* struct tls_certificate_settings */
    int min_version;                  /* enum tls_settings_version */
    struct str ciphers;               /* TLS 1.2, OpenSSL's names, best first */
    struct str cipher_suites;         /* TLS 1.3 */
    struct str groups;
    uint64_t handshake_timeout_ns;
    struct tls_tickets_settings tickets;
};

extern const struct setting_table tls_settings_table;

/* False when `groups` is not a list of groups that OpenSSL knows. */
bool tls_settings_apply_groups(SSL_CTX *ssl_ctx, struct str groups);

#endif
