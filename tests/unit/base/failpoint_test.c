#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "unit/base/tables.h"

#ifdef WEIR_SANITIZED

static void test_arm(void)
{
    failpoint_arm(FAILPOINT_READ, 3);
    CU_ASSERT_EQUAL(failpoint_seen(FAILPOINT_READ), 0);
    CU_ASSERT(!failpoint_hit(FAILPOINT_READ));
    CU_ASSERT(!failpoint_hit(FAILPOINT_WRITE));
    CU_ASSERT(!failpoint_hit(FAILPOINT_READ));
    CU_ASSERT(failpoint_hit(FAILPOINT_READ));
    CU_ASSERT(!failpoint_hit(FAILPOINT_READ));
    CU_ASSERT_EQUAL(failpoint_seen(FAILPOINT_READ), 4);
    failpoint_arm(FAILPOINT_READ, 1);
    CU_ASSERT(failpoint_hit(FAILPOINT_READ));
    failpoint_arm(FAILPOINT_READ, 0);
    CU_ASSERT(!failpoint_hit(FAILPOINT_READ));
}

int failpoint_child(void)
{
    for (int i = 1; i <= 5; i++) {
        failpoint_hit(FAILPOINT_ACCEPT);
        if (failpoint_hit(FAILPOINT_WRITE)) {
            fprintf(stderr, "write %d failed\n", i);
        }
    }
    return EXIT_SUCCESS;
}

/* This binary, with WEIR_FAIL set: what it says on standard error, and how it ends. */
static int run_child(char *setting, char *said, size_t said_size)
{
    int fds[2];
    pid_t child;
    int status = 0;
    char *args[] = {(char[]){"base_tests"}, (char[]){"failpoint-child"}, NULL};
    char *env[] = {setting, NULL};
    posix_spawn_file_actions_t actions;
    CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[1], STDERR_FILENO);
    CU_ASSERT_EQUAL_FATAL(posix_spawn(&child, "/proc/self/exe", &actions, NULL, args, env), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(fds[1]);
    FILE *pipe_end = fdopen(fds[0], "r");
    said[fread(said, 1, said_size - 1, pipe_end)] = '\0';
    fclose(pipe_end);
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    return status;
}

static void test_environment(void)
{
    char said[1000];
    char fourth[] = "WEIR_FAIL=write:4";
    CU_ASSERT_EQUAL(run_child(fourth, said, sizeof(said)), 0);
    CU_ASSERT_STRING_EQUAL(said, "write 4 failed\nfailpoint write: 5 operations\n");
    char beyond[] = "WEIR_FAIL=accept:6";
    CU_ASSERT_EQUAL(run_child(beyond, said, sizeof(said)), 0);
    CU_ASSERT_STRING_EQUAL(said, "failpoint accept: 5 operations\n");
    char unset[] = "WEIR_OTHER=1";
    CU_ASSERT_EQUAL(run_child(unset, said, sizeof(said)), 0);
    CU_ASSERT_STRING_EQUAL(said, "");
}

static void test_malformed_environment(void)
{
    static const char *const settings[] = {"WEIR_FAIL=", "WEIR_FAIL=write",
                                           "WEIR_FAIL=write:", "WEIR_FAIL=write:x",
                                           "WEIR_FAIL=writes:1"};
    char said[1000];
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        char setting[40];
        snprintf(setting, sizeof(setting), "%s", settings[i]);
        CU_ASSERT_NOT_EQUAL(run_child(setting, said, sizeof(said)), 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(said, "failpoint.c"));
    }
}

static const struct suite_test tests[] = {
    {"failpoint", "armed by hand", test_arm},
    {"failpoint", "armed by the environment", test_environment},
    {"failpoint", "malformed environment", test_malformed_environment},
};

#else

int failpoint_child(void)
{
    return EXIT_FAILURE;
}

static void test_never(void)
{
    for (int i = 0; i < FAILPOINT_COUNT_; i++) {
        CU_ASSERT(!failpoint_hit((enum failpoint)i));
    }
}

static const struct suite_test tests[] = {
    {"failpoint", "never in a release", test_never},
};

#endif

const struct suite_table failpoint_tests = SUITE_TABLE(tests);
