#include "net/tls_ticket.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "loop/worker.h"

#define TLS_TICKET_MAGIC 0x544b4554u

/* What the callback must return (SSL_CTX_set_tlsext_ticket_key_evp_cb(3)). */
#define TICKET_FAILED  (-1)
#define TICKET_UNKNOWN 0
#define TICKET_GOOD    1
#define TICKET_RENEW   2 /* good, and the client is to get a new one */

/* How often it is looked whether the workers have passed. */
#define SWEEP_NS CLOCK_NS_PER_S

struct ticket_key {
    unsigned char name[16]; /* in the clear, in each ticket */
    unsigned char aes[32];
    unsigned char hmac[32];
};

/* Frozen once published. */
struct ticket_set {
    struct ticket_key gives;
    struct ticket_key takes;
};

/* A worker's word that it has left all callbacks. */
struct pass {
    struct message message;
    struct retired *retired;
};

/* A set that was replaced and may still be in use. */
struct retired {
    struct retired *next;
    struct ticket_set *set;
    atomic_uint waiting; /* workers that have not passed */
    struct pass passes[];
};

struct tls_ticket {
    uint32_t magic;
    _Atomic(struct ticket_set *) set;
    EVP_CIPHER *cipher; /* fetched once: a fetch in each handshake costs */
    uint64_t rotate_ns;
    struct worker *control; /* NULL until started */
    struct worker *const *workers;
    unsigned count;
    struct timer rotate_timer;
    struct timer sweep_timer;
    struct retired *retired;
};

static void make_key(struct ticket_key *key)
{
    random_secure(key, sizeof(*key));
}

static struct ticket_set *new_set(void)
{
    struct ticket_set *set = malloc(sizeof(*set));
    MUST(set != NULL);
    make_key(&set->gives);
    return set;
}

static void free_set(struct ticket_set *set)
{
    OPENSSL_cleanse(set, sizeof(*set));
    free(set);
}

static void on_pass(struct message *message, struct worker *worker)
{
    const struct pass *p = CONTAINER_OF(message, struct pass, message);
    (void)worker;
    atomic_fetch_sub_explicit(&p->retired->waiting, 1, memory_order_release);
}

/* Posts to all workers; one that has ended is in no callback. */
static void ask_for_passes(struct tls_ticket *t, struct retired *r)
{
    for (unsigned i = 0; i < t->count; i++) {
        r->passes[i] = (struct pass){.message = {.deliver = on_pass}, .retired = r};
        if (worker_post(t->workers[i], &r->passes[i].message) != ERR_OK) {
            atomic_fetch_sub_explicit(&r->waiting, 1, memory_order_release);
        }
    }
}

static void retire(struct tls_ticket *t, struct ticket_set *set)
{
    struct retired *r = malloc(sizeof(*r) + t->count * sizeof(r->passes[0]));
    MUST(r != NULL);
    r->set = set;
    r->next = t->retired;
    atomic_init(&r->waiting, t->count);
    t->retired = r;
    ask_for_passes(t, r);
}

static struct retired *free_retired(struct retired *r)
{
    struct retired *next = r->next;
    free_set(r->set);
    free(r);
    return next;
}

static void free_passed(struct tls_ticket *t)
{
    struct retired **at = &t->retired;
    while (*at != NULL) {
        if (atomic_load_explicit(&(*at)->waiting, memory_order_acquire) == 0) {
            *at = free_retired(*at);
        } else {
            at = &(*at)->next;
        }
    }
}

static void sweep(struct tls_ticket *t)
{
    free_passed(t);
    if (t->retired != NULL && t->control != NULL) {
        timer_set(&t->control->timers, &t->sweep_timer, t->control->now_ns + SWEEP_NS);
    }
}

static void on_sweep(struct timer *timer)
{
    sweep(CONTAINER_OF(timer, struct tls_ticket, sweep_timer));
}

void tls_ticket_rotate(struct tls_ticket *t)
{
    OBJ_CHECK(t, TLS_TICKET_MAGIC);
    struct ticket_set *old = atomic_load_explicit(&t->set, memory_order_relaxed);
    struct ticket_set *fresh = new_set();
    fresh->takes = old->gives;
    atomic_store_explicit(&t->set, fresh, memory_order_release);
    retire(t, old);
    sweep(t);
}

