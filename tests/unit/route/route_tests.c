#include "base/check.h"
#include "unit/route/tables.h"

int main(void)
{
    const struct suite_table tables[] = {
        pattern_tests, match_tests, route_fault_tests, snapshot_tests, router_tests,
    };
    return suite_run_all(tables, COUNT_OF(tables));
}
