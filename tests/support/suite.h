/* suite.h: runs a room's CUnit tests. A test binary is a table and a main:
 *
 *   static const struct suite_test tests[] = {
 *       {"str", "cuts at the first separator", test_cut},
 *   };
 *
 *   int main(void)
 *   {
 *       return suite_run(tests, COUNT_OF(tests));
 *   }
 *
 * Neighbouring rows of the same suite name form one suite. A room whose tests stand in several
 * files gives one table a file, and their list to suite_run_all. */
#ifndef WEIR_SUPPORT_SUITE_H
#define WEIR_SUPPORT_SUITE_H

#include <stdbool.h>
#include <stddef.h>

struct suite_test {
    const char *suite;
    const char *name;
    void (*run)(void);
};

struct suite_table {
    const struct suite_test *tests;
    size_t count;
};

#define SUITE_TABLE(tests)                        \
    {                                             \
        (tests), sizeof(tests) / sizeof(*(tests)) \
    }

/* Runs all, prints CUnit's summary; what main returns: 0 when all passed. */
int suite_run(const struct suite_test *tests, size_t count);
int suite_run_all(const struct suite_table *tables, size_t count);

/* Whether `run(ctx)` aborts, as a broken MUST does. Runs it in a child process. */
bool suite_aborts(void (*run)(void *ctx), void *ctx);

#endif
