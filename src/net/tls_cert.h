/* tls_cert.h: a certificate, its issuers and its key, read from files and checked.
 *
 * Blocking: start, `weir check` or an offload thread. */
#ifndef WEIR_NET_TLS_CERT_H
#define WEIR_NET_TLS_CERT_H

#include <stdint.h>

#include <openssl/ssl.h>

#include "base/err.h"
#include "config/faults.h"
#include "net/tls_settings.h"

/* Kinds of keys that stand side by side: a client gets the first it can use. */
enum tls_cert_kind {
    TLS_CERT_RSA,
    TLS_CERT_RSA_PSS,
    TLS_CERT_EC,
    TLS_CERT_ED25519,
    TLS_CERT_ED448,
    TLS_CERT_KINDS_
};

struct tls_cert {
    struct position at;
    enum tls_cert_kind kind;
    X509 *leaf;
    STACK_OF(X509) * issuers;
    EVP_PKEY *key;
};

/* What keeps the pair from being used goes to `faults` (ERR_SYNTAX then), what is only suspect
 * (expired, not valid yet at `wall_ns`) to `warnings`. */
MUST_USE enum err tls_cert_load(const struct tls_certificate_settings *settings, uint64_t wall_ns,
                                struct faults *faults, struct faults *warnings,
                                struct tls_cert *out);

void tls_cert_fini(struct tls_cert *c);

#endif
