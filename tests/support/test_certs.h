/* test_certs.h: certificates and keys for tests, made on the spot in a directory of their own. */
#ifndef WEIR_SUPPORT_TEST_CERTS_H
#define WEIR_SUPPORT_TEST_CERTS_H

#include <stdbool.h>

#include <openssl/types.h>

struct test_certs {
    char dir[64];
    EVP_PKEY *issuer_key;
    X509 *issuer;
};

struct test_certs_spec {
    const char *file;       /* written: <dir>/<file>.pem and <dir>/<file>.key */
    const char *kind;       /* "EC" (P-256), "RSA", "RSA-1024", "ED25519" */
    const char *name;       /* common name; NULL: none */
    const char *sans;       /* "DNS:a.example,IP:192.0.2.1"; NULL: none */
    const char *digest;     /* NULL: SHA256 */
    const char *passphrase; /* the key is encrypted with it; NULL: plain */
    long from_s;            /* validity, from now; both 0: an hour ago until tomorrow */
    long until_s;
    bool has_issuer; /* the issuer's certificate stands in the file too */
};

/* Aborts when something fails, as all here do. */
void test_certs_init(struct test_certs *t);

/* Removes the directory. */
void test_certs_fini(struct test_certs *t);

void test_certs_make(struct test_certs *t, const struct test_certs_spec *spec);

/* Writes `text` to <dir>/<file>. */
void test_certs_write(struct test_certs *t, const char *file, const char *text);

/* "<dir>/<file>"; good until `out` goes. */
const char *test_certs_path(const struct test_certs *t, const char *file, char out[static 128]);

#endif
