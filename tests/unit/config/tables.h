/* tables.h: the tests of config/, a table for each file here. */
#ifndef WEIR_UNIT_CONFIG_TABLES_H
#define WEIR_UNIT_CONFIG_TABLES_H

#include "support/suite.h"

extern const struct suite_table bounds_tests;
extern const struct suite_table effective_tests;
extern const struct suite_table fault_tests;
extern const struct suite_table json_tests;
extern const struct suite_table rows_tests;
extern const struct suite_table syntax_tests;
extern const struct suite_table unit_tests;
extern const struct suite_table value_tests;

#endif
