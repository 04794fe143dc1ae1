/* tls_select.h: which certificates answer to which name.
 *
 *   name -> one certificate of each kind of key -> SSL_CTX, shared by all names with the same ones
 *
 * An exact name goes before a wildcard, which stands for one label only (RFC 6125, section 6.4.3);
 * a kind of key that the exact name has no certificate for is taken from the wildcard. Built once,
 * then only read: any thread. */
#ifndef WEIR_NET_TLS_SELECT_H
#define WEIR_NET_TLS_SELECT_H

#include <openssl/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "config/faults.h"
#include "net/tls_cert.h"

/* The certificates that serve one name, by kind of key; NULL where there is none. */
struct tls_select_set {
    const struct tls_cert *by_kind[TLS_CERT_KINDS_];
};

struct tls_select_name;

struct tls_select {
    struct arena arena;
    struct map names;    /* lower case; "*.example.com" stands for its wildcard */
    struct map contexts; /* bytes of a set -> SSL_CTX, owned */
    struct tls_select_name *first;
};

/* Makes an SSL_CTX with the certificates of `set`; NULL when that fails. */
typedef SSL_CTX *tls_select_make(void *ctx, const struct tls_select_set *set);

void tls_select_init(struct tls_select *s);
void tls_select_fini(struct tls_select *s);

/* Adds the names of `cert`, which outlives tls_select_build. The first certificate added also
 * answers to all names that nobody has. Where two certificates with the same kind of key have one
 * name, the earlier has it, and `warnings` is told. */
void tls_select_add(struct tls_select *s, const struct tls_cert *cert, struct faults *warnings);

/* After the last name: makes the SSL_CTX of each set. ERR_TLS when `make` fails. */
MUST_USE enum err tls_select_build(struct tls_select *s, tls_select_make *make, void *ctx);

/* NULL when no certificate is for `name` (any case, one trailing dot allowed). */
SSL_CTX *tls_select_find(const struct tls_select *s, struct str name);

/* For clients that name nobody we know. */
SSL_CTX *tls_select_default(const struct tls_select *s);

#endif
