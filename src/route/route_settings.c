#include "route/route_settings.h"

#include "base/arena.h"
#include "base/check.h"
#include "config/config.h"
#include "config/faults.h"
#include "guard/guard_kinds.h"
#include "handler/kinds.h"
#include "http/fields.h"
#include "http/uri.h"
#include "route/pattern.h"

/* --- what one row cannot say --------------------------------------------------------------- */

static struct position item_at(const struct config *config, const struct setting_list *list,
                               size_t i)
{
    return list->positions != NULL ? list->positions[i] : config_position(config, list);
}

static void check_path(const struct config *config, const struct route_match_settings *m,
                       struct faults *faults)
{
    struct pattern pattern;
    struct str why;

    if (m->path.p == NULL || pattern_parse(m->path, faults->arena, &pattern, &why) == ERR_OK) {
        return;
    }
    struct str said = faults_quote(faults->arena, m->path);
    faults_add(faults, config_position(config, &m->path), "path '%.*s' %.*s", STR_ARGS(said),
               STR_ARGS(why));
}

static bool is_same_host(const struct host_pattern *a, const struct host_pattern *b)
{
    return a->kind == b->kind && str_eq(a->name, b->name);
}

static bool has_host(const struct host_pattern *hosts, size_t count,
                     const struct host_pattern *host)
{
    for (size_t i = 0; i < count; i++) {
        if (hosts[i].name.p != NULL && is_same_host(&hosts[i], host)) {
            return true;
        }
    }
    return false;
}

static void check_hosts(const struct config *config, const struct route_match_settings *m,
                        struct faults *faults)
{
    const struct str *texts = m->hosts.items;
    struct host_pattern *hosts = arena_zalloc(faults->arena, (m->hosts.count + 1) * sizeof(*hosts));

    for (size_t i = 0; i < m->hosts.count; i++) {
        struct position at = item_at(config, &m->hosts, i);
        struct str said = faults_quote(faults->arena, texts[i]);
        struct str why;
        if (pattern_parse_host(texts[i], faults->arena, &hosts[i], &why) != ERR_OK) {
            faults_add(faults, at, "host '%.*s' %.*s", STR_ARGS(said), STR_ARGS(why));
        } else if (has_host(hosts, i, &hosts[i])) {
            faults_add(faults, at, "host '%.*s' is named twice", STR_ARGS(said));
        }
    }
}

static bool has_text(const struct str *texts, size_t count, struct str text)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(texts[i], text)) {
            return true;
        }
    }
    return false;
}

static void check_methods(const struct config *config, const struct route_match_settings *m,
                          struct faults *faults)
{
    const struct str *texts = m->methods.items;

    for (size_t i = 0; i < m->methods.count; i++) {
        struct position at = item_at(config, &m->methods, i);
        struct str said = faults_quote(faults->arena, texts[i]);
        if (!fields_name_is_valid(texts[i], false)) {
            faults_add(faults, at, "'%.*s' is no method", STR_ARGS(said));
        } else if (str_eq(texts[i], STR("CONNECT"))) {
            faults_add(faults, at, "CONNECT has no path, so no route can take it");
        } else if (has_text(texts, i, texts[i])) {
            faults_add(faults, at, "method '%.*s' is named twice", STR_ARGS(said));
        }
    }
}

static void check_header(const struct setting_map *map, size_t i, struct faults *faults)
{
    const struct setting_entry *e = &map->entries[i];
    const struct str *value = e->value;
    struct str said = faults_quote(faults->arena, e->key);

    if (!fields_name_is_valid(e->key, false)) {
        faults_add(faults, e->at, "'%.*s' is no name of a header", STR_ARGS(said));
        return;
    }
    if (!fields_value_is_valid(*value)) {
        faults_add(faults, e->at,
                   "no request has such a value of header '%.*s': it has a control character or a "
                   "space at an end",
                   STR_ARGS(said));
    }
    for (size_t k = 0; k < i; k++) {
        if (str_eq_nocase(map->entries[k].key, e->key)) {
            struct str place = faults_place(faults->arena, map->entries[k].at);
            faults_add(faults, e->at, "header '%.*s' is named at %.*s already", STR_ARGS(said),
                       STR_ARGS(place));
            return;
        }
    }
}

