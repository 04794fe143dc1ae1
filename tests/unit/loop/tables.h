/* tables.h: the tests of loop/, a table for each file here. */
#ifndef WEIR_UNIT_LOOP_TABLES_H
#define WEIR_UNIT_LOOP_TABLES_H

#include "support/suite.h"

extern const struct suite_table cpus_tests;
extern const struct suite_table mailbox_tests;
extern const struct suite_table offload_tests;
extern const struct suite_table timer_tests;
extern const struct suite_table turn_tests;
extern const struct suite_table worker_tests;

#endif
