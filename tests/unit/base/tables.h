/* tables.h: the tests of base/, a table for each file here. */
#ifndef WEIR_UNIT_BASE_TABLES_H
#define WEIR_UNIT_BASE_TABLES_H

#include "support/suite.h"

extern const struct suite_table arena_tests;
extern const struct suite_table buf_tests;
extern const struct suite_table check_tests;
extern const struct suite_table clock_tests;
extern const struct suite_table failpoint_tests;
extern const struct suite_table list_tests;
extern const struct suite_table log_tests;
extern const struct suite_table map_tests;
extern const struct suite_table num_tests;
extern const struct suite_table random_tests;
extern const struct suite_table slab_tests;
extern const struct suite_table str_tests;

/* What this binary is when started with the argument "failpoint-child": failpoints read the
 * environment once, so each setting needs a process of its own. */
int failpoint_child(void);

#endif
