/* query.h: the parameters of a query, as forms write them ("a=1&b=two+words"). Any thread; memory
 * is the caller's arena. */
#ifndef WEIR_HTTP_QUERY_H
#define WEIR_HTTP_QUERY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

struct query_param {
    struct str name;
    struct str value; /* p is NULL when there was no '=' */
};

/* The next parameter, decoded: '+' is a space, escapes are undone, a '%' that begins no escape
 * stays (as in the URL standard, application/x-www-form-urlencoded). The bytes may be anything, NUL
 * and invalid UTF-8 included. Empty parameters are passed over. False at the end; `*query` is moved
 * on. Not copied when nothing had to change. */
bool query_next(struct str *query, struct arena *a, struct query_param *out);

/* The first parameter of that (decoded) name; false when absent. */
bool query_find(struct str query, struct str name, struct arena *a, struct str *value);

#endif
