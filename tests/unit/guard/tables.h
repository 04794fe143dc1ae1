/* tables.h: the tests of guard/, a table for each file here. */
#ifndef WEIR_UNIT_GUARD_TABLES_H
#define WEIR_UNIT_GUARD_TABLES_H

#include "support/suite.h"

extern const struct suite_table limits_tests;

#endif
