#include <stdio.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/map.h"
#include "base/random.h"
#include "support/suite.h"
#include "unit/base/tables.h"

/* SipHash-2-4 of the bytes 0, 1, 2, ... under the key 0 to 15, by length, as published by its
 * authors. */
static const uint64_t vectors[64] = {
    0x726fdb47dd0e0e31u, 0x74f839c593dc67fdu, 0x0d6c8009d9a94f5au, 0x85676696d7fb7e2du,
    0xcf2794e0277187b7u, 0x18765564cd99a68du, 0xcbc9466e58fee3ceu, 0xab0200f58b01d137u,
    0x93f5f5799a932462u, 0x9e0082df0ba9e4b0u, 0x7a5dbbc594ddb9f3u, 0xf4b32f46226bada7u,
    0x751e8fbc860ee5fbu, 0x14ea5627c0843d90u, 0xf723ca908e7af2eeu, 0xa129ca6149be45e5u,
    0x3f2acc7f57c29bdbu, 0x699ae9f52cbe4794u, 0x4bc1b3f0968dd39cu, 0xbb6dc91da77961bdu,
    0xbed65cf21aa2ee98u, 0xd0f2cbb02e3b67c7u, 0x93536795e3a33e88u, 0xa80c038ccd5ccec8u,
    0xb8ad50c6f649af94u, 0xbce192de8a85b8eau, 0x17d835b85bbb15f3u, 0x2f2e6163076bcfadu,
    0xde4daaaca71dc9a5u, 0xa6a2506687956571u, 0xad87a3535c49ef28u, 0x32d892fad841c342u,
    0x7127512f72f27cceu, 0xa7f32346f95978e3u, 0x12e0b01abb051238u, 0x15e034d40fa197aeu,
    0x314dffbe0815a3b4u, 0x027990f029623981u, 0xcadcd4e59ef40c4du, 0x9abfd8766a33735cu,
    0x0e3ea96b5304a7d0u, 0xad0c42d6fc585992u, 0x187306c89bc215a9u, 0xd4a60abcf3792b95u,
    0xf935451de4f21df2u, 0xa9538f0419755787u, 0xdb9acddff56ca510u, 0xd06c98cd5c0975ebu,
    0xe612a3cb9ecba951u, 0xc766e62cfcadaf96u, 0xee64435a9752fe72u, 0xa192d576b245165au,
    0x0a8787bf8ecb74b2u, 0x81b3e73d20b49b6fu, 0x7fa8220ba3b2eceau, 0x245731c13ca42499u,
    0xb78dbfaf3a8d83bdu, 0xea1ad565322a1a0bu, 0x60e61c23a3795013u, 0x6606d7e446282b93u,
    0x6ca4ecb15c5f91e1u, 0x9f626da15c9625f3u, 0xe51b38608ef25f57u, 0x958a324ceb064572u,
};

static void test_hash_vectors(void)
{
    static const uint64_t seed[2] = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
    char bytes[64];
    for (size_t len = 0; len < COUNT_OF(vectors); len++) {
        bytes[len] = (char)len;
        CU_ASSERT_EQUAL(map_hash(str_of(bytes, len), seed), vectors[len]);
    }
    CU_ASSERT_EQUAL(map_hash(str_of(NULL, 0), seed), vectors[0]);
}

static void test_put_and_find(void)
{
    int a = 1;
    int b = 2;
    struct map m;
    map_init(&m);
    CU_ASSERT_PTR_NULL(map_find(&m, STR("a")));
    CU_ASSERT_PTR_NULL(map_remove(&m, STR("a")));
    CU_ASSERT_PTR_NULL(map_put(&m, STR("a"), &a));
    CU_ASSERT_PTR_NULL(map_put(&m, STR(""), &b));
    CU_ASSERT_PTR_EQUAL(map_find(&m, STR("a")), &a);
    CU_ASSERT_PTR_EQUAL(map_find(&m, str_of(NULL, 0)), &b);
    CU_ASSERT_PTR_NULL(map_find(&m, STR("A")));
    CU_ASSERT_EQUAL(map_count(&m), 2);
    map_fini(&m);
    CU_ASSERT_EQUAL(map_count(&m), 0);
    CU_ASSERT_PTR_NULL(map_find(&m, STR("a")));
    map_fini(&m);
}

