#include "http/fields.h"

#include "base/check.h"

#define FIRST_CAP  16
#define VALUE_STEP 16 /* bytes looked at together */

void fields_borrow(struct fields *f, const struct field *v, uint32_t count)
{
    MUST(f->count == 0);

    /* Kept as mutable, never written: cap 0 makes every change copy first. */
    union {
        const struct field *given;
        struct field *kept;
    } borrowed = {.given = v};

    f->v = borrowed.kept;
    f->count = count;
    f->cap = 0;
}

/* Room for one more, in memory of the list's own. The old array stays in the arena. */
static void make_room(struct fields *f, struct arena *a)
{
    if (f->count < f->cap) {
        return;
    }
    uint32_t cap = f->count < FIRST_CAP / 2 ? FIRST_CAP : f->count * 2;
    struct field *v = arena_alloc(a, cap * sizeof(*v));
    if (f->count > 0) {
        memcpy(v, f->v, f->count * sizeof(*v));
    }
    f->v = v;
    f->cap = cap;
}

static struct field *add(struct fields *f, struct arena *a, struct field field)
{
    make_room(f, a);
    struct field *added = &f->v[f->count++];
    *added = field;
    return added;
}

struct field *fields_add(struct fields *f, struct arena *a, enum field_id id, struct str value)
{
    MUST(id != FIELD_OTHER);
    return add(f, a, (struct field){.name = field_id_name(id), .value = value, .id = id});
}

struct field *fields_add_named(struct fields *f, struct arena *a, struct str name, struct str value)
{
    return add(f, a, (struct field){.name = name, .value = value, .id = field_id_from(name)});
}

void fields_set(struct fields *f, struct arena *a, enum field_id id, struct str value)
{
    fields_remove(f, a, id);
    fields_add(f, a, id, value);
}

static bool is_named(const struct field *field, enum field_id id, struct str name)
{
    return field->id == id && (id != FIELD_OTHER || str_eq(field->name, name));
}

static const struct field *find(const struct fields *f, enum field_id id, struct str name)
{
    const struct field *field;
    FIELDS_EACH(field, f) {
        if (is_named(field, id, name)) {
            return field;
        }
    }
    return NULL;
}

static unsigned drop(struct fields *f, struct arena *a, enum field_id id, struct str name)
{
    if (find(f, id, name) == NULL) {
        return 0;
    }
    if (f->cap == 0) {
        make_room(f, a);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        if (!is_named(&f->v[i], id, name)) {
            f->v[kept++] = f->v[i];
        }
    }
    unsigned dropped = f->count - kept;
    f->count = kept;
    return dropped;
}

unsigned fields_remove(struct fields *f, struct arena *a, enum field_id id)
{
    MUST(id != FIELD_OTHER);
    return drop(f, a, id, field_id_name(id));
}

unsigned fields_remove_named(struct fields *f, struct arena *a, struct str name)
{
    return drop(f, a, field_id_from(name), name);
}

const struct field *fields_find(const struct fields *f, enum field_id id)
{
    MUST(id != FIELD_OTHER);
    return find(f, id, field_id_name(id));
}

const struct field *fields_find_named(const struct fields *f, struct str name)
{
    return find(f, field_id_from(name), name);
}

struct str fields_value(const struct fields *f, enum field_id id)
{
    const struct field *field = fields_find(f, id);
    return field == NULL ? str_of(NULL, 0) : field->value;
}

unsigned fields_count_of(const struct fields *f, enum field_id id)
{
    unsigned count = 0;
    const struct field *field;
    FIELDS_EACH(field, f) {
        count += field->id == id;
    }
    return count;
}

static char *put(char *at, struct str s)
{
    if (s.len > 0) {
        memcpy(at, s.p, s.len);
    }
    return at + s.len;
}

/* Bytes of all values of that name with separators of two bytes between them. */
static size_t measure_joined(const struct fields *f, enum field_id id)
{
    size_t len = 0;
    const struct field *field;
    FIELDS_EACH(field, f) {
        if (field->id == id) {
            len += field->value.len + 2;
        }
    }
    return len - 2;
}

struct str fields_joined(const struct fields *f, struct arena *a, enum field_id id)
{
    if (fields_count_of(f, id) < 2) {
        return fields_value(f, id);
    }
    size_t len = measure_joined(f, id);
    char *text = arena_alloc(a, len);
    char *at = text;
    /* Cookie is not a list: its crumbs belong together with ';' (RFC 9113, section 8.2.3). */
    struct str separator = id == FIELD_COOKIE ? STR("; ") : STR(", ");
    const struct field *field;
    FIELDS_EACH(field, f) {
        if (field->id == id) {
            at = put(at, at == text ? STR("") : separator);
            at = put(at, field->value);
        }
    }
    return str_of(text, (size_t)(at - text));
}

/* tchar: 1 in any case, 2 an upper-case letter. */
static const uint8_t name_classes[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1,         ['&'] = 1,         ['\''] = 1,
    ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,         ['^'] = 1,         ['_'] = 1,
    ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0' ... '9'] = 1, ['a' ... 'z'] = 1, ['A' ... 'Z'] = 2,
};

bool fields_name_is_valid(struct str name, bool is_lower)
{
    unsigned worst = is_lower ? 1 : 2;
    for (size_t i = 0; i < name.len; i++) {
        unsigned class = name_classes[(unsigned char)name.p[i]];
        if (class == 0 || class > worst) {
            return false;
        }
    }
    return name.len > 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* A count known beforehand and no early exit let the compiler look at all of them at once. */
static inline unsigned has_bad_byte(const char *p, size_t len)
{
    unsigned char bad = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)p[i];
        bad |= (unsigned char)((c < 0x20) & (c != '\t')) | (c == 0x7f);
    }
    return bad;
}

bool fields_value_is_valid(struct str value)
{
    if (value.len == 0) {
        return true;
    }
    if (is_blank(value.p[0]) || is_blank(value.p[value.len - 1])) {
        return false;
    }
    unsigned bad = 0;
    size_t i = 0;
    for (; i + VALUE_STEP <= value.len; i += VALUE_STEP) {
        bad |= has_bad_byte(value.p + i, VALUE_STEP);
    }
    return (bad | has_bad_byte(value.p + i, value.len - i)) == 0;
}
