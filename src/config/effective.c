/* Values wait on a stack, the next one on top; printing an object puts its members there in reverse
 * order, so that nothing recurses. */
#include "config/effective.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "config/scalar.h"
#include "config/source.h"
#include "config/unit.h"

#define LINE_MAX_BYTES 512 /* of indentation, key or number */

struct pending {
    struct pending *below;
    struct str key; /* NULL: an item of a list */
    enum setting_type type;
    const struct setting *row;
    const struct setting_table *table;
    const void *value;
    unsigned indent;
};

struct printer {
    struct buf *out;
    struct arena arena; /* of what is pending */
    struct pending *top;
    bool has_dash; /* the next line begins an item */
    enum err err;
};

__attribute__((format(printf, 2, 3))) static void print(struct printer *p, const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    va_list args;

    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    MUST(len >= 0 && (size_t)len < sizeof(text));
    if (p->err == ERR_OK) {
        p->err = buf_add(p->out, str_of(text, (size_t)len));
    }
}

static uint32_t code_point(struct str s, size_t len)
{
    static const unsigned char masks[] = {0xFF, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = (unsigned char)s.p[0] & masks[len];

    for (size_t i = 1; i < len; i++) {
        c = c << 6 | ((unsigned char)s.p[i] & 0x3F);
    }
    return c;
}

/* Prints the character that `s` begins with; its length. */
static size_t print_char(struct printer *p, struct str s)
{
    bool is_refused = false;
    size_t len = source_char(s, &is_refused);
    bool is_special = s.p[0] == '"' || s.p[0] == '\\';

    MUST(len > 0);
    if (is_refused || (unsigned char)s.p[0] < 0x20) {
        print(p, "\\u%04x", (unsigned)code_point(s, len));
    } else {
        print(p, "%s%.*s", is_special ? "\\" : "", (int)len, s.p);
    }
    return len;
}

static void print_quoted(struct printer *p, struct str s)
{
    print(p, "\"");
    while (s.len > 0) {
        s = str_skip(s, print_char(p, s));
    }
    print(p, "\"");
}

static bool is_simple(struct str word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = str_lower_char(word.p[i]);
        if (!((c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9'))) {
            return false;
        }
    }
    return word.len > 0 && word.len < UNIT_TEXT_MAX;
}

static void print_word(struct printer *p, struct str word)
{
    if (is_simple(word)) {
        print(p, "%.*s", STR_ARGS(word));
    } else {
        print_quoted(p, word);
    }
}

static void print_number(struct printer *p, enum setting_type type, const void *value)
{
    char text[UNIT_TEXT_MAX] = "";

    if (type == SETTING_BOOL) {
        (void)snprintf(text, sizeof(text), "%s", *(const bool *)value ? "true" : "false");
    } else if (type == SETTING_INT) {
        (void)snprintf(text, sizeof(text), "%" PRId64, *(const int64_t *)value);
    } else if (type == SETTING_SIZE) {
        unit_format_size(*(const uint64_t *)value, text);
    } else if (type == SETTING_DURATION) {
        unit_format_duration(*(const uint64_t *)value, text);
    } else if (type == SETTING_PERCENT) {
        unit_format_percent(*(const double *)value, text);
    } else {
        unit_format_number(*(const double *)value, text);
    }
    print(p, "%s", text);
}

static void print_scalar(struct printer *p, const struct pending *v)
{
    if (v->row->is_secret) {
        print(p, "\"(secret)\"");
    } else if (v->type == SETTING_STRING || v->type == SETTING_PATH) {
        print_quoted(p, *(const struct str *)v->value);
    } else if (v->type == SETTING_ENUM) {
        print_word(p, str_from(v->row->choices[*(const int *)v->value]));
    } else {
        print_number(p, v->type, v->value);
    }
    print(p, "\n");
}

/* Up to where the value begins: "    key:" or "  - ". */
static void print_start(struct printer *p, const struct pending *v)
{
    unsigned indent = v->indent;

    if (p->has_dash) {
        print(p, "%*s- ", (int)(indent - 1) * 2, "");
    } else {
        print(p, "%*s", (int)indent * 2, "");
    }
    p->has_dash = false;
    if (v->key.p == NULL) {
        print(p, "-");
        return;
    }
    print_word(p, v->key);
    print(p, ":");
}

static void push(struct printer *p, struct pending v)
{
    struct pending *kept = arena_alloc(&p->arena, sizeof(*kept));

    *kept = v;
    kept->below = p->top;
    p->top = kept;
}

/* Whether there is anything to say: NULL text and objects are absent. */
static bool is_shown(const struct setting *row, const void *value)
{
    switch (row->type) {
    case SETTING_POSITION:
        return false;
    case SETTING_STRING:
    case SETTING_PATH:
        return ((const struct str *)value)->p != NULL;
    case SETTING_OBJECT_OR_NULL:
        return *(void *const *)value != NULL;
    case SETTING_LIST:
        return row->default_text != NULL || ((const struct setting_list *)value)->count > 0;
    case SETTING_MAP:
        return ((const struct setting_map *)value)->count > 0;
    case SETTING_BOOL:
    case SETTING_INT:
    case SETTING_SIZE:
    case SETTING_DURATION:
    case SETTING_PERCENT:
    case SETTING_NUMBER:
    case SETTING_ENUM:
    case SETTING_OBJECT:
    case SETTING_KINDS:
        break;
    }
    return true;
}

static void push_kinds(struct printer *p, const struct setting *row,
                       const struct setting_list *list, unsigned indent)
{
    const struct setting_chosen *chosen = list->items;

    for (size_t i = list->count; i-- > 0;) {
        push(p, (struct pending){.key = str_from(chosen[i].kind->name),
                                 .type = SETTING_OBJECT,
                                 .row = row,
                                 .table = chosen[i].kind->table,
                                 .value = chosen[i].settings,
                                 .indent = indent});
    }
}

static void push_members(struct printer *p, const struct setting_table *table, const void *object,
                         unsigned indent)
{
    for (size_t i = table->count; i-- > 0;) {
        const struct setting *row = &table->rows[i];
        const void *value = (const char *)object + row->offset;
        if (row->type == SETTING_KINDS) {
            push_kinds(p, row, value, indent);
        } else if (is_shown(row, value)) {
            bool is_pointer = row->type == SETTING_OBJECT_OR_NULL;
            push(p, (struct pending){.key = str_from(row->name),
                                     .type = is_pointer ? SETTING_OBJECT : row->type,
                                     .row = row,
                                     .table = row->table,
                                     .value = is_pointer ? *(void *const *)value : value,
                                     .indent = indent});
        }
    }
}

static void push_items(struct printer *p, const struct pending *v)
{
    const struct setting_list *list = v->value;
    bool is_object = v->row->item == SETTING_OBJECT;
    size_t size = is_object ? v->table->size : scalar_size(v->row->item);

    for (size_t i = list->count; i-- > 0;) {
        push(p, (struct pending){.type = v->row->item,
                                 .row = v->row,
                                 .table = v->table,
                                 .value = (const char *)list->items + i * size,
                                 .indent = v->indent + 1});
    }
}

static void push_entries(struct printer *p, const struct pending *v)
{
    const struct setting_map *map = v->value;

    for (size_t i = map->count; i-- > 0;) {
        push(p, (struct pending){.key = map->entries[i].key,
                                 .type = v->row->item,
                                 .row = v->row,
                                 .table = v->table,
                                 .value = map->entries[i].value,
                                 .indent = v->indent + 1});
    }
}

static void push_inner(struct printer *p, const struct pending *v)
{
    if (v->type == SETTING_LIST) {
        push_items(p, v);
    } else if (v->type == SETTING_MAP) {
        push_entries(p, v);
    } else {
        push_members(p, v->table, v->value, v->indent + 1);
    }
}

static void print_pending(struct printer *p, const struct pending *v)
{
    struct pending *below = p->top;

    if (scalar_is(v->type)) {
        print_start(p, v);
        print(p, " ");
        print_scalar(p, v);
        return;
    }
    push_inner(p, v);
    if (p->top == below) {
        print_start(p, v);
        print(p, " %s\n", v->type == SETTING_LIST ? "[]" : "{}");
    } else if (v->key.p == NULL) {
        p->has_dash = true;
    } else {
        print_start(p, v);
        print(p, "\n");
    }
}

enum err effective_print(const struct setting_table *table, const void *settings, struct buf *out)
{
    struct printer p = {.out = out};

    arena_init(&p.arena, NULL, NULL, NULL, 0);
    push_members(&p, table, settings, 0);
    while (p.top != NULL && p.err == ERR_OK) {
        const struct pending *v = p.top;
        p.top = v->below;
        print_pending(&p, v);
    }
    arena_fini(&p.arena);
    return p.err;
}
