/* tls_bio.h: OpenSSL's way to the socket: two stretches of the worker's memory.
 *
 * OpenSSL reads and writes only inside calls that we make, so that all connections of a worker can
 * share one BIO: it saves two objects a connection, and records pile up into one write. Own worker.
 */
#ifndef WEIR_NET_TLS_BIO_H
#define WEIR_NET_TLS_BIO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct bio_st BIO;
typedef struct bio_method_st BIO_METHOD;
typedef struct ssl_st SSL;

struct tls_bio {
    BIO_METHOD *method;
    BIO *bio;
    const uint8_t *in; /* ciphertext not yet read */
    size_t in_len;
    uint8_t *out; /* where ciphertext goes */
    size_t out_len;
    size_t out_cap;
};

/* `out` is the caller's, `out_cap` bytes. ERR_NO_MEMORY. */
MUST_USE enum err tls_bio_init(struct tls_bio *b, uint8_t *out, size_t out_cap);
void tls_bio_fini(struct tls_bio *b);

/* `ssl` reads and writes through `b` from now on. */
void tls_bio_attach(struct tls_bio *b, SSL *ssl);

#endif
