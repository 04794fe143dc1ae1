/* params.h: the values of a route's templates: of "/users/{id}" the "id". Own worker. */
#ifndef WEIR_HTTP_PARAMS_H
#define WEIR_HTTP_PARAMS_H

#include <stddef.h>

#include "base/str.h"

struct exchange;

struct param {
    struct str name;  /* the route's */
    struct str value; /* unescaped: may hold any byte, '/' and NUL included; the arena's */
};

/* In the order of the pattern. */
struct params {
    const struct param *v;
    size_t count;
};

/* What the route of `x` took from the path; p is NULL when it has no template of that name. */
struct str params_value(const struct exchange *x, struct str name);

#endif
