#include "base/num.h"

#include <float.h>
#include <stdbool.h>

/* Any 18 digits fit into 63 bits; what follows them is below a double's precision. */
#define DECIMAL_DIGITS 18

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int num_hex_digit(char c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    c = str_lower_char(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Syntax is judged over the whole text before range, so that "99999999999999999999x" is malformed,
 * not too large. */
static enum err parse(struct str s, unsigned base, uint64_t max, uint64_t *out)
{
    uint64_t n = 0;
    bool too_large = false;
    if (s.len == 0) {
        return ERR_SYNTAX;
    }
    for (size_t i = 0; i < s.len; i++) {
        int digit = num_hex_digit(s.p[i]);
        if (digit < 0 || (unsigned)digit >= base) {
            return ERR_SYNTAX;
        }
        too_large = too_large || __builtin_mul_overflow(n, base, &n) ||
                    __builtin_add_overflow(n, (uint64_t)digit, &n);
    }
    if (too_large || n > max) {
        return ERR_RANGE;
    }
    *out = n;
    return ERR_OK;
}

enum err num_parse_u64(struct str s, uint64_t max, uint64_t *out)
{
    return parse(s, 10, max, out);
}

enum err num_parse_hex(struct str s, uint64_t max, uint64_t *out)
{
    return parse(s, 16, max, out);
}

enum err num_parse_i64(struct str s, int64_t min, int64_t max, int64_t *out)
{
    bool negative = s.len > 0 && s.p[0] == '-';
    uint64_t bound = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t magnitude;
    enum err e = parse(negative ? str_skip(s, 1) : s, 10, bound, &magnitude);
    if (e != ERR_OK) {
        return e;
    }
    /* Minus one before and after: the magnitude of INT64_MIN does not fit into int64_t. */
    int64_t n = negative && magnitude > 0 ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    if (n < min || n > max) {
        return ERR_RANGE;
    }
    *out = n;
    return ERR_OK;
}

/* The significant digits of a decimal number: digits * 10^exponent. */
struct decimal {
    uint64_t digits;
    unsigned count; /* of them, leading zeros apart */
    long exponent;
};

static void add_digit(struct decimal *d, char c, bool in_fraction)
{
    if (d->count == DECIMAL_DIGITS) {
        d->exponent += in_fraction ? 0 : 1;
        return;
    }
    d->digits = d->digits * 10 + (uint64_t)(c - '0');
    d->count += d->digits > 0 ? 1 : 0;
    d->exponent -= in_fraction ? 1 : 0;
}

static enum err add_digits(struct decimal *d, struct str s, bool in_fraction)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_digit(s.p[i])) {
            return ERR_SYNTAX;
        }
        add_digit(d, s.p[i], in_fraction);
    }
    return s.len > 0 ? ERR_OK : ERR_SYNTAX;
}

/* Powers of ten up to 10^22 are exact doubles: up to there a scaled number is rounded only once
 * more than its digits were. */
#define EXACT_POWER 22

static double scale(double n, long exponent)
{
    static const double powers[EXACT_POWER + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    };
    while (exponent > EXACT_POWER && n > 0 && n <= DBL_MAX) {
        n *= powers[EXACT_POWER];
        exponent -= EXACT_POWER;
    }
    while (exponent < -EXACT_POWER && n > 0) {
        n /= powers[EXACT_POWER];
        exponent += EXACT_POWER;
    }
    if (n <= 0 || n > DBL_MAX) {
        return n;
    }
    return exponent < 0 ? n / powers[-exponent] : n * powers[exponent];
}

enum err num_parse_decimal(struct str s, double *out)
{
    struct decimal d = {0};
    struct str fraction;
    struct str whole = str_cut(s, '.', &fraction);
    enum err e = add_digits(&d, whole, false);
    if (e == ERR_OK && whole.len < s.len) {
        e = add_digits(&d, fraction, true);
    }
    if (e != ERR_OK) {
        return e;
    }
    double n = scale((double)d.digits, d.exponent);
    if (n > DBL_MAX) {
        return ERR_RANGE;
    }
    *out = n;
    return ERR_OK;
}

size_t num_format_u64(uint64_t n, char out[static 20])
{
    char reversed[20];
    size_t len = 0;
    do {
        reversed[len++] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    for (size_t i = 0; i < len; i++) {
        out[i] = reversed[len - 1 - i];
    }
    return len;
}
