#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/CUnit.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "base/clock.h"
#include "net/tls_ticket.h"
#include "unit/net/net_tables.h"
#include "unit/net/net_worker.h"
#include "unit/net/tls_lab.h"

static const struct test_certs_spec first = {.file = "first",
                                             .kind = "EC",
                                             .name = "first",
                                             .sans = "DNS:first.example"};
static const struct test_certs_spec second = {.file = "second",
                                              .kind = "EC",
                                              .name = "second",
                                              .sans = "DNS:second.example"};

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

struct shop {
    struct tls_lab lab;
    struct tls_context *one; /* two contexts with the same keys */
    struct tls_context *two;
};

static void open_shop(struct shop *s)
{
    tls_lab_init(&s->lab);
    CU_ASSERT_FATAL(tls_ticket_new(3600 * CLOCK_NS_PER_S, &s->lab.tickets) == ERR_OK);
    tls_lab_cert(&s->lab, &first);
    tls_lab_cert(&s->lab, &second);
    CU_ASSERT_FATAL(tls_lab_load(&s->lab, &s->one) == ERR_OK);
    CU_ASSERT_FATAL(tls_lab_load(&s->lab, &s->two) == ERR_OK);
}

static void close_shop(struct shop *s)
{
    tls_context_unref(&s->one);
    tls_context_unref(&s->two);
    tls_ticket_free(&s->lab.tickets);
    CU_ASSERT_PTR_NULL(s->lab.tickets);
    tls_lab_fini(&s->lab);
}

/* A full handshake; the ticket, the caller's. */
static SSL_SESSION *buy(struct tls_context *context, const char *sni, int version)
{
    struct tls_lab_meeting m;
    const struct tls_lab_client wish = {.sni = sni, .version = version};
    tls_lab_meet(context, &wish, &m);
    CU_ASSERT(m.is_done);
    CU_ASSERT_FALSE(SSL_session_reused(m.server));
    CU_ASSERT_EQUAL(m.tickets, 1);
    SSL_SESSION *session = m.session;
    CU_ASSERT_FATAL(session != NULL && SSL_SESSION_has_ticket(session));
    m.session = NULL;
    tls_lab_part(&m);
    return session;
}

static bool has_same_ticket(const SSL_SESSION *a, const SSL_SESSION *b)
{
    const unsigned char *of_a;
    const unsigned char *of_b;
    size_t len_a;
    size_t len_b;
    SSL_SESSION_get0_ticket(a, &of_a, &len_a);
    SSL_SESSION_get0_ticket(b, &of_b, &len_b);
    return len_a == len_b && memcmp(of_a, of_b, len_a) == 0;
}

/* Comes again with a ticket; true when it was taken. `*has_new`: another one was given. OpenSSL's
 * client spoils a TLS 1.3 session by using it, hence the copy. */
static bool come_again(struct tls_context *context, const char *sni, SSL_SESSION *session,
                       bool *has_new)
{
    struct tls_lab_meeting m;
    SSL_SESSION *copy = SSL_SESSION_dup(session);
    const struct tls_lab_client wish = {
        .sni = sni, .version = SSL_SESSION_get_protocol_version(session), .session = copy};
    tls_lab_meet(context, &wish, &m);
    CU_ASSERT(m.is_done);
    bool is_reused = SSL_session_reused(m.server);
    CU_ASSERT_EQUAL(is_reused, SSL_session_reused(m.client));
    *has_new = m.tickets > 0 || !has_same_ticket(SSL_get_session(m.client), session);
    tls_lab_part(&m);
    SSL_SESSION_free(copy);
    return is_reused;
}

static void test_anywhere(void)
{
    struct shop s;
    bool has_new;
    open_shop(&s);
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        SSL_SESSION *session = buy(s.one, "second.example", versions[i]);
        CU_ASSERT(come_again(s.one, "second.example", session, &has_new));
        CU_ASSERT_EQUAL(has_new, versions[i] == TLS1_3_VERSION);
        CU_ASSERT(come_again(s.two, "second.example", session, &has_new));
        SSL_SESSION_free(session);
    }
    close_shop(&s);
}

static void test_rotation(void)
{
    struct shop s;
    bool has_new;
    open_shop(&s);
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        SSL_SESSION *session = buy(s.one, "first.example", versions[i]);
        tls_ticket_rotate(s.lab.tickets);
        CU_ASSERT(come_again(s.one, "first.example", session, &has_new));
        CU_ASSERT(has_new);
        tls_ticket_rotate(s.lab.tickets);
        CU_ASSERT_FALSE(come_again(s.one, "first.example", session, &has_new));
        CU_ASSERT(has_new);
        SSL_SESSION_free(session);
    }
    close_shop(&s);
}

static void test_strange_keys(void)
{
    struct shop s;
    struct shop other;
    bool has_new;
    open_shop(&s);
    open_shop(&other);
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        SSL_SESSION *session = buy(other.one, "first.example", versions[i]);
        CU_ASSERT_FALSE(come_again(s.one, "first.example", session, &has_new));
        CU_ASSERT(has_new);
        SSL_SESSION_free(session);
    }
    close_shop(&other);
    close_shop(&s);
}

