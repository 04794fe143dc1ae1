#include "net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

#include "base/check.h"
#include "base/num.h"

static const char expected[] = "expected an address with a port, such as 127.0.0.1:8443, "
                               "[::1]:8443, localhost:8443 or *:8443";
static const char bad_port[] = "the port must be a number from 0 to 65535";
static const char no_port[] = "the port is missing; write it behind a colon, such as "
                              "127.0.0.1:8443 or [::1]:8443";
static const char unix_path[] = "Unix sockets are not supported by this version; "
                                "use a loopback address such as 127.0.0.1:8443";
static const char bad_zone[] = "no such network interface as the zone behind '%' names";
static const char bad_host[] = "names are not resolved here; expected an IPv4 address, an IPv6 "
                               "address in brackets, localhost or *";
static const char bare_v6[] = "an IPv6 address needs brackets, such as [::1]:8443";

static struct address make_v4(struct in_addr host, uint16_t port)
{
    struct address a = {.len = sizeof(a.sock.v4)};
    a.sock.v4.sin_family = AF_INET;
    a.sock.v4.sin_port = htons(port);
    a.sock.v4.sin_addr = host;
    return a;
}

static struct address make_v6(struct in6_addr host, uint32_t scope, uint16_t port)
{
    struct address a = {.len = sizeof(a.sock.v6)};
    a.sock.v6.sin6_family = AF_INET6;
    a.sock.v6.sin6_port = htons(port);
    a.sock.v6.sin6_addr = host;
    a.sock.v6.sin6_scope_id = scope;
    return a;
}

static void set_one(struct address_list *out, struct address a)
{
    *out = (struct address_list){.items = {a}, .count = 1};
}

static void set_both(struct address_list *out, in_addr_t v4, struct in6_addr v6, uint16_t port)
{
    struct in_addr host = {.s_addr = htonl(v4)};
    *out = (struct address_list){
        .items = {make_v4(host, port), make_v6(v6, 0, port)},
        .count = 2,
        .may_lack_one = true,
    };
}

/* A zero-ended copy for the C library; false when it does not fit, which no valid text does. */
static bool copy_text(struct str s, char *out, size_t size)
{
    if (s.len >= size || memchr(s.p, 0, s.len) != NULL) {
        return false;
    }
    memcpy(out, s.p, s.len);
    out[s.len] = 0;
    return true;
}

static enum err find_zone(struct str zone, uint32_t *out)
{
    char name[IF_NAMESIZE];
    uint64_t number;
    if (num_parse_u64(zone, UINT32_MAX, &number) == ERR_OK) {
        *out = (uint32_t)number;
        return number > 0 ? ERR_OK : ERR_NOT_FOUND;
    }
    *out = copy_text(zone, name, sizeof(name)) ? if_nametoindex(name) : 0;
    return *out != 0 ? ERR_OK : ERR_NOT_FOUND;
}

static enum err parse_v6(struct str host, uint16_t port, struct address_list *out, const char **why)
{
    struct str zone;
    char text[INET6_ADDRSTRLEN];
    struct in6_addr v6;
    uint32_t scope = 0;
    struct str bare = str_cut(host, '%', &zone);
    if (!copy_text(bare, text, sizeof(text)) || inet_pton(AF_INET6, text, &v6) != 1) {
        *why = expected;
        return ERR_SYNTAX;
    }
    if (bare.len < host.len && find_zone(zone, &scope) != ERR_OK) {
        *why = bad_zone;
        return ERR_NOT_FOUND;
    }
    set_one(out, make_v6(v6, scope, port));
    return ERR_OK;
}

static enum err parse_plain_host(struct str host, uint16_t port, struct address_list *out,
                                 const char **why)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr v4;
    if (str_is_empty(host) || str_eq(host, STR("*"))) {
        set_both(out, INADDR_ANY, in6addr_any, port);
        return ERR_OK;
    }
    if (str_eq_nocase(host, STR("localhost"))) {
        set_both(out, INADDR_LOOPBACK, in6addr_loopback, port);
        return ERR_OK;
    }
    if (copy_text(host, text, sizeof(text)) && inet_pton(AF_INET, text, &v4) == 1) {
        set_one(out, make_v4(v4, port));
        return ERR_OK;
    }
    *why = bad_host;
    return ERR_SYNTAX;
}

static enum err parse_port(struct str text, uint16_t *out, const char **why)
{
    uint64_t port = 0;
    enum err e = num_parse_u64(text, UINT16_MAX, &port);
    if (e != ERR_OK) {
        *why = bad_port;
        return e;
    }
    *out = (uint16_t)port;
    return ERR_OK;
}

static enum err parse_bracketed(struct str text, struct address_list *out, const char **why)
{
    uint16_t port = 0;
    size_t close = str_index(text, ']');
    struct str behind = str_skip(text, close + 1);
    if (close == text.len) {
        *why = expected;
        return ERR_SYNTAX;
    }
    if (behind.len < 2 || behind.p[0] != ':') {
        *why = no_port;
        return ERR_SYNTAX;
    }
    enum err e = parse_port(str_skip(behind, 1), &port, why);
    return e != ERR_OK ? e : parse_v6(str_of(text.p + 1, close - 1), port, out, why);
}