/* The old key may go with the old value. */
static void test_replace(void)
{
    char first[] = "key";
    char second[] = "key";
    struct map m;
    map_init(&m);
    CU_ASSERT_PTR_NULL(map_put(&m, str_from(first), first));
    CU_ASSERT_PTR_EQUAL(map_put(&m, str_from(second), second), first);
    first[0] = 'x';
    CU_ASSERT_PTR_EQUAL(map_find(&m, STR("key")), second);
    CU_ASSERT_EQUAL(map_count(&m), 1);
    map_fini(&m);
}

static void test_remove(void)
{
    char first[] = "key";
    char second[] = "key";
    struct map m;
    map_init(&m);
    map_put(&m, str_from(first), first);
    CU_ASSERT_PTR_EQUAL(map_remove(&m, STR("key")), first);
    CU_ASSERT_PTR_NULL(map_remove(&m, STR("key")));
    CU_ASSERT_PTR_NULL(map_find(&m, STR("key")));
    CU_ASSERT_EQUAL(map_count(&m), 0);
    CU_ASSERT_PTR_NULL(map_put(&m, str_from(second), second));
    CU_ASSERT_PTR_EQUAL(map_find(&m, STR("key")), second);
    map_fini(&m);
}

static void test_order(void)
{
    static const char *const wanted[] = {"b", "d", "a"};
    char names[][2] = {"b", "c", "d", "a"};
    struct map m;
    map_init(&m);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        map_put(&m, str_from(names[i]), names[i]);
    }
    map_put(&m, STR("b"), names[0]);
    map_remove(&m, STR("c"));
    const struct map_entry *entry;
    size_t i;
    size_t n = 0;
    MAP_EACH(entry, i, &m) {
        CU_ASSERT(str_eq(entry->key, str_from(wanted[n])));
        n++;
    }
    CU_ASSERT_EQUAL(n, COUNT_OF(wanted));
    map_fini(&m);
}

static void test_remove_while_iterating(void)
{
    char names[20][4];
    struct map m;
    map_init(&m);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(names[i], sizeof(names[i]), "n%zu", i);
        map_put(&m, str_from(names[i]), names[i]);
    }
    const struct map_entry *entry;
    size_t i;
    size_t n = 0;
    MAP_EACH(entry, i, &m) {
        CU_ASSERT_PTR_EQUAL(entry->value, names[n]);
        CU_ASSERT_PTR_EQUAL(map_remove(&m, entry->key), names[n]);
        n++;
    }
    CU_ASSERT_EQUAL(n, COUNT_OF(names));
    CU_ASSERT_EQUAL(map_count(&m), 0);
    map_fini(&m);
}

/* Coming and going must not make it grow: removed entries are swept. */
static void test_churn_stays_small(void)
{
    char name[16] = "";
    struct map m;
    map_init(&m);
    for (size_t i = 0; i < 10000; i++) {
        snprintf(name, sizeof(name), "%zu", i);
        map_put(&m, str_from(name), name);
        CU_ASSERT_FATAL(map_remove(&m, str_from(name)) == name);
    }
    CU_ASSERT(m.cap <= 16);
    map_fini(&m);
}

static void put_null(void *ctx)
{
    map_put(ctx, STR("a"), NULL);
}

static void test_null_value(void)
{
    struct map m;
    map_init(&m);
    CU_ASSERT(suite_aborts(put_null, &m));
    map_fini(&m);
}

static void test_seeds_differ(void)
{
    int x = 0;
    struct map a;
    struct map b;
    map_init(&a);
    map_init(&b);
    map_put(&a, STR("k"), &x);
    map_put(&b, STR("k"), &x);
    CU_ASSERT(a.seed[0] != b.seed[0] && a.seed[1] != b.seed[1]);
    map_fini(&a);
    map_fini(&b);
}

