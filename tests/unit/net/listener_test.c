#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "net/acceptor.h"
#include "net/listener.h"
#include "net/spread.h"
#include "unit/net/net_tables.h"
#include "unit/net/net_worker.h"

#define GUESTS_MAX 512

/* What was handed to the service. */
struct house {
    unsigned count;
    int fds[GUESTS_MAX];
    const struct worker *workers[GUESTS_MAX];
    struct address peers[GUESTS_MAX];
};

static void note_accepted(void *context, struct worker *worker, int fd, const struct address *peer)
{
    struct house *h = context;
    MUST(h->count < GUESTS_MAX);
    h->fds[h->count] = fd;
    h->workers[h->count] = worker;
    h->peers[h->count] = *peer;
    h->count++;
}

static const struct listener_service service = {.accepted = note_accepted};

static void clear_house(struct house *h)
{
    for (unsigned i = 0; i < h->count; i++) {
        close(h->fds[i]);
    }
    h->count = 0;
}

static struct address parse(const char *text)
{
    struct address_list list;
    CU_ASSERT_FATAL(address_parse(str_from(text), &list, NULL) == ERR_OK);
    return list.items[0];
}

static enum err try_open(const char *text, unsigned sockets, struct house *house,
                         struct listener **out, char *why)
{
    const struct listener_config config = {
        .address = parse(text),
        .sockets = sockets,
        .backlog = 512,
        .notsent_lowat = 131072,
        .service = &service,
        .context = house,
    };
    return listener_open(&config, out, why);
}

static struct listener *open_listener(const char *text, unsigned sockets, struct house *house)
{
    struct listener *l = NULL;
    char why[LISTENER_WHY_MAX];
    CU_ASSERT_FATAL(try_open(text, sockets, house, &l, why) == ERR_OK);
    return l;
}

static int dial(const struct address *to)
{
    int fd = socket(to->sock.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_FATAL(connect(fd, &to->sock.any, to->len) == 0);
    return fd;
}

static void test_taken(void)
{
    struct house h = {.count = 0};
    struct listener *l = open_listener("127.0.0.1:0", 2, &h);
    struct listener *foreign = NULL;
    char text[ADDRESS_TEXT_MAX];
    char why[LISTENER_WHY_MAX];
    address_format(listener_address(l), text);
    CU_ASSERT_EQUAL(try_open(text, 2, &h, &foreign, why), ERR_EXISTS);
    CU_ASSERT_PTR_NULL(foreign);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "another program already listens on 127.0.0.1:"));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "ss -ltnp"));
    struct address any = *listener_address(l);
    any.sock.v4.sin_addr.s_addr = INADDR_ANY;
    address_format(&any, text);
    CU_ASSERT_EQUAL(try_open(text, 1, &h, &foreign, why), ERR_EXISTS);
    listener_unref(&l);
    CU_ASSERT_PTR_NULL(l);
}

/* What lingers of closed connections is no listener. */
static void test_again(void)
{
    struct house h = {.count = 0};
    struct listener *l = open_listener("127.0.0.1:0", 1, &h);
    struct address at = *listener_address(l);
    char text[ADDRESS_TEXT_MAX];
    address_format(&at, text);
    int guest = dial(&at);
    int fd = accept(listener_socket(l, 0), NULL, NULL);
    CU_ASSERT(fd >= 0);
    close(fd);
    close(guest);
    listener_unref(&l);
    l = open_listener(text, 3, &h);
    CU_ASSERT_EQUAL(listener_sockets(l), 3);
    CU_ASSERT(address_eq(listener_address(l), &at));
    listener_unref(&l);
}

static void test_refused(void)
{
    struct house h = {.count = 0};
    struct listener *l = NULL;
    char why[LISTENER_WHY_MAX];
    CU_ASSERT_EQUAL(try_open("192.0.2.77:8443", 1, &h, &l, why), ERR_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "192.0.2.77:8443"));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "ip addr"));
    CU_ASSERT_PTR_NULL(l);
}

