/* tables.h: the tests of metrics/, a table for each file here. */
#ifndef WEIR_UNIT_METRICS_TABLES_H
#define WEIR_UNIT_METRICS_TABLES_H

#include "support/suite.h"

extern const struct suite_table histogram_tests;
extern const struct suite_table metrics_tests;

#endif
