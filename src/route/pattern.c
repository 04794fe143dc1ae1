#include "route/pattern.h"

#include "http/authority.h"
#include "http/uri.h"

/* --- one segment --------------------------------------------------------------------------- */

enum segment_kind {
    SEGMENT_LITERAL,
    SEGMENT_TEMPLATE,
    SEGMENT_REST,
    SEGMENT_ALL
};

struct reading {
    struct arena *arena;
    struct pattern *out;
    struct str *why;
};

static enum err refuse(const struct reading *r, struct str why)
{
    *r->why = why;
    return ERR_SYNTAX;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_name_char(s.p[i])) {
            return false;
        }
    }
    return s.len > 0;
}

static bool has_brace(struct str s)
{
    return str_index(s, '{') < s.len || str_index(s, '}') < s.len;
}

static enum err add_name(const struct reading *r, struct str name)
{
    struct pattern *p = r->out;

    if (!is_name(name)) {
        return refuse(r, name.len == 0
                             ? STR("has a template without a name")
                             : STR("has a template whose name is not of letters, digits, '_' and "
                                   "'-'"));
    }
    for (uint32_t i = 0; i < p->name_count; i++) {
        if (str_eq(p->names[i], name)) {
            return refuse(r, arena_printf(r->arena, "has {%.*s} twice", STR_ARGS(name)));
        }
    }
    p->names[p->name_count++] = arena_str(r->arena, name);
    return ERR_OK;
}

static enum err read_template(const struct reading *r, struct str s, enum segment_kind *kind)
{
    struct str inner = str_of(s.p + 1, s.len - 2);

    *kind = SEGMENT_TEMPLATE;
    if (str_has_suffix(inner, STR("..."))) {
        *kind = SEGMENT_REST;
        inner = str_head(inner, inner.len - 3);
    }
    return add_name(r, inner);
}

static enum err read_kind(const struct reading *r, struct str s, enum segment_kind *kind)
{
    *kind = SEGMENT_LITERAL;
    if (str_eq(s, STR("**"))) {
        *kind = SEGMENT_ALL;
        return ERR_OK;
    }
    if (s.len >= 2 && s.p[0] == '{' && s.p[s.len - 1] == '}' &&
        !has_brace(str_of(s.p + 1, s.len - 2))) {
        return read_template(r, s, kind);
    }
    if (has_brace(s)) {
        return refuse(r, STR("has a brace inside a segment: a template is a whole segment, as in "
                             "'/users/{id}'"));
    }
    if (str_eq(s, STR("*"))) {
        return refuse(r, STR("has '*' as a segment: write '{name}' for one segment, '**' at the "
                             "end for all below"));
    }
    return ERR_OK;
}

/* Bytes above ASCII as escapes, since a request can send them in no other way. */
static struct str escape_high(struct arena *a, struct str s)
{
    static const char digits[] = "0123456789ABCDEF";
    char *text = arena_alloc(a, s.len * 3 + 1);
    size_t len = 0;

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x80) {
            text[len++] = s.p[i];
            continue;
        }
        text[len++] = '%';
        text[len++] = digits[c >> 4];
        text[len++] = digits[c & 15];
    }
    return str_of(text, len);
}

/* Normalised alone, so that ".." cannot take back a template. */
static enum err read_literal(const struct reading *r, struct str s, struct str *out)
{
    struct str path = arena_printf(r->arena, "/%.*s", STR_ARGS(escape_high(r->arena, s)));
    struct str normal;

    if (str_eq(s, STR(".."))) {
        return refuse(r, STR("has a '..' segment, which no request has"));
    }
    if (uri_normalise_path(path, r->arena, &normal) != ERR_OK) {
        return refuse(r, STR("is no path: it has a space, a control character, '\\', '#', '?' or a "
                             "bad '%' escape"));
    }
    *out = arena_str(r->arena, str_skip(normal, 1));
    return ERR_OK;
}

/* --- the whole ----------------------------------------------------------------------------- */

static enum err add_literal(const struct reading *r, struct str s, bool is_last)
{
    struct pattern *p = r->out;
    struct str literal;
    enum err e = read_literal(r, s, &literal);

    /* Empty segments vanish, but at the end. */
    if (e == ERR_OK && (literal.len > 0 || is_last)) {
        p->segments[p->segment_count++].literal = literal;
    }
    return e;
}

static enum err add_segment(const struct reading *r, struct str s, bool is_last)
{
    struct pattern *p = r->out;
    enum segment_kind kind;
    enum err e = read_kind(r, s, &kind);

