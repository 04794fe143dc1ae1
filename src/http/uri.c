/* Most paths are in normal form already. One pass over the bytes, by a table of classes, finds that
 * out and ends at '?'. Only a path in which something may have to change (an escape, "//", "/.", a
 * byte to be escaped) is rebuilt, segment by segment, into memory sized beforehand. */
#include "http/uri.h"

#include "base/check.h"
#include "base/num.h"
#include "http/utf8.h"

enum class {
    CLASS_BAD = 0,
    CLASS_UNRESERVED, /* stays; its escape is undone */
    CLASS_PLAIN,      /* stays; its escape too */
    CLASS_SLASH,
    CLASS_PERCENT,
    CLASS_ESCAPE, /* not allowed as it is, but sent by browsers */
    CLASS_QUESTION
};

static const uint8_t classes[256] = {
    ['a' ... 'z'] = CLASS_UNRESERVED,
    ['A' ... 'Z'] = CLASS_UNRESERVED,
    ['0' ... '9'] = CLASS_UNRESERVED,
    ['-'] = CLASS_UNRESERVED,
    ['.'] = CLASS_UNRESERVED,
    ['_'] = CLASS_UNRESERVED,
    ['~'] = CLASS_UNRESERVED,
    ['!'] = CLASS_PLAIN,
    ['$'] = CLASS_PLAIN,
    ['&'] = CLASS_PLAIN,
    ['\''] = CLASS_PLAIN,
    ['('] = CLASS_PLAIN,
    [')'] = CLASS_PLAIN,
    ['*'] = CLASS_PLAIN,
    ['+'] = CLASS_PLAIN,
    [','] = CLASS_PLAIN,
    [';'] = CLASS_PLAIN,
    ['='] = CLASS_PLAIN,
    [':'] = CLASS_PLAIN,
    ['@'] = CLASS_PLAIN,
    ['/'] = CLASS_SLASH,
    ['%'] = CLASS_PERCENT,
    ['"'] = CLASS_ESCAPE,
    ['<'] = CLASS_ESCAPE,
    ['>'] = CLASS_ESCAPE,
    ['['] = CLASS_ESCAPE,
    [']'] = CLASS_ESCAPE,
    ['^'] = CLASS_ESCAPE,
    ['`'] = CLASS_ESCAPE,
    ['{'] = CLASS_ESCAPE,
    ['|'] = CLASS_ESCAPE,
    ['}'] = CLASS_ESCAPE,
    ['?'] = CLASS_QUESTION,
};

static enum class get_class(char c) {
    return (enum class)classes[(unsigned char)c];
}

/* --- the first look ------------------------------------------------------------------------ */

struct look {
    size_t len; /* of the path */
    size_t to_escape;
    bool is_normal;
};

/* A slash that begins "//" or "/." may have to change. */
static bool is_plain_slash(struct str s, size_t i)
{
    return i + 1 >= s.len || (s.p[i + 1] != '/' && s.p[i + 1] != '.');
}

static enum err look_at(struct str s, struct look *look)
{
    *look = (struct look){.is_normal = true};
    size_t i = 0;
    for (; i < s.len; i++) {
        enum class class = get_class(s.p[i]);
        if (class == CLASS_UNRESERVED || class == CLASS_PLAIN) {
            continue;
        }
        if (class == CLASS_QUESTION) {
            break;
        }
        if (class == CLASS_BAD) {
            return ERR_SYNTAX;
        }
        look->to_escape += class == CLASS_ESCAPE;
        look->is_normal = look->is_normal && class == CLASS_SLASH && is_plain_slash(s, i);
    }
    look->len = i;
    return ERR_OK;
}

/* --- rebuilding ---------------------------------------------------------------------------- */

struct builder {
    struct str in; /* what is left */
    char *out;
    size_t len;
};

static void put_escape(struct builder *b, unsigned c)
{
    static const char digits[] = "0123456789ABCDEF";
    b->out[b->len++] = '%';
    b->out[b->len++] = digits[c >> 4];
    b->out[b->len++] = digits[c & 15];
}

