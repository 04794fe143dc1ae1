#include "base/str.h"

#include "base/check.h"

#define DISTANCE_MAX_LEN 63

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (str_lower_char(a.p[i]) != str_lower_char(b.p[i])) {
            return false;
        }
    }
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.p, b.p, common);
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool str_has_prefix(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_head(s, prefix.len), prefix);
}

bool str_has_suffix(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_skip(s, s.len - suffix.len), suffix);
}

size_t str_index(struct str s, char c)
{
    if (s.len == 0) {
        return 0;
    }
    const char *at = memchr(s.p, c, s.len);
    return at == NULL ? s.len : (size_t)(at - s.p);
}

struct str str_cut(struct str s, char c, struct str *rest)
{
    size_t at = str_index(s, c);
    if (rest != NULL) {
        *rest = at == s.len ? str_of(NULL, 0) : str_skip(s, at + 1);
    }
    return str_head(s, at);
}

static bool is_ows(char c)
{
    return c == ' ' || c == '\t';
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && is_ows(s.p[0])) {
        s = str_skip(s, 1);
    }
    while (s.len > 0 && is_ows(s.p[s.len - 1])) {
        s.len--;
    }
    return s;
}

/* Where the first member of `list` ends: at a comma outside quotes, or at the end. An unclosed
 * quote runs to the end. */
static size_t find_member_end(struct str list)
{
    bool quoted = false;
    size_t i = 0;
    while (i < list.len && (quoted || list.p[i] != ',')) {
        if (list.p[i] == '"') {
            quoted = !quoted;
        } else if (quoted && list.p[i] == '\\' && i + 1 < list.len) {
            i++;
        }
        i++;
    }
    return i;
}

bool str_next_member(struct str *list, struct str *member)
{
    while (list->len > 0) {
        size_t end = find_member_end(*list);
        *member = str_trim(str_head(*list, end));
        *list = str_skip(*list, end + 1);
        if (member->len > 0) {
            return true;
        }
    }
    return false;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Three rows of the matrix of distances between prefixes; the oldest is needed for swaps. */
struct rows {
    unsigned older[DISTANCE_MAX_LEN + 1];
    unsigned last[DISTANCE_MAX_LEN + 1];
    unsigned now[DISTANCE_MAX_LEN + 1];
};

static bool is_swap(struct str a, struct str b, size_t i, size_t j)
{
    return i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1];
}

/* Fills `now`, the row of a's first `i` characters. */
static void fill_row(struct rows *r, struct str a, struct str b, size_t i)
{
    r->now[0] = (unsigned)i;
    for (size_t j = 1; j <= b.len; j++) {
        unsigned replaced = r->last[j - 1] + (a.p[i - 1] != b.p[j - 1]);
        unsigned best = smaller(replaced, smaller(r->last[j], r->now[j - 1]) + 1);
        if (is_swap(a, b, i, j)) {
            best = smaller(best, r->older[j - 2] + 1);
        }
        r->now[j] = best;
    }
}

unsigned str_distance(struct str a, struct str b, unsigned max)
{
    if (a.len > DISTANCE_MAX_LEN || b.len > DISTANCE_MAX_LEN) {
        return max + 1;
    }
    struct rows r = {0};
    for (size_t j = 0; j <= b.len; j++) {
        r.now[j] = (unsigned)j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        memcpy(r.older, r.last, sizeof(r.older));
        memcpy(r.last, r.now, sizeof(r.last));
        fill_row(&r, a, b, i);
    }
    return smaller(r.now[b.len], max + 1);
}
