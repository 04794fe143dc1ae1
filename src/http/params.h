/* params.h: the values of a route's templates: of "/users/{id}" the "id". Read by stage_param
 * (http/stage.h). Own worker. */
#ifndef WEIR_HTTP_PARAMS_H
#define WEIR_HTTP_PARAMS_H

#include <stddef.h>

#include "base/str.h"

struct param {
    struct str name;  /* the route's */
    struct str value; /* unescaped: may hold any byte, '/' and NUL included; the arena's */
};

/* In the order of the pattern. */
struct params {
    const struct param *v;
    size_t count;
};

#endif