int uri_escaped_byte(struct str s)
{
    if (s.len < 3) {
        return -1;
    }
    int high = num_hex_digit(s.p[1]);
    int low = num_hex_digit(s.p[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* The byte at the front and the `taken` characters it is written with; -1 for a bad escape or
 * %00. */
static int read_byte(struct str in, size_t *taken)
{
    if (in.p[0] != '%') {
        *taken = 1;
        return (unsigned char)in.p[0];
    }
    *taken = 3;
    int c = uri_escaped_byte(in);
    return c == 0 ? -1 : c;
}

/* Rules 3 to 6, up to the next slash or the end. */
static enum err put_segment(struct builder *b)
{
    struct utf8 utf8 = {0};
    while (b->in.len > 0 && b->in.p[0] != '/') {
        size_t taken;
        int c = read_byte(b->in, &taken);
        if (c < 0 || !utf8_take(&utf8, (unsigned)c)) {
            return ERR_SYNTAX;
        }
        enum class class = get_class((char)c);
        if (class == CLASS_UNRESERVED || (class == CLASS_PLAIN && taken == 1)) {
            b->out[b->len++] = (char)c;
        } else {
            put_escape(b, (unsigned)c);
        }
        b->in = str_skip(b->in, taken);
    }
    return utf8.left == 0 ? ERR_OK : ERR_SYNTAX;
}

/* Takes back the last segment with its slash. */
static enum err drop_segment(struct builder *b)
{
    if (b->len == 0) {
        return ERR_SYNTAX;
    }
    do {
        b->len--;
    } while (b->out[b->len] != '/');
    return ERR_OK;
}

/* Rules 7 and 8 for the slashes in front and the segment behind them. */
static enum err put_step(struct builder *b)
{
    while (b->in.len > 0 && b->in.p[0] == '/') {
        b->in = str_skip(b->in, 1);
    }
    size_t start = b->len;
    b->out[b->len++] = '/';
    enum err e = put_segment(b);
    if (e != ERR_OK) {
        return e;
    }
    struct str step = str_of(b->out + start, b->len - start);
    bool is_up = str_eq(step, STR("/.."));
    if (!is_up && !str_eq(step, STR("/."))) {
        return ERR_OK;
    }
    b->len = start;
    e = is_up ? drop_segment(b) : ERR_OK;
    if (e == ERR_OK && b->in.len == 0) {
        b->out[b->len++] = '/';
    }
    return e;
}

static enum err rebuild(struct str path, size_t to_escape, struct arena *a, struct str *out)
{
    struct builder b = {.in = path, .out = arena_alloc(a, path.len + 2 * to_escape)};
    while (b.in.len > 0) {
        enum err e = put_step(&b);
        if (e != ERR_OK) {
            return e;
        }
    }
    *out = str_of(b.out, b.len);
    return ERR_OK;
}

/* --- what others call ---------------------------------------------------------------------- */

/* Normalises what stands before '?' and tells where that was. */
static enum err normalise(struct str s, struct arena *a, struct str *path, size_t *end)
{
    if (s.len == 0 || s.p[0] != '/') {
        return ERR_SYNTAX;
    }
    struct look look;
    enum err e = look_at(s, &look);
    if (e != ERR_OK) {
        return e;
    }
    *end = look.len;
    *path = str_head(s, look.len);
    return look.is_normal ? ERR_OK : rebuild(*path, look.to_escape, a, path);
}

enum err uri_normalise_path(struct str path, struct arena *a, struct str *out)
{
    size_t end = 0;
    enum err e = normalise(path, a, out, &end);
    return e == ERR_OK && end < path.len ? ERR_SYNTAX : e;
}

enum err uri_parse_target(struct str target, enum method method, struct arena *a,
                          struct uri_target *out)
{
    *out = (struct uri_target){.path = target};
    if (method == METHOD_OPTIONS && str_eq(target, STR("*"))) {
        return ERR_OK;
    }
    size_t end = 0;
    enum err e = normalise(target, a, &out->path, &end);
    if (e != ERR_OK || end == target.len) {
        return e;
    }
    out->query = str_skip(target, end + 1);
    return uri_query_is_valid(out->query) ? ERR_OK : ERR_SYNTAX;
}

bool uri_query_is_valid(struct str query)
{
    unsigned bad = 0;
    for (size_t i = 0; i < query.len; i++) {
        unsigned char c = (unsigned char)query.p[i];
        bad |= (unsigned)(c <= 0x20) | (unsigned)(c >= 0x7f) | (unsigned)(c == '#');
    }
    return bad == 0;
}

static bool is_refused(int c, enum uri_decoding decoding)
{
    return decoding == URI_DECODE_FILE && (c == '/' || c == 0);
}

static enum err decode_into(struct str s, enum uri_decoding decoding, char *out, size_t *len)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] != '%') {
            out[n++] = s.p[i];
            continue;
        }
        int c = uri_escaped_byte(str_skip(s, i));
        if (c < 0 || is_refused(c, decoding)) {
            return c < 0 ? ERR_SYNTAX : ERR_DENIED;
        }
        out[n++] = (char)c;
        i += 2;
    }
    *len = n;
    return ERR_OK;
}

enum err uri_decode(struct str s, enum uri_decoding decoding, struct arena *a, struct str *out)
{
    *out = s;
    if (str_index(s, '%') == s.len) {
        return ERR_OK;
    }
    char *text = arena_alloc(a, s.len);
    size_t len = 0;
    enum err e = decode_into(s, decoding, text, &len);
    *out = str_of(text, len);
    return e;
}

static bool may_stand_in_path(char c)
{
    enum class class = get_class(c);
    return class == CLASS_UNRESERVED || class == CLASS_PLAIN || class == CLASS_SLASH;
}

struct str uri_encode_path(struct str bytes, struct arena *a)
{
    size_t to_escape = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        to_escape += !may_stand_in_path(bytes.p[i]);
    }
    if (to_escape == 0) {
        return bytes;
    }
    struct builder b = {.out = arena_alloc(a, bytes.len + 2 * to_escape)};
    for (size_t i = 0; i < bytes.len; i++) {
        if (may_stand_in_path(bytes.p[i])) {
            b.out[b.len++] = bytes.p[i];
        } else {
            put_escape(&b, (unsigned char)bytes.p[i]);
        }
    }
    return str_of(b.out, b.len);
}
