#include "http/etag.h"

/* etagc: visible but '"', or a byte over 0x7f. */
static bool is_etagc(unsigned char c)
{
    return c == 0x21 || (c >= 0x23 && c != 0x7f);
}

/* Bytes of the entity tag at the front of `s`; 0 when there is none. */
static size_t take(struct str s, struct etag *out)
{
    out->is_weak = str_has_prefix(s, STR("W/"));
    struct str quoted = str_skip(s, out->is_weak ? 2 : 0);
    if (quoted.len < 2 || quoted.p[0] != '"') {
        return 0;
    }
    size_t end = 1;
    while (end < quoted.len && is_etagc((unsigned char)quoted.p[end])) {
        end++;
    }
    if (end == quoted.len || quoted.p[end] != '"') {
        return 0;
    }
    out->opaque = str_head(quoted, end + 1);
    return s.len - quoted.len + end + 1;
}

bool etag_parse(struct str text, struct etag *out)
{
    return text.len > 0 && take(text, out) == text.len;
}

/* Takes a member, good or not, up to its comma. */
static bool take_member(struct str *list, struct etag *out)
{
    struct str left = str_trim(*list);
    size_t taken = left.len > 0 ? take(left, out) : 0;
    struct str after;
    struct str rest = str_cut(str_skip(left, taken), ',', &after);
    *list = after;
    return taken > 0 && str_trim(rest).len == 0;
}

bool etag_next(struct str *list, struct etag *out)
{
    while (list->len > 0) {
        if (take_member(list, out)) {
            return true;
        }
    }
    return false;
}

bool etag_match_strong(struct etag a, struct etag b)
{
    return !a.is_weak && !b.is_weak && str_eq(a.opaque, b.opaque);
}

bool etag_match_weak(struct etag a, struct etag b)
{
    return str_eq(a.opaque, b.opaque);
}
