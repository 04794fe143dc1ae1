/* libyaml's events arrive in the order of the text. Each list or mapping that is open has a frame;
 * at its end it becomes a value of the frame below.
 *
 *   frames:  [ mapping, key "routes" ] [ list ] [ mapping, key "match" ]  <- next value goes here
 *
 * An anchor is known when its value is complete, so no alias can lead into itself. */
#include "config/document.h"

#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/map.h"
#include "config/escape.h"
#include "config/faults.h"
#include "config/mapping.h"
#include "config/nearest.h"
#include "config/node.h"
#include "config/source.h"

#define ANCHOR_NONE STR("")

struct frame {
    struct frame *below;
    struct node *node;
    struct node *key; /* waits for its value */
    struct str anchor;
    size_t cap; /* of node->pairs */
    unsigned depth;
};

struct builder {
    const char *name;
    const struct document_limits *limits;
    struct arena *arena;
    struct faults *faults;
    struct frame *top;
    struct node *root;
    struct map anchors;
    struct escape escape;
    struct str text; /* as libyaml reads it */
    unsigned line;   /* of the text's start in the file, from 0 */
    unsigned column; /* of its first line */
    unsigned long values;
    bool has_failed; /* no use in reading on */
    bool is_done;
};

static struct position position_of(const struct builder *b, const yaml_mark_t *mark)
{
    unsigned first = mark->line == 0 ? b->column : 0;
    return (struct position){b->name, b->line + (unsigned)mark->line + 1,
                             first + (unsigned)mark->column + 1};
}

static void fail(struct builder *b)
{
    b->has_failed = true;
    b->is_done = true;
}

static struct node *new_node(struct builder *b, enum node_type type, const yaml_mark_t *mark)
{
    struct node *n = arena_zalloc(b->arena, sizeof(*n));

    n->type = type;
    n->at = position_of(b, mark);
    n->values = 1;
    return n;
}

/* The bound holds for what aliases stand for, so that ten lines cannot become a billion values. */
static bool take_values(struct builder *b, unsigned long count, struct position at)
{
    if (count > b->limits->values_max - b->values) {
        faults_add(b->faults, at, "more than %lu values, aliases counted each time",
                   b->limits->values_max);
        fail(b);
        return false;
    }
    b->values += count;
    return true;
}

static void append(struct builder *b, struct frame *f, struct node *key, struct node *value)
{
    struct node *n = f->node;

    if (n->count == f->cap) {
        f->cap = f->cap == 0 ? 4 : f->cap * 2;
        struct node_pair *pairs = arena_alloc(b->arena, f->cap * sizeof(*pairs));
        if (n->count > 0) {
            memcpy(pairs, n->pairs, n->count * sizeof(*pairs));
        }
        n->pairs = pairs;
    }
    n->pairs[n->count++] = (struct node_pair){key, value};
    n->values += value->values;
    if (value->height >= n->height) {
        n->height = value->height + 1;
    }
}

static void take_key(struct builder *b, struct frame *f, struct node *key)
{
    if (key->type == NODE_LIST || key->type == NODE_MAPPING) {
        faults_add(b->faults, key->at, "a key is text, not %s", node_type_name(key));
    }
    f->key = key;
}

/* A complete value, at the place where it stands. */
static void add_value(struct builder *b, struct node *value)
{
    struct frame *f = b->top;

    if (f == NULL) {
        b->root = value;
    } else if (f->node->type == NODE_LIST) {
        append(b, f, NULL, value);
    } else if (f->key == NULL) {
        take_key(b, f, value);
    } else {
        if (f->key->type == NODE_SCALAR) {
            append(b, f, f->key, value);
        }
        f->key = NULL;
    }
}

static struct str copy_anchor(struct builder *b, const yaml_char_t *anchor)
{
    return anchor == NULL ? ANCHOR_NONE : arena_str(b->arena, str_from((const char *)anchor));
}

static void name_anchor(struct builder *b, struct str anchor, struct node *n)
{
    if (!str_is_empty(anchor)) {
        map_put(&b->anchors, anchor, n);
    }
}

static void check_tag(struct builder *b, const yaml_char_t *tag, const yaml_mark_t *mark)
{
    if (tag != NULL && strcmp((const char *)tag, "!") != 0) {
        faults_add(b->faults, position_of(b, mark),
                   "tags ('!' and a word) mean nothing here; leave it out");
    }
}

static bool is_depth_allowed(struct builder *b, unsigned height, struct position at)
{
    unsigned depth = (b->top == NULL ? 0 : b->top->depth) + height;

    if (depth > b->limits->depth_max) {
        faults_add(b->faults, at, "nested deeper than %u levels", b->limits->depth_max);
        fail(b);
        return false;
    }
    return true;
}

