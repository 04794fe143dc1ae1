#include "config/suggest.h"

#include <stdbool.h>

#include "base/arena.h"
#include "config/nearest.h"
#include "config/setting.h"
#include "config/walk.h"

#define LIST_MAX 12 /* keys named when nothing is near */

struct search {
    struct nearest nearest;
    struct str section; /* of the best so far */
    struct str here;    /* being searched */
};

struct listing {
    struct arena *arena;
    struct str text;
    size_t count;
};

void suggest_each_key(const struct setting_table *table, void (*each)(void *ctx, struct str key),
                      void *ctx)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct setting *row = &table->rows[i];
        if (row->name != NULL && row->type != SETTING_KINDS && row->type != SETTING_POSITION) {
            each(ctx, str_from(row->name));
        }
        for (size_t k = 0; row->type == SETTING_KINDS && row->kinds[k] != NULL; k++) {
            each(ctx, str_from(row->kinds[k]->name));
        }
    }
}

static void offer(void *ctx, struct str key)
{
    struct search *s = ctx;

    if (nearest_offer(&s->nearest, key)) {
        s->section = s->here;
    }
}

static void list_key(void *ctx, struct str key)
{
    struct listing *l = ctx;

    if (l->count++ < LIST_MAX) {
        l->text = arena_printf(l->arena, "%.*s%s%.*s", STR_ARGS(l->text),
                               l->text.len > 0 ? ", " : "", STR_ARGS(key));
    }
}

static struct str list_keys(const struct setting_table *table, struct arena *arena)
{
    struct listing l = {arena, STR(""), 0};

    suggest_each_key(table, list_key, &l);
    return arena_printf(arena, "; known here: %.*s%s", STR_ARGS(l.text),
                        l.count > LIST_MAX ? ", ..." : "");
}

static void search_elsewhere(const struct setting_table *root, const struct setting_table *here,
                             struct search *s, struct arena *arena)
{
    struct walk walk;

    walk_tables(root, arena, &walk);
    for (size_t i = 0; i < walk.count; i++) {
        if (walk.stops[i].table != here) {
            s->here = walk.stops[i].path;
            suggest_each_key(walk.stops[i].table, offer, s);
        }
    }
}

struct str suggest_key(const struct setting_table *root, const struct setting_table *here,
                       struct str word, struct arena *arena)
{
    struct search s = {.section = STR("")};

    nearest_init(&s.nearest, word);
    suggest_each_key(here, offer, &s);
    if (s.nearest.best.len > 0) {
        return arena_printf(arena, "; did you mean '%.*s'?", STR_ARGS(s.nearest.best));
    }
    search_elsewhere(root, here, &s, arena);
    struct str section = str_is_empty(s.section) ? STR("the top level") : s.section;
    if (str_eq(s.nearest.best, word)) {
        return arena_printf(arena, "; it belongs under %.*s", STR_ARGS(section));
    }
    if (s.nearest.best.len > 0) {
        return arena_printf(arena, "; did you mean '%.*s' under %.*s?", STR_ARGS(s.nearest.best),
                            STR_ARGS(section));
    }
    return list_keys(here, arena);
}
