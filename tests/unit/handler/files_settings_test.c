#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "config/config.h"
#include "config/tablecheck.h"
#include "handler/files.h"
#include "handler/files_settings.h"
#include "unit/handler/tables.h"

struct lab {
    struct arena arena;
    struct faults faults;
    struct config config;
};

/* NULL when there were faults. */
static const struct files_settings *read_settings(struct lab *l, const char *text)
{
    arena_init(&l->arena, NULL, NULL, NULL, 0);
    faults_init(&l->faults, &l->arena);
    enum err err =
        config_load_text("/srv/weir.yaml", str_from(text), files_handler_kind.setting.table,
                         &l->arena, &l->faults, &l->config);
    return err == ERR_OK && l->faults.count == 0 ? l->config.settings : NULL;
}

static void test_defaults(void)
{
    static const char *const texts[] = {"site", "root: site", "{\"root\": \"/srv/site\"}"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct lab l;
        const struct files_settings *s = read_settings(&l, texts[i]);
        MUST(s != NULL);
        CU_ASSERT_TRUE(str_eq(s->root, STR("/srv/site")));
        CU_ASSERT_EQUAL(s->index.count, 1);
        CU_ASSERT_TRUE(str_eq(((const struct str *)s->index.items)[0], STR("index.html")));
        CU_ASSERT_EQUAL(s->keep_max, 262144);
        CU_ASSERT_EQUAL(s->keep_total, 64u << 20);
        CU_ASSERT_EQUAL(s->recheck_ns, 1000000000);
        CU_ASSERT_EQUAL(s->hidden, FILES_HIDDEN_REFUSE);
        CU_ASSERT_EQUAL(s->links, FILES_LINKS_WITHIN_ROOT);
        CU_ASSERT_TRUE(str_eq(s->charset, STR("utf-8")));
        arena_fini(&l.arena);
    }
}

static void test_faults(void)
{
    static const char *const texts[] = {
        "index: a.html",
        "{root: a, index: [a/b]}",
        "{root: a, index: ['..']}",
        "{root: a, index: ['']}",
        "{root: a, charset: 'utf 8'}",
        "{root: a, hidden: maybe}",
        "{root: a, links: anywhere}",
        "{root: a, keep_max: 1GiB}",
        "{root: a, unknown: 1}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct lab l;
        CU_ASSERT_PTR_NULL(read_settings(&l, texts[i]));
        CU_ASSERT_EQUAL(l.faults.count, 1);
        arena_fini(&l.arena);
    }
}

static void test_no_root(void)
{
    struct lab l;
    struct handler *handler = NULL;
    const struct files_settings *s = read_settings(&l, "/nowhere/at/all");
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    const struct stage_builder b = {.arena = &l.arena, .faults = &l.faults};
    CU_ASSERT_EQUAL(files_handler_kind.make(&b, s, &handler), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(l.faults.count, 1);
    arena_fini(&l.arena);
}

static void test_table(void)
{
    struct arena a;
    struct faults faults;
    arena_init(&a, NULL, NULL, NULL, 0);
    faults_init(&faults, &a);
    tablecheck_run(files_handler_kind.setting.table, &a, &faults);
    CU_ASSERT_EQUAL(faults.count, 0);
    arena_fini(&a);
}

static const struct suite_test tests[] = {
    {"files settings", "has a sound table", test_table},
    {"files settings", "has defaults", test_defaults},
    {"files settings", "finds faults", test_faults},
    {"files settings", "says when there is no root", test_no_root},
};

const struct suite_table files_settings_tests = SUITE_TABLE(tests);
