#include "base/check.h"
#include "unit/net/net_tables.h"

int main(void)
{
    const struct suite_table tables[] = {
        address_tests, net_settings_tests, spread_tests,      listener_tests,
        stream_tests,  tls_cert_tests,     tls_context_tests, tls_ticket_tests,
    };
    return suite_run_all(tables, COUNT_OF(tables));
}
