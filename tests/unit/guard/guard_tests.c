#include "base/check.h"
#include "unit/guard/tables.h"

int main(void)
{
    const struct suite_table tables[] = {limits_tests};
    return suite_run_all(tables, COUNT_OF(tables));
}
