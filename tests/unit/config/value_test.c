#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/config/reading.h"
#include "unit/config/tables.h"

static const char whole[] = "listeners:\n"
                            "  - address: 0.0.0.0:8443\n"
                            "    tls:\n"
                            "      certificates:\n"
                            "        - {cert: ./site.pem, key: /etc/ssl/site.key}\n"
                            "        - cert: ../other.pem\n"
                            "          key: .\n"
                            "      handshake_timeout: 250ms\n"
                            "  - address: \"[::1]:8080\"\n"
                            "upstreams:\n"
                            "  users:\n"
                            "    endpoints: [http://a, {url: http://b, weight: 2}]\n"
                            "    balance: least_connections\n"
                            "    error_rate: 20%\n"
                            "  one: {endpoints: http://c}\n"
                            "routes:\n"
                            "  - files: site\n"
                            "    coalesce: true\n"
                            "  - path: /x\n"
                            "    respond:\n"
                            "      status: 404\n"
                            "      headers: {X-A: 1, x-b: \"\"}\n"
                            "limits: {body: 64KiB, least: -5}\n"
                            "user: |\n"
                            "  two\n"
                            "  lines\n"
                            "ports: [1, 65535]\n"
                            "ratio: 0.25\n";

/* Asserts before it returns: a test goes on only with settings. */
static const struct sample *read_well(struct reading *r, const char *text)
{
    reading_init(r, str_from(text));
    CU_ASSERT_STRING_EQUAL(r->printed.data, "");
    const struct sample *s = reading_sample(r);
    MUST(s != NULL);
    return s;
}

static void test_listeners(void)
{
    struct reading r;
    const struct sample *s = read_well(&r, whole);
    const struct sample_listener *l = s->listeners.items;

    CU_ASSERT_EQUAL_FATAL(s->listeners.count, 2);
    CU_ASSERT(str_eq(l[0].address, STR("0.0.0.0:8443")));
    CU_ASSERT_EQUAL(l[0].address.p[l[0].address.len], '\0');
    CU_ASSERT_PTR_NOT_NULL_FATAL(l[0].tls);
    CU_ASSERT_EQUAL(l[0].tls->handshake_timeout_ns, 250000000);
    CU_ASSERT_EQUAL_FATAL(l[0].tls->certificates.count, 2);
    const struct sample_certificate *c = l[0].tls->certificates.items;
    CU_ASSERT(str_eq(c[0].cert, STR("/etc/weir/site.pem")));
    CU_ASSERT(str_eq(c[0].key, STR("/etc/ssl/site.key")));
    CU_ASSERT(str_eq(c[1].cert, STR("/etc/weir/../other.pem")));
    CU_ASSERT(str_eq(c[1].key, STR("/etc/weir")));
    CU_ASSERT(str_eq(l[1].address, STR("[::1]:8080")));
    CU_ASSERT_PTR_NULL(l[1].tls);
    reading_fini(&r);
}

static void test_upstreams(void)
{
    struct reading r;
    const struct sample *s = read_well(&r, whole);

    CU_ASSERT_EQUAL_FATAL(s->upstreams.count, 2);
    CU_ASSERT(str_eq(s->upstreams.entries[0].key, STR("users")));
    CU_ASSERT(str_eq(s->upstreams.entries[1].key, STR("one")));
    const struct setting_entry *entry = setting_map_find(&s->upstreams, STR("users"));
    MUST(entry != NULL);
    CU_ASSERT_EQUAL(entry->at.line, 11);
    CU_ASSERT_EQUAL(entry->at.column, 3);
    const struct sample_upstream *u = entry->value;
    CU_ASSERT_EQUAL(u->balance, SAMPLE_LEAST_CONNECTIONS);
    CU_ASSERT_DOUBLE_EQUAL(u->error_rate, 0.2, 0);
    CU_ASSERT_EQUAL_FATAL(u->endpoints.count, 2);
    const struct sample_endpoint *e = u->endpoints.items;
    CU_ASSERT(str_eq(e[0].url, STR("http://a")));
    CU_ASSERT_EQUAL(e[0].weight, 1);
    CU_ASSERT(str_eq(e[1].url, STR("http://b")));
    CU_ASSERT_EQUAL(e[1].weight, 2);
    u = s->upstreams.entries[1].value;
    CU_ASSERT_EQUAL(u->endpoints.count, 1);
    CU_ASSERT_EQUAL(u->balance, SAMPLE_ROUND_ROBIN);
    CU_ASSERT_DOUBLE_EQUAL(u->error_rate, 0.5, 0);
    CU_ASSERT_PTR_NULL(setting_map_find(&s->upstreams, STR("user")));
    CU_ASSERT(str_eq(setting_map_nearest(&s->upstreams, STR("user")), STR("users")));
    CU_ASSERT(str_is_empty(setting_map_nearest(&s->upstreams, STR("orders"))));
    reading_fini(&r);
}

