#include "base/check.h"
#include "unit/loop/tables.h"

int main(void)
{
    const struct suite_table tables[] = {
        cpus_tests, timer_tests, mailbox_tests, turn_tests, worker_tests, offload_tests,
    };
    return suite_run_all(tables, COUNT_OF(tables));
}
