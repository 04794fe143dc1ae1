#include "base/check.h"
#include "unit/handler/tables.h"

int main(void)
{
    const struct suite_table tables[] = {
        files_tests,          files_change_tests, files_cold_tests, files_crowd_tests,
        files_settings_tests, mime_tests,         respond_tests,
    };
    return suite_run_all(tables, COUNT_OF(tables));
}
