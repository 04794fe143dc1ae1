#include "handler/files_answer.h"

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "handler/files_object.h"
#include "handler/files_open.h"
#include "handler/files_pull.h"
#include "http/conditional.h"
#include "http/error_page.h"
#include "http/exchange.h"
#include "http/range.h"
#include "loop/worker.h"

/* --- a response out of a file -------------------------------------------------------------- */

/* The first `count` of the file's ready-made fields. A guard may have set some of its own before.
 */
static void set_fields(struct exchange *x, const struct files_object *o, uint32_t count)
{
    struct fields *fields = &x->response.fields;
    if (fields->count == 0) {
        fields_borrow(fields, o->fields, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        (void)fields_add(fields, x->arena, o->fields[i].id, o->fields[i].value);
    }
}

/* The file outlives the pipe: the exchange's arena holds it. */
static void put_body(struct exchange *x, struct files_object *o, uint64_t first, uint64_t len)
{
    if (!files_object_is_kept(o)) {
        files_pull_start(x, o, first, len);
    } else if (len > 0) {
        enum err err = pipe_lend(&x->response_body, o->content + first, (size_t)len, NULL, NULL);
        MUST(err == ERR_OK || err == ERR_CLOSED); /* closed: the client has left */
    }
    pipe_end(&x->response_body);
}

static void send_part(struct exchange *x, struct files_object *o, uint64_t first, uint64_t len)
{
    x->response.content_length = (int64_t)len;
    if (x->request.method != METHOD_HEAD) {
        put_body(x, o, first, len);
    }
    exchange_respond(x);
    exchange_finish(x);
}

static void send_whole(struct exchange *x, struct files_object *o)
{
    x->response.status = 200;
    set_fields(x, o, FILES_OBJECT_FIELDS);
    x->response.length_text = o->length_text;
    send_part(x, o, 0, o->stamp.bytes);
}

static void send_not_modified(struct exchange *x, const struct files_object *o)
{
    x->response.status = 304;
    set_fields(x, o, FILES_OBJECT_ETAG + 1);
    exchange_respond(x);
    exchange_finish(x);
}

/* --- conditions and ranges ----------------------------------------------------------------- */

#define FIELD_BIT(id) (1ull << (unsigned)(id))
#define FIELDS_CONDITION                                          \
    (FIELD_BIT(FIELD_IF_MATCH) | FIELD_BIT(FIELD_IF_NONE_MATCH) | \
     FIELD_BIT(FIELD_IF_MODIFIED_SINCE) | FIELD_BIT(FIELD_IF_UNMODIFIED_SINCE))

_Static_assert(FIELD_COUNT_ <= 64, "a set of fields is one word");

/* Which of the fields that the code knows are there: one pass instead of a search for each. */
static uint64_t present_fields(const struct fields *fields)
{
    uint64_t present = 0;
    const struct field *field;
    FIELDS_EACH(field, fields) {
        present |= FIELD_BIT(field->id);
    }
    return present;
}

static int64_t now_s(const struct exchange *x)
{
    return (int64_t)(x->worker->wall_ns / CLOCK_NS_PER_S);
}

static void send_unsatisfiable(struct exchange *x, const struct files_object *o)
{
    struct str said = arena_printf(x->arena, "bytes */%llu", (unsigned long long)o->stamp.bytes);
    fields_set(&x->response.fields, x->arena, FIELD_CONTENT_RANGE, said);
    error_page_send(x, 416, str_of(NULL, 0));
}

static void send_range(struct exchange *x, struct files_object *o, struct range range)
{
    struct fields *fields = &x->response.fields;
    struct str said =
        arena_printf(x->arena, "bytes %llu-%llu/%llu", (unsigned long long)range.first,
                     (unsigned long long)range.last, (unsigned long long)o->stamp.bytes);
    x->response.status = 206;
    set_fields(x, o, FILES_OBJECT_FIELDS);
    (void)fields_add(fields, x->arena, FIELD_CONTENT_RANGE, said);
    send_part(x, o, range.first, range_len(range));
}

/* Only GET knows ranges (RFC 9110, section 14.2). */
static void send_ranges(struct exchange *x, struct files_object *o,
                        const struct conditional_current *current)
{
    const struct fields *asked = &x->request.fields;
    struct range_set set = {.count = 0};
    enum range_outcome outcome = RANGE_NONE;
    if (x->request.method == METHOD_GET && fields_count_of(asked, FIELD_RANGE) == 1 &&
        conditional_range_counts(asked, current, now_s(x))) {
        outcome = range_parse(fields_value(asked, FIELD_RANGE), o->stamp.bytes, &set);
    }
    if (outcome == RANGE_UNSATISFIABLE) {
        send_unsatisfiable(x, o);
    } else if (outcome == RANGE_SATISFIABLE && set.count == 1) {
        send_range(x, o, set.v[0]);
    } else {
        send_whole(x, o);
    }
}

static void send_on_condition(struct exchange *x, struct files_object *o)
{
    const struct conditional_current current = {
        .etag = o->fields[FILES_OBJECT_ETAG].value,
        .last_modified_s = o->modified_s,
        .has_last_modified = true,
        .exists = true,
    };
    switch (conditional_check(x->request.method, &x->request.fields, &current, now_s(x))) {
    case CONDITIONAL_NOT_MODIFIED:
        send_not_modified(x, o);
        break;
    case CONDITIONAL_PRECONDITION_FAILED:
        error_page_send(x, 412, str_of(NULL, 0));
        break;
    case CONDITIONAL_PROCEED:
        send_ranges(x, o, &current);
        break;
    }
}

void files_answer(struct exchange *x, struct files_object *o)
{
    uint64_t present = present_fields(&x->request.fields);
    files_object_ref(o);
    arena_on_free(x->arena, files_object_unref, o);
    if ((present & (FIELDS_CONDITION | FIELD_BIT(FIELD_RANGE))) == 0) {
        send_whole(x, o);
        return;
    }
    send_on_condition(x, o);
}

/* --- no file ------------------------------------------------------------------------------- */

/* The path is normalised: one slash in front, and no second one, so that the target stays on this
 * host. */
static void send_to_directory(struct exchange *x)
{
    struct str path = x->request.path;
    struct str query = x->request.query;
    struct str location =
        query.p == NULL ? arena_printf(x->arena, "%.*s/", STR_ARGS(path))
                        : arena_printf(x->arena, "%.*s/?%.*s", STR_ARGS(path), STR_ARGS(query));
    MUST(path.len >= 2 && path.p[0] == '/' && path.p[1] != '/' && path.p[1] != '\\');
    (void)fields_add(&x->response.fields, x->arena, FIELD_LOCATION, location);
    x->response.status = 301;
    x->response.content_length = 0;
    pipe_end(&x->response_body);
    exchange_respond(x);
    exchange_finish(x);
}

void files_answer_missing(struct exchange *x)
{
    error_page_send(x, 404, str_of(NULL, 0));
}

static const char *describe(int error_number)
{
    const char *text = error_number != 0 ? strerrordesc_np(error_number) : NULL;
    return text != NULL ? text : "input/output error";
}

static void send_overloaded(struct exchange *x, const struct files_opened *opened)
{
    if (opened->error_number != 0 && log_is_on(x->worker->log, LOG_LEVEL_ERROR)) {
        log_write(x->worker->log, LOG_LEVEL_ERROR,
                  "cannot open a file: %s; raise the limit of open files (ulimit -n, LimitNOFILE=)",
                  describe(opened->error_number));
    }
    fields_set(&x->response.fields, x->arena, FIELD_RETRY_AFTER, STR("1"));
    error_page_send(x, 503, str_of(NULL, 0));
}

static void send_broken(struct exchange *x, const struct files_opened *opened)
{
    LOG_ERROR(x->worker->log, "cannot read the file for %.*s: %s", STR_ARGS(x->request.path),
              describe(opened->error_number));
    error_page_send(x, 500, str_of(NULL, 0));
}

void files_answer_failure(struct exchange *x, const struct files_opened *opened)
{
    switch (opened->outcome) {
    case FILES_OPEN_DIRECTORY:
        send_to_directory(x);
        break;
    case FILES_OPEN_DENIED:
        error_page_send(x, 403, str_of(NULL, 0));
        break;
    case FILES_OPEN_FULL:
        send_overloaded(x, opened);
        break;
    case FILES_OPEN_MISSING:
        files_answer_missing(x);
        break;
    case FILES_OPEN_BROKEN:
    case FILES_OPEN_FILE:
    case FILES_OPEN_COLD:
        send_broken(x, opened);
        break;
    }
}
