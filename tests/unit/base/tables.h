/* tables.h: the tests of base/, a table for each file here. */
#ifndef WEIR_UNIT_BASE_TABLES_H
#define WEIR_UNIT_BASE_TABLES_H

#include "support/suite.h"

extern const struct suite_table str_tests;

#endif
