#include <stdlib.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "config/nearest.h"
#include "config/unit.h"
#include "unit/config/tables.h"

struct unit_case {
    struct str text;
    enum err err;
    uint64_t value;
    const char *back; /* NULL: the text itself */
};

static void test_durations(void)
{
    static const struct unit_case cases[] = {
        {STR_LIT("0"), ERR_OK, 0, NULL},
        {STR_LIT("0s"), ERR_OK, 0, "0"},
        {STR_LIT("1ns"), ERR_OK, 1, NULL},
        {STR_LIT("100us"), ERR_OK, 100000, NULL},
        {STR_LIT("250ms"), ERR_OK, 250000000, NULL},
        {STR_LIT("5s"), ERR_OK, 5000000000, NULL},
        {STR_LIT("90s"), ERR_OK, 90000000000, NULL},
        {STR_LIT("120s"), ERR_OK, 120000000000, "2m"},
        {STR_LIT("1.5s"), ERR_OK, 1500000000, "1500ms"},
        {STR_LIT("1h"), ERR_OK, 3600000000000, NULL},
        {STR_LIT("24h"), ERR_OK, 86400000000000, "1d"},
        {STR_LIT("18446744073709551615ns"), ERR_OK, UINT64_MAX, NULL},
        {STR_LIT("18446744073709551616ns"), ERR_RANGE, 0, NULL},
        {STR_LIT("18446744074s"), ERR_RANGE, 0, NULL},
        {STR_LIT("99999999999999999999.5s"), ERR_RANGE, 0, NULL},
        {STR_LIT("5"), ERR_NOT_FOUND, 0, NULL},
        {STR_LIT("0.5"), ERR_NOT_FOUND, 0, NULL},
        {STR_LIT("5S"), ERR_UNSUPPORTED, 0, NULL},
        {STR_LIT("5 s"), ERR_UNSUPPORTED, 0, NULL},
        {STR_LIT("5s5"), ERR_UNSUPPORTED, 0, NULL},
        {STR_LIT("s"), ERR_SYNTAX, 0, NULL},
        {STR_LIT("-5s"), ERR_SYNTAX, 0, NULL},
        {STR_LIT("1.2.3s"), ERR_SYNTAX, 0, NULL},
        {STR_LIT(".s"), ERR_SYNTAX, 0, NULL},
        {STR_LIT(""), ERR_SYNTAX, 0, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t value = 0;
        char back[UNIT_TEXT_MAX];
        enum err e = unit_parse_duration(cases[i].text, &value);
        CU_ASSERT_EQUAL(e, cases[i].err);
        if (e == ERR_OK) {
            CU_ASSERT_EQUAL(value, cases[i].value);
            unit_format_duration(value, back);
            CU_ASSERT_STRING_EQUAL(back, cases[i].back != NULL ? cases[i].back : cases[i].text.p);
        }
    }
}

static void test_sizes(void)
{
    static const struct unit_case cases[] = {
        {STR_LIT("0"), ERR_OK, 0, NULL},
        {STR_LIT("1B"), ERR_OK, 1, NULL},
        {STR_LIT("64KiB"), ERR_OK, 65536, NULL},
        {STR_LIT("1MiB"), ERR_OK, 1048576, NULL},
        {STR_LIT("1.5MiB"), ERR_OK, 1572864, "1536KiB"},
        {STR_LIT("10GB"), ERR_OK, 10000000000, "9765625KiB"},
        {STR_LIT("1001B"), ERR_OK, 1001, NULL},
        {STR_LIT("1KB"), ERR_OK, 1000, "1000B"},
        {STR_LIT("2TiB"), ERR_OK, 2199023255552, NULL},
        {STR_LIT("99TB"), ERR_OK, 99000000000000, "96679687500KiB"},
        {STR_LIT("16777216TiB"), ERR_RANGE, 0, NULL},
        {STR_LIT("64"), ERR_NOT_FOUND, 0, NULL},
        {STR_LIT("64kib"), ERR_UNSUPPORTED, 0, NULL},
        {STR_LIT("KiB"), ERR_SYNTAX, 0, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t value = 0;
        char back[UNIT_TEXT_MAX];
        enum err e = unit_parse_size(cases[i].text, &value);
        CU_ASSERT_EQUAL(e, cases[i].err);
        if (e == ERR_OK) {
            CU_ASSERT_EQUAL(value, cases[i].value);
            unit_format_size(value, back);
            CU_ASSERT_STRING_EQUAL(back, cases[i].back != NULL ? cases[i].back : cases[i].text.p);
        }
    }
}

struct share_case {
    struct str text;
    enum err err;
    double value;
};

static void test_percents(void)
{
    static const struct share_case cases[] = {
        {STR_LIT("20%"), ERR_OK, 0.2},         {STR_LIT("0%"), ERR_OK, 0},
        {STR_LIT("100%"), ERR_OK, 1},          {STR_LIT("7%"), ERR_OK, 0.07},
        {STR_LIT("0.1%"), ERR_OK, 0.001},      {STR_LIT("12.5%"), ERR_OK, 0.125},
        {STR_LIT("150%"), ERR_OK, 1.5},        {STR_LIT("20"), ERR_NOT_FOUND, 0},
        {STR_LIT("20pc"), ERR_UNSUPPORTED, 0}, {STR_LIT("%"), ERR_SYNTAX, 0},
        {STR_LIT("-1%"), ERR_SYNTAX, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double value = 0;
        char back[UNIT_TEXT_MAX];
        enum err e = unit_parse_percent(cases[i].text, &value);
        CU_ASSERT_EQUAL(e, cases[i].err);
        if (e == ERR_OK) {
            CU_ASSERT_DOUBLE_EQUAL(value, cases[i].value, 0);
            unit_format_percent(value, back);
            CU_ASSERT_STRING_EQUAL(back, cases[i].text.p);
        }
    }
}

static void test_numbers(void)
{
    static const double numbers[] = {0, 1, 0.1, 0.3, 1.5, 1e-9, 123456.789, 1e15, 1.0 / 3};

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        char text[UNIT_TEXT_MAX];
        unit_format_number(numbers[i], text);
        double back = strtod(text, NULL);
        CU_ASSERT_DOUBLE_EQUAL(back, numbers[i], 0);
    }
}

static void test_tiny_numbers(void)
{
    char text[UNIT_TEXT_MAX];

    unit_format_number(1e-35, text);
    CU_ASSERT_STRING_EQUAL(text, "0");
    unit_format_number(1.04e-29, text);
    CU_ASSERT_STRING_EQUAL(text, "0.00000000000000000000000000001");
}

static struct str nearest_of(const char *word)
{
    static const struct str known[] = {STR_LIT("certificates"), STR_LIT("key"), STR_LIT("keys"),
                                       STR_LIT("idle_timeout")};
    struct nearest n;

    nearest_init(&n, str_from(word));
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        nearest_offer(&n, known[i]);
    }
    return n.best;
}

static void test_nearest(void)
{
    CU_ASSERT(str_eq(nearest_of("certificats"), STR("certificates")));
    CU_ASSERT(str_eq(nearest_of("Idle-Timeout"), STR("idle_timeout")));
    CU_ASSERT(str_eq(nearest_of("idletimeout"), STR("idle_timeout")));
    CU_ASSERT(str_eq(nearest_of("kye"), STR("key")));
    CU_ASSERT(str_eq(nearest_of("keyz"), STR("key")));
    CU_ASSERT(str_is_empty(nearest_of("cat")));
    CU_ASSERT(str_is_empty(nearest_of("certain")));
    CU_ASSERT(str_is_empty(nearest_of("")));
    CU_ASSERT(str_is_empty(
        nearest_of("certificatescertificatescertificatescertificatescertificatescertificates")));
}

static const struct suite_test tests[] = {
    {"unit", "durations both ways", test_durations},
    {"unit", "sizes both ways", test_sizes},
    {"unit", "percentages both ways", test_percents},
    {"unit", "numbers read back to the same", test_numbers},
    {"unit", "numbers too small for thirty decimals", test_tiny_numbers},
    {"nearest", "the word most like it", test_nearest},
};

const struct suite_table unit_tests = SUITE_TABLE(tests);
