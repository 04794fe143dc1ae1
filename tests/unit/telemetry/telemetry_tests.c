#include <signal.h>

#include "base/check.h"
#include "unit/telemetry/tables.h"

int main(void)
{
    const struct suite_table tables[] = {
        json_text_tests,   access_settings_tests, access_ring_tests,
        access_line_tests, access_log_tests,      access_stress_tests,
    };
    /* As the server does. */
    MUST(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    return suite_run_all(tables, COUNT_OF(tables));
}
