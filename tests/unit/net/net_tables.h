/* net_tables.h: the tests of net/, a table for each file here. */
#ifndef WEIR_UNIT_NET_NET_TABLES_H
#define WEIR_UNIT_NET_NET_TABLES_H

#include "support/suite.h"

extern const struct suite_table address_tests;
extern const struct suite_table listener_tests;
extern const struct suite_table net_settings_tests;
extern const struct suite_table spread_tests;
extern const struct suite_table stream_tests;
extern const struct suite_table tls_cert_tests;
extern const struct suite_table tls_context_tests;
extern const struct suite_table tls_ticket_tests;

#endif
