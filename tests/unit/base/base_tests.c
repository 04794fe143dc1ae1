#include <string.h>

#include "base/check.h"
#include "unit/base/tables.h"

int main(int argc, char **argv)
{
    const struct suite_table tables[] = {
        check_tests, list_tests, str_tests, num_tests,   random_tests, clock_tests,
        buf_tests,   slab_tests, map_tests, arena_tests, log_tests,    failpoint_tests,
    };
    if (argc > 1 && strcmp(argv[1], "failpoint-child") == 0) {
        return failpoint_child();
    }
    return suite_run_all(tables, COUNT_OF(tables));
}
