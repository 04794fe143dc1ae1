#include "support/suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CUnit/Basic.h>

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "suite: %s: %s\n", what, CU_get_error_msg());
    abort();
}

static void add_table(const struct suite_test *tests, size_t count)
{
    CU_pSuite suite = NULL;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(tests[i].suite, tests[i - 1].suite) != 0) {
            suite = CU_add_suite(tests[i].suite, NULL, NULL);
        }
        if (suite == NULL || CU_add_test(suite, tests[i].name, tests[i].run) == NULL) {
            give_up(tests[i].name);
        }
    }
}

/* A run of no assertions proves nothing and fails. */
static int judge(void)
{
    if (CU_get_number_of_asserts() == 0 || CU_get_number_of_tests_run() == 0) {
        fputs("suite: nothing was tested\n", stderr);
        return EXIT_FAILURE;
    }
    return CU_get_number_of_failures() == 0 && CU_get_number_of_suites_failed() == 0 ? EXIT_SUCCESS
                                                                                     : EXIT_FAILURE;
}

int suite_run_all(const struct suite_table *tables, size_t count)
{
    /* Else a crash takes what was printed before it along */
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (CU_initialize_registry() != CUE_SUCCESS) {
        give_up("no registry");
    }
    for (size_t i = 0; i < count; i++) {
        add_table(tables[i].tests, tables[i].count);
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    if (CU_basic_run_tests() != CUE_SUCCESS) {
        give_up("run");
    }
    int result = judge();
    CU_cleanup_registry();
    return result;
}

int suite_run(const struct suite_test *tests, size_t count)
{
    struct suite_table table = {tests, count};
    return suite_run_all(&table, 1);
}

/* What it says while dying would look like a failure in the log, and its core is of no use. */
static _Noreturn void run_quietly(void (*run)(void *ctx), void *ctx)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDERR_FILENO);
    }
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    run(ctx);
    _exit(EXIT_SUCCESS);
}

bool suite_aborts(void (*run)(void *ctx), void *ctx)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        run_quietly(run, ctx);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("suite: child");
        abort();
    }
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}
