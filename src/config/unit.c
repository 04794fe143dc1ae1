#include "config/unit.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/check.h"
#include "base/num.h"

struct unit {
    struct str name;
    uint64_t factor;
};

/* Largest first: formatting takes the first that divides. */
static const struct unit durations[] = {
    {STR_LIT("d"), 86400000000000},
    {STR_LIT("h"), 3600000000000},
    {STR_LIT("m"), 60000000000},
    {STR_LIT("s"), 1000000000},
    {STR_LIT("ms"), 1000000},
    {STR_LIT("us"), 1000},
    {STR_LIT("ns"), 1},
};

static const struct unit sizes[] = {
    {STR_LIT("TiB"), 1099511627776},
    {STR_LIT("GiB"), 1073741824},
    {STR_LIT("MiB"), 1048576},
    {STR_LIT("KiB"), 1024},
    {STR_LIT("B"), 1},
    {STR_LIT("TB"), 1000000000000},
    {STR_LIT("GB"), 1000000000},
    {STR_LIT("MB"), 1000000},
    {STR_LIT("KB"), 1000},
};

/* The digits and the point in front; `rest` is what follows. */
static struct str cut_number(struct str s, struct str *rest)
{
    size_t len = 0;

    while (len < s.len && ((s.p[len] >= '0' && s.p[len] <= '9') || s.p[len] == '.')) {
        len++;
    }
    *rest = str_skip(s, len);
    return str_head(s, len);
}

/* Whole numbers stay exact; only a fraction goes through floating point. */
static enum err multiply(struct str number, uint64_t factor, uint64_t *out)
{
    uint64_t whole = 0;
    double fraction = 0;
    enum err e = num_parse_u64(number, UINT64_MAX, &whole);

    if (e == ERR_OK) {
        return __builtin_mul_overflow(whole, factor, out) ? ERR_RANGE : ERR_OK;
    }
    if (e == ERR_RANGE) {
        return e;
    }
    e = num_parse_decimal(number, &fraction);
    if (e != ERR_OK) {
        return e;
    }
    fraction = fraction * (double)factor + 0.5;
    if (fraction >= 18446744073709551615.0) {
        return ERR_RANGE;
    }
    *out = (uint64_t)fraction;
    return ERR_OK;
}

static enum err parse_with(const struct unit *units, size_t count, struct str s, uint64_t *out)
{
    struct str unit;
    struct str number = cut_number(s, &unit);

    if (str_is_empty(number)) {
        return ERR_SYNTAX;
    }
    if (str_is_empty(unit)) {
        enum err e = multiply(number, 1, out);
        return e == ERR_OK && *out != 0 ? ERR_NOT_FOUND : e;
    }
    for (size_t i = 0; i < count; i++) {
        if (str_eq(unit, units[i].name)) {
            return multiply(number, units[i].factor, out);
        }
    }
    return ERR_UNSUPPORTED;
}

enum err unit_parse_duration(struct str s, uint64_t *out)
{
    return parse_with(durations, COUNT_OF(durations), s, out);
}

enum err unit_parse_size(struct str s, uint64_t *out)
{
    return parse_with(sizes, COUNT_OF(sizes), s, out);
}

enum err unit_parse_percent(struct str s, double *out)
{
    struct str unit;
    struct str number = cut_number(s, &unit);
    double percent = 0;
    enum err e = num_parse_decimal(number, &percent);

    if (e != ERR_OK) {
        return e;
    }
    if (!str_eq(unit, STR("%"))) {
        return str_is_empty(unit) ? ERR_NOT_FOUND : ERR_UNSUPPORTED;
    }
    *out = percent / 100;
    return ERR_OK;
}

static void format_with(const struct unit *units, uint64_t n, char out[static UNIT_TEXT_MAX])
{
    while (n % units->factor != 0) {
        units++;
    }
    uint64_t shown = n / units->factor;
    (void)snprintf(out, UNIT_TEXT_MAX, "%" PRIu64 "%s", shown, n == 0 ? "" : units->name.p);
}

void unit_format_duration(uint64_t ns, char out[static UNIT_TEXT_MAX])
{
    format_with(durations, ns, out);
}

void unit_format_size(uint64_t bytes, char out[static UNIT_TEXT_MAX])
{
    format_with(sizes, bytes, out);
}

static void strip_zeros(char *decimal)
{
    size_t len = strlen(decimal);

    while (decimal[len - 1] == '0') {
        len--;
    }
    decimal[decimal[len - 1] == '.' ? len - 1 : len] = '\0';
}

/* `shown` as text that, divided by `divisor`, is exactly `n`; as few decimals as that takes. What
 * needs more than 30 is rounded. */
static void format_decimal(double shown, double n, double divisor, char out[static UNIT_TEXT_MAX])
{
    for (int decimals = 0; decimals <= 30; decimals++) {
        double back = 0;
        (void)snprintf(out, UNIT_TEXT_MAX, "%.*f", decimals, shown);
        if (num_parse_decimal(str_from(out), &back) == ERR_OK && back / divisor == n) {
            return;
        }
    }
    strip_zeros(out);
}

void unit_format_percent(double share, char out[static UNIT_TEXT_MAX])
{
    char digits[UNIT_TEXT_MAX];

    format_decimal(share * 100, share, 100, digits);
    (void)snprintf(out, UNIT_TEXT_MAX, "%.*s%%", UNIT_TEXT_MAX - 2, digits);
}

void unit_format_number(double n, char out[static UNIT_TEXT_MAX])
{
    format_decimal(n, n, 1, out);
}
