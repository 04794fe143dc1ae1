#include <string.h>

#include <CUnit/CUnit.h>

#include "base/arena.h"
#include "base/check.h"
#include "config/config.h"
#include "config/faults.h"
#include "config/tablecheck.h"
#include "h2/h2_settings.h"
#include "unit/h2/h2_tables.h"

static void test_table(void)
{
    struct arena arena;
    struct faults faults;

    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    tablecheck_run(&h2_settings_table, &arena, &faults);
    CU_ASSERT_EQUAL(faults.count, 0);
    arena_fini(&arena);
}

/* Two places say what the defaults are; they must not drift apart. */
static void test_defaults(void)
{
    struct arena arena;
    struct faults faults;
    struct config config = {0};
    struct h2_settings expected;

    memset(&expected, 0, sizeof(expected));
    h2_settings_init(&expected);
    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    CU_ASSERT_EQUAL_FATAL(
        config_load_text("h2.yaml", STR("{}"), &h2_settings_table, &arena, &faults, &config),
        ERR_OK);
    CU_ASSERT_EQUAL(memcmp(config.settings, &expected, sizeof(expected)), 0);
    arena_fini(&arena);
}

static const struct suite_test tests[] = {
    {"h2 settings", "have a table without faults", test_table},
    {"h2 settings", "have the same defaults with and without a file", test_defaults},
};

const struct suite_table h2_settings_tests = SUITE_TABLE(tests);
