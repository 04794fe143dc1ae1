/* json_text.h: text of unknown origin as the inside of a JSON string, in plain ASCII.
 *
 * Printable ASCII stands as it is, but for '"' and '\', which get a '\'. All else is \uXXXX:
 * controls, DEL, and every character beyond ASCII (two of them beyond U+FFFF, RFC 8259 section 7).
 * A byte that is not UTF-8 becomes the character of its number, \u0080 to \u00ff, so that it can
 * still be read. Thus no client can end a string or a line, move a terminal's cursor or turn its
 * text around, and a line is valid JSON whatever was sent. Any thread. */
#ifndef WEIR_TELEMETRY_JSON_TEXT_H
#define WEIR_TELEMETRY_JSON_TEXT_H

#include <stddef.h>

#include "base/str.h"

/* Stands at the end of a text that was cut: an ellipsis, "\u2026". */
#define JSON_TEXT_CUT_LEN 6

/* Writes at most `max` bytes, at least JSON_TEXT_CUT_LEN, to `dst`; where they end. No quotes, no
 * zero byte. A longer text is cut between characters and marked. */
char *json_text_put(char *dst, struct str text, size_t max);

#endif