static void test_kinds(void)
{
    struct reading r;
    const struct sample *s = read_well(&r, whole);
    const struct sample_route *routes = s->routes.items;

    CU_ASSERT_EQUAL_FATAL(s->routes.count, 2);
    CU_ASSERT_EQUAL_FATAL(routes[0].handlers.count, 1);
    const struct setting_chosen *chosen = routes[0].handlers.items;
    CU_ASSERT_STRING_EQUAL(chosen->kind->name, "files");
    CU_ASSERT_EQUAL(chosen->at.line, 17);
    CU_ASSERT_EQUAL(chosen->at.column, 5);
    const struct sample_files *files = chosen->settings;
    CU_ASSERT(str_eq(files->root, STR("/etc/weir/site")));
    CU_ASSERT_EQUAL_FATAL(files->index.count, 2);
    CU_ASSERT(str_eq(((const struct str *)files->index.items)[1], STR("index.htm")));
    CU_ASSERT(routes[0].is_coalesced);
    CU_ASSERT(str_eq(routes[0].path, STR("/**")));
    chosen = routes[1].handlers.items;
    CU_ASSERT_STRING_EQUAL(chosen->kind->name, "respond");
    const struct sample_respond *respond = chosen->settings;
    CU_ASSERT_EQUAL(respond->status, 404);
    CU_ASSERT_EQUAL_FATAL(respond->headers.count, 2);
    CU_ASSERT(str_eq(*(const struct str *)respond->headers.entries[0].value, STR("1")));
    CU_ASSERT(str_eq(*(const struct str *)respond->headers.entries[1].value, STR("")));
    reading_fini(&r);
}

static void test_plain_members(void)
{
    struct reading r;
    const struct sample *s = read_well(&r, whole);

    CU_ASSERT_EQUAL(s->limits.body_bytes, 65536);
    CU_ASSERT_EQUAL(s->limits.least, -5);
    CU_ASSERT_EQUAL(s->limits.most, 10);
    CU_ASSERT_EQUAL(s->limits.connections, 1024);
    CU_ASSERT(str_eq(s->user, STR("two\nlines\n")));
    CU_ASSERT_PTR_NULL(s->secret.p);
    CU_ASSERT_EQUAL_FATAL(s->ports.count, 2);
    CU_ASSERT_EQUAL(((const int64_t *)s->ports.items)[1], 65535);
    CU_ASSERT_DOUBLE_EQUAL(s->ratio, 0.25, 0);
    reading_fini(&r);
}

static void test_defaults(void)
{
    struct reading r;
    const struct sample *s = read_well(&r, "{}");

    CU_ASSERT_EQUAL(s->listeners.count, 0);
    CU_ASSERT_EQUAL(s->upstreams.count, 0);
    CU_ASSERT_EQUAL(s->limits.connections, 1024);
    CU_ASSERT_EQUAL(s->limits.body_bytes, 1048576);
    CU_ASSERT_PTR_NULL(s->user.p);
    CU_ASSERT_EQUAL_FATAL(s->ports.count, 2);
    CU_ASSERT_EQUAL(((const int64_t *)s->ports.items)[0], 80);
    CU_ASSERT_EQUAL(((const int64_t *)s->ports.items)[1], 443);
    CU_ASSERT_PTR_NULL(s->ports.positions);
    CU_ASSERT_DOUBLE_EQUAL(s->ratio, 1.5, 0);
    reading_fini(&r);
    s = read_well(&r, "ports: []");
    CU_ASSERT_EQUAL(s->ports.count, 0);
    reading_fini(&r);
}