    if (e != ERR_OK) {
        return e;
    }
    if (kind == SEGMENT_LITERAL) {
        return add_literal(r, s, is_last);
    }
    if (kind == SEGMENT_TEMPLATE) {
        p->segments[p->segment_count++].literal = str_of(NULL, 0);
        return ERR_OK;
    }
    if (!is_last) {
        return refuse(r, kind == SEGMENT_ALL ? STR("has '**' before its end")
                                             : STR("has a '...' template before its end"));
    }
    p->tail = kind == SEGMENT_ALL ? PATTERN_TAIL_ALL : PATTERN_TAIL_REST;
    return ERR_OK;
}

static enum err count_segments(const struct reading *r, struct str text, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < text.len; i++) {
        *count += text.p[i] == '/';
    }
    if (text.len == 0 || text.p[0] != '/') {
        return refuse(r, STR("does not begin with '/'"));
    }
    return *count <= PATTERN_SEGMENTS_MAX ? ERR_OK : refuse(r, STR("has over 64 segments"));
}

enum err pattern_parse(struct str text, struct arena *a, struct pattern *out, struct str *why)
{
    struct reading r = {a, out, why};
    size_t count = 0;
    enum err e = count_segments(&r, text, &count);

    if (e != ERR_OK) {
        return e;
    }
    *out = (struct pattern){
        .text = arena_str(a, text),
        .segments = arena_alloc(a, count * sizeof(*out->segments)),
        .names = arena_alloc(a, count * sizeof(*out->names)),
    };
    for (struct str rest = str_skip(text, 1); e == ERR_OK && count > 0; count--) {
        struct str next;
        struct str segment = str_cut(rest, '/', &next);
        e = add_segment(&r, segment, count == 1);
        rest = next;
    }
    return e;
}

/* --- order --------------------------------------------------------------------------------- */

/* What stands at a place of a pattern, the most special first. Literals are one rank: two different
 * ones never match the same path. */
static int rank_at(const struct pattern *p, uint32_t i)
{
    if (i < p->segment_count) {
        return pattern_is_template(p, i) ? 1 : 0;
    }
    switch (p->tail) {
    case PATTERN_TAIL_REST:
        return 2;
    case PATTERN_TAIL_ALL:
        return 3;
    case PATTERN_TAIL_NONE:
    default:
        return 0;
    }
}

/* Patterns of one rank: they match different paths or the same ones; any fixed order will do. */
static int compare_literals(const struct pattern *a, const struct pattern *b)
{
    for (uint32_t i = 0; i < a->segment_count; i++) {
        int difference = str_cmp(a->segments[i].literal, b->segments[i].literal);
        if (difference != 0) {
            return difference;
        }
    }
    return 0;
}

int pattern_compare(const struct pattern *a, const struct pattern *b)
{
    uint32_t shorter = a->segment_count < b->segment_count ? a->segment_count : b->segment_count;

    for (uint32_t i = 0; i <= shorter; i++) {
        int difference = rank_at(a, i) - rank_at(b, i);
        if (difference != 0) {
            return difference;
        }
    }
    if (a->segment_count != b->segment_count) {
        return a->segment_count > b->segment_count ? -1 : 1;
    }
    return compare_literals(a, b);
}

/* --- hosts --------------------------------------------------------------------------------- */

enum err pattern_parse_host(struct str text, struct arena *a, struct host_pattern *out,
                            struct str *why)
{
    bool is_wildcard = str_has_prefix(text, STR("*."));
    struct authority authority;

    if (str_eq(text, STR("*"))) {
        *out = (struct host_pattern){HOST_ANY, STR("")};
        return ERR_OK;
    }
    struct str name = is_wildcard ? str_skip(text, 2) : text;
    if (str_index(name, '*') < name.len) {
        *why = STR("has a '*' that is not the whole first label: write '*.example.com'");
        return ERR_SYNTAX;
    }
    if (authority_parse_host(name, a, &authority) != ERR_OK ||
        (is_wildcard && authority.kind != AUTHORITY_NAME)) {
        *why = STR("is no host name; ports do not belong here");
        return ERR_SYNTAX;
    }
    *out = is_wildcard ? (struct host_pattern){HOST_WILDCARD,
                                               arena_printf(a, ".%.*s", STR_ARGS(authority.host))}
                       : (struct host_pattern){HOST_EXACT, arena_str(a, authority.host)};
    return ERR_OK;
}