/* 0.0.0.0 and [::] with one port are two listeners that do not disturb each other. */
static void test_both_families(void)
{
    struct house h = {.count = 0};
    struct listener *v6 = NULL;
    char why[LISTENER_WHY_MAX];
    char text[ADDRESS_TEXT_MAX];
    struct listener *v4 = open_listener("0.0.0.0:0", 2, &h);
    snprintf(text, sizeof(text), "[::]:%u", address_port(listener_address(v4)));
    enum err e = try_open(text, 2, &h, &v6, why);
    CU_ASSERT(e == ERR_OK || e == ERR_UNSUPPORTED || e == ERR_NOT_FOUND);
    if (e == ERR_OK) {
        CU_ASSERT(address_port(listener_address(v4)) == address_port(listener_address(v6)));
        listener_unref(&v6);
    }
    listener_unref(&v4);
}

static int read_option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof(value);
    CU_ASSERT_EQUAL(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

static void test_accepts(void)
{
    struct house h = {.count = 0};
    struct net_worker n;
    struct acceptor *a = NULL;
    net_worker_init(&n, 1);
    struct listener *l = open_listener("127.0.0.1:0", 1, &h);
    CU_ASSERT_FATAL(acceptor_new(n.worker, l, 0, NULL, &a) == ERR_OK);
    int guest = dial(listener_address(l));
    net_worker_turn(&n);
    CU_ASSERT_FATAL(h.count == 1);
    CU_ASSERT_PTR_EQUAL(h.workers[0], n.worker);
    struct address own = {.len = sizeof(own.sock)};
    CU_ASSERT_EQUAL(getsockname(guest, &own.sock.any, &own.len), 0);
    CU_ASSERT(address_eq(&own, &h.peers[0]));
    CU_ASSERT(fcntl(h.fds[0], F_GETFL) & O_NONBLOCK);
    CU_ASSERT(fcntl(h.fds[0], F_GETFD) & FD_CLOEXEC);
    CU_ASSERT_EQUAL(read_option(h.fds[0], IPPROTO_TCP, TCP_NODELAY), 1);
    CU_ASSERT_EQUAL(read_option(h.fds[0], IPPROTO_TCP, TCP_NOTSENT_LOWAT), 131072);
    CU_ASSERT_EQUAL(net_worker_metric(&n, METRIC_CONNECTIONS_ACCEPTED), 1);
    close(guest);
    acceptor_free(&a);
    CU_ASSERT_PTR_NULL(a);
    CU_ASSERT_EQUAL(listener_socket(l, 0), -1);
    listener_unref(&l);
    clear_house(&h);
    net_worker_fini(&n);
}

/* More than one turn takes: the rest is not forgotten. */
static void test_many(void)
{
    struct house h = {.count = 0};
    struct net_worker n;
    struct acceptor *a = NULL;
    int guests[3 * ACCEPTOR_TURN_MAX];
    net_worker_init(&n, 1);
    struct listener *l = open_listener("127.0.0.1:0", 1, &h);
    for (unsigned i = 0; i < COUNT_OF(guests); i++) {
        guests[i] = dial(listener_address(l));
    }
    CU_ASSERT_FATAL(acceptor_new(n.worker, l, 0, NULL, &a) == ERR_OK);
    worker_turn(n.worker, true);
    CU_ASSERT_EQUAL(h.count, ACCEPTOR_TURN_MAX);
    net_worker_turn(&n);
    CU_ASSERT_EQUAL(h.count, 3 * ACCEPTOR_TURN_MAX);
    acceptor_free(&a);
    listener_unref(&l);
    clear_house(&h);
    for (unsigned i = 0; i < COUNT_OF(guests); i++) {
        close(guests[i]);
    }
    net_worker_fini(&n);
}

/* Two workers, many connections that wait in both queues, then both sockets are closed: each
 * connection reaches the service, none is reset. */
static void test_close_loses_nothing(void)
{
    struct house h = {.count = 0};
    struct net_worker n[2];
    struct acceptor *a[2] = {NULL, NULL};
    int guests[200];
    struct listener *l = open_listener("127.0.0.1:0", 2, &h);
    for (unsigned i = 0; i < 2; i++) {
        net_worker_init(&n[i], i + 1);
        CU_ASSERT_FATAL(acceptor_new(n[i].worker, l, i, NULL, &a[i]) == ERR_OK);
    }
    for (unsigned i = 0; i < COUNT_OF(guests); i++) {
        guests[i] = dial(listener_address(l));
    }
    acceptor_free(&a[0]);
    CU_ASSERT(h.count > 0 && h.count < COUNT_OF(guests));
    acceptor_free(&a[1]);
    CU_ASSERT_EQUAL(h.count, COUNT_OF(guests));
    for (unsigned i = 0; i < h.count; i++) {
        CU_ASSERT_EQUAL(send(h.fds[i], "x", 1, MSG_NOSIGNAL), 1);
    }
    for (unsigned i = 0; i < COUNT_OF(guests); i++) {
        char byte;
        CU_ASSERT_EQUAL(recv(guests[i], &byte, 1, 0), 1);
        close(guests[i]);
    }
    clear_house(&h);
    listener_unref(&l);
    net_worker_fini(&n[0]);
    net_worker_fini(&n[1]);
}

/* All connections come to one worker; the other gets its half by post. */
static void test_passes_on(void)
{
    struct house h = {.count = 0};
    struct net_worker n[2];
    struct acceptor *a = NULL;
    struct worker *workers[2];
    int guests[40];
    for (unsigned i = 0; i < 2; i++) {
        net_worker_init(&n[i], i + 1);
        workers[i] = n[i].worker;
    }
    struct spread *spread = spread_new(workers, 2);
    struct listener *l = open_listener("127.0.0.1:0", 1, &h);
    CU_ASSERT_FATAL(acceptor_new(n[0].worker, l, 0, spread, &a) == ERR_OK);
    for (unsigned i = 0; i < COUNT_OF(guests); i++) {
        guests[i] = dial(listener_address(l));
    }
    net_worker_turn(&n[0]);
    unsigned kept = h.count;
    CU_ASSERT(kept >= 20 && kept <= 25);
    net_worker_turn(&n[1]);
    CU_ASSERT_EQUAL(h.count, COUNT_OF(guests));
    for (unsigned i = 0; i < h.count; i++) {
        CU_ASSERT_PTR_EQUAL(h.workers[i], i < kept ? workers[0] : workers[1]);
    }
    CU_ASSERT_EQUAL(spread_load(spread, workers[0]), kept);
    CU_ASSERT_EQUAL(net_worker_metric(&n[0], METRIC_CONNECTIONS_PASSED_ON), h.count - kept);
    CU_ASSERT_EQUAL(net_worker_metric(&n[0], METRIC_CONNECTIONS_ACCEPTED), h.count);
    acceptor_free(&a);
    listener_unref(&l);
    clear_house(&h);
    for (unsigned i = 0; i < COUNT_OF(guests); i++) {
        close(guests[i]);
    }
    net_worker_fini(&n[0]);
    net_worker_fini(&n[1]);
    spread_free(&spread);
}

/* A worker that has ended takes no more: the connection stays. The listener may be gone before a
 * message arrives. */
static void test_passes_late(void)
{
    struct house h = {.count = 0};
    struct net_worker n[2];
    struct acceptor *a = NULL;
    struct worker *workers[2];
    int guests[4];
    for (unsigned i = 0; i < 2; i++) {
        net_worker_init(&n[i], i + 1);
        workers[i] = n[i].worker;
    }
    struct spread *spread = spread_new(workers, 2);
    struct listener *l = open_listener("127.0.0.1:0", 1, &h);
    CU_ASSERT_FATAL(acceptor_new(n[0].worker, l, 0, spread, &a) == ERR_OK);
    guests[0] = dial(listener_address(l));
    guests[1] = dial(listener_address(l));
    net_worker_turn(&n[0]);
    CU_ASSERT_EQUAL(h.count, 1);
    worker_stop(n[1].worker);
    worker_run(n[1].worker);
    CU_ASSERT_EQUAL(h.count, 2);
    spread_leave(spread, workers[1]);
    guests[2] = dial(listener_address(l));
    net_worker_turn(&n[0]);
    CU_ASSERT_EQUAL(h.count, 3);
    CU_ASSERT_PTR_EQUAL(h.workers[2], workers[0]);
    CU_ASSERT_EQUAL(spread_load(spread, workers[0]), 2);
    CU_ASSERT_EQUAL(spread_load(spread, workers[1]), 0);
    acceptor_free(&a);
    listener_unref(&l);
    clear_house(&h);
    for (unsigned i = 0; i < 3; i++) {
        close(guests[i]);
    }
    net_worker_fini(&n[0]);
    net_worker_fini(&n[1]);
    spread_free(&spread);
}

/* No descriptor is left for one that waits: it is refused with the reserve, said once, and all is
 * well again after the back-off when there is room. */
static void test_shortage(void)
{
    struct house h = {.count = 0};
    struct net_worker n;
    struct acceptor *a = NULL;
    struct rlimit old;
    char byte;
    net_worker_init(&n, 1);
    struct listener *l = open_listener("127.0.0.1:0", 1, &h);
    CU_ASSERT_FATAL(acceptor_new(n.worker, l, 0, NULL, &a) == ERR_OK);
    int guests[3];
    for (unsigned i = 0; i < 3; i++) {
        guests[i] = dial(listener_address(l));
    }
    CU_ASSERT_FATAL(getrlimit(RLIMIT_NOFILE, &old) == 0);
    int top = fcntl(0, F_DUPFD_CLOEXEC, 0);
    const struct rlimit tight = {.rlim_cur = (rlim_t)top, .rlim_max = old.rlim_max};
    close(top);
    CU_ASSERT_FATAL(setrlimit(RLIMIT_NOFILE, &tight) == 0);
    net_worker_turn(&n);
    CU_ASSERT_EQUAL(h.count, 0);
    CU_ASSERT_EQUAL(recv(guests[0], &byte, 1, 0), 0);
    CU_ASSERT_EQUAL(net_worker_metric(&n, METRIC_ACCEPT_ERRORS), 1);
    n.now_ns += (ACCEPTOR_BACKOFF_MS + 10) * CLOCK_NS_PER_MS;
    net_worker_turn(&n);
    CU_ASSERT_EQUAL(recv(guests[1], &byte, 1, 0), 0);
    CU_ASSERT_EQUAL(net_worker_metric(&n, METRIC_ACCEPT_ERRORS), 2);
    CU_ASSERT_EQUAL(net_worker_logged(&n, "connections are refused"), 1);
    CU_ASSERT_FATAL(setrlimit(RLIMIT_NOFILE, &old) == 0);
    net_worker_turn(&n);
    CU_ASSERT_EQUAL(h.count, 0);
    n.now_ns += (ACCEPTOR_BACKOFF_MS + 10) * CLOCK_NS_PER_MS;
    net_worker_turn(&n);
    CU_ASSERT_EQUAL(h.count, 1);
    acceptor_free(&a);
    listener_unref(&l);
    clear_house(&h);
    for (unsigned i = 0; i < 3; i++) {
        close(guests[i]);
    }
    net_worker_fini(&n);
}

#ifdef WEIR_SANITIZED
static void test_failpoint(void)
{
    struct house h = {.count = 0};
    struct net_worker n;
    struct acceptor *a = NULL;
    net_worker_init(&n, 1);
    struct listener *l = open_listener("127.0.0.1:0", 1, &h);
    CU_ASSERT_FATAL(acceptor_new(n.worker, l, 0, NULL, &a) == ERR_OK);
    int first = dial(listener_address(l));
    int second = dial(listener_address(l));
    failpoint_arm(FAILPOINT_ACCEPT, 1);
    net_worker_turn(&n);
    CU_ASSERT_EQUAL(h.count, 0);
    CU_ASSERT_EQUAL(failpoint_seen(FAILPOINT_ACCEPT), 1);
    n.now_ns += (ACCEPTOR_BACKOFF_MS + 10) * CLOCK_NS_PER_MS;
    net_worker_turn(&n);
    CU_ASSERT_EQUAL(h.count, 1);
    failpoint_arm(FAILPOINT_ACCEPT, 0);
    acceptor_free(&a);
    listener_unref(&l);
    clear_house(&h);
    close(first);
    close(second);
    net_worker_fini(&n);
}
#endif

static const struct suite_test tests[] = {
    {"listener", "an address that is taken", test_taken},
    {"listener", "opened again", test_again},
    {"listener", "an address of nobody", test_refused},
    {"listener", "both families on one port", test_both_families},
    {"acceptor", "hands connections on", test_accepts},
    {"acceptor", "more than one turn takes", test_many},
    {"acceptor", "closing loses nobody", test_close_loses_nothing},
    {"acceptor", "passes on what is too much", test_passes_on},
    {"acceptor", "passes on to who is leaving", test_passes_late},
    {"acceptor", "no descriptors left", test_shortage},
#ifdef WEIR_SANITIZED
    {"acceptor", "an accept that fails", test_failpoint},
#endif
};

const struct suite_table listener_tests = SUITE_TABLE(tests);
