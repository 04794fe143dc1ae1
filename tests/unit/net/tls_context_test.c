#include <string.h>

#include <CUnit/CUnit.h>
#include <openssl/err.h>

#include "base/check.h"
#include "unit/net/net_tables.h"
#include "unit/net/tls_lab.h"

static const struct test_certs_spec site_ec = {.file = "site-ec",
                                               .kind = "EC",
                                               .name = "site-ec",
                                               .sans = "DNS:site.example,DNS:www.site.example"};
static const struct test_certs_spec site_rsa = {.file = "site-rsa",
                                                .kind = "RSA",
                                                .name = "site-rsa",
                                                .sans = "DNS:site.example"};
static const struct test_certs_spec wild_rsa = {.file = "wild-rsa",
                                                .kind = "RSA",
                                                .name = "wild-rsa",
                                                .sans = "DNS:*.example.com"};
static const struct test_certs_spec exact_ec = {.file = "exact-ec",
                                                .kind = "EC",
                                                .name = "exact-ec",
                                                .sans = "DNS:www.example.com,IP:192.0.2.1"};
static const struct test_certs_spec by_cn = {.file = "by-cn", .kind = "EC", .name = "cn.example"};
static const struct test_certs_spec san_not_cn = {.file = "san",
                                                  .kind = "EC",
                                                  .name = "hidden.example",
                                                  .sans = "DNS:shown.example"};

static void open_lab(struct tls_lab *lab, struct tls_context **context)
{
    tls_lab_init(lab);
    tls_lab_cert(lab, &site_ec);
    tls_lab_cert(lab, &site_rsa);
    tls_lab_cert(lab, &wild_rsa);
    tls_lab_cert(lab, &exact_ec);
    tls_lab_cert(lab, &by_cn);
    tls_lab_cert(lab, &san_not_cn);
    CU_ASSERT_FATAL(tls_lab_load(lab, context) == ERR_OK);
    CU_ASSERT_EQUAL(lab->warnings.count, 0);
}

static void close_lab(struct tls_lab *lab, struct tls_context **context)
{
    tls_context_unref(context);
    CU_ASSERT_PTR_NULL(*context);
    tls_lab_fini(lab);
}

static void expect(struct tls_context *context, const struct tls_lab_client *wish, const char *name)
{
    char text[64];
    struct tls_lab_meeting m;
    tls_lab_meet(context, wish, &m);
    CU_ASSERT(m.is_done);
    CU_ASSERT_STRING_EQUAL(tls_lab_peer_name(&m, text), name);
    tls_lab_part(&m);
}

static void test_names(void)
{
    static const struct {
        const char *sni;
        const char *name;
    } rows[] = {
        {"site.example", "site-ec"},
        {"SITE.Example", "site-ec"},
        {"www.site.example", "site-ec"},
        {"www.example.com", "exact-ec"},
        {"a.example.com", "wild-rsa"},
        {"A.EXAMPLE.COM", "wild-rsa"},
        {"a.b.example.com", "site-ec"},
        {"example.com", "site-ec"},
        {".example.com", "site-ec"},
        {"cn.example", "cn.example"},
        {"hidden.example", "site-ec"},
        {"shown.example", "hidden.example"},
        {"192.0.2.1", "exact-ec"},
        {"localhost", "site-ec"},
        {"site.example.", "site-ec"},
        {"a.example.com.", "wild-rsa"},
        {NULL, "site-ec"},
    };
    struct tls_context *context = NULL;
    struct tls_lab lab;
    open_lab(&lab, &context);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct tls_lab_client wish = {.sni = rows[i].sni};
        expect(context, &wish, rows[i].name);
        wish.version = TLS1_2_VERSION;
        expect(context, &wish, rows[i].name);
    }
    close_lab(&lab, &context);
}

/* A client that knows only RSA gets the RSA certificate of the same name; of a name with an exact
 * ECDSA certificate the wildcard's. */
static void test_kinds(void)
{
    struct tls_context *context = NULL;
    struct tls_lab lab;
    open_lab(&lab, &context);
    const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        struct tls_lab_client wish = {
            .sni = "site.example", .version = versions[i], .sigalgs = "RSA-PSS+SHA256:RSA+SHA256"};
        expect(context, &wish, "site-rsa");
        wish.sni = "www.example.com";
        expect(context, &wish, "wild-rsa");
        wish.sni = NULL;
        expect(context, &wish, "site-rsa");
        wish.sigalgs = "ECDSA+SHA256";
        expect(context, &wish, "site-ec");
        wish.sni = "www.example.com";
        expect(context, &wish, "exact-ec");
    }
    struct tls_lab_meeting m;
    const struct tls_lab_client none = {.sni = "a.example.com", .sigalgs = "ECDSA+SHA256"};
    tls_lab_meet(context, &none, &m);
    CU_ASSERT_FALSE(m.is_done);
    tls_lab_part(&m);
    close_lab(&lab, &context);
}

