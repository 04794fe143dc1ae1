#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/num.h"
#include "unit/base/tables.h"

struct u64_case {
    struct str text;
    uint64_t max;
    enum err err;
    uint64_t value;
};

static void test_u64(void)
{
    static const struct u64_case cases[] = {
        {STR_LIT("0"), 0, ERR_OK, 0},
        {STR_LIT("007"), 7, ERR_OK, 7},
        {STR_LIT("18446744073709551615"), UINT64_MAX, ERR_OK, UINT64_MAX},
        {STR_LIT("000000000000000000000000000001"), 1, ERR_OK, 1},
        {STR_LIT("18446744073709551616"), UINT64_MAX, ERR_RANGE, 0},
        {STR_LIT("99999999999999999999999"), UINT64_MAX, ERR_RANGE, 0},
        {STR_LIT("65536"), 65535, ERR_RANGE, 0},
        {STR_LIT(""), 9, ERR_SYNTAX, 0},
        {STR_LIT("-1"), 9, ERR_SYNTAX, 0},
        {STR_LIT("+1"), 9, ERR_SYNTAX, 0},
        {STR_LIT(" 1"), 9, ERR_SYNTAX, 0},
        {STR_LIT("1 "), 9, ERR_SYNTAX, 0},
        {STR_LIT("1\0"), 9, ERR_SYNTAX, 0},
        {STR_LIT("0x1"), 9, ERR_SYNTAX, 0},
        {STR_LIT("a"), 9, ERR_SYNTAX, 0},
        {STR_LIT("99999999999999999999999x"), 9, ERR_SYNTAX, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t value = 77;
        CU_ASSERT_EQUAL(num_parse_u64(cases[i].text, cases[i].max, &value), cases[i].err);
        CU_ASSERT_EQUAL(value, cases[i].err == ERR_OK ? cases[i].value : 77);
    }
}

struct i64_case {
    struct str text;
    int64_t min;
    int64_t max;
    enum err err;
    int64_t value;
};

static void test_i64(void)
{
    static const struct i64_case cases[] = {
        {STR_LIT("0"), INT64_MIN, INT64_MAX, ERR_OK, 0},
        {STR_LIT("-0"), INT64_MIN, INT64_MAX, ERR_OK, 0},
        {STR_LIT("-1"), -1, 1, ERR_OK, -1},
        {STR_LIT("9223372036854775807"), INT64_MIN, INT64_MAX, ERR_OK, INT64_MAX},
        {STR_LIT("-9223372036854775808"), INT64_MIN, INT64_MAX, ERR_OK, INT64_MIN},
        {STR_LIT("9223372036854775808"), INT64_MIN, INT64_MAX, ERR_RANGE, 0},
        {STR_LIT("-9223372036854775809"), INT64_MIN, INT64_MAX, ERR_RANGE, 0},
        {STR_LIT("-2"), -1, 1, ERR_RANGE, 0},
        {STR_LIT("2"), -1, 1, ERR_RANGE, 0},
        {STR_LIT(""), -1, 1, ERR_SYNTAX, 0},
        {STR_LIT("-"), -1, 1, ERR_SYNTAX, 0},
        {STR_LIT("--1"), -1, 1, ERR_SYNTAX, 0},
        {STR_LIT("+1"), -1, 1, ERR_SYNTAX, 0},
        {STR_LIT("1-"), -1, 1, ERR_SYNTAX, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct i64_case *c = &cases[i];
        int64_t value = 77;
        CU_ASSERT_EQUAL(num_parse_i64(c->text, c->min, c->max, &value), c->err);
        CU_ASSERT_EQUAL(value, c->err == ERR_OK ? c->value : 77);
    }
}

static void test_hex(void)
{
    static const struct u64_case cases[] = {
        {STR_LIT("0"), 0, ERR_OK, 0},
        {STR_LIT("fF"), 255, ERR_OK, 255},
        {STR_LIT("ffffffffffffffff"), UINT64_MAX, ERR_OK, UINT64_MAX},
        {STR_LIT("10000000000000000"), UINT64_MAX, ERR_RANGE, 0},
        {STR_LIT("100"), 255, ERR_RANGE, 0},
        {STR_LIT(""), 255, ERR_SYNTAX, 0},
        {STR_LIT("0x1"), 255, ERR_SYNTAX, 0},
        {STR_LIT("g"), 255, ERR_SYNTAX, 0},
        {STR_LIT("-1"), 255, ERR_SYNTAX, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t value = 77;
        CU_ASSERT_EQUAL(num_parse_hex(cases[i].text, cases[i].max, &value), cases[i].err);
        CU_ASSERT_EQUAL(value, cases[i].err == ERR_OK ? cases[i].value : 77);
    }
}

static void test_hex_digit(void)
{
    static const char digits[] = "0123456789abcdef";
    for (int c = 0; c < 256; c++) {
        const char *at = c == 0 ? NULL : strchr(digits, str_lower_char((char)c));
        CU_ASSERT_EQUAL(num_hex_digit((char)c), at == NULL ? -1 : (int)(at - digits));
    }
}

struct decimal_case {
    struct str text;
    double value;
};

/* The compiler's own reading of the same digits is the judge. */
static void test_decimal(void)
{
    static const struct decimal_case cases[] = {
        {STR_LIT("0"), 0},
        {STR_LIT("0.000"), 0},
        {STR_LIT("1"), 1},
        {STR_LIT("0.1"), 0.1},
        {STR_LIT("0.3"), 0.3},
        {STR_LIT("00012.5000"), 12.5},
        {STR_LIT("3.14159265358979"), 3.14159265358979},
        {STR_LIT("123456789.125"), 123456789.125},
        {STR_LIT("1000000000000000000000"), 1e21},
        {STR_LIT("0.000000000000000000000000000001"), 1e-30},
        {STR_LIT("1.000000000000000000000000000001"), 1},
        {STR_LIT("0.99999999999999999999999"), 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double value = 77;
        double wanted = cases[i].value;
        CU_ASSERT_EQUAL(num_parse_decimal(cases[i].text, &value), ERR_OK);
        CU_ASSERT_DOUBLE_EQUAL(value, wanted, wanted * 1e-15);
    }
}

static void test_decimal_syntax(void)
{
    static const struct str cases[] = {
        STR_LIT(""),    STR_LIT("."),  STR_LIT("1."),  STR_LIT(".5"),  STR_LIT("1.2.3"),
        STR_LIT("-1"),  STR_LIT("+1"), STR_LIT("1e5"), STR_LIT("inf"), STR_LIT("nan"),
        STR_LIT("1,5"), STR_LIT(" 1"), STR_LIT("1 "),  STR_LIT("0x1"), STR_LIT("1\0"),
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double value = 77;
        CU_ASSERT_EQUAL(num_parse_decimal(cases[i], &value), ERR_SYNTAX);
        CU_ASSERT(value > 76 && value < 78);
    }
}

static void test_decimal_extremes(void)
{
    char digits[401];
    double value = 77;
    memset(digits, '9', sizeof(digits));
    CU_ASSERT_EQUAL(num_parse_decimal(str_of(digits, 300), &value), ERR_OK);
    CU_ASSERT(value > 0.99e300 && value < 1.01e300);
    CU_ASSERT_EQUAL(num_parse_decimal(str_of(digits, 400), &value), ERR_RANGE);
    memset(digits, '0', sizeof(digits));
    digits[1] = '.';
    digits[400] = '1';
    CU_ASSERT_EQUAL(num_parse_decimal(str_of(digits, 401), &value), ERR_OK);
    CU_ASSERT(value >= 0 && value < 1e-300);
}

static void check_format(uint64_t n, const char *wanted)
{
    char out[20];
    size_t len = num_format_u64(n, out);
    CU_ASSERT(str_eq(str_of(out, len), str_from(wanted)));
}

static void test_format(void)
{
    check_format(0, "0");
    check_format(9, "9");
    check_format(10, "10");
    check_format(1234567890, "1234567890");
    check_format(UINT64_MAX, "18446744073709551615");
}

static const struct suite_test tests[] = {
    {"num", "unsigned", test_u64},
    {"num", "signed", test_i64},
    {"num", "hex", test_hex},
    {"num", "hex digits", test_hex_digit},
    {"num", "decimals", test_decimal},
    {"num", "malformed decimals", test_decimal_syntax},
    {"num", "huge and tiny decimals", test_decimal_extremes},
    {"num", "format", test_format},
};

const struct suite_table num_tests = SUITE_TABLE(tests);
