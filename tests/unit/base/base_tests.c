#include "base/check.h"
#include "unit/base/tables.h"

int main(void)
{
    const struct suite_table tables[] = {
        str_tests,
    };
    return suite_run_all(tables, COUNT_OF(tables));
}
