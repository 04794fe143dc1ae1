/* pattern.h: the path pattern and the host pattern of a route. Any thread; memory is the caller's
 * arena.
 *
 *   /a/b             that path alone
 *   /a/b/            that path alone: a slash at the end makes another path
 *   /a/{x}/b         {x} is one segment that is not empty
 *   /a/{rest...}     what follows "/a/", which may be empty; not "/a"
 *   /a/ **           "/a", "/a/" and all below (written without the space)
 *
 * What stands between is normalised by the rules of http/uri.h, so "/%7euser" is "/~user"; bytes
 * above 0x7e are escaped first. A '*' that is a whole segment is an error, for it does not mean
 * what it does elsewhere. */
#ifndef WEIR_ROUTE_PATTERN_H
#define WEIR_ROUTE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define PATTERN_SEGMENTS_MAX 64

enum pattern_tail {
    PATTERN_TAIL_NONE, /* the path ends with the last segment */
    PATTERN_TAIL_REST, /* {rest...} */
    PATTERN_TAIL_ALL   /* two stars */
};

struct pattern_segment {
    struct str literal; /* normalised; p is NULL for a template */
};

struct pattern {
    struct str text; /* as it was written */
    struct pattern_segment *segments;
    struct str *names; /* of the templates, in order, that of the tail included */
    uint32_t segment_count;
    uint32_t name_count;
    enum pattern_tail tail;
};

/* ERR_SYNTAX: `*why` is a sentence for people that follows "path '...' ". */
MUST_USE enum err pattern_parse(struct str text, struct arena *a, struct pattern *out,
                                struct str *why);

static inline bool pattern_is_template(const struct pattern *p, uint32_t segment)
{
    return p->segments[segment].literal.p == NULL;
}

/* Below 0 when `a` goes before `b`: segment by segment, a literal before a template before
 * {rest...} before two stars. 0 when both match the same paths: names of templates do not matter.
 */
int pattern_compare(const struct pattern *a, const struct pattern *b);

enum host_kind {
    HOST_EXACT,
    HOST_WILDCARD, /* "*.example.com": one label or more in front */
    HOST_ANY
};

struct host_pattern {
    enum host_kind kind;
    struct str name; /* of a wildcard ".example.com"; of any host empty */
};

/* ERR_SYNTAX: `*why` is a sentence that follows "host '...' ". "*" is any host. */
MUST_USE enum err pattern_parse_host(struct str text, struct arena *a, struct host_pattern *out,
                                     struct str *why);

#endif
