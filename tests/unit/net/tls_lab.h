/* tls_lab.h: TLS contexts from a few words, and handshakes with a client over memory. */
#ifndef WEIR_UNIT_NET_TLS_LAB_H
#define WEIR_UNIT_NET_TLS_LAB_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "base/arena.h"
#include "config/faults.h"
#include "net/tls_context.h"
#include "support/test_certs.h"

#define TLS_LAB_CERTS 8

struct tls_lab {
    struct arena arena;
    struct faults faults;
    struct faults warnings;
    struct test_certs files;
    char paths[TLS_LAB_CERTS][2][128];
    struct tls_certificate_settings certs[TLS_LAB_CERTS];
    struct tls_settings settings;
    struct tls_ticket *tickets;
};

void tls_lab_init(struct tls_lab *lab);
void tls_lab_fini(struct tls_lab *lab);

/* Makes a certificate and adds it to the settings. */
void tls_lab_cert(struct tls_lab *lab, const struct test_certs_spec *spec);

/* Adds files that stand in the directory already. */
void tls_lab_files(struct tls_lab *lab, const char *cert, const char *key);

/* Loads what was added; the faults and warnings of the last time are forgotten. */
enum err tls_lab_load(struct tls_lab *lab, struct tls_context **out);

bool tls_lab_has_fault(const struct tls_lab *lab, const char *part);
bool tls_lab_has_warning(const struct tls_lab *lab, const char *part);

/* What a client asks for. */
struct tls_lab_client {
    const char *sni;      /* NULL: none */
    const char *alpn;     /* wire form; NULL: none */
    const char *sigalgs;  /* NULL: OpenSSL's */
    int version;          /* TLS1_2_VERSION, TLS1_3_VERSION; 0: any */
    SSL_SESSION *session; /* to resume; stays the caller's */
};

struct tls_lab_meeting {
    SSL_CTX *ctx;
    SSL *client;
    SSL *server;
    SSL_SESSION *session; /* the last ticket the client was given */
    unsigned tickets;
    bool is_done; /* both say so */
    unsigned long client_error;
};

void tls_lab_meet(struct tls_context *context, const struct tls_lab_client *wish,
                  struct tls_lab_meeting *out);
void tls_lab_part(struct tls_lab_meeting *m);

/* The common name of the certificate the client got; "" when none. */
const char *tls_lab_peer_name(const struct tls_lab_meeting *m, char out[static 64]);

#endif
