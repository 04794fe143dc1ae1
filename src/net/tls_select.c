#include "net/tls_select.h"

#include <arpa/inet.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/check.h"

/* RFC 1035, section 2.3.4. */
#define NAME_MAX_LEN 255

struct tls_select_name {
    struct tls_select_set set;
    SSL_CTX *ssl_ctx;
};

/* A certificate while its names are added. */
struct addition {
    struct tls_select *select;
    const struct tls_cert *cert;
    struct faults *warnings;
    unsigned count;
};

void tls_select_init(struct tls_select *s)
{
    *s = (struct tls_select){.first = NULL};
    arena_init(&s->arena, NULL, NULL, NULL, 0);
    map_init(&s->names);
    map_init(&s->contexts);
}

void tls_select_fini(struct tls_select *s)
{
    size_t i = 0;
    const struct map_entry *entry = map_next(&s->contexts, &i);
    for (; entry != NULL; entry = map_next(&s->contexts, &i)) {
        SSL_CTX_free(entry->value);
    }
    map_fini(&s->contexts);
    map_fini(&s->names);
    arena_fini(&s->arena);
}

/* Lower case, no trailing dot; an empty text when `name` is no host name that could be asked for.
 */
static struct str normalise(struct str name, char out[static NAME_MAX_LEN])
{
    if (name.len > 0 && name.p[name.len - 1] == '.') {
        name.len--;
    }
    if (name.len > NAME_MAX_LEN) {
        return str_of(out, 0);
    }
    for (size_t i = 0; i < name.len; i++) {
        out[i] = str_lower_char(name.p[i]);
    }
    return str_of(out, name.len);
}

static struct tls_select_name *make_name(struct tls_select *s)
{
    struct tls_select_name *n = arena_zalloc(&s->arena, sizeof(*n));
    if (s->first == NULL) {
        s->first = n;
    }
    return n;
}

static struct tls_select_name *find_or_make(struct tls_select *s, struct str name)
{
    struct tls_select_name *n = map_find(&s->names, name);
    if (n == NULL) {
        n = make_name(s);
        map_put(&s->names, arena_str(&s->arena, name), n);
    }
    return n;
}

static void warn_of_double(const struct addition *a, struct str name,
                           const struct tls_cert *earlier)
{
    struct str place = faults_place(a->warnings->arena, earlier->at);
    faults_add(a->warnings, a->cert->at,
               "the certificate is for %.*s, for which the one at %.*s is used; its key is of the "
               "same kind",
               STR_ARGS(name), STR_ARGS(place));
}

static void add_name(struct addition *a, struct str raw)
{
    char text[NAME_MAX_LEN];
    struct str name = normalise(raw, text);
    if (str_is_empty(name) || memchr(name.p, 0, name.len) != NULL) {
        return;
    }
    a->count++;
    struct tls_select_name *n = find_or_make(a->select, name);
    const struct tls_cert **slot = &n->set.by_kind[a->cert->kind];
    if (*slot == NULL) {
        *slot = a->cert;
    } else if (*slot != a->cert) {
        warn_of_double(a, name, *slot);
    }
}

static struct str asn1_text(const ASN1_STRING *s)
{
    return str_of((const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

static void add_ip(struct addition *a, const ASN1_OCTET_STRING *ip)
{
    char text[INET6_ADDRSTRLEN];
    int len = ASN1_STRING_length(ip);
    int family = len == 4 ? AF_INET : AF_INET6;
    if ((len == 4 || len == 16) &&
        inet_ntop(family, ASN1_STRING_get0_data(ip), text, sizeof(text)) != NULL) {
        add_name(a, str_from(text));
    }
}

static void add_alternative_names(struct addition *a, const GENERAL_NAMES *names)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int type = 0;
        const void *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        if (type == GEN_DNS) {
            add_name(a, asn1_text(value));
        } else if (type == GEN_IPADD) {
            add_ip(a, value);
        }
    }
}

static void add_common_name(struct addition *a)
{
    const X509_NAME *subject = X509_get_subject_name(a->cert->leaf);
    int i = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (i >= 0) {
        add_name(a, asn1_text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i))));
    }
}

