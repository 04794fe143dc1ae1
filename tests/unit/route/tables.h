/* tables.h: the tests of route/, a table for each file here. */
#ifndef WEIR_UNIT_ROUTE_TABLES_H
#define WEIR_UNIT_ROUTE_TABLES_H

#include "support/suite.h"

extern const struct suite_table match_tests;
extern const struct suite_table pattern_tests;
extern const struct suite_table route_fault_tests;
extern const struct suite_table router_tests;
extern const struct suite_table snapshot_tests;

#endif
