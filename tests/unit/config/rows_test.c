#include <stdio.h>

#include <CUnit/CUnit.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "config/faults.h"
#include "config/setting.h"
#include "config/tablecheck.h"
#include "unit/config/sample.h"
#include "unit/config/tables.h"

struct wrong {
    int64_t number;
    uint64_t time_ns;
    struct setting_list list;
};

static void assert_table(const struct setting_table *table, const char *expected)
{
    struct arena arena;
    struct faults faults;
    struct buf out;

    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    buf_init(&out, 4096);
    tablecheck_run(table, &arena, &faults);
    CU_ASSERT_EQUAL(faults_print(&faults, &out), ERR_OK);
    CU_ASSERT(str_eq(buf_str(&out), str_from(expected)));
    if (!str_eq(buf_str(&out), str_from(expected))) {
        CU_ASSERT_EQUAL(fwrite(out.data, 1, out.len, stderr), out.len);
    }
    buf_fini(&out);
    arena_fini(&arena);
}

static void assert_row(struct setting row, const char *expected)
{
    const struct setting_table table = {
        .name = "t", .meaning = "m", .size = sizeof(struct wrong), .rows = &row, .count = 1};
    assert_table(&table, expected);
}

static void test_rows(void)
{
    struct setting row = {.name = "n",
                          .type = SETTING_INT,
                          SETTING_MEMBER(struct wrong, number),
                          .default_text = "5",
                          .max = 9,
                          .meaning = "m"};
    assert_row(row, "");
    row.max = 4;
    assert_row(row, "t: row 'n' has a default that '5' is out of bounds; from 0 to 4\n");
    row.min = 5;
    assert_row(row, "t: row 'n' has bounds that nothing meets\n");
    row.min = 0;
    row.default_text = NULL;
    assert_row(row, "t: row 'n' has no default and is not required\n");
    row.is_required = true;
    assert_row(row, "");
    row.default_text = "1";
    assert_row(row, "t: row 'n' has a default and is required\n");
    row.is_required = false;
    row.type = SETTING_BOOL;
    row.default_text = "true";
    assert_row(row, "t: row 'n' has a member of another size\n");
    row.type = SETTING_INT;
    row.default_text = "1";
    row.offset = sizeof(struct wrong);
    assert_row(row, "t: row 'n' lies outside its struct\n");
    row.offset = 0;
    row.meaning = NULL;
    assert_row(row, "t: row 'n' tells no meaning\n");
    row.type = SETTING_ENUM;
    assert_row(row, "t: row 'n' names no choices\n");
    row.type = SETTING_OBJECT;
    assert_row(row, "t: row 'n' names no table\n");
    row.type = SETTING_KINDS;
    assert_row(row, "t: row 'n' names no kinds\n");
    row.type = SETTING_LIST;
    row.item = SETTING_MAP;
    assert_row(row, "t: row 'n' has items that are neither scalars nor objects\n");
}

static void test_tables(void)
{
    /* clang-format off */
    const struct setting rows[] = {
        {.name = "n", .type = SETTING_INT, SETTING_MEMBER(struct wrong, number),
         .default_text = "5", .meaning = "m"},
        {.name = "n", .type = SETTING_DURATION, SETTING_MEMBER(struct wrong, time_ns),
         .default_text = "5s", .meaning = "m"},
        {.name = "l", .type = SETTING_LIST, .item = SETTING_INT,
         SETTING_MEMBER(struct wrong, list), .default_text = "1, 2", .meaning = "m"},
    };
    /* clang-format on */
    struct setting_table table = {.name = "t",
                                  .size = sizeof(struct wrong),
                                  .rows = rows,
                                  .count = COUNT_OF(rows),
                                  .shorthand = "x"};
    assert_table(&table, "t: row '?' knows key 'n' twice\n"
                         "t: row '?' knows key 'n' twice\n"
                         "t: row '?' is named by the short form, but is not there\n");
}

static void test_sample(void)
{
    assert_table(&sample_table, "");
}

static const struct suite_test tests[] = {
    {"rows", "wrong rows", test_rows},
    {"rows", "wrong tables", test_tables},
    {"rows", "the sample", test_sample},
};

const struct suite_table rows_tests = SUITE_TABLE(tests);
