#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/clock.h"
#include "config/config.h"
#include "config/tablecheck.h"
#include "net/listener_settings.h"
#include "unit/net/net_tables.h"

static const struct setting_table *const table = &listener_settings_table;

static void test_tables(void)
{
    struct arena arena;
    struct faults faults;
    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    tablecheck_run(table, &arena, &faults);
    CU_ASSERT_EQUAL(faults.count, 0);
    arena_fini(&arena);
}

static void test_defaults(void)
{
    struct arena arena;
    struct faults faults;
    struct config config;
    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    const struct str text = STR("address: [127.0.0.1:8443, '[::1]:8443']\n"
                                "tls: {certificates: {cert: a.pem, key: /keys/a.key}}\n");
    CU_ASSERT_FATAL(
        config_load_text("/etc/weir/weir.yaml", text, table, &arena, &faults, &config) == ERR_OK);
    const struct listener_settings *s = config.settings;
    const struct str *addresses = s->addresses.items;
    CU_ASSERT_EQUAL(s->addresses.count, 2);
    CU_ASSERT(str_eq(addresses[1], STR("[::1]:8443")));
    CU_ASSERT_EQUAL(s->backlog, 4096);
    CU_ASSERT_FATAL(s->tls != NULL && s->tls->certificates.count == 1);
    const struct tls_certificate_settings *c = s->tls->certificates.items;
    CU_ASSERT(str_eq(c->cert, STR("/etc/weir/a.pem")));
    CU_ASSERT(str_eq(c->key, STR("/keys/a.key")));
    CU_ASSERT_EQUAL(c->at.line, 2);
    CU_ASSERT_EQUAL(s->tls->min_version, TLS_SETTINGS_1_2);
    CU_ASSERT_EQUAL(s->tls->handshake_timeout_ns, 10 * CLOCK_NS_PER_S);
    CU_ASSERT(s->tls->tickets.is_enabled);
    CU_ASSERT_EQUAL(s->tls->tickets.count, 1);
    CU_ASSERT_EQUAL(s->tls->tickets.rotate_ns, 12 * 3600 * CLOCK_NS_PER_S);
    arena_fini(&arena);
}

static void expect_fault(const char *text, const char *part, unsigned line)
{
    struct arena arena;
    struct faults faults;
    struct config config;
    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    CU_ASSERT_EQUAL(config_load_text("weir.yaml", str_from(text), table, &arena, &faults, &config),
                    ERR_SYNTAX);
    CU_ASSERT_FATAL(faults.kept == 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(faults.items[0].text.p, part));
    CU_ASSERT_EQUAL(faults.items[0].at.line, line);
    arena_fini(&arena);
}

static void test_faults(void)
{
    expect_fault("address: 8443", "such as", 1);
    expect_fault("address:\n  - 127.0.0.1:1\n  - example.com:2\n", "not resolved", 3);
    expect_fault("address: unix:/run/weir.sock", "Unix sockets", 1);
    expect_fault("address: []", "address", 1);
    expect_fault("address: :443\ntls: {}", "certificates", 2);
    expect_fault("address: :443\ntls: {certificates: []}", "certificates", 2);
    expect_fault("address: :443\ntls: {certificates: [{key: a}]}", "cert", 2);
    expect_fault("address: :443\ntls:\n  certificates: [a.pem]\n  min_version: 1.1\n", "1.2", 4);
    expect_fault("address: :443\ntls:\n  certificates: [a.pem]\n  ciphers: NONSENSE\n",
                 "no cipher in this list", 4);
    expect_fault("address: :443\ntls:\n  certificates: [a.pem]\n  ciphers: AES128-SHA\n",
                 "HTTP/2 forbids the cipher AES128-SHA", 4);
    expect_fault("address: :443\ntls:\n  certificates: [a.pem]\n  cipher_suites: NONSENSE\n",
                 "TLS 1.3 cipher suites", 4);
    expect_fault("address: :443\ntls:\n  certificates: [a.pem]\n  groups: NONSENSE\n",
                 "list of groups", 4);
    expect_fault("address: :443\ntls:\n  certificates: [a.pem]\n  tickets: {rotate: 1s}\n",
                 "rotate", 4);
}

static const struct suite_test tests[] = {
    {"net_settings", "tables are sound", test_tables  },
    {"net_settings", "defaults",         test_defaults},
    {"net_settings", "faults",           test_faults  },
};

const struct suite_table net_settings_tests = SUITE_TABLE(tests);