static void on_open(struct builder *b, const yaml_event_t *event, enum node_type type,
                    const yaml_char_t *anchor)
{
    struct node *n = new_node(b, type, &event->start_mark);

    if (!is_depth_allowed(b, 1, n->at) || !take_values(b, 1, n->at)) {
        return;
    }
    struct frame *f = arena_zalloc(b->arena, sizeof(*f));
    n->height = 1;
    f->below = b->top;
    f->node = n;
    f->anchor = copy_anchor(b, anchor);
    f->depth = b->top == NULL ? 1 : b->top->depth + 1;
    b->top = f;
}

static void on_close(struct builder *b)
{
    struct frame *f = b->top;

    MUST(f != NULL);
    if (f->node->type == NODE_MAPPING) {
        if (!take_values(b, mapping_merged_values(f->node), f->node->at)) {
            return;
        }
        mapping_settle(f->node, b->arena, b->faults);
    }
    b->top = f->below;
    name_anchor(b, f->anchor, f->node);
    add_value(b, f->node);
}

static void on_scalar(struct builder *b, const yaml_event_t *event)
{
    struct node *n = new_node(b, NODE_SCALAR, &event->start_mark);
    struct str text = str_of((const char *)event->data.scalar.value, event->data.scalar.length);
    yaml_scalar_style_t style = event->data.scalar.style;
    bool is_double_quoted = style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;

    if (!take_values(b, 1, n->at)) {
        return;
    }
    n->is_plain = style == YAML_PLAIN_SCALAR_STYLE;
    if (escape_show(&b->escape, text, is_double_quoted, b->arena, &n->text) != ERR_OK) {
        faults_add(
            b->faults, n->at,
            "half of a \\u pair; a character beyond U+FFFF takes both, such as \\ud83d\\ude00");
        n->type = NODE_BROKEN;
    }
    check_tag(b, event->data.scalar.tag, &event->start_mark);
    name_anchor(b, copy_anchor(b, event->data.scalar.anchor), n);
    add_value(b, n);
}

static bool is_open_anchor(const struct builder *b, struct str anchor)
{
    const struct frame *f = b->top;

    while (f != NULL && !str_eq(f->anchor, anchor)) {
        f = f->below;
    }
    return f != NULL;
}

static void report_alias(struct builder *b, struct str anchor, struct position at)
{
    struct nearest nearest;
    const struct map_entry *entry = NULL;
    size_t i = 0;
    struct str shown = faults_quote(b->arena, anchor);

    if (is_open_anchor(b, anchor)) {
        faults_add(b->faults, at, "alias '*%.*s' stands inside the value it names",
                   STR_ARGS(shown));
        return;
    }
    nearest_init(&nearest, anchor);
    MAP_EACH(entry, i, &b->anchors) {
        nearest_offer(&nearest, entry->key);
    }
    if (str_is_empty(nearest.best)) {
        faults_add(b->faults, at, "no anchor '&%.*s' above this alias", STR_ARGS(shown));
    } else {
        faults_add(b->faults, at, "no anchor '&%.*s' above this alias; did you mean '*%.*s'?",
                   STR_ARGS(shown), STR_ARGS(nearest.best));
    }
}

static void on_alias(struct builder *b, const yaml_event_t *event)
{
    struct str anchor = str_from((const char *)event->data.alias.anchor);
    struct node *n = map_find(&b->anchors, anchor);
    struct position at = position_of(b, &event->start_mark);

    if (n == NULL) {
        report_alias(b, anchor, at);
        n = new_node(b, NODE_BROKEN, &event->start_mark);
    }
    if (is_depth_allowed(b, n->height, at) && take_values(b, n->values, at)) {
        add_value(b, n);
    }
}

static void on_document(struct builder *b, const yaml_event_t *event)
{
    if (b->root != NULL) {
        faults_add(b->faults, position_of(b, &event->start_mark),
                   "a second document begins here; a file holds one");
        fail(b);
    }
}

