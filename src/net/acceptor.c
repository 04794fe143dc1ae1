#include "net/acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "net/listener.h"
#include "net/spread.h"

#define ACCEPTOR_MAGIC 0x41435054u

/* Who connects faster than we take must not hold acceptor_free for ever. */
#define LAST_TAKE_MAX 65536

/* A shortage that comes and goes is said once in this time. */
#define QUIET_NS (10 * CLOCK_NS_PER_S)

struct acceptor {
    uint32_t magic;
    unsigned socket;
    struct worker *worker;
    struct listener *listener;
    struct spread *spread;
    struct event *event;
    struct timer backoff;
    int reserve_fd;    /* given up to refuse a connection when no other is left */
    uint64_t quiet_ns; /* until then nothing is said about shortage */
};

/* An accepted connection on its way to another worker. */
struct passed {
    struct message message; /* first */
    struct listener *listener;
    int fd;
    struct address peer;
};

static int open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int take(struct acceptor *a, struct address *peer)
{
    if (failpoint_hit(FAILPOINT_ACCEPT)) {
        errno = EMFILE;
        return -1;
    }
    peer->len = sizeof(peer->sock);
    return accept4(listener_socket(a->listener, a->socket), &peer->sock.any, &peer->len,
                   SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static void deliver(struct message *message, struct worker *worker)
{
    struct passed *p = CONTAINER_OF(message, struct passed, message);
    listener_serve(p->listener, worker, p->fd, &p->peer);
    listener_unref(&p->listener);
    free(p);
}

/* False when `to` has ended. */
static bool pass_on(struct acceptor *a, struct worker *to, int fd, const struct address *peer)
{
    struct passed *p = malloc(sizeof(*p));
    MUST(p != NULL);
    *p = (struct passed){
        .message = {.deliver = deliver},
        .listener = listener_ref(a->listener),
        .fd = fd,
        .peer = *peer,
    };
    if (worker_post(to, &p->message) != ERR_OK) {
        listener_unref(&p->listener);
        free(p);
        return false;
    }
    metrics_inc(a->worker->metrics, METRIC_CONNECTIONS_PASSED_ON);
    return true;
}

static void hand_on(struct acceptor *a, int fd, const struct address *peer)
{
    struct worker *to = a->worker;
    if (a->spread != NULL) {
        to = spread_enter(a->spread, a->worker);
    }
    if (to != a->worker && pass_on(a, to, fd, peer)) {
        return;
    }
    if (to != a->worker) {
        spread_return(a->spread, a->worker, to);
    }
    listener_serve(a->listener, a->worker, fd, peer);
}

/* The connection that waits is taken with the reserve's number and closed at once. */
static void refuse_one(struct acceptor *a)
{
    struct address peer = {.len = sizeof(peer.sock)};
    if (a->reserve_fd < 0) {
        return;
    }
    close(a->reserve_fd);
    int fd = accept4(listener_socket(a->listener, a->socket), &peer.sock.any, &peer.len,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        close(fd);
    }
    a->reserve_fd = open_reserve();
}

static void say_starving(struct acceptor *a, int error)
{
    char text[ADDRESS_TEXT_MAX];
    if (a->worker->now_ns < a->quiet_ns) {
        return;
    }
    a->quiet_ns = a->worker->now_ns + QUIET_NS;
    address_format(listener_address(a->listener), text);
    LOG_ERROR(a->worker->log,
              "%s: connections are refused: %s; raise the limit (ulimit -n, or LimitNOFILE= of the "
              "systemd unit)",
              text, strerrordesc_np(error));
}

static void back_off(struct acceptor *a, int error)
{
    say_starving(a, error);
    if (error == EMFILE || error == ENFILE) {
        refuse_one(a);
    }
    MUST(event_del(a->event) == 0);
    timer_set(&a->worker->timers, &a->backoff,
              a->worker->now_ns + ACCEPTOR_BACKOFF_MS * CLOCK_NS_PER_MS);
}

static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Takes up to `max`; ERR_AGAIN when none waits, ERR_FULL when resources are short (`errno`). What
 * else accept says belongs to a connection that died in the queue: the next one may be well. */
static enum err take_some(struct acceptor *a, unsigned max)
{
    struct address peer;
    for (unsigned i = 0; i < max; i++) {
        int fd = take(a, &peer);
        if (fd >= 0) {
            metrics_inc(a->worker->metrics, METRIC_CONNECTIONS_ACCEPTED);
            hand_on(a, fd, &peer);
            continue;
        }
        if (errno == EAGAIN) {
            return ERR_AGAIN;
        }
        if (errno != ECONNABORTED && errno != EINTR) {
            metrics_inc(a->worker->metrics, METRIC_ACCEPT_ERRORS);
        }
        if (is_shortage(errno)) {
            return ERR_FULL;
        }
    }
    return ERR_OK;
}

/* Level-triggered: what is left for the next turn shows again by itself. */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct acceptor *a = arg;
    (void)fd;
    (void)what;
    OBJ_CHECK(a, ACCEPTOR_MAGIC);
    worker_enter(a->worker);
    if (take_some(a, ACCEPTOR_TURN_MAX) == ERR_FULL) {
        back_off(a, errno);
    }
}

static void end_backoff(struct timer *timer)
{
    struct acceptor *a = CONTAINER_OF(timer, struct acceptor, backoff);
    if (a->reserve_fd < 0) {
        a->reserve_fd = open_reserve();
    }
    MUST(event_add(a->event, NULL) == 0);
}

enum err acceptor_new(struct worker *worker, struct listener *listener, unsigned i,
                      struct spread *spread, struct acceptor **out)
{
    struct acceptor *a = calloc(1, sizeof(*a));
    MUST(a != NULL);
    a->magic = ACCEPTOR_MAGIC;
    a->socket = i;
    a->worker = worker;
    a->listener = listener_ref(listener);
    a->spread = spread;
    timer_init(&a->backoff, end_backoff);
    a->reserve_fd = open_reserve();
    a->event =
        event_new(worker->base, listener_socket(listener, i), EV_READ | EV_PERSIST, on_readable, a);
    if (a->reserve_fd >= 0 && a->event != NULL && event_add(a->event, NULL) == 0) {
        *out = a;
        return ERR_OK;
    }
    acceptor_free(&a);
    return ERR_IO;
}

/* Closing one of several SO_REUSEPORT sockets resets whoever waits in its queue. */
static void take_last(struct acceptor *a)
{
    if (take_some(a, LAST_TAKE_MAX) == ERR_FULL) {
        say_starving(a, errno);
    }
}

void acceptor_free(struct acceptor **a)
{
    struct acceptor *gone = *a;
    OBJ_CHECK(gone, ACCEPTOR_MAGIC);
    *a = NULL;
    timer_cancel(&gone->worker->timers, &gone->backoff);
    if (gone->event != NULL) {
        event_free(gone->event);
    }
    take_last(gone);
    listener_shut(gone->listener, gone->socket);
    listener_unref(&gone->listener);
    if (gone->reserve_fd >= 0) {
        close(gone->reserve_fd);
    }
    gone->magic = 0;
    free(gone);
}
