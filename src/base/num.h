/* num.h: numbers from text, checked; whole text or nothing. Any thread. */
#ifndef WEIR_BASE_NUM_H
#define WEIR_BASE_NUM_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* Decimal digits only (no sign, no space, at least one digit). ERR_SYNTAX, or ERR_RANGE over `max`.
 */
MUST_USE enum err num_parse_u64(struct str s, uint64_t max, uint64_t *out);

/* As above with an optional leading '-'. ERR_RANGE outside [min, max]. */
MUST_USE enum err num_parse_i64(struct str s, int64_t min, int64_t max, int64_t *out);

/* Digits, optionally '.' and digits; no exponent, sign, inf or nan. ERR_SYNTAX, or ERR_RANGE when
 * no double is as large. Locale does not matter; the last bit may differ from the nearest. */
MUST_USE enum err num_parse_decimal(struct str s, double *out);

/* Hex digits only. ERR_SYNTAX, or ERR_RANGE over `max`. */
MUST_USE enum err num_parse_hex(struct str s, uint64_t max, uint64_t *out);

/* Value of one hex digit, or -1. */
int num_hex_digit(char c);

/* Decimal digits of `n` into `out` (20 bytes suffice); the number of digits. No zero byte. */
size_t num_format_u64(uint64_t n, char out[static 20]);

#endif
