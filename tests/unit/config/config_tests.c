#include "base/check.h"
#include "unit/config/tables.h"

int main(void)
{
    const struct suite_table tables[] = {
        unit_tests,  rows_tests,   value_tests,  json_tests,
        fault_tests, syntax_tests, bounds_tests, effective_tests,
    };
    return suite_run_all(tables, COUNT_OF(tables));
}