static void check_match(const struct config *config, const void *settings, struct faults *faults)
{
    const struct route_match_settings *m = settings;

    check_path(config, m, faults);
    check_hosts(config, m, faults);
    check_methods(config, m, faults);
    for (size_t i = 0; i < m->headers.count; i++) {
        check_header(&m->headers, i, faults);
    }
}

/* --- rows ---------------------------------------------------------------------------------- */

static const struct setting match_rows[] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct route_match_settings, at)},
    {.name = "host",
     .type = SETTING_LIST,
     .item = SETTING_STRING,
     SETTING_MEMBER(struct route_match_settings, hosts),
     .is_one_or_many = true,
     .min_count = 1,
     .meaning = "Hosts: exact or \"*.example.com\" (one label or more); absent: any"},
    {.name = "path",
     .type = SETTING_STRING,
     SETTING_MEMBER(struct route_match_settings, path),
     .meaning = "/a, /a/** (and all below), /users/{id}, /files/{rest...}; absent: any"},
    {.name = "method",
     .type = SETTING_LIST,
     .item = SETTING_STRING,
     SETTING_MEMBER(struct route_match_settings, methods),
     .is_one_or_many = true,
     .min_count = 1,
     .meaning = "Methods, GET takes HEAD with it; absent: any"},
    {.name = "header",
     .type = SETTING_MAP,
     .item = SETTING_STRING,
     SETTING_MEMBER(struct route_match_settings, headers),
     .meaning = "Header fields that must be there, with this value or (\"*\") with any"},
    {.name = "query",
     .type = SETTING_MAP,
     .item = SETTING_STRING,
     SETTING_MEMBER(struct route_match_settings, query),
     .meaning = "Query parameters that must be there, with this value or (\"*\") with any"},
};

static const struct setting_table match_table = {
    .name = "match",
    .meaning = "Which requests a route takes; of several the most specific",
    .size = sizeof(struct route_match_settings),
    .rows = match_rows,
    .count = COUNT_OF(match_rows),
    .shorthand = "path",
    .check = check_match,
};

enum {
    ROW_GUARDS = 3,
    ROW_HANDLER,
    ROW_FILTERS
};

static const struct setting rows[ROUTE_SETTINGS_ROWS] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct route_settings, at)},
    {.name = "name",
     .type = SETTING_STRING,
     SETTING_MEMBER(struct route_settings, name),
     .min = 1,
     .max = 64,
     .meaning = "What logs and metrics call it; absent: its path"},
    {.name = "match",
     .type = SETTING_OBJECT,
     SETTING_MEMBER(struct route_settings, match),
     .table = &match_table,
     .meaning = "Which requests it takes; absent: all"},
    [ROW_GUARDS] = {.name = "guards",
                    .type = SETTING_KINDS,
                    SETTING_MEMBER(struct route_settings, guards),
                    .kinds = guard_kinds,
                    .meaning = "Who may refuse a request, asked in the order of this list"},
    [ROW_HANDLER] = {.name = "handler",
                     .type = SETTING_KINDS,
                     SETTING_MEMBER(struct route_settings, handler),
                     .kinds = handler_kinds,
                     .min_count = 1,
                     .max_count = 1,
                     .meaning = "Who answers: exactly one"},
    [ROW_FILTERS] = {.name = "filters",
                     .type = SETTING_KINDS,
                     SETTING_MEMBER(struct route_settings, filters),
                     .kinds = filter_kinds,
                     .meaning = "What is changed on the way out, in the order of this list"},
};

const struct setting_table route_settings_table = {
    .name = "route",
    .meaning = "Requests of one kind and who answers them",
    .size = sizeof(struct route_settings),
    .rows = rows,
    .count = COUNT_OF(rows),
};

void route_settings_customise(struct route_settings_custom *custom,
                              const struct route_settings_kinds *kinds)
{
    memcpy(custom->rows, rows, sizeof(rows));
    custom->rows[ROW_GUARDS].kinds = kinds->guards;
    custom->rows[ROW_HANDLER].kinds = kinds->handlers;
    custom->rows[ROW_FILTERS].kinds = kinds->filters;
    custom->table = route_settings_table;
    custom->table.rows = custom->rows;
}
