/* match.h: which route takes a request: by specificity, not by the order of the file.
 *
 *   1. an exact host before "*.b.example" before "*.example" before any host;
 *   2. the path, segment by segment: a literal before {template} before {rest...} before two stars;
 *   3. more conditions (method, header, query) before fewer, values before "*", fewer methods
 *      before more; what is equal then by the names of headers and parameters.
 *
 * A route that does not take a request leaves it to the next one.
 *
 * Frozen. A path is walked once for each host pattern that fits: what several patterns make of the
 * same segments has been merged beforehand, so there is no going back and a path costs one look-up
 * a segment, whatever it is. Any worker. */
#ifndef WEIR_ROUTE_MATCH_H
#define WEIR_ROUTE_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/method.h"
#include "http/query.h"

struct request;
struct route;

#define MATCH_NONE UINT32_MAX

/* Routes in order of specificity: a part of match.lists. */
struct match_list {
    uint32_t first;
    uint32_t count;
};

/* Where a path can be after some segments. */
struct match_state {
    struct match_list ends;   /* for a path that ends here */
    struct match_list beyond; /* for one that goes on where no child leads */
    uint32_t template;        /* state after any segment that is not empty, or MATCH_NONE */
    uint32_t literals;        /* number of literal children */
};

/* From a state by a literal segment to the next one: open addressing over all states. */
struct match_edge {
    const char *text;
    uint32_t len;
    uint32_t from;
    uint32_t to; /* MATCH_NONE: free */
};

/* ".example.com" for wildcards. */
struct match_host {
    struct str name; /* p is NULL: free */
    uint32_t root;
};

struct match {
    struct match_state *states;
    struct match_edge *edges;
    uint32_t edge_mask;
    struct route **lists;
    struct match_host *hosts; /* NULL: no route names a host */
    uint32_t host_mask;
    uint32_t any_host; /* root, or MATCH_NONE */
    bool has_wildcards;
};

/* What is asked; the query's parameters are read once, when a route asks for them. */
struct match_request {
    const struct request *request;
    struct str host; /* by the rules of http/authority.h; may be empty */
    struct arena *arena;
    struct query_param *params;
    size_t param_count;
    bool has_params;
};

/* What match_find is to think the method is. */
struct match_method {
    enum method method;
    struct str text;
};

/* NULL when no route takes it. */
struct route *match_find(const struct match *m, struct match_request *q, struct match_method by);

/* Methods that are answered for this host, path, header and query; OPTIONS only where a handler
 * answers it. Empty: no route has such a path. */
struct match_allowed {
    uint32_t methods;   /* METHOD_BIT set, without METHOD_OTHER */
    struct str *others; /* the arena's */
    size_t other_count;
    bool is_known; /* some route takes some method */
};

void match_allowed(const struct match *m, struct match_request *q, struct match_allowed *out);

/* Hashes used by match_build. */
uint64_t match_hash_segment(uint32_t state, struct str segment);
uint64_t match_hash_host(struct str host);

#endif
