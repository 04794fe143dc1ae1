#include "http/authority.h"

#include <arpa/inet.h>

#include "base/num.h"

enum class {
    CLASS_BAD = 0,
    CLASS_FINE,
    CLASS_UPPER
};

static const uint8_t classes[256] = {
    ['a' ... 'z'] = CLASS_FINE, ['0' ... '9'] = CLASS_FINE, ['A' ... 'Z'] = CLASS_UPPER,
    ['-'] = CLASS_FINE,         ['.'] = CLASS_FINE,         ['_'] = CLASS_FINE,
    ['~'] = CLASS_FINE,         ['!'] = CLASS_FINE,         ['$'] = CLASS_FINE,
    ['&'] = CLASS_FINE,         ['\''] = CLASS_FINE,        ['('] = CLASS_FINE,
    [')'] = CLASS_FINE,         ['*'] = CLASS_FINE,         ['+'] = CLASS_FINE,
    [','] = CLASS_FINE,         [';'] = CLASS_FINE,         ['='] = CLASS_FINE,
};

/* Copies `s` with a zero byte behind it, for inet_pton; false when it is too long or has a zero
 * byte of its own. */
static bool copy_zero_ended(struct str s, char out[static INET6_ADDRSTRLEN])
{
    if (s.len == 0 || s.len >= INET6_ADDRSTRLEN || str_index(s, '\0') != s.len) {
        return false;
    }
    memcpy(out, s.p, s.len);
    out[s.len] = '\0';
    return true;
}

static bool is_ipv4(struct str s)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr address;
    return copy_zero_ended(s, text) && inet_pton(AF_INET, text, &address) == 1;
}

/* `text` stands between the brackets. */
static enum err parse_ipv6(struct str text, struct arena *a, struct authority *out)
{
    char given[INET6_ADDRSTRLEN];
    char canonical[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (!copy_zero_ended(text, given) || inet_pton(AF_INET6, given, &address) != 1 ||
        inet_ntop(AF_INET6, &address, canonical, sizeof(canonical)) == NULL) {
        return ERR_SYNTAX;
    }
    struct str one = str_from(canonical);
    out->kind = AUTHORITY_IPV6;
    out->host = str_eq(one, text) ? text : arena_str(a, one);
    return ERR_OK;
}

static struct str lower(struct str s, struct arena *a)
{
    char *text = arena_alloc(a, s.len);
    for (size_t i = 0; i < s.len; i++) {
        text[i] = str_lower_char(s.p[i]);
    }
    return str_of(text, s.len);
}

static bool ends_with_dot(struct str s)
{
    return s.len > 0 && s.p[s.len - 1] == '.';
}

static enum err parse_name(struct str text, struct arena *a, struct authority *out)
{
    bool has_upper = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t class = classes[(unsigned char)text.p[i]];
        if (class == CLASS_BAD) {
            return ERR_SYNTAX;
        }
        has_upper = has_upper || class == CLASS_UPPER;
    }
    text.len -= ends_with_dot(text);
    if (text.len == 0 || ends_with_dot(text)) {
        return ERR_SYNTAX;
    }
    out->host = has_upper ? lower(text, a) : text;
    out->kind = is_ipv4(text) ? AUTHORITY_IPV4 : AUTHORITY_NAME;
    return ERR_OK;
}

enum err authority_parse_host(struct str text, struct arena *a, struct authority *out)
{
    *out = (struct authority){0};
    if (text.len > AUTHORITY_HOST_MAX) {
        return ERR_RANGE;
    }
    if (text.len > 1 && text.p[0] == '[' && text.p[text.len - 1] == ']') {
        return parse_ipv6(str_of(text.p + 1, text.len - 2), a, out);
    }
    return parse_name(text, a, out);
}

/* Bytes of the host: up to the bracket that closes it, or to the colon. */
static size_t find_host_end(struct str text)
{
    if (text.len == 0 || text.p[0] != '[') {
        return str_index(text, ':');
    }
    size_t close = str_index(text, ']');
    return close == text.len ? close : close + 1;
}

static enum err parse_port(struct str text, struct authority *out)
{
    if (text.len == 0) {
        return ERR_OK;
    }
    uint64_t port;
    enum err e = num_parse_u64(text, UINT16_MAX, &port);
    if (e == ERR_OK) {
        out->port = (uint16_t)port;
        out->has_port = true;
    }
    return e;
}

enum err authority_parse(struct str text, struct arena *a, struct authority *out)
{
    size_t end = find_host_end(text);
    enum err e = authority_parse_host(str_head(text, end), a, out);
    if (e != ERR_OK || end == text.len) {
        return e;
    }
    return text.p[end] == ':' ? parse_port(str_skip(text, end + 1), out) : ERR_SYNTAX;
}
