#include "http/query.h"

#include "http/uri.h"

static struct str decode(struct str s, struct arena *a)
{
    if (str_index(s, '%') == s.len && str_index(s, '+') == s.len) {
        return s;
    }
    char *text = arena_alloc(a, s.len);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        int escaped = s.p[i] == '%' ? uri_escaped_byte(str_skip(s, i)) : -1;
        if (escaped >= 0) {
            text[len++] = (char)escaped;
            i += 2;
        } else {
            text[len++] = (char)(s.p[i] == '+' ? ' ' : s.p[i]);
        }
    }
    return str_of(text, len);
}

bool query_next(struct str *query, struct arena *a, struct query_param *out)
{
    while (query->len > 0) {
        struct str piece = str_cut(*query, '&', query);
        if (piece.len == 0) {
            continue;
        }
        struct str value;
        out->name = decode(str_cut(piece, '=', &value), a);
        out->value = value.p == NULL ? value : decode(value, a);
        return true;
    }
    return false;
}

bool query_find(struct str query, struct str name, struct arena *a, struct str *value)
{
    struct query_param param;
    while (query_next(&query, a, &param)) {
        if (str_eq(param.name, name)) {
            *value = param.value;
            return true;
        }
    }
    return false;
}