static void test_alpn(void)
{
    const unsigned char *chosen = NULL;
    unsigned len = 0;
    struct tls_context *context = NULL;
    struct tls_lab lab;
    struct tls_lab_meeting m;
    open_lab(&lab, &context);
    struct tls_lab_client wish = {.sni = "www.example.com", .alpn = "\10http/1.1\2h2"};
    tls_lab_meet(context, &wish, &m);
    CU_ASSERT(m.is_done);
    SSL_get0_alpn_selected(m.server, &chosen, &len);
    CU_ASSERT(len == 2 && memcmp(chosen, "h2", 2) == 0);
    tls_lab_part(&m);

    wish.alpn = "\10http/1.1";
    tls_lab_meet(context, &wish, &m);
    CU_ASSERT_FALSE(m.is_done);
    CU_ASSERT_EQUAL(ERR_GET_REASON(m.client_error), SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
    tls_lab_part(&m);

    wish.alpn = NULL;
    tls_lab_meet(context, &wish, &m);
    CU_ASSERT(m.is_done);
    SSL_get0_alpn_selected(m.server, &chosen, &len);
    CU_ASSERT_EQUAL(len, 0);
    tls_lab_part(&m);
    close_lab(&lab, &context);
}

static void test_min_version(void)
{
    struct tls_context *context = NULL;
    struct tls_lab lab;
    struct tls_lab_meeting m;
    tls_lab_init(&lab);
    tls_lab_cert(&lab, &site_ec);
    lab.settings.min_version = TLS_SETTINGS_1_3;
    CU_ASSERT_FATAL(tls_lab_load(&lab, &context) == ERR_OK);
    struct tls_lab_client wish = {.version = TLS1_2_VERSION};
    tls_lab_meet(context, &wish, &m);
    CU_ASSERT_FALSE(m.is_done);
    tls_lab_part(&m);
    wish.version = TLS1_3_VERSION;
    expect(context, &wish, "site-ec");
    close_lab(&lab, &context);
}

static void test_no_tickets(void)
{
    struct tls_context *context = NULL;
    struct tls_lab lab;
    struct tls_lab_meeting m;
    open_lab(&lab, &context);
    const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        const struct tls_lab_client wish = {.version = versions[i]};
        tls_lab_meet(context, &wish, &m);
        CU_ASSERT(m.is_done);
        CU_ASSERT(m.session == NULL || !SSL_SESSION_has_ticket(m.session));
        tls_lab_part(&m);
    }
    close_lab(&lab, &context);
}

static void test_no_renegotiation(void)
{
    struct tls_context *context = NULL;
    struct tls_lab lab;
    struct tls_lab_meeting m;
    char byte;
    open_lab(&lab, &context);
    const struct tls_lab_client wish = {.version = TLS1_2_VERSION};
    tls_lab_meet(context, &wish, &m);
    CU_ASSERT_FATAL(m.is_done);
    CU_ASSERT_EQUAL(SSL_renegotiate(m.client), 1);
    SSL_do_handshake(m.client);
    CU_ASSERT(SSL_read(m.server, &byte, 1) <= 0);
    CU_ASSERT(SSL_do_handshake(m.client) <= 0);
    CU_ASSERT_EQUAL(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
    ERR_clear_error();
    tls_lab_part(&m);
    close_lab(&lab, &context);
}

static void test_doubles(void)
{
    static const struct test_certs_spec again = {
        .file = "again", .kind = "EC", .name = "again", .sans = "DNS:Site.Example,DNS:new.example"};
    static const struct test_certs_spec nameless = {.file = "nameless", .kind = "EC"};
    struct tls_context *context = NULL;
    struct tls_lab lab;
    tls_lab_init(&lab);
    tls_lab_cert(&lab, &site_ec);
    tls_lab_cert(&lab, &again);
    tls_lab_cert(&lab, &nameless);
    CU_ASSERT_FATAL(tls_lab_load(&lab, &context) == ERR_OK);
    CU_ASSERT_EQUAL(lab.warnings.count, 2);
    CU_ASSERT(tls_lab_has_warning(&lab, "for site.example, for which the one at lab.yaml:1:3"));
    CU_ASSERT(tls_lab_has_warning(&lab, "names no host"));
    struct tls_lab_client wish = {.sni = "site.example"};
    expect(context, &wish, "site-ec");
    wish.sni = "new.example";
    expect(context, &wish, "again");
    close_lab(&lab, &context);
}

static void test_nameless_first(void)
{
    static const struct test_certs_spec nameless = {.file = "nameless", .kind = "EC"};
    struct tls_context *context = NULL;
    struct tls_lab lab;
    tls_lab_init(&lab);
    tls_lab_cert(&lab, &nameless);
    tls_lab_cert(&lab, &site_rsa);
    CU_ASSERT_FATAL(tls_lab_load(&lab, &context) == ERR_OK);
    CU_ASSERT_EQUAL(lab.warnings.count, 0);
    struct tls_lab_client wish = {.sni = "site.example"};
    expect(context, &wish, "site-rsa");
    wish.sni = "other.example";
    expect(context, &wish, "");
    close_lab(&lab, &context);
}

static void test_refs(void)
{
    struct tls_context *context = NULL;
    struct tls_lab lab;
    open_lab(&lab, &context);
    struct tls_context *second = tls_context_ref(context);
    tls_context_unref(&context);
    const struct tls_lab_client wish = {.sni = "site.example"};
    expect(second, &wish, "site-ec");
    CU_ASSERT_EQUAL(tls_context_handshake_timeout_ns(second), lab.settings.handshake_timeout_ns);
    close_lab(&lab, &second);
}

static const struct suite_test tests[] = {
    {"tls_context", "certificates by name", test_names},
    {"tls_context", "RSA and ECDSA side by side", test_kinds},
    {"tls_context", "ALPN", test_alpn},
    {"tls_context", "oldest version", test_min_version},
    {"tls_context", "no tickets", test_no_tickets},
    {"tls_context", "no renegotiation", test_no_renegotiation},
    {"tls_context", "names given twice, or none", test_doubles},
    {"tls_context", "the first without a name", test_nameless_first},
    {"tls_context", "counted", test_refs},
};

const struct suite_table tls_context_tests = SUITE_TABLE(tests);
