#include "config/walk.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "config/setting.h"

static bool was_seen(const struct walk *walk, const struct setting_table *table)
{
    for (size_t i = 0; i < walk->count; i++) {
        if (walk->stops[i].table == table) {
            return true;
        }
    }
    return false;
}

static void add(struct walk *walk, struct arena *arena, const struct setting_table *table,
                struct str path)
{
    if (table == NULL || was_seen(walk, table)) {
        return;
    }
    if (walk->count == walk->cap) {
        size_t cap = walk->cap == 0 ? 16 : walk->cap * 2;
        struct walk_stop *stops = arena_alloc(arena, cap * sizeof(*stops));
        if (walk->count > 0) {
            memcpy(stops, walk->stops, walk->count * sizeof(*stops));
        }
        walk->stops = stops;
        walk->cap = cap;
    }
    walk->stops[walk->count++] = (struct walk_stop){table, path};
}

static struct str step(struct arena *arena, struct str path, const char *name, const char *behind)
{
    return arena_printf(arena, "%.*s%s%s%s", STR_ARGS(path), path.len > 0 ? "." : "", name, behind);
}

static const char *path_sign(enum setting_type type)
{
    if (type == SETTING_LIST) {
        return "[]";
    }
    return type == SETTING_MAP ? ".*" : "";
}

static void add_row(struct walk *walk, struct arena *arena, const struct setting *row,
                    struct str path)
{
    if (row->table != NULL && row->name != NULL) {
        add(walk, arena, row->table, step(arena, path, row->name, path_sign(row->type)));
    }
    for (size_t i = 0; row->type == SETTING_KINDS && row->kinds != NULL && row->kinds[i] != NULL;
         i++) {
        add(walk, arena, row->kinds[i]->table, step(arena, path, row->kinds[i]->name, ""));
    }
}

void walk_tables(const struct setting_table *root, struct arena *arena, struct walk *out)
{
    *out = (struct walk){.count = 0};
    add(out, arena, root, STR(""));
    for (size_t i = 0; i < out->count; i++) {
        struct walk_stop stop = out->stops[i];
        for (size_t k = 0; k < stop.table->count; k++) {
            add_row(out, arena, &stop.table->rows[k], stop.path);
        }
    }
}
