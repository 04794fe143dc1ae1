#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <CUnit/CUnit.h>

#include "base/account.h"
#include "base/check.h"
#include "base/err.h"
#include "unit/base/tables.h"

struct thing {
    uint32_t magic;
    int inner;
};

static void break_must(void *ctx)
{
    MUST(ctx == NULL);
}

static void check_object(void *ctx)
{
    struct thing *thing = ctx;
    OBJ_CHECK(thing, 0x1234u);
}

static void test_must(void)
{
    struct thing thing = {.magic = 0x1234u};
    MUST(thing.magic == 0x1234u);
    CU_ASSERT(suite_aborts(break_must, &thing));
    CU_ASSERT(!suite_aborts(break_must, NULL));
}

static void test_magic(void)
{
    struct thing thing = {.magic = 0x1234u};
    CU_ASSERT(!suite_aborts(check_object, &thing));
    CU_ASSERT(suite_aborts(check_object, NULL));
    thing.magic = 0x4321u;
    CU_ASSERT(suite_aborts(check_object, &thing));
}

#ifdef WEIR_SANITIZED

static void doubt_always(void *ctx)
{
    (void)ALWAYS(ctx == NULL);
}

static void doubt_never(void *ctx)
{
    (void)NEVER(ctx != NULL);
}

static void test_doubts(void)
{
    int x = 0;
    CU_ASSERT(ALWAYS(true) && !NEVER(false));
    CU_ASSERT_EQUAL(check_doubts(), 0);
    CU_ASSERT(suite_aborts(doubt_always, &x) && !suite_aborts(doubt_always, NULL));
    CU_ASSERT(suite_aborts(doubt_never, &x) && !suite_aborts(doubt_never, NULL));
}

#else

static void test_doubts(void)
{
    CU_ASSERT(ALWAYS(true) && !NEVER(false));
    CU_ASSERT_EQUAL(check_doubts(), 0);
    CU_ASSERT(!ALWAYS(false));
    CU_ASSERT(NEVER(true));
    CU_ASSERT_EQUAL(check_doubts(), 2);
}

#endif

static void test_container(void)
{
    struct thing thing;
    CU_ASSERT_PTR_EQUAL(CONTAINER_OF(&thing.inner, struct thing, inner), &thing);
}

/* How many errors have this text. */
static int count_text(const char *text)
{
    int count = 0;
    for (int i = 0; i < ERR_COUNT_; i++) {
        count += strcmp(err_text((enum err)i), text) == 0;
    }
    return count;
}

static void test_err_texts(void)
{
    for (int i = 0; i < ERR_COUNT_; i++) {
        CU_ASSERT_EQUAL(count_text(err_text((enum err)i)), 1);
    }
    CU_ASSERT_EQUAL(count_text("unknown error"), 0);
    CU_ASSERT_STRING_EQUAL(err_text(ERR_COUNT_), "unknown error");
}

static void test_err_from_errno(void)
{
    CU_ASSERT_EQUAL(err_from_errno(0), ERR_OK);
    CU_ASSERT_EQUAL(err_from_errno(EAGAIN), ERR_AGAIN);
    CU_ASSERT_EQUAL(err_from_errno(ENOENT), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(err_from_errno(EADDRINUSE), ERR_EXISTS);
    CU_ASSERT_EQUAL(err_from_errno(EACCES), ERR_DENIED);
    CU_ASSERT_EQUAL(err_from_errno(ECONNRESET), ERR_RESET);
    CU_ASSERT_EQUAL(err_from_errno(ETIMEDOUT), ERR_TIMEOUT);
    CU_ASSERT_EQUAL(err_from_errno(EMFILE), ERR_FULL);
    CU_ASSERT_EQUAL(err_from_errno(EIO), ERR_IO);
    CU_ASSERT_EQUAL(err_from_errno(-1), ERR_IO);
}

static void test_account(void)
{
    struct account worker;
    struct account connection;
    account_init(&worker, NULL);
    account_init(&connection, &worker);
    account_charge(&worker, 50);
    account_charge(&connection, 100);
    account_release(&connection, 40);
    CU_ASSERT_EQUAL(connection.used, 60);
    CU_ASSERT_EQUAL(connection.peak, 100);
    CU_ASSERT_EQUAL(worker.used, 110);
    CU_ASSERT_EQUAL(worker.peak, 150);
    account_charge(&connection, 30);
    CU_ASSERT_EQUAL(connection.peak, 100);
    account_charge(NULL, 10);
    account_release(NULL, 10);
}

static const struct suite_test tests[] = {
    {"check", "MUST", test_must},
    {"check", "magic words", test_magic},
    {"check", "ALWAYS and NEVER", test_doubts},
    {"check", "CONTAINER_OF", test_container},
    {"err", "texts", test_err_texts},
    {"err", "from errno", test_err_from_errno},
    {"account", "charge and release", test_account},
};

const struct suite_table check_tests = SUITE_TABLE(tests);