static enum err parse_plain(struct str text, struct address_list *out, const char **why)
{
    uint16_t port = 0;
    struct str port_text;
    struct str host = str_cut(text, ':', &port_text);
    if (str_is_empty(port_text)) {
        *why = str_is_empty(text) ? expected : no_port;
        return ERR_SYNTAX;
    }
    if (str_index(port_text, ':') < port_text.len) {
        *why = bare_v6;
        return ERR_SYNTAX;
    }
    enum err e = parse_port(port_text, &port, why);
    return e != ERR_OK ? e : parse_plain_host(host, port, out, why);
}

enum err address_parse(struct str text, struct address_list *out, const char **why)
{
    const char *unused;
    if (why == NULL) {
        why = &unused;
    }
    if (str_has_prefix(text, STR("unix:"))) {
        *why = unix_path;
        return ERR_UNSUPPORTED;
    }
    if (text.len > 0 && text.p[0] == '[') {
        return parse_bracketed(text, out, why);
    }
    return parse_plain(text, out, why);
}

/* inet_ntop goes through sprintf; the access log formats one for every connection. */
static size_t format_v4(const struct in_addr *host, char *out)
{
    const unsigned char *bytes = (const unsigned char *)&host->s_addr;
    size_t len = 0;
    for (unsigned i = 0; i < 4; i++) {
        char digits[20];
        size_t count = num_format_u64(bytes[i], digits);
        memcpy(out + len, digits, count);
        len += count;
        out[len++] = '.';
    }
    out[--len] = 0;
    return len;
}

static size_t format_v6(const struct sockaddr_in6 *v6, char *out)
{
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        struct in_addr host;
        memcpy(&host.s_addr, v6->sin6_addr.s6_addr + 12, sizeof(host.s_addr));
        return format_v4(&host, out);
    }
    MUST(inet_ntop(AF_INET6, &v6->sin6_addr, out, INET6_ADDRSTRLEN) != NULL);
    size_t len = strlen(out);
    if (v6->sin6_scope_id != 0) {
        char digits[20];
        size_t count = num_format_u64(v6->sin6_scope_id, digits);
        out[len++] = '%';
        memcpy(out + len, digits, count);
        len += count;
        out[len] = 0;
    }
    return len;
}

size_t address_format_host(const struct address *a, char out[static ADDRESS_TEXT_MAX])
{
    switch (a->sock.any.sa_family) {
    case AF_INET:
        return format_v4(&a->sock.v4.sin_addr, out);
    case AF_INET6:
        return format_v6(&a->sock.v6, out);
    default:
        memcpy(out, "unknown", sizeof("unknown"));
        return sizeof("unknown") - 1;
    }
}

size_t address_format(const struct address *a, char out[static ADDRESS_TEXT_MAX])
{
    char digits[20];
    size_t len = 0;
    bool is_v6 = a->sock.any.sa_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&a->sock.v6.sin6_addr);
    if (!is_v6) {
        len = address_format_host(a, out);
    } else {
        char host[ADDRESS_TEXT_MAX];
        size_t host_len = address_format_host(a, host);
        out[len++] = '[';
        memcpy(out + len, host, host_len);
        len += host_len;
        out[len++] = ']';
    }
    out[len++] = ':';
    size_t count = num_format_u64(address_port(a), digits);
    memcpy(out + len, digits, count);
    len += count;
    out[len] = 0;
    return len;
}

uint16_t address_port(const struct address *a)
{
    switch (a->sock.any.sa_family) {
    case AF_INET:
        return ntohs(a->sock.v4.sin_port);
    case AF_INET6:
        return ntohs(a->sock.v6.sin6_port);
    default:
        return 0;
    }
}

void address_set_port(struct address *a, uint16_t port)
{
    if (a->sock.any.sa_family == AF_INET6) {
        a->sock.v6.sin6_port = htons(port);
    } else {
        a->sock.v4.sin_port = htons(port);
    }
}

static bool eq_v6(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b)
{
    return a->sin6_port == b->sin6_port && a->sin6_scope_id == b->sin6_scope_id &&
           IN6_ARE_ADDR_EQUAL(&a->sin6_addr, &b->sin6_addr);
}

bool address_eq(const struct address *a, const struct address *b)
{
    if (a->sock.any.sa_family != b->sock.any.sa_family) {
        return false;
    }
    switch (a->sock.any.sa_family) {
    case AF_INET:
        return a->sock.v4.sin_port == b->sock.v4.sin_port &&
               a->sock.v4.sin_addr.s_addr == b->sock.v4.sin_addr.s_addr;
    case AF_INET6:
        return eq_v6(&a->sock.v6, &b->sock.v6);
    default:
        return false;
    }
}
