#include "telemetry/json_text.h"

#include "http/utf8.h"

/* Most texts have nothing to escape: they are looked at and copied eight bytes at a time. */

#define ONES       0x0101010101010101ull
#define HIGHS      0x8080808080808080ull
#define UNIT_MAX   12 /* bytes: a pair of \uXXXX */
#define BEYOND_BMP 0x10000u

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The high bit of some byte is set where a byte is zero; exact as long as one only asks whether
 * any. */
static uint64_t mark_zero(uint64_t eight)
{
    return (eight - ONES) & ~eight & HIGHS;
}

static bool is_plain_8(uint64_t eight)
{
    uint64_t low = (eight - ONES * 0x20) & ~eight & HIGHS;
    return ((eight & HIGHS) | low | mark_zero(eight ^ (ONES * '"')) |
            mark_zero(eight ^ (ONES * '\\')) | mark_zero(eight ^ (ONES * 0x7f))) == 0;
}

/* Copies up to the first byte that is to be escaped; the number of bytes. */
static size_t copy_plain(char *dst, struct str text)
{
    size_t i = 0;
    uint64_t eight;

    while (text.len - i >= sizeof(eight)) {
        memcpy(&eight, text.p + i, sizeof(eight));
        if (!is_plain_8(eight)) {
            break;
        }
        memcpy(dst + i, &eight, sizeof(eight));
        i += sizeof(eight);
    }
    while (i < text.len && is_plain((unsigned char)text.p[i])) {
        dst[i] = text.p[i];
        i++;
    }
    return i;
}

/* The character at the front of `text`, which is not empty, and its length. */
static unsigned decode(struct str text, size_t *len)
{
    unsigned char first = (unsigned char)text.p[0];
    struct utf8 state = {0};
    unsigned code = first;
    size_t i = 0;

    do {
        unsigned char c = i < text.len ? (unsigned char)text.p[i] : 0xff; /* never in UTF-8 */
        if (!utf8_take(&state, c)) {
            *len = 1;
            return first;
        }
        code = i == 0 ? c & (0x7fu >> state.left) : code << 6 | (c & 0x3fu);
        i++;
    } while (state.left > 0);
    *len = i;
    return code;
}

static size_t put_u(char *dst, unsigned code)
{
    static const char digits[] = "0123456789abcdef";
    dst[0] = '\\';
    dst[1] = 'u';
    for (unsigned i = 0; i < 4; i++) {
        dst[2 + i] = digits[code >> (12 - 4 * i) & 15];
    }
    return 6;
}

/* The character at the front of `text`, as it is to be written, and how many bytes it took there.
 */
static size_t put_unit(char dst[static UNIT_MAX], struct str text, size_t *len)
{
    unsigned code = decode(text, len);

    if (code == '"' || code == '\\') {
        dst[0] = '\\';
        dst[1] = (char)code;
        return 2;
    }
    if (code < 0x7f && is_plain((unsigned char)code)) {
        dst[0] = (char)code;
        return 1;
    }
    if (code < BEYOND_BMP) {
        return put_u(dst, code);
    }
    code -= BEYOND_BMP;
    (void)put_u(dst, 0xd800u | code >> 10);
    return 6 + put_u(dst + 6, 0xdc00u | (code & 0x3ffu));
}

/* `cut` is where the marker goes if it turns out not to fit. */
static char *put_carefully(char *dst, struct str text, size_t max)
{
    char *end = dst + max;
    char *cut = dst;
    char unit[UNIT_MAX];
    size_t taken = 0;

    while (text.len > 0) {
        size_t len = put_unit(unit, text, &taken);
        if (len > (size_t)(end - dst)) {
            return cut + put_u(cut, 0x2026);
        }
        memcpy(dst, unit, len);
        dst += len;
        if (end - dst >= JSON_TEXT_CUT_LEN) {
            cut = dst;
        }
        text = str_skip(text, taken);
    }
    return dst;
}

char *json_text_put(char *dst, struct str text, size_t max)
{
    if (text.len <= max && copy_plain(dst, text) == text.len) {
        return dst + text.len;
    }
    return put_carefully(dst, text, max);
}
