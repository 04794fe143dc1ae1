/* Three kinds of glob: a literal name ("Makefile"), a suffix ("*.tar.gz"), and the few others
 * ("README*"). The first two are looked up, with one map for those that demand the case of their
 * letters (flag "cs") and one for the rest, in lower case. */
#include "handler/mime_globs.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/map.h"
#include "base/num.h"

#define FILE_MAX     (4u * 1024 * 1024)
#define LONGEST_NAME 255 /* bytes of a file's name */
#define WEIGHT_MAX   1000

enum glob_case {
    CASE_EXACT,
    CASE_FOLDED,
    CASE_COUNT_
};

struct glob {
    struct glob *next; /* of the patterns */
    struct str type;
    struct str text; /* what stands in the map, or the whole pattern */
    unsigned weight;
    enum glob_case which;
};

struct mime_globs {
    struct arena arena;
    struct map literals[CASE_COUNT_];
    struct map suffixes[CASE_COUNT_]; /* ".tar.gz" */
    struct glob *patterns;
};

/* --- reading ------------------------------------------------------------------------------- */

static struct str lower(struct str s, char *out)
{
    for (size_t i = 0; i < s.len; i++) {
        out[i] = str_lower_char(s.p[i]);
    }
    return str_of(out, s.len);
}

static bool has_wildcard(struct str s)
{
    return str_index(s, '*') < s.len || str_index(s, '?') < s.len || str_index(s, '[') < s.len;
}

/* Of two globs alike the heavier one stays, the first of equals. */
static void put(struct map *map, struct glob *glob)
{
    const struct glob *present = map_find(map, glob->text);
    if (present == NULL || present->weight < glob->weight) {
        (void)map_put(map, glob->text, glob);
    }
}

static void add(struct mime_globs *g, struct glob *glob)
{
    struct str rest = str_skip(glob->text, 1);
    if (!has_wildcard(glob->text)) {
        put(&g->literals[glob->which], glob);
    } else if (str_has_prefix(glob->text, STR("*.")) && !has_wildcard(rest)) {
        glob->text = rest;
        put(&g->suffixes[glob->which], glob);
    } else {
        glob->next = g->patterns;
        g->patterns = glob;
    }
}

/* "50:text/css:*.css" or "50:text/x-c++src:*.C:cs" */
static void read_line(struct mime_globs *g, struct str line)
{
    struct str rest = line;
    uint64_t weight = 0;
    struct str weight_text = str_cut(rest, ':', &rest);
    struct str type = str_cut(rest, ':', &rest);
    struct str pattern = str_cut(rest, ':', &rest);
    if (num_parse_u64(weight_text, WEIGHT_MAX, &weight) != ERR_OK || type.len == 0 ||
        pattern.len == 0) {
        return;
    }
    struct glob *glob = arena_zalloc(&g->arena, sizeof(*glob));
    char *text = arena_zalloc(&g->arena, pattern.len + 1);
    glob->which = str_eq(rest, STR("cs")) ? CASE_EXACT : CASE_FOLDED;
    memcpy(text, pattern.p, pattern.len);
    glob->text = glob->which == CASE_FOLDED ? lower(pattern, text) : str_of(text, pattern.len);
    glob->type = arena_str(&g->arena, type);
    glob->weight = (unsigned)weight;
    add(g, glob);
}

struct mime_globs *mime_globs_parse(struct str text)
{
    struct mime_globs *g = calloc(1, sizeof(*g));
    MUST(g != NULL);
    arena_init(&g->arena, NULL, NULL, NULL, 0);
    for (unsigned i = 0; i < CASE_COUNT_; i++) {
        map_init(&g->literals[i]);
        map_init(&g->suffixes[i]);
    }
    while (text.len > 0) {
        struct str line = str_cut(text, '\n', &text);
        if (line.len > 0 && line.p[0] != '#') {
            read_line(g, line);
        }
    }
    return g;
}

void mime_globs_free(struct mime_globs **globs)
{
    struct mime_globs *g = *globs;
    if (g == NULL) {
        return;
    }
    for (unsigned i = 0; i < CASE_COUNT_; i++) {
        map_fini(&g->literals[i]);
        map_fini(&g->suffixes[i]);
    }
    arena_fini(&g->arena);
    free(g);
    *globs = NULL;
}

static enum err read_all(int fd, struct buf *text)
{
    for (;;) {
        char *room = buf_room(text, 65536);
        if (room == NULL) {
            return ERR_FULL;
        }
        ssize_t n = read(fd, room, 65536);
        if (n < 0) {
            return err_from_errno(errno);
        }
        if (n == 0) {
            return ERR_OK;
        }
        buf_added(text, (size_t)n);
    }
}

enum err mime_globs_load(const char *path, struct mime_globs **out)
{
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return err_from_errno(errno);
    }
    struct buf text;
    buf_init(&text, FILE_MAX + 65536);
    enum err err = read_all(fd, &text);
    close(fd);
    if (err == ERR_OK) {
        *out = mime_globs_parse(buf_str(&text));
    }
    buf_fini(&text);
    return err;
}

/* --- asking -------------------------------------------------------------------------------- */

/* A name as it is, and in lower case; both end with a zero byte. */
struct spellings {
    struct str by_case[CASE_COUNT_];
    char exact[LONGEST_NAME + 1];
    char folded[LONGEST_NAME + 1];
};

static void spell(struct spellings *s, struct str name)
{
    memcpy(s->exact, name.p, name.len);
    s->exact[name.len] = '\0';
    s->by_case[CASE_EXACT] = str_of(s->exact, name.len);
    s->by_case[CASE_FOLDED] = lower(name, s->folded);
    s->folded[name.len] = '\0';
}

static const struct glob *heavier(const struct glob *first, const struct glob *second)
{
    if (first == NULL || (second != NULL && second->weight > first->weight)) {
        return second;
    }
    return first;
}

/* From `at` on; exact case goes before folded. */
static const struct glob *find_in(const struct map maps[static CASE_COUNT_],
                                  const struct spellings *s, size_t at)
{
    return heavier(map_find(&maps[CASE_EXACT], str_skip(s->by_case[CASE_EXACT], at)),
                   map_find(&maps[CASE_FOLDED], str_skip(s->by_case[CASE_FOLDED], at)));
}

static const struct glob *find_suffix(const struct mime_globs *g, const struct spellings *s)
{
    const struct glob *best = NULL;
    struct str name = s->by_case[CASE_EXACT];
    for (size_t i = 0; i < name.len; i++) {
        if (name.p[i] == '.') {
            best = heavier(best, find_in(g->suffixes, s, i));
        }
    }
    return best;
}

static const struct glob *find_pattern(const struct mime_globs *g, const struct spellings *s)
{
    const struct glob *best = NULL;
    for (const struct glob *glob = g->patterns; glob != NULL; glob = glob->next) {
        if (fnmatch(glob->text.p, s->by_case[glob->which].p, 0) == 0) {
            best = heavier(best, glob);
        }
    }
    return best;
}

struct str mime_globs_type(const struct mime_globs *globs, struct str name)
{
    struct spellings s;
    if (name.len == 0 || name.len > LONGEST_NAME) {
        return str_of(NULL, 0);
    }
    spell(&s, name);
    const struct glob *glob = find_in(globs->literals, &s, 0);
    if (glob == NULL) {
        glob = heavier(find_suffix(globs, &s), find_pattern(globs, &s));
    }
    return glob == NULL ? str_of(NULL, 0) : glob->type;
}
