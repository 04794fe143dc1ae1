#include "config/escape.h"

#include "base/buf.h"
#include "base/num.h"

/* Three bytes each in UTF-8. */
#define PRIVATE_FIRST 0xE000u
#define PRIVATE_COUNT 6400u
#define MARK_LEN      3
#define ESCAPE_LEN    6 /* \uD83D */

static const struct str originals[ESCAPE_COUNT_] = {
    [ESCAPE_BACKSLASH] = STR_LIT("\\"),
    [ESCAPE_NEL] = STR_LIT("\xC2\x85"),
    [ESCAPE_LS] = STR_LIT("\xE2\x80\xA8"),
    [ESCAPE_PS] = STR_LIT("\xE2\x80\xA9"),
};

/* The value of `digits` hex digits after `s`'s first two characters, 0 when they are not there. */
static uint32_t hex_after(struct str s, size_t digits)
{
    uint64_t n = 0;
    struct str hex = str_head(str_skip(s, 2), digits);

    if (hex.len < digits || num_parse_hex(hex, UINT32_MAX, &n) != ERR_OK) {
        return 0;
    }
    return (uint32_t)n;
}

/* The code unit that an escape at `s` writes, 0 when there is none. */
static uint32_t escaped_unit(struct str s)
{
    if (s.len < 2 || s.p[0] != '\\') {
        return 0;
    }
    if (s.p[1] == 'u') {
        return hex_after(s, 4);
    }
    return s.p[1] == 'U' ? hex_after(s, 8) : 0;
}

static bool is_surrogate(uint32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDFFF;
}

/* The private-use character at `s`, 0 when there is none. */
static uint32_t private_at(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;

    if (s.len < MARK_LEN || (p[0] != 0xEE && p[0] != 0xEF)) {
        return 0;
    }
    uint32_t c = (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    return c - PRIVATE_FIRST < PRIVATE_COUNT ? c : 0;
}

/* What must be hidden at `s`: ESCAPE_COUNT_ for nothing. */
static enum escape_mark find_mark(struct str s, bool is_escaped)
{
    for (enum escape_mark m = ESCAPE_NEL; m < ESCAPE_COUNT_; m++) {
        if (str_has_prefix(s, originals[m])) {
            return m;
        }
    }
    bool is_half = !is_escaped && s.p[0] == '\\' && s.len >= ESCAPE_LEN && s.p[1] == 'u' &&
                   is_surrogate(escaped_unit(s));
    return is_half ? ESCAPE_BACKSLASH : ESCAPE_COUNT_;
}

/* Which private characters the text has already, written out or as an escape. */
static void note_used(struct str text, uint64_t *used)
{
    for (; text.len > 0; text = str_skip(text, 1)) {
        uint32_t c = private_at(text);
        if (c == 0) {
            c = escaped_unit(text);
        }
        if (c - PRIVATE_FIRST < PRIVATE_COUNT) {
            used[(c - PRIVATE_FIRST) / 64] |= (uint64_t)1 << ((c - PRIVATE_FIRST) % 64);
        }
    }
}

static enum err choose_marks(struct escape *e, struct str text)
{
    uint64_t used[PRIVATE_COUNT / 64] = {0};
    int chosen = 0;

    note_used(text, used);
    for (uint32_t i = 0; i < PRIVATE_COUNT && chosen < ESCAPE_COUNT_; i++) {
        if ((used[i / 64] >> (i % 64) & 1) == 0) {
            e->marks[chosen++] = PRIVATE_FIRST + i;
        }
    }
    return chosen == ESCAPE_COUNT_ ? ERR_OK : ERR_FULL;
}

static enum err add_mark(struct buf *room, uint32_t mark)
{
    char utf8[MARK_LEN] = {(char)(0xE0 | mark >> 12), (char)(0x80 | (mark >> 6 & 0x3F)),
                           (char)(0x80 | (mark & 0x3F))};
    return buf_add(room, str_of(utf8, sizeof(utf8)));
}

/* From `text` on, everything up to the next thing to hide; `mark` is that thing. */
static struct str cut_plain(struct str text, enum escape_mark *mark)
{
    bool is_escaped = false;
    size_t len = 0;

    *mark = ESCAPE_COUNT_;
    for (; len < text.len; len++) {
        *mark = find_mark(str_skip(text, len), is_escaped);
        if (*mark != ESCAPE_COUNT_) {
            break;
        }
        is_escaped = !is_escaped && text.p[len] == '\\';
    }
    return str_head(text, len);
}

enum err escape_hide(struct escape *e, struct str text, struct buf *room, struct str *out)
{
    enum escape_mark mark = ESCAPE_COUNT_;
    struct str plain = cut_plain(text, &mark);
    enum err result = ERR_OK;

    *e = (struct escape){{0}};
    *out = text;
    if (mark == ESCAPE_COUNT_) {
        return ERR_OK;
    }
    result = choose_marks(e, text);
    while (result == ERR_OK && text.len > 0) {
        result = buf_add(room, plain);
        text = str_skip(text, plain.len);
        if (result == ERR_OK && mark != ESCAPE_COUNT_) {
            result = add_mark(room, e->marks[mark]);
            text = str_skip(text, originals[mark].len);
        }
        plain = cut_plain(text, &mark);
    }
    *out = buf_str(room);
    return result;
}

/* Which mark stands at `s`. */
static enum escape_mark mark_at(const struct escape *e, struct str s)
{
    uint32_t c = private_at(s);
    enum escape_mark m = ESCAPE_BACKSLASH;

    while (m < ESCAPE_COUNT_ && (c == 0 || e->marks[m] != c)) {
        m++;
    }
    return m;
}

/* The surrogate whose hidden escape stands at `s`, 0 when there is none. */
static uint32_t surrogate_at(const struct escape *e, struct str s)
{
    if (mark_at(e, s) != ESCAPE_BACKSLASH) {
        return 0;
    }
    uint32_t unit = hex_after(str_skip(s, MARK_LEN - 1), 4);
    return is_surrogate(unit) ? unit : 0;
}

/* Writes the character of the pair at `s` to `out` (4 bytes); how much of `s` it took, 0: no pair.
 */
static size_t decode_pair(const struct escape *e, struct str s, char *out)
{
    size_t half = MARK_LEN + ESCAPE_LEN - 1;
    uint32_t high = surrogate_at(e, s);
    uint32_t low = surrogate_at(e, str_skip(s, half));

    if (high < 0xD800 || high > 0xDBFF || low < 0xDC00) {
        return 0;
    }
    uint32_t c = 0x10000 + ((high - 0xD800) << 10 | (low - 0xDC00));
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 2 * half;
}

static size_t put(char *out, struct str s)
{
    memcpy(out, s.p, s.len);
    return s.len;
}

enum err escape_show(const struct escape *e, struct str text, bool is_double_quoted,
                     struct arena *arena, struct str *out)
{
    char *room = arena_alloc(arena, text.len + 1);
    size_t len = 0;

    while (text.len > 0) {
        enum escape_mark mark = mark_at(e, text);
        size_t taken = mark == ESCAPE_COUNT_ ? 1 : MARK_LEN;
        if (mark == ESCAPE_BACKSLASH && is_double_quoted) {
            taken = decode_pair(e, text, room + len);
            len += 4;
        } else {
            len += put(room + len, mark == ESCAPE_COUNT_ ? str_head(text, 1) : originals[mark]);
        }
        if (taken == 0) {
            return ERR_SYNTAX;
        }
        text = str_skip(text, taken);
    }
    room[len] = '\0';
    *out = str_of(room, len);
    return ERR_OK;
}
