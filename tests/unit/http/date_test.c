#include <stdlib.h>
#include <time.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/date.h"
#include "unit/http/tables.h"

#define NOW 1795442706 /* 2026-11-23 */

static struct str format(int64_t at, char room[static DATE_LEN])
{
    date_format(at, room);
    return str_of(room, DATE_LEN);
}

static const struct {
    const char *text;
    int64_t at;
} known[] = {
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
    {"Tue, 29 Feb 2000 23:59:59 GMT", 951868799},
    {"Wed, 01 Mar 2000 00:00:00 GMT", 951868800},
    {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
    {"Tue, 19 Jan 2038 03:14:08 GMT", 2147483648},
    {"Mon, 01 Mar 2100 00:00:00 GMT", 4107542400},
    {"Sun, 28 Feb 2100 23:59:59 GMT", 4107542399},
    {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
    {"Sat, 01 Jan 0000 00:00:00 GMT", -62167219200},
};

static void test_known(void)
{
    char room[DATE_LEN];
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct str text = str_from(known[i].text);
        int64_t at = 1;
        row_holds(str_eq(format(known[i].at, room), text), text);
        row_holds(date_parse(text, NOW, &at) == ERR_OK && at == known[i].at, text);
    }
}

static void test_ends(void)
{
    char room[DATE_LEN];
    const int64_t last = INT64_MAX;
    const int64_t first = INT64_MIN;
    CU_ASSERT(str_eq(format(last, room), STR("Fri, 31 Dec 9999 23:59:59 GMT")));
    CU_ASSERT(str_eq(format(first, room), STR("Sat, 01 Jan 0000 00:00:00 GMT")));
}

/* Beside the C library's own, over four hundred years and more. */
static void test_against_libc(void)
{
    for (int64_t at = -3000000000; at < 12000000000; at += 86400 * 3 + 4567) {
        char ours[DATE_LEN];
        char theirs[64];
        time_t t = (time_t)at;
        struct tm tm;
        gmtime_r(&t, &tm);
        strftime(theirs, sizeof(theirs), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        struct str text = format(at, ours);
        int64_t back = 0;
        if (!str_eq(text, str_from(theirs)) || date_parse(text, NOW, &back) != ERR_OK ||
            back != at) {
            row_holds(false, str_from(theirs));
        }
    }
    CU_ASSERT(true);
}

static void test_other_forms(void)
{
    static const struct {
        const char *text;
        int64_t at;
    } rows[] = {
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Wed Nov 16 08:49:37 1994", 784975777},
        {"Wednesday, 16-Nov-94 08:49:37 GMT", 784975777},
        {"Saturday, 01-Jan-00 00:00:00 GMT", 946684800},
        /* 50 years ahead is in the future, 51 are in the past */
        {"Monday, 23-Nov-76 00:00:00 GMT", 3373315200},
        {"Wednesday, 23-Nov-77 00:00:00 GMT", 249091200},
        {"Friday, 31-Dec-99 23:59:59 GMT", 946684799},
        /* A leap second */
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
        /* The wrong day of the week is not our business */
        {"Mon, 06 Nov 1994 08:49:37 GMT", 784111777},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str text = str_from(rows[i].text);
        int64_t at = 1;
        row_holds(date_parse(text, NOW, &at) == ERR_OK && at == rows[i].at, text);
    }
}

static void test_bad(void)
{
    static const char *const rows[] = {
        "",
        ",",
        "Sun",
        "Sun,",
        "0",
        "784111777",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sux, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 19940 08:49:37 GMT",
        "Sun, 06  Nov 1994 08:49:37 GMT",
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        "Sun, 0x Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 32 Dec 1994 08:49:37 GMT",
        "Sun, 29 Feb 1999 08:49:37 GMT",
        "Sun, 29 Feb 2100 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37",
        "Sunday, 06 Nov 94 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Someday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  16 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov  6 08:49:37 94",
        "Sunday Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str text = str_from(rows[i]);
        int64_t at = 42;
        row_holds(date_parse(text, NOW, &at) != ERR_OK && at == 42, text);
    }
}

/* Every beginning of a good date is a bad one, read from memory that ends there. */
static void test_cut_off(void)
{
    static const char *const whole[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                        "Sunday, 06-Nov-94 08:49:37 GMT",
                                        "Sun Nov  6 08:49:37 1994"};
    for (size_t i = 0; i < COUNT_OF(whole); i++) {
        for (size_t len = 0; len < strlen(whole[i]); len++) {
            char *exact = malloc(len + 1);
            memcpy(exact + 1, whole[i], len);
            int64_t at;
            row_holds(date_parse(str_of(exact + 1, len), NOW, &at) == ERR_SYNTAX,
                      str_of(whole[i], len));
            free(exact);
        }
    }
}

static const struct suite_test tests[] = {
    {"date", "known dates both ways", test_known},
    {"date", "beyond the ends", test_ends},
    {"date", "agrees with the C library", test_against_libc},
    {"date", "the obsolete forms", test_other_forms},
    {"date", "what is no date", test_bad},
    {"date", "dates cut off", test_cut_off},
};
const struct suite_table date_tests = SUITE_TABLE(tests);
