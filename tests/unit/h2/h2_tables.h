/* h2_tables.h: the tests of h2/, a table for each file here, and what they share. */
#ifndef WEIR_UNIT_H2_H2_TABLES_H
#define WEIR_UNIT_H2_H2_TABLES_H

#include <stdbool.h>

#include "support/suite.h"

extern const struct suite_table h2_bounds_tests;
extern const struct suite_table h2_end_tests;
extern const struct suite_table h2_exchange_tests;
extern const struct suite_table h2_fail_tests;
extern const struct suite_table h2_flood_tests;
extern const struct suite_table h2_flow_tests;
extern const struct suite_table h2_garbage_tests;
extern const struct suite_table h2_laws_tests;
extern const struct suite_table h2_malformed_tests;
extern const struct suite_table h2_memory_tests;
extern const struct suite_table h2_priority_tests;
extern const struct suite_table h2_settings_tests;
extern const struct suite_table h2_time_tests;

/* Asserts `holds`; when it does not, `row` says which row of a table it was. */
void row_holds(bool holds, const char *row);

#endif
