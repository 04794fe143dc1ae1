#include <stdio.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/h2/h2_tables.h"

void row_holds(bool holds, const char *row)
{
    if (!holds) {
        printf("\n      row: %s\n", row);
    }
    CU_ASSERT(holds);
}

int main(void)
{
    const struct suite_table tables[] = {
        h2_exchange_tests, h2_laws_tests,     h2_malformed_tests, h2_bounds_tests, h2_flood_tests,
        h2_flow_tests,     h2_priority_tests, h2_time_tests,      h2_end_tests,    h2_garbage_tests,
        h2_memory_tests,   h2_settings_tests, h2_fail_tests,
    };
    return suite_run_all(tables, COUNT_OF(tables));
}
