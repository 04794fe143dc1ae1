#include "net/listener.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"

#define LISTENER_MAGIC 0x4c53544eu

struct listener {
    uint32_t magic;
    atomic_uint refs;
    struct address address;
    const struct listener_service *service;
    void *context;
    unsigned count;
    int fds[];
};

static enum err set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value)) == 0 ? ERR_OK : ERR_IO;
}

/* Each family has its own socket: without V6ONLY, [::] would take 0.0.0.0's connections too. With
 * SO_REUSEADDR, what lingers of closed connections (which inherit it) does not hold the address. */
static enum err set_bind_options(int fd, const struct address *a, bool is_shared)
{
    enum err e = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (e == ERR_OK && is_shared) {
        e = set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    }
    if (e == ERR_OK && a->sock.any.sa_family == AF_INET6) {
        e = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    }
    return e;
}

static enum err open_socket(const struct address *a, bool is_shared, int *out)
{
    int fd = socket(a->sock.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0) {
        return err_from_errno(errno);
    }
    enum err e = set_bind_options(fd, a, is_shared);
    if (e == ERR_OK && bind(fd, &a->sock.any, a->len) != 0) {
        e = err_from_errno(errno);
    }
    if (e != ERR_OK) {
        int saved = errno;
        close(fd);
        errno = saved;
        return e;
    }
    *out = fd;
    return ERR_OK;
}

/* With SO_REUSEPORT from the start, a second server of the same user would share the address
 * without a word and take every other connection. With port 0 nobody can be there. */
static enum err probe(const struct address *a)
{
    int fd = -1;
    if (address_port(a) == 0) {
        return ERR_OK;
    }
    enum err e = open_socket(a, false, &fd);
    if (e != ERR_OK) {
        return e;
    }
    close(fd);
    return ERR_OK;
}

/* What accepted sockets inherit is set here, once, instead of on each of them. */
static enum err start_listening(int fd, const struct listener_config *config)
{
    enum err e = set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (e == ERR_OK && config->notsent_lowat > 0) {
        e = set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, config->notsent_lowat);
    }
    if (e == ERR_OK && listen(fd, config->backlog) != 0) {
        e = err_from_errno(errno);
    }
    return e;
}

static enum err read_bound_port(int fd, struct address *a)
{
    struct address bound = {.len = sizeof(bound.sock)};
    if (getsockname(fd, &bound.sock.any, &bound.len) != 0) {
        return ERR_IO;
    }
    address_set_port(a, address_port(&bound));
    return ERR_OK;
}

static enum err open_next(struct listener *l, const struct listener_config *config)
{
    int fd = -1;
    enum err e = open_socket(&l->address, true, &fd);
    if (e != ERR_OK) {
        return e;
    }
    l->fds[l->count++] = fd;
    e = start_listening(fd, config);
    return e != ERR_OK ? e : read_bound_port(fd, &l->address);
}

static enum err open_all(struct listener *l, const struct listener_config *config)
{
    enum err e = probe(&l->address);
    while (e == ERR_OK && l->count < config->sockets) {
        e = open_next(l, config);
    }
    return e;
}

/* The errors of err.h say too little here: EADDRNOTAVAIL and EACCES have each their own advice. */
static enum err explain(const struct address *a, int error, enum err e, char *why)
{
    char text[ADDRESS_TEXT_MAX];
    address_format(a, text);
    switch (error) {
    case EADDRINUSE:
        snprintf(why, LISTENER_WHY_MAX,
                 "another program already listens on %s; stop it or choose another port "
                 "(who it is: ss -ltnp 'sport = :%u')",
                 text, address_port(a));
        return ERR_EXISTS;
    case EACCES:
        snprintf(why, LISTENER_WHY_MAX,
                 "not allowed to listen on %s: ports below 1024 need root or CAP_NET_BIND_SERVICE; "
                 "start as root and set user:, or choose a port from 1024 on",
                 text);
        return ERR_DENIED;
    case EADDRNOTAVAIL:
        snprintf(why, LISTENER_WHY_MAX,
                 "this machine has no such address as in %s (its addresses: ip addr)", text);
        return ERR_NOT_FOUND;
    case EAFNOSUPPORT:
        snprintf(why, LISTENER_WHY_MAX, "this machine has no IPv%c, which %s asks for",
                 a->sock.any.sa_family == AF_INET6 ? '6' : '4', text);
        return ERR_UNSUPPORTED;
    case EMFILE:
    case ENFILE:
        snprintf(why, LISTENER_WHY_MAX,
                 "no descriptor left to listen on %s; raise the limit (ulimit -n, or LimitNOFILE= "
                 "of the systemd unit)",
                 text);
        return ERR_FULL;
    default:
        snprintf(why, LISTENER_WHY_MAX, "cannot listen on %s: %s", text, strerrordesc_np(error));
        return e;
    }
}

enum err listener_open(const struct listener_config *config, struct listener **out,
                       char why[static LISTENER_WHY_MAX])
{
    MUST(config->sockets > 0 && config->service != NULL);
    struct listener *l = calloc(1, sizeof(*l) + config->sockets * sizeof(l->fds[0]));
    MUST(l != NULL);
    l->magic = LISTENER_MAGIC;
    atomic_init(&l->refs, 1);
    l->address = config->address;
    l->service = config->service;
    l->context = config->context;
    enum err e = open_all(l, config);
    if (e != ERR_OK) {
        e = explain(&l->address, errno, e, why);
        listener_unref(&l);
        return e;
    }
    *out = l;
    return ERR_OK;
}

struct listener *listener_ref(struct listener *l)
{
    OBJ_CHECK(l, LISTENER_MAGIC);
    atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
    return l;
}

void listener_unref(struct listener **l)
{
    struct listener *gone = *l;
    OBJ_CHECK(gone, LISTENER_MAGIC);
    *l = NULL;
    if (atomic_fetch_sub_explicit(&gone->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (unsigned i = 0; i < gone->count; i++) {
        listener_shut(gone, i);
    }
    gone->magic = 0;
    free(gone);
}

const struct address *listener_address(const struct listener *l)
{
    return &l->address;
}

unsigned listener_sockets(const struct listener *l)
{
    return l->count;
}

int listener_socket(const struct listener *l, unsigned i)
{
    MUST(i < l->count);
    return l->fds[i];
}

void listener_shut(struct listener *l, unsigned i)
{
    MUST(i < l->count);
    if (l->fds[i] >= 0) {
        close(l->fds[i]);
        l->fds[i] = -1;
    }
}

void listener_serve(struct listener *l, struct worker *worker, int fd, const struct address *peer)
{
    l->service->accepted(l->context, worker, fd, peer);
}