/* --- Against a model: names in order of insertion, in an array searched from the front --- */

#define NAMES 150

struct model {
    struct map map;
    size_t order[NAMES]; /* indices of names */
    size_t count;
    /* Each name twice, so that a replacement has another value */
    char names[NAMES][2][8];
    unsigned twin[NAMES]; /* which of the two is in */
};

static size_t find_in_model(const struct model *m, size_t name)
{
    size_t at = 0;
    while (at < m->count && m->order[at] != name) {
        at++;
    }
    return at;
}

static void put_both(struct model *m, size_t name)
{
    size_t at = find_in_model(m, name);
    char *replaced = at < m->count ? m->names[name][m->twin[name]] : NULL;
    m->twin[name] ^= 1;
    char *value = m->names[name][m->twin[name]];
    CU_ASSERT_FATAL(map_put(&m->map, str_from(value), value) == replaced);
    if (at == m->count) {
        m->order[m->count++] = name;
    }
}

static void remove_both(struct model *m, size_t name)
{
    size_t at = find_in_model(m, name);
    char *value = at < m->count ? m->names[name][m->twin[name]] : NULL;
    CU_ASSERT_FATAL(map_remove(&m->map, str_from(m->names[name][0])) == value);
    if (value != NULL) {
        memmove(&m->order[at], &m->order[at + 1], (m->count - at - 1) * sizeof(m->order[0]));
        m->count--;
    }
}

static void compare_one(struct model *m, size_t name)
{
    size_t at = find_in_model(m, name);
    char *value = at < m->count ? m->names[name][m->twin[name]] : NULL;
    CU_ASSERT_FATAL(map_find(&m->map, str_from(m->names[name][0])) == value);
}

static void compare_all(struct model *m)
{
    const struct map_entry *entry;
    size_t i;
    size_t n = 0;
    MAP_EACH(entry, i, &m->map) {
        CU_ASSERT_FATAL(n < m->count);
        size_t name = m->order[n++];
        CU_ASSERT_FATAL(entry->value == m->names[name][m->twin[name]]);
        CU_ASSERT_FATAL(entry->key.p == m->names[name][m->twin[name]]);
    }
    CU_ASSERT_FATAL(n == m->count && map_count(&m->map) == n);
}

/* `bias` of 10 steps add, so that the map swells and shrinks. */
static void take_steps(struct model *m, struct random *r, unsigned steps, unsigned bias)
{
    for (unsigned i = 0; i < steps; i++) {
        size_t name = random_below(r, NAMES);
        if (random_below(r, 10) < bias) {
            put_both(m, name);
        } else {
            remove_both(m, name);
        }
        compare_one(m, random_below(r, NAMES));
    }
    compare_all(m);
}

static void test_against_model(void)
{
    struct random r;
    random_init(&r, 20261123);
    for (size_t round = 0; round < 20; round++) {
        struct model m = {.count = 0};
        map_init(&m.map);
        for (size_t i = 0; i < NAMES; i++) {
            snprintf(m.names[i][0], sizeof(m.names[i][0]), "n%zu", i);
            snprintf(m.names[i][1], sizeof(m.names[i][1]), "n%zu", i);
        }
        for (size_t phase = 0; phase < 12; phase++) {
            take_steps(&m, &r, 200, (unsigned)random_below(&r, 11));
        }
        map_fini(&m.map);
    }
}

static const struct suite_test tests[] = {
    {"map", "SipHash-2-4 vectors", test_hash_vectors},
    {"map", "put and find", test_put_and_find},
    {"map", "replace", test_replace},
    {"map", "remove", test_remove},
    {"map", "order of insertion", test_order},
    {"map", "remove while iterating", test_remove_while_iterating},
    {"map", "churn stays small", test_churn_stays_small},
    {"map", "NULL is no value", test_null_value},
    {"map", "seeds differ", test_seeds_differ},
    {"map", "random steps against a model", test_against_model},
};

const struct suite_table map_tests = SUITE_TABLE(tests);
