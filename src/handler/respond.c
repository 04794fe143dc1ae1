#include "handler/respond.h"

#include "base/arena.h"
#include "config/config.h"
#include "config/faults.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "http/status.h"

struct respond_settings {
    struct position at;
    int64_t status;
    struct setting_map headers; /* of struct str */
    struct str body;
};

struct respond {
    struct handler handler;
    unsigned status;
    uint32_t field_count;
    struct field *fields;
    struct str body;
    struct str length_text; /* of the body, in digits */
};

#define MAX_FIELDS 64

/* --- settings ------------------------------------------------------------------------------ */

/* Fields that tell where a message ends or how it travels are not the operator's to write. */
static bool is_reserved(enum field_id id)
{
    switch (id) {
    case FIELD_CONNECTION:
    case FIELD_CONTENT_LENGTH:
    case FIELD_KEEP_ALIVE:
    case FIELD_PROXY_CONNECTION:
    case FIELD_TE:
    case FIELD_TRAILER:
    case FIELD_TRANSFER_ENCODING:
    case FIELD_UPGRADE:
        return true;
    default:
        return false;
    }
}

static struct str lower(struct arena *a, struct str name)
{
    char *text = arena_alloc(a, name.len);

    for (size_t i = 0; i < name.len; i++) {
        text[i] = str_lower_char(name.p[i]);
    }
    return str_of(text, name.len);
}

static void check_header(const struct setting_entry *e, struct faults *faults)
{
    const struct str *value = e->value;
    struct str said = faults_quote(faults->arena, e->key);

    if (!fields_name_is_valid(e->key, false)) {
        faults_add(faults, e->at, "'%.*s' is no name of a header", STR_ARGS(said));
    } else if (is_reserved(field_id_from(lower(faults->arena, e->key)))) {
        faults_add(faults, e->at, "header '%.*s' is set by weir itself", STR_ARGS(said));
    }
    if (!fields_value_is_valid(*value)) {
        faults_add(faults, e->at,
                   "the value of header '%.*s' has a control character or a space at an end",
                   STR_ARGS(said));
    }
}

static void check_settings(const struct config *config, const void *settings, struct faults *faults)
{
    const struct respond_settings *s = settings;

    for (size_t i = 0; i < s->headers.count; i++) {
        check_header(&s->headers.entries[i], faults);
    }
    if (s->body.len > 0 && status_has_no_content((unsigned)s->status)) {
        faults_add(faults, config_position(config, &s->body), "an answer of %u has no body",
                   (unsigned)s->status);
    }
}

static const struct setting rows[] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct respond_settings, at)},
    {.name = "status",
     .type = SETTING_INT,
     SETTING_MEMBER(struct respond_settings, status),
     .default_text = "200",
     .min = 200,
     .max = 599,
     .meaning = "The status code"},
    {.name = "headers",
     .type = SETTING_MAP,
     .item = SETTING_STRING,
     SETTING_MEMBER(struct respond_settings, headers),
     .max_count = MAX_FIELDS,
     .meaning = "Header fields; a body without content-type is text/plain"},
    {.name = "body",
     .type = SETTING_STRING,
     SETTING_MEMBER(struct respond_settings, body),
     .meaning = "The body, as it is"},
};

static const struct setting_table table = {
    .name = "respond",
    .meaning = "Always the same answer",
    .size = sizeof(struct respond_settings),
    .rows = rows,
    .count = COUNT_OF(rows),
    .check = check_settings,
};

/* --- the handler --------------------------------------------------------------------------- */

static void add_field(struct respond *r, struct arena *a, struct str name, struct str value)
{
    struct str kept = arena_str(a, lower(a, name));

    r->fields[r->field_count++] = (struct field){
        .name = kept,
        .value = arena_str(a, value),
        .id = field_id_from(kept),
    };
}

static void add_fields(struct respond *r, struct arena *a, const struct setting_map *headers)
{
    bool has_type = false;

    r->fields = arena_alloc(a, (headers->count + 1) * sizeof(*r->fields));
    for (size_t i = 0; i < headers->count; i++) {
        const struct str *value = headers->entries[i].value;
        add_field(r, a, headers->entries[i].key, *value);
        has_type = has_type || r->fields[i].id == FIELD_CONTENT_TYPE;
    }
    if (r->body.len > 0 && !has_type) {
        add_field(r, a, STR("content-type"), STR("text/plain;charset=utf-8"));
    }
}

static enum err make_respond(const struct stage_builder *b, const void *settings,
                             struct handler **out)
{
    const struct respond_settings *s = settings;
    struct respond *r = arena_zalloc(b->arena, sizeof(*r));

    r->handler.kind = &respond_handler_kind;
    r->handler.methods = METHOD_ALL & ~(METHOD_BIT(METHOD_CONNECT) | METHOD_BIT(METHOD_TRACE));
    r->status = (unsigned)s->status;
    r->body = arena_str(b->arena, s->body);
    r->length_text = arena_printf(b->arena, "%zu", s->body.len);
    add_fields(r, b->arena, &s->headers);
    *out = &r->handler;
    return ERR_OK;
}

/* A guard may have set fields of its own before. */
static void set_fields(const struct respond *r, struct exchange *x)
{
    struct fields *fields = &x->response.fields;

    if (fields->count == 0) {
        fields_borrow(fields, r->fields, r->field_count);
        return;
    }
    for (uint32_t i = 0; i < r->field_count; i++) {
        fields_add_named(fields, x->arena, r->fields[i].name, r->fields[i].value);
    }
}

/* The route, which owns fields and body, is pinned until the last byte has gone. */
static void start_respond(const struct handler *handler, struct exchange *x)
{
    const struct respond *r = CONST_CONTAINER_OF(handler, struct respond, handler);

    x->response.status = r->status;
    if (!status_has_no_content(r->status)) {
        x->response.content_length = (int64_t)r->body.len;
        x->response.length_text = r->length_text;
    }
    set_fields(r, x);
    exchange_respond(x);
    /* Closed: HEAD, or the client has left. */
    enum err e = pipe_lend(&x->response_body, r->body.p, r->body.len, NULL, NULL);
    MUST(e == ERR_OK || e == ERR_CLOSED);
    pipe_end(&x->response_body);
    exchange_finish(x);
}

const struct handler_kind respond_handler_kind = {
    .setting = {.name = "respond", .meaning = "Always the same answer", .table = &table},
    .make = make_respond,
    .start = start_respond,
};
