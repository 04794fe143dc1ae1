/* tables.h: the tests of telemetry/, a table for each file here. */
#ifndef WEIR_UNIT_TELEMETRY_TABLES_H
#define WEIR_UNIT_TELEMETRY_TABLES_H

#include "support/suite.h"

extern const struct suite_table access_line_tests;
extern const struct suite_table access_log_tests;
extern const struct suite_table access_ring_tests;
extern const struct suite_table access_settings_tests;
extern const struct suite_table access_stress_tests;
extern const struct suite_table json_text_tests;

#endif
