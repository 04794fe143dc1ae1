/*
 * Lines "name: value" as a field list ("-name" removes, "=name: value" replaces), then everything
 * that reads fields: ids, lists, dates, entity tags, conditions, Accept.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/check.h"
#include "http/accept.h"
#include "http/conditional.h"
#include "http/date.h"
#include "http/etag.h"
#include "http/fields.h"
#include "http/request_id.h"

#define LINES_MAX 1000
#define NOW_S     1795442706

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void run_line(struct str line, struct fields *fields, struct arena *arena)
{
    bool is_set = line.len > 0 && line.p[0] == '=';
    if (line.len > 0 && line.p[0] == '-') {
        struct str gone = str_skip(line, 1);
        fields_remove_named(fields, arena, gone);
        MUST(fields_find_named(fields, gone) == NULL);
        return;
    }
    struct str value;
    struct str name = str_cut(is_set ? str_skip(line, 1) : line, ':', &value);
    value = value.p == NULL ? STR("") : str_trim(value);
    if (!fields_name_is_valid(name, true) || !fields_value_is_valid(value)) {
        return;
    }
    enum field_id id = field_id_from(name);
    if (is_set && id != FIELD_OTHER) {
        fields_set(fields, arena, id, value);
        MUST(fields_count_of(fields, id) == 1 && str_eq(fields_value(fields, id), value));
        return;
    }
    uint32_t count = fields->count;
    fields_add_named(fields, arena, name, value);
    MUST(fields->count == count + 1);
}

static void check_lists(const struct fields *fields, struct arena *arena)
{
    unsigned known = 0;
    for (enum field_id id = FIELD_OTHER + 1; id < FIELD_COUNT_; id++) {
        unsigned count = fields_count_of(fields, id);
        struct str joined = fields_joined(fields, arena, id);
        MUST((count == 0) == (joined.p == NULL));
        MUST((count == 0) == (fields_find(fields, id) == NULL));
        known += count;
    }
    MUST(known + fields_count_of(fields, FIELD_OTHER) == fields->count);
}

static void check_date(struct str value)
{
    int64_t at;
    if (date_parse(value, NOW_S, &at) != ERR_OK) {
        return;
    }
    char text[DATE_LEN];
    int64_t back;
    date_format(at, text);
    /* A leap second at the very end is the first of the year 10000, which has no form. */
    MUST(date_parse(str_of(text, DATE_LEN), NOW_S, &back) == ERR_OK);
    MUST(back == at || at > 253402300799);
}

static void check_etags(struct str value)
{
    struct etag etag;
    struct str list = value;
    while (etag_next(&list, &etag)) {
        struct etag again;
        MUST(etag.opaque.len >= 2 && etag.opaque.p[0] == '"');
        MUST(etag_parse(etag.opaque, &again) && str_eq(again.opaque, etag.opaque));
        MUST(etag_match_weak(etag, again) && etag_match_strong(etag, again) == !etag.is_weak);
    }
    MUST(list.len == 0);
}

static void check_conditions(const struct fields *fields)
{
    const struct conditional_current current = {
        .etag = STR_LIT("\"a\""),
        .last_modified_s = 784111777,
        .has_last_modified = true,
        .exists = true,
    };
    for (enum method method = METHOD_GET; method < METHOD_COUNT_; method++) {
        enum conditional_outcome outcome = conditional_check(method, fields, &current, NOW_S);
        MUST(outcome != CONDITIONAL_NOT_MODIFIED || method_is_safe(method));
    }
    bool has_if_range = fields_find(fields, FIELD_IF_RANGE) != NULL;
    MUST(conditional_range_counts(fields, &current, NOW_S) || has_if_range);
    MUST(accept_weight(fields, STR("text/html;charset=utf-8")) <= ACCEPT_BEST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = str_of((const char *)data, len);
    struct arena arena;
    struct fields fields;
    arena_init(&arena, NULL, NULL, NULL, 0);
    fields_init(&fields);
    for (unsigned i = 0; i < LINES_MAX && text.len > 0; i++) {
        run_line(str_cut(text, '\n', &text), &fields, &arena);
    }
    check_lists(&fields, &arena);
    check_conditions(&fields);
    for (uint32_t i = 0; i < fields.count; i++) {
        const struct field *field = &fields.v[i];
        MUST(field->id == field_id_from(field->name));
        MUST(field->id == FIELD_OTHER || str_eq(field->name, field_id_name(field->id)));
        check_date(field->value);
        check_etags(field->value);
        MUST(!request_id_is_valid(field->value) || field->value.len <= REQUEST_ID_MAX);
    }
    arena_fini(&arena);
    return 0;
}
