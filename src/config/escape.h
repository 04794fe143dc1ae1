/* escape.h: what JSON says and libyaml cannot hear.
 *
 * JSON writes a character beyond U+FFFF as two escapes, \uD83D\uDE00; libyaml refuses both halves.
 * It also takes U+0085, U+2028 and U+2029 for line breaks, which in JSON and YAML 1.2 they are not.
 * Whether a backslash escapes is known only after parsing (in a comment it does not), so:
 *
 *   text --hide--> each such character becomes a private-use character that occurs nowhere else
 *        --libyaml--> scalars with the right positions, for one character became one character
 *        --show--> pairs decoded in double-quoted scalars, all else as it was written
 *
 * Any thread. */
#ifndef WEIR_CONFIG_ESCAPE_H
#define WEIR_CONFIG_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct buf;

/* What a private-use character stands for. */
enum escape_mark {
    ESCAPE_BACKSLASH, /* of a surrogate's escape */
    ESCAPE_NEL,
    ESCAPE_LS,
    ESCAPE_PS,
    ESCAPE_COUNT_
};

struct escape {
    uint32_t marks[ESCAPE_COUNT_]; /* code points, 0 when nothing was hidden */
};

/* `text` is UTF-8. Gives it back when there is nothing to hide, else what is now in `room` (empty
 * before, able to hold three times as much). ERR_FULL when every private character is in use. */
MUST_USE enum err escape_hide(struct escape *e, struct str text, struct buf *room, struct str *out);

/* `out` is in `arena`, zero-ended. ERR_SYNTAX when it holds half a pair. */
MUST_USE enum err escape_show(const struct escape *e, struct str text, bool is_double_quoted,
                              struct arena *arena, struct str *out);

#endif
