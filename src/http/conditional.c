#include "http/conditional.h"

#include "http/date.h"
#include "http/etag.h"

typedef bool match_function(struct etag a, struct etag b);

static bool has(const struct fields *fields, enum field_id id)
{
    return fields_find(fields, id) != NULL;
}

static bool has_match(struct str list, struct etag mine, match_function *match)
{
    struct etag theirs;
    while (etag_next(&list, &theirs)) {
        if (match(theirs, mine)) {
            return true;
        }
    }
    return false;
}

/* Whether any entity tag of the list, over all its lines, matches the current one. */
static bool is_listed(const struct fields *fields, enum field_id id, struct str current,
                      match_function *match)
{
    struct etag mine;
    if (!etag_parse(current, &mine)) {
        return false;
    }
    const struct field *field;
    FIELDS_EACH(field, fields) {
        if (field->id == id && has_match(field->value, mine, match)) {
            return true;
        }
    }
    return false;
}

/* "*" stands alone or not at all. */
static bool is_star(const struct fields *fields, enum field_id id)
{
    return fields_count_of(fields, id) == 1 && str_eq(fields_value(fields, id), STR("*"));
}

static bool is_any_current(const struct fields *fields, enum field_id id,
                           const struct conditional_current *current, match_function *match)
{
    if (!current->exists) {
        return false;
    }
    return is_star(fields, id) || is_listed(fields, id, current->etag, match);
}

/* The field's one date. */
static bool find_date(const struct fields *fields, enum field_id id, int64_t now_s, int64_t *out)
{
    return fields_count_of(fields, id) == 1 &&
           date_parse(fields_value(fields, id), now_s, out) == ERR_OK;
}

/* False when there is nothing to compare: then the condition does not count. */
static bool was_modified_after(const struct fields *fields, enum field_id id,
                               const struct conditional_current *current, int64_t now_s,
                               bool *modified)
{
    int64_t since;
    if (!current->exists || !current->has_last_modified || !find_date(fields, id, now_s, &since)) {
        return false;
    }
    *modified = current->last_modified_s > since;
    return true;
}

/* Steps 1 and 2: is it still what the client believes it to be? */
static bool is_unchanged(const struct fields *fields, const struct conditional_current *current,
                         int64_t now_s)
{
    if (has(fields, FIELD_IF_MATCH)) {
        return is_any_current(fields, FIELD_IF_MATCH, current, etag_match_strong);
    }
    bool modified = false;
    return !was_modified_after(fields, FIELD_IF_UNMODIFIED_SINCE, current, now_s, &modified) ||
           !modified;
}

/* Steps 3 and 4: does the client have it already? */
static bool is_known(const struct fields *fields, const struct conditional_current *current,
                     int64_t now_s, bool is_get)
{
    if (has(fields, FIELD_IF_NONE_MATCH)) {
        return is_any_current(fields, FIELD_IF_NONE_MATCH, current, etag_match_weak);
    }
    bool modified = true;
    return is_get &&
           was_modified_after(fields, FIELD_IF_MODIFIED_SINCE, current, now_s, &modified) &&
           !modified;
}

/* Methods that neither select nor change a representation (section 13.2.1). */
static bool is_beyond(enum method method)
{
    return method == METHOD_CONNECT || method == METHOD_OPTIONS || method == METHOD_TRACE;
}

enum conditional_outcome conditional_check(enum method method, const struct fields *fields,
                                           const struct conditional_current *current, int64_t now_s)
{
    if (is_beyond(method)) {
        return CONDITIONAL_PROCEED;
    }
    if (!is_unchanged(fields, current, now_s)) {
        return CONDITIONAL_PRECONDITION_FAILED;
    }
    bool is_get = method == METHOD_GET || method == METHOD_HEAD || method == METHOD_QUERY;
    if (!is_known(fields, current, now_s, is_get)) {
        return CONDITIONAL_PROCEED;
    }
    return is_get ? CONDITIONAL_NOT_MODIFIED : CONDITIONAL_PRECONDITION_FAILED;
}

static bool is_exact_date(struct str value, const struct conditional_current *current,
                          int64_t now_s)
{
    int64_t date;
    return current->has_last_modified && date_parse(value, now_s, &date) == ERR_OK &&
           date == current->last_modified_s && current->last_modified_s < now_s;
}

bool conditional_range_counts(const struct fields *fields,
                              const struct conditional_current *current, int64_t now_s)
{
    unsigned lines = fields_count_of(fields, FIELD_IF_RANGE);
    if (lines != 1 || !current->exists) {
        return lines == 0;
    }
    struct str value = fields_value(fields, FIELD_IF_RANGE);
    struct etag theirs;
    if (!etag_parse(value, &theirs)) {
        return is_exact_date(value, current, now_s);
    }
    struct etag mine;
    return etag_parse(current->etag, &mine) && etag_match_strong(theirs, mine);
}
