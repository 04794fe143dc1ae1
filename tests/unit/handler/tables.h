/* tables.h: the tests of handler/, a table for each file here. */
#ifndef WEIR_UNIT_HANDLER_TABLES_H
#define WEIR_UNIT_HANDLER_TABLES_H

#include "support/suite.h"

extern const struct suite_table files_change_tests;
extern const struct suite_table files_cold_tests;
extern const struct suite_table files_crowd_tests;
extern const struct suite_table files_settings_tests;
extern const struct suite_table files_tests;
extern const struct suite_table mime_tests;
extern const struct suite_table respond_tests;

#endif