static void on_event(struct builder *b, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        on_document(b, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        check_tag(b, event->data.sequence_start.tag, &event->start_mark);
        on_open(b, event, NODE_LIST, event->data.sequence_start.anchor);
        break;
    case YAML_MAPPING_START_EVENT:
        check_tag(b, event->data.mapping_start.tag, &event->start_mark);
        on_open(b, event, NODE_MAPPING, event->data.mapping_start.anchor);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        on_close(b);
        break;
    case YAML_SCALAR_EVENT:
        on_scalar(b, event);
        break;
    case YAML_ALIAS_EVENT:
        on_alias(b, event);
        break;
    case YAML_STREAM_END_EVENT:
        b->is_done = true;
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}

/* The character of `text` at `mark`, '\0' behind its end. Marks count characters, not bytes. */
static char char_at(struct str text, const yaml_mark_t *mark)
{
    size_t left = mark->index;
    size_t i = 0;

    for (; i < text.len && left > 0; left--) {
        i++;
        while (i < text.len && ((unsigned char)text.p[i] & 0xC0) == 0x80) {
            i++;
        }
    }
    return (char)(i < text.len ? text.p[i] : '\0');
}

/* Brackets that open inside a value, or text that goes on behind one that closed. */
static bool is_at_bracket(struct str text, const yaml_mark_t *mark)
{
    yaml_mark_t before = *mark;
    char here = char_at(text, mark);

    before.index -= before.index > 0;
    char last = char_at(text, &before);
    bool is_behind = here != '\0' && (last == '}' || last == ']');
    return here == '{' || here == '[' || is_behind;
}

/* Patterns and addresses have characters in them that YAML keeps for itself. */
static const char *quoting_hint(const char *problem, bool is_bracket)
{
    if (strstr(problem, "alphabetic or numeric character") != NULL) {
        return "; a value that begins with * or & needs quotes: \"*:8443\"";
    }
    if (strstr(problem, "expected node content") != NULL) {
        return "; quote the value: \"[::1]:8443\"";
    }
    if (strstr(problem, "block sequence entries") != NULL) {
        return "; a list begins on a line of its own; a lone - needs quotes";
    }
    if (is_bracket && strstr(problem, "did not find expected") != NULL) {
        return "; quote the value: \"/users/{id}\"";
    }
    return "";
}

/* What most often stands behind libyaml's word for it. */
static const char *syntax_hint(const char *problem, bool is_bracket)
{
    if (strstr(problem, "mapping values are not allowed") != NULL) {
        return "; is the line above indented as it should be? a value with ': ' in it needs quotes";
    }
    if (strstr(problem, "cannot start any token") != NULL) {
        return "; put the value in quotes";
    }
    if (strstr(problem, "could not find expected ':'") != NULL) {
        return "; a key is followed by a colon and a space";
    }
    return quoting_hint(problem, is_bracket);
}

static void report_syntax(struct builder *b, const yaml_parser_t *parser)
{
    const char *problem = parser->problem == NULL ? "unreadable" : parser->problem;
    struct position at = position_of(b, &parser->problem_mark);
    const char *hint = syntax_hint(problem, is_at_bracket(b->text, &parser->problem_mark));

    if (parser->error == YAML_MEMORY_ERROR) {
        faults_add(b->faults, (struct position){.file = b->name}, "not enough memory to read it");
    } else if (char_at(b->text, &parser->problem_mark) == '\t') {
        faults_add(b->faults, at, "a tab; indent with spaces");
    } else if (parser->context == NULL) {
        faults_add(b->faults, at, "%s%s", problem, hint);
    } else {
        faults_add(b->faults, at, "%s, %s from line %u%s", problem, parser->context,
                   position_of(b, &parser->context_mark).line, hint);
    }
    fail(b);
}

static void read_events(struct builder *b)
{
    yaml_parser_t parser;

    MUST(yaml_parser_initialize(&parser) == 1);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)b->text.p, b->text.len);
    while (!b->is_done) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            report_syntax(b, &parser);
            break;
        }
        on_event(b, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* JSON may stand among tabs, which YAML refuses outside its flow style: they are cut off, and the
 * positions moved by as much. */
static void trim_json(struct builder *b)
{
    struct str s = b->text;

    while (s.len > 0 && is_space(s.p[0])) {
        b->column = s.p[0] == '\n' ? 0 : b->column + 1;
        b->line += s.p[0] == '\n';
        s = str_skip(s, 1);
    }
    if (s.len == 0 || (s.p[0] != '{' && s.p[0] != '[')) {
        b->line = 0;
        b->column = 0;
        return;
    }
    while (s.len > 0 && is_space(s.p[s.len - 1])) {
        s.len--;
    }
    b->text = s;
}

static void read_hidden(struct builder *b, struct str text)
{
    struct buf room;

    buf_init(&room, text.len * 3 + 1);
    if (escape_hide(&b->escape, text, &room, &b->text) == ERR_OK) {
        trim_json(b);
        read_events(b);
    } else {
        faults_add(b->faults, (struct position){.file = b->name},
                   "uses every private-use character of Unicode; leave some for the reader");
        fail(b);
    }
    buf_fini(&room);
}

enum err document_read(const char *name, struct str text, const struct document_limits *limits,
                       struct arena *arena, struct faults *faults, struct node **out)
{
    struct builder b = {.name = name, .limits = limits, .arena = arena, .faults = faults};

    text = source_skip_mark(text);
    if (source_check(name, text, faults) != ERR_OK) {
        return ERR_SYNTAX;
    }
    if (str_is_empty(text)) {
        text = STR(""); /* libyaml takes no NULL */
    }
    map_init(&b.anchors);
    read_hidden(&b, text);
    map_fini(&b.anchors);
    if (b.has_failed) {
        return ERR_SYNTAX;
    }
    if (b.root == NULL || node_is_null(b.root)) {
        faults_add(faults, (struct position){.file = name}, "is empty");
        return ERR_SYNTAX;
    }
    *out = b.root;
    return ERR_OK;
}
