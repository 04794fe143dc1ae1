/* date.h: HTTP dates (RFC 9110, section 5.6.7), to the second, always GMT. Locale and time zone do
 * not matter. Any thread. */
#ifndef WEIR_HTTP_DATE_H
#define WEIR_HTTP_DATE_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define DATE_LEN 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* Writes `unix_s`, seconds since 1970, as an IMF-fixdate; no zero byte. Times outside the years 0
 * to 9999 are moved to the nearest one inside. */
void date_format(int64_t unix_s, char out[static DATE_LEN]);

/* Reads any of the three forms: IMF-fixdate, RFC 850's, asctime's. `now_s` settles two-digit years:
 * one more than 50 years ahead is in the past. The day's name must be one, but is not compared with
 * the date. ERR_SYNTAX; ERR_RANGE for a day or an hour that does not exist. */
MUST_USE enum err date_parse(struct str text, int64_t now_s, int64_t *unix_s);

#endif
