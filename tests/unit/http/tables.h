/* tables.h: the tests of http/, a table for each file here, and what they share. */
#ifndef WEIR_UNIT_HTTP_TABLES_H
#define WEIR_UNIT_HTTP_TABLES_H

#include <stdbool.h>

#include "base/str.h"
#include "support/suite.h"

extern const struct suite_table accept_tests;
extern const struct suite_table authority_tests;
extern const struct suite_table conditional_tests;
extern const struct suite_table date_tests;
extern const struct suite_table error_page_tests;
extern const struct suite_table etag_tests;
extern const struct suite_table exchange_tests;
extern const struct suite_table field_id_tests;
extern const struct suite_table fields_tests;
extern const struct suite_table method_tests;
extern const struct suite_table pipe_tests;
extern const struct suite_table query_tests;
extern const struct suite_table range_tests;
extern const struct suite_table request_id_tests;
extern const struct suite_table status_tests;
extern const struct suite_table uri_tests;

/* Asserts `holds`; when it does not, `row` says which row of a table it was. */
void row_holds(bool holds, struct str row);

#endif
