#include "config/fill.h"

#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "config/faults.h"
#include "config/nearest.h"
#include "config/node.h"
#include "config/path.h"
#include "config/places.h"
#include "config/setting.h"
#include "config/suggest.h"

#define NAME_MAX_BYTES 255

struct fill_object {
    struct fill_object *next;
    struct fill_object *previous;
    struct fill_object *around;
    const struct setting_table *table;
    const struct node *node; /* NULL: not written, all defaults */
    struct position at;
    struct path path;
    void *out;
    bool has_fault; /* here or further inside */
};

/* A place for one value. */
struct slot {
    const struct setting *row;
    const struct setting_table *table; /* when it is an object */
    enum setting_type type;
    void *out;
    size_t size; /* of what is at `out` */
    struct path path;
};

static void mark_faulty(struct fill_object *o)
{
    for (; o != NULL && !o->has_fault; o = o->around) {
        o->has_fault = true;
    }
}

static void complain(struct fill *f, struct fill_object *o, const struct path *path,
                     struct position at, struct str sentence)
{
    struct str where = path_text(path, f->arena);

    mark_faulty(o);
    faults_add(f->faults, at, "%.*s%s%.*s", STR_ARGS(where), where.len > 0 ? ": " : "",
               STR_ARGS(sentence));
}

/* "wants a list, not text". */
static void complain_type(struct fill *f, struct fill_object *o, const struct slot *slot,
                          const struct node *node, const char *wants)
{
    complain(f, o, &slot->path, node->at,
             arena_printf(f->arena, "wants %s, not %s", wants, node_type_name(node)));
}

static void *member(void *object, const struct setting *row)
{
    return (char *)object + row->offset;
}

static size_t item_size(const struct setting *row)
{
    return row->item == SETTING_OBJECT ? row->table->size : scalar_size(row->item);
}

static void queue_object(struct fill *f, struct fill_object *around, const struct slot *slot,
                         const struct node *node, struct position at)
{
    struct fill_object *o = arena_zalloc(f->arena, sizeof(*o));

    *o = (struct fill_object){.previous = f->last,
                              .around = around,
                              .table = slot->table,
                              .node = node,
                              .at = at,
                              .path = slot->path,
                              .out = slot->out};
    if (f->last == NULL) {
        f->first = o;
    } else {
        f->last->next = o;
    }
    f->last = o;
}

static void fill_scalar(struct fill *f, struct fill_object *o, const struct slot *slot,
                        const struct node *node)
{
    if (node->type != NODE_SCALAR) {
        complain_type(f, o, slot, node, scalar_wants(slot->type));
        return;
    }
    struct str wrong =
        scalar_read(&f->scalars, slot->row, slot->type, node->text, node->is_plain, slot->out);
    if (!str_is_empty(wrong)) {
        complain(f, o, &slot->path, node->at, wrong);
    }
}

static void fill_object_or_null(struct fill *f, struct fill_object *o, const struct slot *slot,
                                const struct node *node)
{
    struct slot inner = *slot;

    inner.out = arena_zalloc(f->arena, slot->table->size);
    inner.size = slot->table->size;
    *(void **)slot->out = inner.out;
    places_add(f->places, inner.out, inner.size, node->at);
    queue_object(f, o, &inner, node, node->at);
}

/* A scalar or an object: what may stand alone, in a list, or in a map. */
static void fill_single(struct fill *f, struct fill_object *o, const struct slot *slot,
                        const struct node *node)
{
    if (faults_is_full(f->faults)) {
        return;
    }
    if (node->type == NODE_BROKEN) {
        mark_faulty(o);
        return;
    }
    if (node_is_null(node)) {
        complain(f, o, &slot->path, node->at, STR("has no value; write one or leave the key out"));
        return;
    }
    places_add(f->places, slot->out, slot->size, node->at);
    if (scalar_is(slot->type)) {
        fill_scalar(f, o, slot, node);
    } else if (slot->type == SETTING_OBJECT_OR_NULL) {
        fill_object_or_null(f, o, slot, node);
    } else {
        queue_object(f, o, slot, node, node->at);
    }
}

