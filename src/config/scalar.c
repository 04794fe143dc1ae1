#include "config/scalar.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/num.h"
#include "config/faults.h"
#include "config/nearest.h"
#include "config/unit.h"

#define FINE       ((struct str){NULL, 0})
#define NUMBER_MAX 1e15 /* beyond it decimals no longer read back exactly */

struct reading {
    const struct scalar_context *context;
    const struct setting *row;
    struct str text;
    struct str shown; /* the text, short enough for a sentence */
    enum setting_type type;
    bool is_plain;
};

typedef struct str read_scalar(const struct reading *r, void *out);

static struct str complain_wants(const struct reading *r)
{
    return arena_printf(r->context->arena, "'%.*s' is not %s", STR_ARGS(r->shown),
                        scalar_wants(r->type));
}

static void format_bound(enum setting_type type, double n, char out[static UNIT_TEXT_MAX])
{
    if (type == SETTING_DURATION) {
        unit_format_duration((uint64_t)n, out);
    } else if (type == SETTING_SIZE) {
        unit_format_size((uint64_t)n, out);
    } else if (type == SETTING_PERCENT) {
        unit_format_percent(n, out);
    } else if (n < 0) {
        (void)snprintf(out, UNIT_TEXT_MAX, "%.0f", n);
    } else {
        unit_format_number(n, out);
    }
}

static struct str check_bounds(const struct reading *r, double n, double type_max)
{
    char min[UNIT_TEXT_MAX];
    char max[UNIT_TEXT_MAX];
    double highest = r->row->max != 0 ? r->row->max : type_max;

    if (n >= r->row->min && (highest == 0 || n <= highest)) {
        return FINE;
    }
    format_bound(r->type, r->row->min, min);
    if (highest == 0) {
        return arena_printf(r->context->arena, "'%.*s' is out of bounds; at least %s",
                            STR_ARGS(r->shown), min);
    }
    format_bound(r->type, highest, max);
    return arena_printf(r->context->arena, "'%.*s' is out of bounds; from %s to %s",
                        STR_ARGS(r->shown), min, max);
}

static struct str complain_quotes(const struct reading *r)
{
    return arena_printf(r->context->arena, "wants %s without quotes", scalar_wants(r->type));
}

static struct str read_bool(const struct reading *r, void *out)
{
    bool is_true = str_eq(r->text, STR("true"));

    if (!is_true && !str_eq(r->text, STR("false"))) {
        return complain_wants(r);
    }
    if (!r->is_plain) {
        return complain_quotes(r);
    }
    *(bool *)out = is_true;
    return FINE;
}

static struct str read_int(const struct reading *r, void *out)
{
    int64_t n = 0;
    enum err e = num_parse_i64(r->text, INT64_MIN, INT64_MAX, &n);

    if (e != ERR_OK) {
        return complain_wants(r);
    }
    if (!r->is_plain) {
        return complain_quotes(r);
    }
    if (r->text.len > 1 && r->text.p[0] == '0') {
        return arena_printf(r->context->arena, "'%.*s' begins with a zero; write %" PRId64,
                            STR_ARGS(r->shown), n);
    }
    *(int64_t *)out = n;
    return check_bounds(r, (double)n, 0);
}

static struct str read_number(const struct reading *r, void *out)
{
    double n = 0;

    if (num_parse_decimal(r->text, &n) != ERR_OK) {
        return complain_wants(r);
    }
    if (!r->is_plain) {
        return complain_quotes(r);
    }
    *(double *)out = n;
    return check_bounds(r, n, NUMBER_MAX);
}

/* What to say about units: the one or two likeliest, and all. */
struct unit_words {
    const char *likely;
    const char *also; /* NULL: no other */
    const char *all;
};

static struct str complain_missing_unit(const struct reading *r, const struct unit_words *words)
{
    struct arena *arena = r->context->arena;
    const char *shown = r->shown.p;
    int len = (int)r->shown.len;

    if (words->also == NULL) {
        return arena_printf(arena, "'%.*s' has no unit; say %.*s%s", len, shown, len, shown,
                            words->likely);
    }
    return arena_printf(arena, "'%.*s' has no unit; say %.*s%s or %.*s%s", len, shown, len, shown,
                        words->likely, len, shown, words->also);
}

static struct str complain_unit(const struct reading *r, enum err e, const struct unit_words *words)
{
    struct arena *arena = r->context->arena;

    if (e == ERR_NOT_FOUND) {
        return complain_missing_unit(r, words);
    }
    if (e == ERR_UNSUPPORTED) {
        return arena_printf(arena, "'%.*s' has an unknown unit; use %s", STR_ARGS(r->shown),
                            words->all);
    }
    if (e == ERR_RANGE) {
        return arena_printf(arena, "'%.*s' is too large", STR_ARGS(r->shown));
    }
    return complain_wants(r);
}

static struct str read_duration(const struct reading *r, void *out)
{
    uint64_t ns = 0;
    enum err e = unit_parse_duration(r->text, &ns);

    if (e != ERR_OK) {
        return complain_unit(r, e, &(struct unit_words){"s", "ms", "ns, us, ms, s, m, h or d"});
    }
    *(uint64_t *)out = ns;
    return check_bounds(r, (double)ns, 0);
}

static struct str read_size(const struct reading *r, void *out)
{
    uint64_t bytes = 0;
    enum err e = unit_parse_size(r->text, &bytes);

