/* listener.h: one address being listened on, with a socket for each worker.
 *
 *   probe: without SO_REUSEPORT, bound, closed       a foreign listener there is an error
 *   socket 0 .. n-1: SO_REUSEPORT, bound, listening  the kernel deals connections out
 *
 * The sockets are made before the workers' threads run (and before privileges are dropped); then
 * each worker's acceptor (net/acceptor.h) drives its own. Shared and counted: what travels from one
 * worker to another with an accepted descriptor holds a reference. listener_open, listener_socket:
 * control; the rest: any thread. */
#ifndef WEIR_NET_LISTENER_H
#define WEIR_NET_LISTENER_H

#include "base/err.h"
#include "net/address.h"

struct listener;
struct worker;

#define LISTENER_WHY_MAX 256

/* What is done with accepted connections; the same on all workers. */
struct listener_service {
    /* On the worker that is to have the connection. Owns `fd`: non-blocking, close-on-exec,
     * TCP_NODELAY. `context` is the listener's. */
    void (*accepted)(void *context, struct worker *worker, int fd, const struct address *peer);
};

struct listener_config {
    struct address address;
    unsigned sockets;  /* one for each worker */
    int backlog;       /* connections waiting to be accepted, for each socket */
    int notsent_lowat; /* bytes (TCP_NOTSENT_LOWAT of what is accepted); 0: the system's */
    const struct listener_service *service;
    void *context; /* outlives the listener */
};

/* ERR_EXISTS (somebody listens there already), ERR_DENIED (a port below 1024), ERR_NOT_FOUND (no
 * such address on this machine), ERR_UNSUPPORTED (no such family), ERR_IO: `why` is then a sentence
 * that tells what to do. */
MUST_USE enum err listener_open(const struct listener_config *config, struct listener **out,
                                char why[static LISTENER_WHY_MAX]);

struct listener *listener_ref(struct listener *l);

/* Sets *l to NULL; the last one closes the sockets that are still open. */
void listener_unref(struct listener **l);

/* The address really bound: with the system's choice for port 0. */
const struct address *listener_address(const struct listener *l);

unsigned listener_sockets(const struct listener *l);

/* The descriptor of socket `i`, which stays the listener's; -1 after listener_shut. */
int listener_socket(const struct listener *l, unsigned i);

/* Closes socket `i`. By the worker whose socket it is, after it accepted all that waited. */
void listener_shut(struct listener *l, unsigned i);

/* Hands a connection to the service. On the worker that is to have it. */
void listener_serve(struct listener *l, struct worker *worker, int fd, const struct address *peer);

#endif
