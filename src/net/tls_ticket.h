/* tls_ticket.h: the keys that session tickets are sealed with (RFC 5077, section 4).
 *
 *             rotation      rotation
 *   key A  ---- gives ------ takes ----|  forgotten
 *   key B               |--- gives ------ takes ----|
 *
 * All workers share them, so that a client resumes wherever it lands; a ticket works from one to
 * two rotations. The keys of a time are one frozen set; a handshake loads the pointer to it,
 * takes no lock, and keeps it for the length of one callback. So an old set is not freed before
 * each worker has delivered a message posted after the change: by then it has left every callback
 * that could hold it. Keys never leave the process and are wiped when they go.
 *
 * new, free, start, rotate: the control worker's thread. use: any thread. */
#ifndef WEIR_NET_TLS_TICKET_H
#define WEIR_NET_TLS_TICKET_H

#include <stdint.h>

#include <openssl/types.h>

#include "base/err.h"

struct tls_ticket;
struct worker;

/* ERR_TLS when OpenSSL has no AES or HMAC. */
MUST_USE enum err tls_ticket_new(uint64_t rotate_ns, struct tls_ticket **out);

/* After all workers, the control worker too, were freed or will turn no more, and every SSL_CTX
 * that uses it is gone; sets *t to NULL. */
void tls_ticket_free(struct tls_ticket **t);

/* Tickets of `ssl_ctx` are sealed with these keys. */
void tls_ticket_use(struct tls_ticket *t, SSL_CTX *ssl_ctx);

/* From now on the keys rotate by a timer of `control`. `workers` (`count`, those that take
 * handshakes; the array too) outlive it. */
void tls_ticket_start(struct tls_ticket *t, struct worker *control, struct worker *const *workers,
                      unsigned count);

/* The next key takes over now; the one before the last is forgotten. */
void tls_ticket_rotate(struct tls_ticket *t);

#endif