    if (e != ERR_OK) {
        return complain_unit(
            r, e, &(struct unit_words){"KiB", "MiB", "B, KiB, MiB, GiB, TiB, KB, MB, GB or TB"});
    }
    *(uint64_t *)out = bytes;
    return check_bounds(r, (double)bytes, 0);
}

static struct str read_percent(const struct reading *r, void *out)
{
    double share = 0;
    enum err e = unit_parse_percent(r->text, &share);

    if (e != ERR_OK) {
        return complain_unit(r, e, &(struct unit_words){"%", NULL, "%"});
    }
    *(double *)out = share;
    return check_bounds(r, share, 1);
}

static struct str check_text(const struct reading *r)
{
    struct arena *arena = r->context->arena;

    if (memchr(r->text.p, '\0', r->text.len) != NULL) {
        return arena_printf(arena, "holds a NUL character");
    }
    if (r->text.len == 0 && (r->row->min > 0 || r->type == SETTING_PATH)) {
        return arena_printf(arena, "is empty");
    }
    if ((double)r->text.len < r->row->min) {
        return arena_printf(arena, "is shorter than %.0f bytes", r->row->min);
    }
    if (r->row->max != 0 && (double)r->text.len > r->row->max) {
        return arena_printf(arena, "is longer than %.0f bytes", r->row->max);
    }
    return FINE;
}

static struct str read_string(const struct reading *r, void *out)
{
    *(struct str *)out = arena_str(r->context->arena, r->text);
    return check_text(r);
}

static struct str read_path(const struct reading *r, void *out)
{
    struct str directory = r->context->directory;
    struct str text = r->text;
    const char *slash = str_has_suffix(directory, STR("/")) ? "" : "/";

    while (str_has_prefix(text, STR("./"))) {
        text = str_skip(text, 2);
    }
    if (str_eq(text, STR(".")) || str_is_empty(text)) {
        *(struct str *)out = directory;
    } else if (text.p[0] == '/') {
        *(struct str *)out = arena_str(r->context->arena, text);
    } else {
        *(struct str *)out = arena_printf(r->context->arena, "%.*s%s%.*s", STR_ARGS(directory),
                                          slash, STR_ARGS(text));
    }
    return check_text(r);
}

static struct str list_choices(const struct reading *r)
{
    struct str list = STR("");

    for (const char *const *word = r->row->choices; *word != NULL; word++) {
        list = arena_printf(r->context->arena, "%.*s%s%s", STR_ARGS(list), list.len > 0 ? ", " : "",
                            *word);
    }
    return list;
}

/* No guess at a number that is not one of ours: 1.2 is not what was meant by 1.4. */
static struct str guess_choice(const struct reading *r)
{
    struct nearest nearest;

    if (r->text.len == 0 || (r->text.p[0] >= '0' && r->text.p[0] <= '9')) {
        return STR("");
    }
    nearest_init(&nearest, r->text);
    for (int i = 0; r->row->choices[i] != NULL; i++) {
        struct str choice = str_from(r->row->choices[i]);
        if (r->text.len >= 3 && str_has_prefix(choice, r->text)) {
            return choice;
        }
        nearest_offer(&nearest, choice);
    }
    return nearest.best;
}

static struct str read_enum(const struct reading *r, void *out)
{
    for (int i = 0; r->row->choices[i] != NULL; i++) {
        if (str_eq(r->text, str_from(r->row->choices[i]))) {
            *(int *)out = i;
            return FINE;
        }
    }
    struct str guess = guess_choice(r);
    if (guess.len > 0) {
        return arena_printf(r->context->arena, "'%.*s' is not known; did you mean '%.*s'?",
                            STR_ARGS(r->shown), STR_ARGS(guess));
    }
    struct str list = list_choices(r);
    return arena_printf(r->context->arena, "'%.*s' is not known; one of %.*s", STR_ARGS(r->shown),
                        STR_ARGS(list));
}

struct scalar_type {
    size_t size;
    read_scalar *read;
    const char *wants;
};

static const struct scalar_type scalar_types[] = {
    [SETTING_BOOL] = {sizeof(bool), read_bool, "true or false"},
    [SETTING_INT] = {sizeof(int64_t), read_int, "a whole number"},
    [SETTING_SIZE] = {sizeof(uint64_t), read_size, "a size such as 64KiB or 1MiB"},
    [SETTING_DURATION] = {sizeof(uint64_t), read_duration, "a duration such as 5s or 250ms"},
    [SETTING_PERCENT] = {sizeof(double), read_percent, "a percentage such as 20%"},
    [SETTING_NUMBER] = {sizeof(double), read_number, "a number such as 2 or 0.5"},
    [SETTING_STRING] = {sizeof(struct str), read_string, "text"},
    [SETTING_PATH] = {sizeof(struct str), read_path, "a path"},
    [SETTING_ENUM] = {sizeof(int), read_enum, "a word"},
};

bool scalar_is(enum setting_type type)
{
    return (size_t)type < COUNT_OF(scalar_types);
}

size_t scalar_size(enum setting_type type)
{
    return scalar_is(type) ? scalar_types[type].size : 0;
}

const char *scalar_wants(enum setting_type type)
{
    MUST(scalar_is(type));
    return scalar_types[type].wants;
}

struct str scalar_read(const struct scalar_context *context, const struct setting *row,
                       enum setting_type type, struct str text, bool is_plain, void *out)
{
    MUST(scalar_is(type));
    struct reading r = {context, row, text, faults_quote(context->arena, text), type, is_plain};
    /* What is returned stands in the arena, not in `r`. */
    /* cppcheck-suppress returnDanglingLifetime */
    return scalar_types[type].read(&r, out);
}
