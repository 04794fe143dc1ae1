#include "base/check.h"
#include "unit/metrics/tables.h"

int main(void)
{
    const struct suite_table tables[] = {histogram_tests, metrics_tests};
    return suite_run_all(tables, COUNT_OF(tables));
}