static void check_count(struct fill *f, struct fill_object *o, const struct slot *slot,
                        const struct node *node, size_t count)
{
    const struct setting *row = slot->row;

    if (count < row->min_count) {
        complain(f, o, &slot->path, node->at,
                 arena_printf(f->arena, "has %zu entries; at least %zu", count, row->min_count));
    } else if (row->max_count != 0 && count > row->max_count) {
        complain(f, o, &slot->path, node->at,
                 arena_printf(f->arena, "has %zu entries; at most %zu", count, row->max_count));
    }
}

/* Inner paths point to this one for as long as there may be a fault. */
static const struct path *keep_path(struct fill *f, const struct path *path)
{
    struct path *kept = arena_alloc(f->arena, sizeof(*kept));

    *kept = *path;
    return kept;
}

static void fill_list(struct fill *f, struct fill_object *o, const struct slot *slot,
                      const struct node *node)
{
    const struct setting *row = slot->row;
    struct setting_list *list = slot->out;
    struct slot item = {.row = row, .table = row->table, .type = row->item, .size = item_size(row)};
    bool is_one = node->type != NODE_LIST;
    size_t count = is_one ? 1 : node->count;
    struct position *positions = arena_alloc(f->arena, (count + 1) * sizeof(*positions));

    if (is_one && !row->is_one_or_many) {
        complain_type(f, o, slot, node, "a list");
        return;
    }
    check_count(f, o, slot, node, count);
    *list = (struct setting_list){arena_zalloc(f->arena, count * item.size + 1), positions, count};
    item.path = (struct path){.above = keep_path(f, &slot->path), .is_item = true};
    for (size_t i = 0; i < count; i++) {
        const struct node *value = is_one ? node : node->pairs[i].value;
        positions[i] = value->at;
        item.out = (char *)list->items + i * item.size;
        item.path.index = i;
        fill_single(f, o, &item, value);
    }
}

/* Names become labels of metrics and keys of printed settings. */
static bool is_good_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7F) {
            return false;
        }
    }
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

static void fill_entry(struct fill *f, struct fill_object *o, struct slot *slot,
                       const struct node_pair *pair, struct setting_entry *entry)
{
    if (!is_good_name(pair->key->text)) {
        complain(f, o, slot->path.above, pair->key->at,
                 STR("a name is 1 to 255 bytes without control characters"));
        return;
    }
    *entry = (struct setting_entry){.key = pair->key->text, .at = pair->key->at};
    entry->value = arena_zalloc(f->arena, slot->size);
    slot->out = entry->value;
    slot->path.key = entry->key;
    fill_single(f, o, slot, pair->value);
}

static void fill_map(struct fill *f, struct fill_object *o, const struct slot *slot,
                     const struct node *node)
{
    const struct setting *row = slot->row;
    struct setting_map *map = slot->out;
    struct slot item = {.row = row, .table = row->table, .type = row->item, .size = item_size(row)};

    if (node->type != NODE_MAPPING) {
        complain_type(f, o, slot, node, "a mapping from names");
        return;
    }
    check_count(f, o, slot, node, node->count);
    map->count = node->count;
    map->entries = arena_zalloc(f->arena, node->count * sizeof(*map->entries) + 1);
    item.path.above = keep_path(f, &slot->path);
    for (size_t i = 0; i < node->count; i++) {
        fill_entry(f, o, &item, &node->pairs[i], &map->entries[i]);
    }
}

static void fill_written(struct fill *f, struct fill_object *o, const struct slot *slot,
                         const struct node *node)
{
    bool is_many = slot->type == SETTING_LIST || slot->type == SETTING_MAP;

    if (!is_many || node->type == NODE_BROKEN || node_is_null(node)) {
        fill_single(f, o, slot, node);
        return;
    }
    places_add(f->places, slot->out, slot->size, node->at);
    if (slot->type == SETTING_LIST) {
        fill_list(f, o, slot, node);
    } else {
        fill_map(f, o, slot, node);
    }
}

static void read_default(struct fill *f, const struct setting *row, enum setting_type type,
                         struct str text, void *out)
{
    struct str wrong = scalar_read(&f->scalars, row, type, text, true, out);

    /* tablecheck.h finds it earlier, in the tests of the room that owns the row. */
    MUST(str_is_empty(wrong));
}

static void fill_default_list(struct fill *f, const struct fill_object *o,
                              const struct setting *row, struct setting_list *list)
{
    struct str rest = str_from(row->default_text);
    struct str word;

    size_t bytes = (rest.len / 2 + 1) * item_size(row);
    list->items = arena_zalloc(f->arena, bytes);
    places_add(f->places, list->items, bytes, o->at);
    while (str_next_member(&rest, &word)) {
        read_default(f, row, row->item, word, (char *)list->items + list->count * item_size(row));
        list->count++;
    }
}

