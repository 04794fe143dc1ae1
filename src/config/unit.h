/* unit.h: numbers with units, from text and back: 250ms, 64KiB, 20%. Any thread.
 *
 * All parsers: ERR_SYNTAX when it is no number, ERR_NOT_FOUND when the unit is missing,
 * ERR_UNSUPPORTED when the unit is unknown, ERR_RANGE when 64 bits do not hold it. */
#ifndef WEIR_CONFIG_UNIT_H
#define WEIR_CONFIG_UNIT_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define UNIT_TEXT_MAX 64 /* bytes, with the zero byte */

/* Nanoseconds from us, ms, s, m, h, d; 0 needs no unit. */
MUST_USE enum err unit_parse_duration(struct str s, uint64_t *out);

/* Bytes from B, KB, MB, GB, TB (thousands), KiB, MiB, GiB, TiB (1024s); 0 needs no unit. */
MUST_USE enum err unit_parse_size(struct str s, uint64_t *out);

/* 20% is 0.2. */
MUST_USE enum err unit_parse_percent(struct str s, double *out);

/* What reads back to the same, in the largest unit that divides it; zero-ended. */
void unit_format_duration(uint64_t ns, char out[static UNIT_TEXT_MAX]);
void unit_format_size(uint64_t bytes, char out[static UNIT_TEXT_MAX]);
void unit_format_percent(double share, char out[static UNIT_TEXT_MAX]);
void unit_format_number(double n, char out[static UNIT_TEXT_MAX]);

#endif
