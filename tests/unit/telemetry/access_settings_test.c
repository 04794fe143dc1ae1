#include <string.h>

#include <CUnit/CUnit.h>

#include "config/config.h"
#include "config/tablecheck.h"
#include "telemetry/access_log_settings.h"
#include "unit/telemetry/tables.h"

static const struct setting_table *const table = &access_log_settings_table;

static void test_table(void)
{
    struct arena arena;
    struct faults faults;

    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    tablecheck_run(table, &arena, &faults);
    CU_ASSERT_EQUAL(faults.count, 0);
    arena_fini(&arena);
}

static void expect(const char *text, bool is_fine, const struct access_log_settings *wanted)
{
    struct arena arena;
    struct faults faults;
    struct config config;

    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    enum err e =
        config_load_text("/etc/weir/w.yaml", str_from(text), table, &arena, &faults, &config);
    CU_ASSERT_FATAL((e == ERR_OK) == is_fine);
    if (is_fine) {
        const struct access_log_settings *s = config.settings;
        CU_ASSERT(str_eq(s->path, wanted->path));
        CU_ASSERT_EQUAL(s->buffer_bytes, wanted->buffer_bytes);
        CU_ASSERT_EQUAL(s->flush_interval_ns, wanted->flush_interval_ns);
        CU_ASSERT_EQUAL(access_log_settings_is_stdout(s), strstr(text, "- ") != NULL);
    }
    arena_fini(&arena);
}

static void test_values(void)
{
    expect("path: log/a.json", true,
           &(struct access_log_settings){.path = STR("/etc/weir/log/a.json"),
                                         .buffer_bytes = 1048576,
                                         .flush_interval_ns = 200000000});
    expect("{path: \"-\", buffer: 64KiB, flush_interval: 1s} # - ", true,
           &(struct access_log_settings){
               .path = STR("/etc/weir/-"), .buffer_bytes = 65536, .flush_interval_ns = 1000000000});
    expect("{path: a, buffer: 64MiB}", true,
           &(struct access_log_settings){.path = STR("/etc/weir/a"),
                                         .buffer_bytes = 67108864,
                                         .flush_interval_ns = 200000000});
    expect("{buffer: 1MiB}", false, NULL);
    expect("{path: a, buffer: 65535}", false, NULL);
    expect("{path: a, buffer: 67108865}", false, NULL);
    expect("{path: a, flush_interval: 0}", false, NULL);
    expect("{path: a, flush: 1s}", false, NULL);
}

static const struct suite_test tests[] = {
    {"access_log_settings", "follow the rules of tables", test_table},
    {"access_log_settings", "have defaults and bounds", test_values},
};

const struct suite_table access_settings_tests = SUITE_TABLE(tests);
