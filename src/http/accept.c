#include "http/accept.h"

#include "base/num.h"

#define RANGES_MAX 64

/* How closely a range fits; each parameter that fits too adds one. */
enum fit {
    FIT_NONE = 0,
    FIT_ALL = 1,    /* <star>/<star> */
    FIT_TYPE = 100, /* text/<star> */
    FIT_EXACT = 200 /* text/html */
};

/* The next of ";a=b;c=d"; quoted values are taken with their quotes. False at the end. */
static bool next_param(struct str *params, struct str *name, struct str *value)
{
    while (params->len > 0) {
        *name = str_trim(str_cut(str_trim(str_cut(*params, ';', params)), '=', value));
        *value = str_trim(*value);
        if (name->len > 0) {
            return true;
        }
    }
    return false;
}

static struct str unquote(struct str s)
{
    bool is_quoted = s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"';
    return is_quoted ? str_of(s.p + 1, s.len - 2) : s;
}

static bool has_param(struct str params, struct str name, struct str value)
{
    struct str own_name;
    struct str own_value;
    while (next_param(&params, &own_name, &own_value)) {
        if (str_eq_nocase(own_name, name)) {
            return str_eq_nocase(unquote(own_value), unquote(value));
        }
    }
    return false;
}

/* "0", "0.25", "1", "1.000": thousandths; false for anything else (section 12.4.2). */
static bool parse_weight(struct str s, unsigned *out)
{
    struct str fraction;
    struct str whole = str_cut(s, '.', &fraction);
    if ((!str_eq(whole, STR("0")) && !str_eq(whole, STR("1"))) || fraction.len > 3) {
        return false;
    }
    unsigned weight = whole.p[0] == '1' ? ACCEPT_BEST : 0;
    unsigned unit = ACCEPT_BEST / 10;
    for (size_t i = 0; i < fraction.len; i++, unit /= 10) {
        int digit = num_hex_digit(fraction.p[i]);
        if (digit < 0 || digit > 9) {
            return false;
        }
        weight += (unsigned)digit * unit;
    }
    *out = weight;
    return weight <= ACCEPT_BEST;
}

static enum fit fit_type(struct str range, struct str type)
{
    if (str_eq(range, STR("*/*"))) {
        return FIT_ALL;
    }
    if (str_eq_nocase(range, type)) {
        return FIT_EXACT;
    }
    struct str major = str_head(type, str_index(type, '/') + 1);
    bool is_family = range.len == major.len + 1 && range.p[major.len] == '*' &&
                     str_eq_nocase(str_head(range, major.len), major);
    return is_family ? FIT_TYPE : FIT_NONE;
}

/* How well one range fits, 0 for not at all, and its weight. */
static unsigned fit_range(struct str range, struct str type, unsigned *weight)
{
    struct str range_params;
    struct str type_params;
    struct str range_type = str_trim(str_cut(range, ';', &range_params));
    unsigned fit = fit_type(range_type, str_cut(type, ';', &type_params));
    struct str name;
    struct str value;
    *weight = ACCEPT_BEST;
    while (fit != FIT_NONE && next_param(&range_params, &name, &value)) {
        if (str_eq_nocase(name, STR("q"))) {
            return parse_weight(value, weight) ? fit : FIT_NONE;
        }
        fit = has_param(type_params, name, value) ? fit + 1 : FIT_NONE;
    }
    return fit;
}

struct search {
    struct str type;
    unsigned ranges;
    unsigned fit;
    unsigned weight;
};

static void search_line(struct search *s, struct str list)
{
    struct str range;
    while (s->ranges < RANGES_MAX && str_next_member(&list, &range)) {
        s->ranges++;
        unsigned weight;
        unsigned fit = fit_range(range, s->type, &weight);
        if (fit > s->fit) {
            s->fit = fit;
            s->weight = weight;
        }
    }
}

unsigned accept_weight(const struct fields *fields, struct str type)
{
    struct search search = {.type = type};
    const struct field *field;
    bool is_absent = true;
    FIELDS_EACH(field, fields) {
        if (field->id == FIELD_ACCEPT) {
            is_absent = false;
            search_line(&search, field->value);
        }
    }
    return is_absent ? ACCEPT_BEST : search.weight;
}