static void assert_place(const struct reading *r, const void *member, unsigned line,
                         unsigned column)
{
    struct position at = config_position(&r->config, member);

    CU_ASSERT_STRING_EQUAL(at.file, "/etc/weir/t.yaml");
    CU_ASSERT_EQUAL(at.line, line);
    CU_ASSERT_EQUAL(at.column, column);
}

static void test_positions(void)
{
    struct reading r;
    const struct sample *s = read_well(&r, whole);
    const struct sample_listener *l = s->listeners.items;
    const struct sample_upstream *one = s->upstreams.entries[1].value;
    const struct sample_endpoint *e = one->endpoints.items;

    assert_place(&r, &l[0].address, 2, 14);
    assert_place(&r, &l[1].address, 9, 14);
    /* A default: the object that holds it. */
    assert_place(&r, &l[1].tls, 9, 5);
    assert_place(&r, &l[0].tls->handshake_timeout_ns, 8, 26);
    assert_place(&r, &e->url, 15, 20);
    assert_place(&r, &one->balance, 15, 8);
    assert_place(&r, &s->limits.least, 23, 30);
    assert_place(&r, &s->limits.most, 23, 9);
    assert_place(&r, &s->secret, 1, 1);
    CU_ASSERT_EQUAL(l[1].at.line, 9);
    CU_ASSERT_EQUAL(l[1].at.column, 5);
    CU_ASSERT_EQUAL(s->ports.positions[1].line, 27);
    CU_ASSERT_EQUAL(s->ports.positions[1].column, 12);
    reading_fini(&r);
    s = read_well(&r, "user: x\nroutes: [files: .]\n");
    const struct sample_route *route = s->routes.items;
    const struct setting_chosen *chosen = route->handlers.items;
    const struct sample_files *files = chosen->settings;
    assert_place(&r, &((const struct str *)files->index.items)[1], 2, 17);
    assert_place(&r, &s->ports, 1, 1);
    assert_place(&r, s->ports.items, 1, 1);
    reading_fini(&r);
}

/* What comes from an anchor is where the anchor is. */
static void test_aliases(void)
{
    struct reading r;
    const struct sample *s = read_well(&r, "listeners:\n"
                                           "  - address: &a one\n"
                                           "    tls: &t\n"
                                           "      certificates: [{cert: c, key: k}]\n"
                                           "      handshake_timeout: 1s\n"
                                           "  - {address: *a, tls: *t}\n"
                                           "  - address: three\n"
                                           "    tls:\n"
                                           "      <<: *t\n"
                                           "      handshake_timeout: 2s\n"
                                           "  - address: four\n"
                                           "    tls: {<<: [{handshake_timeout: 3s}, *t]}\n");
    const struct sample_listener *l = s->listeners.items;

    CU_ASSERT_EQUAL_FATAL(s->listeners.count, 4);
    CU_ASSERT(str_eq(l[1].address, STR("one")));
    CU_ASSERT_EQUAL(l[1].tls->handshake_timeout_ns, 1000000000);
    CU_ASSERT_PTR_NOT_EQUAL(l[0].tls, l[1].tls);
    CU_ASSERT_EQUAL(l[2].tls->handshake_timeout_ns, 2000000000);
    CU_ASSERT_EQUAL(l[2].tls->certificates.count, 1);
    CU_ASSERT_EQUAL(l[3].tls->handshake_timeout_ns, 3000000000);
    CU_ASSERT_EQUAL(l[3].tls->certificates.count, 1);
    assert_place(&r, &l[1].address, 2, 14);
    assert_place(&r, &l[2].tls->handshake_timeout_ns, 10, 26);
    reading_fini(&r);
}

static const struct suite_test tests[] = {
    {"values", "objects and lists", test_listeners},
    {"values", "maps and short forms", test_upstreams},
    {"values", "kinds", test_kinds},
    {"values", "scalars", test_plain_members},
    {"values", "defaults", test_defaults},
    {"values", "positions of members", test_positions},
    {"values", "aliases and merged keys", test_aliases},
};

const struct suite_table value_tests = SUITE_TABLE(tests);
