/* str.h: text and bytes as pointer and length; owns nothing. Any thread. */
#ifndef WEIR_BASE_STR_H
#define WEIR_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t len;
};

/* A literal as a str, also in static initialisers: STR_LIT. */
#define STR_LIT(literal)               \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }
#define STR(literal) ((struct str)STR_LIT(literal))
/* For printf's "%.*s". */
#define STR_ARGS(s)  (int)(s).len, (s).p

static inline struct str str_of(const char *p, size_t len)
{
    return (struct str){p, len};
}

static inline struct str str_from(const char *zero_ended)
{
    return (struct str){zero_ended, strlen(zero_ended)};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool str_is_empty(struct str s)
{
    return s.len == 0;
}

static inline struct str str_skip(struct str s, size_t n)
{
    if (n >= s.len) {
        return str_of(s.len == 0 ? s.p : s.p + s.len, 0); /* NULL + 0 is undefined */
    }
    return str_of(s.p + n, s.len - n);
}

static inline struct str str_head(struct str s, size_t n)
{
    return str_of(s.p, n < s.len ? n : s.len);
}

static inline char str_lower_char(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_eq_nocase(struct str a, struct str b);
int str_cmp(struct str a, struct str b);
bool str_has_prefix(struct str s, struct str prefix);
bool str_has_suffix(struct str s, struct str suffix);

/* Index of the first `c`, or s.len when there is none. */
size_t str_index(struct str s, char c);

/* Splits at the first `c`: the part before it is returned, `*rest` is what follows it (empty,
 * with a NULL pointer, when `c` does not occur). `rest` may be NULL. */
struct str str_cut(struct str s, char c, struct str *rest);

/* Without spaces and tabs at both ends (OWS of RFC 9110, section 5.6.3). */
struct str str_trim(struct str s);

/* Next member of a comma-separated list (RFC 9110, section 5.6.1), trimmed, empty ones passed over;
 * false at the end. `*list` is moved on. Quoted strings are respected. */
bool str_next_member(struct str *list, struct str *member);

/* Edit distance between `a` and `b` (insert, delete, replace, swap of neighbours), at most `max` +
 * 1; texts over 63 bytes count as max + 1. For "did you mean". */
unsigned str_distance(struct str a, struct str b, unsigned max);

#endif
