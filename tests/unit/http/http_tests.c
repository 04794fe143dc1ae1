#include <stdio.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/http/tables.h"

void row_holds(bool holds, struct str row)
{
    if (!holds) {
        printf("\n      row: %.*s\n", STR_ARGS(row));
    }
    CU_ASSERT(holds);
}

int main(void)
{
    const struct suite_table tables[] = {
        accept_tests,     authority_tests, conditional_tests, date_tests,
        error_page_tests, etag_tests,      field_id_tests,    fields_tests,
        method_tests,     query_tests,     range_tests,       request_id_tests,
        status_tests,     uri_tests,       pipe_tests,        exchange_tests,
    };
    return suite_run_all(tables, COUNT_OF(tables));
}