static const struct setting_kind *find_kind(const struct setting *row, struct str key)
{
    for (size_t i = 0; row->kinds[i] != NULL; i++) {
        if (str_eq(str_from(row->kinds[i]->name), key)) {
            return row->kinds[i];
        }
    }
    return NULL;
}

static bool is_key_of(const struct setting *row, struct str key)
{
    if (row->type == SETTING_KINDS) {
        return find_kind(row, key) != NULL;
    }
    return row->type != SETTING_POSITION && str_eq(str_from(row->name), key);
}

static bool is_known(const struct setting_table *table, struct str key)
{
    for (size_t i = 0; i < table->count; i++) {
        if (is_key_of(&table->rows[i], key)) {
            return true;
        }
    }
    return false;
}

/* Whether an unknown key is `name` misspelt: that fault says enough. */
static bool is_misspelt(const struct fill_object *o, struct str name)
{
    bool has_keys = o->node != NULL && o->node->type == NODE_MAPPING;
    struct nearest nearest;

    for (size_t i = 0; has_keys && i < o->node->count; i++) {
        struct str key = o->node->pairs[i].key->text;
        nearest_init(&nearest, key);
        if (!is_known(o->table, key) && nearest_offer(&nearest, name)) {
            return true;
        }
    }
    return false;
}

static void complain_missing(struct fill *f, struct fill_object *o, const char *name)
{
    struct str where = path_text(&o->path, f->arena);

    mark_faulty(o);
    if (is_misspelt(o, str_from(name))) {
        return;
    }
    faults_add(f->faults, o->at, "missing key '%s'%s%.*s", name, where.len > 0 ? " in " : "",
               STR_ARGS(where));
}

static void fill_absent(struct fill *f, struct fill_object *o, const struct slot *slot)
{
    const struct setting *row = slot->row;

    if (row->is_required) {
        complain_missing(f, o, row->name);
    } else if (row->type == SETTING_OBJECT) {
        queue_object(f, o, slot, NULL, o->at);
    } else if (row->default_text != NULL && row->type == SETTING_LIST) {
        fill_default_list(f, o, row, slot->out);
    } else if (row->default_text != NULL) {
        read_default(f, row, row->type, str_from(row->default_text), slot->out);
    }
}

/* What was written for `row`: its key's value, or the whole value when that is the short form. */
static const struct node *find_written(const struct fill_object *o, const struct setting *row)
{
    if (o->node == NULL) {
        return NULL;
    }
    if (o->node->type != NODE_MAPPING) {
        return strcmp(row->name, o->table->shorthand) == 0 ? o->node : NULL;
    }
    const struct node_pair *pair = node_find(o->node, str_from(row->name));
    return pair == NULL ? NULL : pair->value;
}

static void choose_kind(struct fill *f, struct fill_object *o, const struct setting *row,
                        const struct node_pair *pair, struct setting_chosen *chosen)
{
    const struct setting_kind *kind = find_kind(row, pair->key->text);

    *chosen =
        (struct setting_chosen){kind, arena_zalloc(f->arena, kind->table->size), pair->key->at};
    struct slot slot = {.row = row,
                        .table = kind->table,
                        .type = SETTING_OBJECT,
                        .out = chosen->settings,
                        .size = kind->table->size,
                        .path = {.above = &o->path, .key = str_from(kind->name)}};
    fill_single(f, o, &slot, pair->value);
}

static struct str list_kinds(struct fill *f, const struct setting *row)
{
    struct str list = STR("");

    for (size_t i = 0; row->kinds[i] != NULL; i++) {
        list = arena_printf(f->arena, "%.*s%s'%s'", STR_ARGS(list), i > 0 ? ", " : "",
                            row->kinds[i]->name);
    }
    return list;
}

