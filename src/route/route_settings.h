/* route_settings.h: what a user writes for a route.
 *
 *   - name: users                             optional: for logs and metrics
 *     match:
 *       host: [example.com, "*.example.com"]  absent: any
 *       path: /users/{id}                     absent: any; patterns: route/pattern.h
 *       method: [GET, POST]                   absent: any; GET takes HEAD with it
 *       header: {x-beta: "1", x-user: "*"}    that value, or any
 *       query: {page: "*"}
 *     limits: {body: 10MiB}                   guards, one handler, filters: by their kinds' names
 *     files: {root: ./site}
 *
 * `match: /users` is short for `match: {path: /users}`. */
#ifndef WEIR_ROUTE_ROUTE_SETTINGS_H
#define WEIR_ROUTE_ROUTE_SETTINGS_H

#include "config/setting.h"

struct route_match_settings {
    struct position at;
    struct setting_list hosts; /* of struct str */
    struct str path;
    struct setting_list methods; /* of struct str */
    struct setting_map headers;  /* of struct str */
    struct setting_map query;    /* of struct str */
};

struct route_settings {
    struct position at;
    struct str name;
    struct route_match_settings match;
    struct setting_list guards; /* of struct setting_chosen, as the next two */
    struct setting_list handler;
    struct setting_list filters;
};

/* With all kinds there are. For a row `routes` of the whole configuration: a SETTING_LIST of it. */
extern const struct setting_table route_settings_table;

#define ROUTE_SETTINGS_ROWS 6

/* A table with other kinds, for tests. */
struct route_settings_kinds {
    const struct setting_kind *const *guards; /* NULL behind the last, as in the next two */
    const struct setting_kind *const *handlers;
    const struct setting_kind *const *filters;
};

struct route_settings_custom {
    struct setting_table table;
    struct setting rows[ROUTE_SETTINGS_ROWS];
};

void route_settings_customise(struct route_settings_custom *custom,
                              const struct route_settings_kinds *kinds);

#endif
