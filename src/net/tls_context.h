/* tls_context.h: what a TLS listener needs to take handshakes: certificates by name, versions,
 * ciphers, ALPN, tickets.
 *
 * Frozen once made, counted: a listener holds it, and each connection as long as its SSL lives.
 * tls_context_new blocks (it reads files): start, `weir check` or an offload thread. The rest: any
 * thread. */
#ifndef WEIR_NET_TLS_CONTEXT_H
#define WEIR_NET_TLS_CONTEXT_H

#include <stdint.h>

#include <openssl/types.h>

#include "base/err.h"
#include "base/str.h"
#include "config/faults.h"
#include "net/tls_settings.h"

struct tls_context;
struct tls_ticket;

struct tls_context_config {
    const struct tls_settings *settings; /* only read while it is made */
    struct str alpn;                     /* static: "\2h2": length, name, ..., the best first */
    struct tls_ticket *tickets;          /* outlives the context; NULL: no resumption */
    uint64_t wall_ns;                    /* now */
};

/* ERR_SYNTAX when something is at fault: every fault stands in `faults`. What is suspect but
 * does not keep it from working (an expired certificate) goes to `warnings`. */
MUST_USE enum err tls_context_new(const struct tls_context_config *config, struct faults *faults,
                                  struct faults *warnings, struct tls_context **out);

/* Only the certificates: what else is wrong with the settings was told when they were read. */
void tls_context_check(const struct tls_settings *settings, uint64_t wall_ns, struct faults *faults,
                       struct faults *warnings);

struct tls_context *tls_context_ref(struct tls_context *c);

/* Sets *c to NULL. */
void tls_context_unref(struct tls_context **c);

/* A new SSL that waits for a ClientHello; the caller's, who holds a reference to `c` as long.
 * NULL: no memory. */
SSL *tls_context_open(const struct tls_context *c);

uint64_t tls_context_handshake_timeout_ns(const struct tls_context *c);

#endif