static void check_kinds(struct fill *f, struct fill_object *o, const struct setting *row,
                        const struct setting_list *list)
{
    const struct setting_chosen *chosen = list->items;

    if (list->count < row->min_count) {
        struct str known = list_kinds(f, row);
        complain(f, o, &o->path, o->at,
                 arena_printf(f->arena, "needs one of %.*s", STR_ARGS(known)));
    }
    if (row->max_count == 0 || list->count <= row->max_count) {
        return;
    }
    const struct setting_chosen *extra = &chosen[row->max_count];
    struct str place = faults_place(f->arena, chosen[0].at);
    complain(f, o, &o->path, extra->at,
             arena_printf(f->arena, "'%s' cannot stand beside '%s' at %.*s", extra->kind->name,
                          chosen[0].kind->name, STR_ARGS(place)));
}

static void fill_kinds(struct fill *f, struct fill_object *o, const struct setting *row)
{
    bool is_written = o->node != NULL && o->node->type == NODE_MAPPING;
    size_t bound = is_written ? o->node->count : 0;
    struct setting_list *list = member(o->out, row);
    struct setting_chosen *chosen = arena_alloc(f->arena, bound * sizeof(*chosen) + 1);
    struct position *positions = arena_alloc(f->arena, bound * sizeof(*positions) + 1);

    *list = (struct setting_list){chosen, positions, 0};
    for (size_t i = 0; i < bound; i++) {
        if (find_kind(row, o->node->pairs[i].key->text) != NULL) {
            choose_kind(f, o, row, &o->node->pairs[i], &chosen[list->count]);
            positions[list->count] = chosen[list->count].at;
            list->count++;
        }
    }
    check_kinds(f, o, row, list);
}

static void fill_row(struct fill *f, struct fill_object *o, const struct setting *row)
{
    struct slot slot = {.row = row,
                        .table = row->table,
                        .type = row->type,
                        .out = member(o->out, row),
                        .size = row->size};

    if (row->type == SETTING_POSITION) {
        *(struct position *)slot.out = o->at;
        return;
    }
    if (row->type == SETTING_KINDS) {
        fill_kinds(f, o, row);
        return;
    }
    slot.path = (struct path){.above = &o->path, .key = str_from(row->name)};
    const struct node *node = find_written(o, row);
    if (node == NULL) {
        fill_absent(f, o, &slot);
    } else {
        fill_written(f, o, &slot, node);
    }
}

static void complain_unknown(struct fill *f, struct fill_object *o, const struct node *key)
{
    struct str where = path_text(&o->path, f->arena);
    struct str shown = faults_quote(f->arena, key->text);
    struct str advice = suggest_key(f->root, o->table, key->text, f->arena);

    mark_faulty(o);
    faults_add(f->faults, key->at, "unknown key '%.*s'%s%.*s%.*s", STR_ARGS(shown),
               where.len > 0 ? " in " : "", STR_ARGS(where), STR_ARGS(advice));
}

static void check_keys(struct fill *f, struct fill_object *o)
{
    if (o->node == NULL || o->node->type != NODE_MAPPING) {
        return;
    }
    for (size_t i = 0; i < o->node->count && !faults_is_full(f->faults); i++) {
        if (!is_known(o->table, o->node->pairs[i].key->text)) {
            complain_unknown(f, o, o->node->pairs[i].key);
        }
    }
}

static void fill_object(struct fill *f, struct fill_object *o)
{
    bool is_short = o->node != NULL && o->node->type != NODE_MAPPING;

    if (is_short && o->table->shorthand == NULL) {
        struct slot slot = {.path = o->path};
        complain_type(f, o, &slot, o->node, "a mapping of keys");
        return;
    }
    for (size_t i = 0; i < o->table->count; i++) {
        fill_row(f, o, &o->table->rows[i]);
    }
    check_keys(f, o);
}

void *fill_settings(struct fill *f, const struct node *node)
{
    struct slot root = {.table = f->root, .type = SETTING_OBJECT, .size = f->root->size};

    f->first = NULL;
    f->last = NULL;
    root.out = arena_zalloc(f->arena, f->root->size);
    fill_single(f, NULL, &root, node);
    for (struct fill_object *o = f->first; o != NULL && !faults_is_full(f->faults); o = o->next) {
        fill_object(f, o);
    }
    return root.out;
}

void fill_check(struct fill *f, const struct config *config)
{
    for (struct fill_object *o = f->last; o != NULL; o = o->previous) {
        size_t before = f->faults->count;
        if (!o->has_fault && o->table->check != NULL) {
            o->table->check(config, o->out, f->faults);
        }
        if (f->faults->count != before) {
            mark_faulty(o);
        }
    }
}
