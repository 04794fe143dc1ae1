#include "config/tablecheck.h"

#include <stdalign.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "config/faults.h"
#include "config/scalar.h"
#include "config/setting.h"
#include "config/suggest.h"
#include "config/walk.h"

struct checking {
    struct arena *arena;
    struct faults *faults;
    const struct setting_table *table;
    const struct setting *row; /* NULL: the table as a whole */
};

static void complain(const struct checking *c, const char *sentence)
{
    const char *name = c->table->name == NULL ? "?" : c->table->name;
    const char *row = c->row == NULL || c->row->name == NULL ? "?" : c->row->name;

    faults_add(c->faults, (struct position){.file = name}, "row '%s' %s", row, sentence);
}

static void expect(const struct checking *c, bool is_right, const char *sentence)
{
    if (!is_right) {
        complain(c, sentence);
    }
}

static size_t member_size(const struct setting *row)
{
    switch (row->type) {
    case SETTING_OBJECT:
        return row->table == NULL ? 0 : row->table->size;
    case SETTING_OBJECT_OR_NULL:
        return sizeof(void *);
    case SETTING_LIST:
    case SETTING_KINDS:
        return sizeof(struct setting_list);
    case SETTING_MAP:
        return sizeof(struct setting_map);
    case SETTING_POSITION:
        return sizeof(struct position);
    case SETTING_BOOL:
    case SETTING_INT:
    case SETTING_SIZE:
    case SETTING_DURATION:
    case SETTING_PERCENT:
    case SETTING_NUMBER:
    case SETTING_STRING:
    case SETTING_PATH:
    case SETTING_ENUM:
        break;
    }
    return scalar_size(row->type);
}

/* The type of the value, or of what is in the list or map. */
static enum setting_type inner_type(const struct setting *row)
{
    return row->type == SETTING_LIST || row->type == SETTING_MAP ? row->item : row->type;
}

static bool has_required(const struct setting_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].is_required) {
            return true;
        }
    }
    return false;
}

static void check_parts(const struct checking *c)
{
    const struct setting *row = c->row;
    enum setting_type inner = inner_type(row);
    bool is_object = inner == SETTING_OBJECT || inner == SETTING_OBJECT_OR_NULL;
    bool is_item = row->type == SETTING_LIST || row->type == SETTING_MAP;

    expect(c, !is_object || row->table != NULL, "names no table");
    expect(c, inner != SETTING_ENUM || row->choices != NULL, "names no choices");
    expect(c, row->type != SETTING_KINDS || row->kinds != NULL, "names no kinds");
    expect(c, !is_item || scalar_is(inner) || inner == SETTING_OBJECT,
           "has items that are neither scalars nor objects");
    expect(c, row->max == 0 || row->min <= row->max, "has bounds that nothing meets");
    expect(c, row->max_count == 0 || row->min_count <= row->max_count,
           "has counts that nothing meets");
}

static void check_member(const struct checking *c)
{
    expect(c, c->row->size == member_size(c->row), "has a member of another size");
    expect(c, c->row->offset + c->row->size <= c->table->size, "lies outside its struct");
    expect(c, c->row->meaning != NULL || c->row->type == SETTING_POSITION, "tells no meaning");
    expect(c, c->row->name != NULL || c->row->type == SETTING_POSITION, "has no name");
}

static void check_word(const struct checking *c, struct str word)
{
    struct scalar_context context = {c->arena, STR("/")};
    alignas(16) char value[64];

    MUST(scalar_size(inner_type(c->row)) <= sizeof(value));
    struct str wrong = scalar_read(&context, c->row, inner_type(c->row), word, true, value);
    if (!str_is_empty(wrong)) {
        complain(c, arena_printf(c->arena, "has a default that %.*s", STR_ARGS(wrong)).p);
    }
}

static void check_default(const struct checking *c)
{
    const struct setting *row = c->row;
    bool may_be_absent = row->type == SETTING_STRING || row->type == SETTING_PATH;
    bool is_scalar = scalar_is(row->type);

    if (row->default_text == NULL) {
        expect(c, !is_scalar || may_be_absent || row->is_required,
               "has no default and is not required");
        return;
    }
    expect(c, !row->is_required, "has a default and is required");
    expect(c, is_scalar || (row->type == SETTING_LIST && scalar_is(row->item)),
           "has a default that its type cannot have");
    struct str rest = str_from(row->default_text);
    struct str word;
    if (is_scalar) {
        check_word(c, rest);
        return;
    }
    while (scalar_is(row->item) && str_next_member(&rest, &word)) {
        check_word(c, word);
    }
}

static void check_row(const struct checking *c)
{
    size_t before = c->faults->count;

    check_parts(c);
    if (c->faults->count != before) {
        return;
    }
    check_member(c);
    check_default(c);
    expect(c, c->row->type != SETTING_OBJECT || c->row->is_required || !has_required(c->row->table),
           "may be absent, but what it holds is required");
}

struct name_search {
    struct str name;
    size_t count;
};

static void count_name(void *ctx, struct str key)
{
    struct name_search *s = ctx;

    s->count += str_eq(s->name, key);
}

static void check_name(void *ctx, struct str key)
{
    const struct checking *c = ctx;
    struct name_search s = {key, 0};

    suggest_each_key(c->table, count_name, &s);
    if (s.count > 1) {
        complain(c, arena_printf(c->arena, "knows key '%.*s' twice", STR_ARGS(key)).p);
    }
}

static void check_shorthand(const struct checking *c)
{
    struct name_search s = {str_from(c->table->shorthand), 0};

    suggest_each_key(c->table, count_name, &s);
    expect(c, s.count == 1, "is named by the short form, but is not there");
}

static void check_table(struct checking *c)
{
    size_t before = c->faults->count;

    for (size_t i = 0; i < c->table->count; i++) {
        c->row = &c->table->rows[i];
        check_row(c);
    }
    c->row = NULL;
    if (c->faults->count != before) {
        return;
    }
    suggest_each_key(c->table, check_name, c);
    if (c->table->shorthand != NULL) {
        check_shorthand(c);
    }
}

void tablecheck_run(const struct setting_table *root, struct arena *arena, struct faults *faults)
{
    struct walk walk;

    walk_tables(root, arena, &walk);
    for (size_t i = 0; i < walk.count; i++) {
        struct checking c = {arena, faults, walk.stops[i].table, NULL};
        check_table(&c);
    }
}