static void test_count(void)
{
    struct shop s;
    struct tls_lab_meeting m;
    const struct tls_lab_client wish = {.version = TLS1_3_VERSION};
    open_shop(&s);
    tls_context_unref(&s.one);
    s.lab.settings.tickets.count = 3;
    CU_ASSERT_FATAL(tls_lab_load(&s.lab, &s.one) == ERR_OK);
    tls_lab_meet(s.one, &wish, &m);
    CU_ASSERT_EQUAL(m.tickets, 3);
    tls_lab_part(&m);
    tls_context_unref(&s.one);
    s.lab.settings.tickets.is_enabled = false;
    CU_ASSERT_FATAL(tls_lab_load(&s.lab, &s.one) == ERR_OK);
    tls_lab_meet(s.one, &wish, &m);
    CU_ASSERT(m.is_done);
    CU_ASSERT_EQUAL(m.tickets, 0);
    tls_lab_part(&m);
    close_shop(&s);
}

/* By its timer, and with a worker that takes handshakes and passes late. */
static void test_timer(void)
{
    struct shop s;
    struct net_worker control;
    struct net_worker worker;
    bool has_new;
    net_worker_init(&control, 0);
    net_worker_init(&worker, 1);
    open_shop(&s);
    tls_ticket_start(s.lab.tickets, control.worker, &worker.worker, 1);
    SSL_SESSION *session = buy(s.one, "first.example", TLS1_3_VERSION);
    control.now_ns += 3599 * CLOCK_NS_PER_S;
    net_worker_turn(&control);
    SSL_SESSION *later = buy(s.one, "first.example", TLS1_3_VERSION);
    for (unsigned i = 0; i < 2; i++) {
        CU_ASSERT(come_again(s.one, "first.example", session, &has_new));
        control.now_ns += (i == 0 ? 2 : 3601) * CLOCK_NS_PER_S;
        net_worker_turn(&control);
        control.now_ns += CLOCK_NS_PER_S;
        net_worker_turn(&control);
        net_worker_turn(&worker);
    }
    CU_ASSERT_FALSE(come_again(s.one, "first.example", session, &has_new));
    CU_ASSERT_FALSE(come_again(s.one, "first.example", later, &has_new));
    SSL_SESSION_free(session);
    SSL_SESSION_free(later);
    net_worker_fini(&worker);
    net_worker_fini(&control);
    close_shop(&s);
}

/* The worker ended before or after it was asked to pass. */
static void test_ended_worker(void)
{
    struct shop s;
    struct net_worker control;
    struct net_worker worker;
    net_worker_init(&control, 0);
    net_worker_init(&worker, 1);
    open_shop(&s);
    tls_ticket_start(s.lab.tickets, control.worker, &worker.worker, 1);
    tls_ticket_rotate(s.lab.tickets);
    net_worker_turn(&worker);
    tls_ticket_rotate(s.lab.tickets);
    worker_stop(worker.worker);
    worker_run(worker.worker);
    tls_ticket_rotate(s.lab.tickets);
    net_worker_fini(&worker);
    net_worker_fini(&control);
    close_shop(&s);
}

struct taker {
    struct tls_context *context;
    struct net_worker home;
    atomic_uint *left; /* takers that still work */
    unsigned done;
};

static void *take_handshakes(void *arg)
{
    struct taker *t = arg;
    const struct tls_lab_client wish = {.sni = "second.example"};
    for (unsigned i = 0; i < 100; i++) {
        struct tls_lab_meeting m;
        tls_lab_meet(t->context, &wish, &m);
        t->done += m.is_done && m.tickets == 1 ? 1 : 0;
        tls_lab_part(&m);
        worker_turn(t->home.worker, false);
    }
    worker_stop(t->home.worker);
    worker_run(t->home.worker);
    atomic_fetch_sub(t->left, 1);
    return NULL;
}

/* Keys rotate as fast as they can while two workers take handshakes: no set goes too early, which
 * the sanitizers would see. */
static void test_threads(void)
{
    struct shop s;
    struct net_worker control;
    struct taker takers[2];
    struct worker *workers[2];
    pthread_t threads[2];
    atomic_uint left = 2;
    open_shop(&s);
    net_worker_init(&control, 0);
    for (unsigned i = 0; i < 2; i++) {
        takers[i] = (struct taker){.context = s.one, .left = &left};
        net_worker_init(&takers[i].home, i + 1);
        workers[i] = takers[i].home.worker;
    }
    tls_ticket_start(s.lab.tickets, control.worker, workers, 2);
    for (unsigned i = 0; i < 2; i++) {
        CU_ASSERT_FATAL(pthread_create(&threads[i], NULL, take_handshakes, &takers[i]) == 0);
    }
    while (atomic_load(&left) > 0) {
        tls_ticket_rotate(s.lab.tickets);
        MUST(usleep(200) == 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(pthread_join(threads[i], NULL), 0);
        CU_ASSERT_EQUAL(takers[i].done, 100);
        net_worker_fini(&takers[i].home);
    }
    net_worker_fini(&control);
    close_shop(&s);
}

static const struct suite_test tests[] = {
    {"tls_ticket", "resumes anywhere", test_anywhere},
    {"tls_ticket", "once rotated, twice rotated", test_rotation},
    {"tls_ticket", "keys of another process", test_strange_keys},
    {"tls_ticket", "how many tickets", test_count},
    {"tls_ticket", "rotated by the timer", test_timer},
    {"tls_ticket", "a worker that ended", test_ended_worker},
    {"tls_ticket", "rotated under handshakes", test_threads},
};

const struct suite_table tls_ticket_tests = SUITE_TABLE(tests);