static void add_nameless(struct addition *a)
{
    if (a->select->first == NULL) {
        make_name(a->select)->set.by_kind[a->cert->kind] = a->cert;
        return;
    }
    faults_add(a->warnings, a->cert->at,
               "the certificate names no host, so nobody will get it; have it issued with a "
               "subject alternative name (DNS:www.example.com)");
}

void tls_select_add(struct tls_select *s, const struct tls_cert *cert, struct faults *warnings)
{
    struct addition a = {.select = s, .cert = cert, .warnings = warnings};
    GENERAL_NAMES *names = X509_get_ext_d2i(cert->leaf, NID_subject_alt_name, NULL, NULL);
    if (names != NULL) {
        add_alternative_names(&a, names);
        GENERAL_NAMES_free(names);
    } else {
        add_common_name(&a);
    }
    if (a.count == 0) {
        add_nameless(&a);
    }
}

/* The wildcard over `name`, whose first label it writes over: "*.example.com". */
static struct tls_select_name *find_wildcard(const struct tls_select *s, struct str name,
                                             char text[static NAME_MAX_LEN])
{
    size_t dot = str_index(name, '.');
    if (dot == 0 || dot == name.len) {
        return NULL;
    }
    memmove(text, name.p, name.len);
    text[dot - 1] = '*';
    return map_find(&s->names, str_of(text + dot - 1, name.len - dot + 1));
}

static void fill_from_wildcard(struct tls_select *s, const struct map_entry *entry)
{
    char text[NAME_MAX_LEN];
    struct tls_select_name *exact = entry->value;
    const struct tls_select_name *wide = find_wildcard(s, entry->key, text);
    for (unsigned kind = 0; wide != NULL && kind < TLS_CERT_KINDS_; kind++) {
        if (exact->set.by_kind[kind] == NULL) {
            exact->set.by_kind[kind] = wide->set.by_kind[kind];
        }
    }
}

static enum err give_context(struct tls_select *s, struct tls_select_name *n, tls_select_make *make,
                             void *ctx)
{
    struct str key = str_of((const char *)&n->set, sizeof(n->set));
    n->ssl_ctx = map_find(&s->contexts, key);
    if (n->ssl_ctx != NULL) {
        return ERR_OK;
    }
    n->ssl_ctx = make(ctx, &n->set);
    if (n->ssl_ctx == NULL) {
        return ERR_TLS;
    }
    map_put(&s->contexts, key, n->ssl_ctx);
    return ERR_OK;
}

enum err tls_select_build(struct tls_select *s, tls_select_make *make, void *ctx)
{
    size_t i = 0;
    MUST(s->first != NULL);
    const struct map_entry *entry = map_next(&s->names, &i);
    for (; entry != NULL; entry = map_next(&s->names, &i)) {
        fill_from_wildcard(s, entry);
    }
    enum err e = give_context(s, s->first, make, ctx);
    i = 0;
    entry = map_next(&s->names, &i);
    for (; entry != NULL && e == ERR_OK; entry = map_next(&s->names, &i)) {
        e = give_context(s, entry->value, make, ctx);
    }
    return e;
}

SSL_CTX *tls_select_find(const struct tls_select *s, struct str name)
{
    char text[NAME_MAX_LEN];
    struct str asked = normalise(name, text);
    const struct tls_select_name *n = map_find(&s->names, asked);
    if (n == NULL) {
        n = find_wildcard(s, asked, text);
    }
    return n != NULL ? n->ssl_ctx : NULL;
}

SSL_CTX *tls_select_default(const struct tls_select *s)
{
    return s->first->ssl_ctx;
}
