/* utf8.h: UTF-8, byte by byte (RFC 3629, section 4): overlong forms, surrogates and what is beyond
 * U+10FFFF are invalid. Any thread. */
#ifndef WEIR_HTTP_UTF8_H
#define WEIR_HTTP_UTF8_H

#include <stdbool.h>

/* What must follow: `left` more bytes, the next of them in [low, high]. Begins as {0}. */
struct utf8 {
    unsigned left;
    unsigned low;
    unsigned high;
};

static inline bool utf8_begin(struct utf8 *u, unsigned c)
{
    if (c < 0x80) {
        return true;
    }
    if (c < 0xc2 || c > 0xf4) {
        return false;
    }
    u->left = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    u->low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    u->high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    return true;
}

/* False when `c`, a byte, cannot come now. A text is whole when `left` is 0. */
static inline bool utf8_take(struct utf8 *u, unsigned c)
{
    if (u->left == 0) {
        return utf8_begin(u, c);
    }
    if (c < u->low || c > u->high) {
        return false;
    }
    *u = (struct utf8){.left = u->left - 1, .low = 0x80, .high = 0xbf};
    return true;
}

#endif
