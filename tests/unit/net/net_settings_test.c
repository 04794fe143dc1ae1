#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/clock.h"
#include "config/config.h"
#include "config/tablecheck.h"
#include "net/tls_settings.h"
#include "unit/net/net_tables.h"

static const struct setting_table *const table = &tls_settings_table;

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
    const struct str text = STR("certificates:\n"
                                "  - {cert: a.pem, key: /keys/a.key}\n"
                                "  - b.pem\n");
    CU_ASSERT_FATAL(
        config_load_text("/etc/weir/weir.yaml", text, table, &arena, &faults, &config) == ERR_OK);
    const struct tls_settings *s = config.settings;
    CU_ASSERT_FATAL(s->certificates.count == 2);
    const struct tls_certificate_settings *c = s->certificates.items;
    CU_ASSERT(str_eq(c[0].cert, STR("/etc/weir/a.pem")));
    CU_ASSERT(str_eq(c[0].key, STR("/keys/a.key")));
    CU_ASSERT_EQUAL(c[0].at.line, 2);
    CU_ASSERT(str_eq(c[1].cert, STR("/etc/weir/b.pem")));
    CU_ASSERT_PTR_NULL(c[1].key.p);
    CU_ASSERT_EQUAL(s->min_version, TLS_SETTINGS_1_2);
    CU_ASSERT_EQUAL(s->handshake_timeout_ns, 10 * CLOCK_NS_PER_S);
    CU_ASSERT(s->tickets.is_enabled);
    CU_ASSERT_EQUAL(s->tickets.count, 1);
    CU_ASSERT_EQUAL(s->tickets.rotate_ns, 12 * 3600 * CLOCK_NS_PER_S);
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
    expect_fault("{}", "certificates", 1);
    expect_fault("certificates: []", "certificates", 1);
    expect_fault("certificates:\n  - {key: a}\n", "cert", 2);
    expect_fault("certificates: a.pem\nmin_version: 1.1\n", "1.2", 2);
    expect_fault("certificates: a.pem\nciphers: NONSENSE\n", "no cipher in this list", 2);
    expect_fault("certificates: a.pem\nciphers: AES128-SHA\n",
                 "HTTP/2 forbids the cipher AES128-SHA", 2);
    expect_fault("certificates: a.pem\ncipher_suites: NONSENSE\n", "TLS 1.3 cipher suites", 2);
    expect_fault("certificates: a.pem\ngroups: NONSENSE\n", "list of groups", 2);
    expect_fault("certificates: a.pem\ntickets: {rotate: 1s}\n", "rotate", 2);
    expect_fault("certificates: a.pem\nhandshake_timeout: 0\n", "handshake_timeout", 2);
}

static const struct suite_test tests[] = {
    {"net_settings", "tables are sound", test_tables},
    {"net_settings", "defaults", test_defaults},
    {"net_settings", "faults", test_faults},
};

const struct suite_table net_settings_tests = SUITE_TABLE(tests);