static void on_rotate(struct timer *timer)
{
    struct tls_ticket *t = CONTAINER_OF(timer, struct tls_ticket, rotate_timer);
    tls_ticket_rotate(t);
    timer_set(&t->control->timers, timer, t->control->now_ns + t->rotate_ns);
}

enum err tls_ticket_new(uint64_t rotate_ns, struct tls_ticket **out)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
    if (cipher == NULL) {
        ERR_clear_error();
        return ERR_TLS;
    }
    struct tls_ticket *t = calloc(1, sizeof(*t));
    MUST(t != NULL);
    t->magic = TLS_TICKET_MAGIC;
    t->cipher = cipher;
    t->rotate_ns = rotate_ns;
    timer_init(&t->rotate_timer, on_rotate);
    timer_init(&t->sweep_timer, on_sweep);
    struct ticket_set *set = new_set();
    make_key(&set->takes); /* nobody has a ticket of it: never known */
    atomic_init(&t->set, set);
    *out = t;
    return ERR_OK;
}

void tls_ticket_free(struct tls_ticket **t)
{
    struct tls_ticket *gone = *t;
    OBJ_CHECK(gone, TLS_TICKET_MAGIC);
    *t = NULL;
    while (gone->retired != NULL) {
        gone->retired = free_retired(gone->retired);
    }
    free_set(atomic_load_explicit(&gone->set, memory_order_relaxed));
    EVP_CIPHER_free(gone->cipher);
    gone->magic = 0;
    free(gone);
}

void tls_ticket_start(struct tls_ticket *t, struct worker *control, struct worker *const *workers,
                      unsigned count)
{
    OBJ_CHECK(t, TLS_TICKET_MAGIC);
    t->control = control;
    t->workers = workers;
    t->count = count;
    timer_set(&control->timers, &t->rotate_timer, control->now_ns + t->rotate_ns);
}

static int init_mac(EVP_MAC_CTX *mac, const struct ticket_key *key)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(mac, key->hmac, sizeof(key->hmac), params);
}

static int seal(const struct tls_ticket *t, const struct ticket_key *key, unsigned char *name,
                unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
    memcpy(name, key->name, sizeof(key->name));
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(t->cipher)) != 1 ||
        EVP_EncryptInit_ex2(cipher, t->cipher, key->aes, iv, NULL) != 1 ||
        init_mac(mac, key) != 1) {
        return TICKET_FAILED;
    }
    return TICKET_GOOD;
}

static int unseal(const struct tls_ticket *t, const struct ticket_key *key, const unsigned char *iv,
                  EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
    if (EVP_DecryptInit_ex2(cipher, t->cipher, key->aes, iv, NULL) != 1 ||
        init_mac(mac, key) != 1) {
        return TICKET_FAILED;
    }
    return TICKET_GOOD;
}

static bool is_named(const struct ticket_key *key, const unsigned char *name)
{
    return memcmp(key->name, name, sizeof(key->name)) == 0;
}

/* In TLS 1.3 clients use a ticket once (RFC 8446, appendix C.4), so each resumption gives the
 * next. */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int is_sealing)
{
    const struct tls_ticket *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    OBJ_CHECK(t, TLS_TICKET_MAGIC);
    const struct ticket_set *set = atomic_load_explicit(&t->set, memory_order_acquire);
    if (is_sealing) {
        return seal(t, &set->gives, name, iv, cipher, mac);
    }
    bool is_current = is_named(&set->gives, name);
    if (!is_current && !is_named(&set->takes, name)) {
        return TICKET_UNKNOWN;
    }
    const struct ticket_key *key = is_current ? &set->gives : &set->takes;
    if (unseal(t, key, iv, cipher, mac) != TICKET_GOOD) {
        return TICKET_FAILED;
    }
    return is_current && SSL_version(ssl) != TLS1_3_VERSION ? TICKET_GOOD : TICKET_RENEW;
}

void tls_ticket_use(struct tls_ticket *t, SSL_CTX *ssl_ctx)
{
    OBJ_CHECK(t, TLS_TICKET_MAGIC);
    MUST(SSL_CTX_set_app_data(ssl_ctx, t) == 1);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(ssl_ctx, on_ticket);
    SSL_CTX_set_timeout(ssl_ctx, (long)(2 * t->rotate_ns / CLOCK_NS_PER_S));
}
