/* fields.h: a header or trailer field list, in order. Memory is the arena's; names are lower case.
 * Own worker. */
#ifndef WEIR_HTTP_FIELDS_H
#define WEIR_HTTP_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/field_id.h"

enum field_flag {
    FIELD_FLAG_NEVER_INDEX = 1, /* secret: HPACK must not index it (RFC 7541, section 7.1.3) */
    FIELD_FLAG_SHORT_LIVED = 2, /* the value may go before the head is sent: copy it */
};

struct field {
    struct str name;
    struct str value;
    enum field_id id;
    uint32_t flags;
};

/* A list with cap 0 and count > 0 is borrowed (a ready-made block): adding copies it first. */
struct fields {
    struct field *v;
    uint32_t count;
    uint32_t cap;
};

static inline void fields_init(struct fields *f)
{
    *f = (struct fields){0};
}

/* Uses `count` fields at `v`, which outlive the list, without copying. The list must be empty. */
void fields_borrow(struct fields *f, const struct field *v, uint32_t count);

/* Nothing is copied: name and value must live as long as the list. */
struct field *fields_add(struct fields *f, struct arena *a, enum field_id id, struct str value);
struct field *fields_add_named(struct fields *f, struct arena *a, struct str name,
                               struct str value);

/* Removes all of that name, then adds. */
void fields_set(struct fields *f, struct arena *a, enum field_id id, struct str value);

/* The number removed. A borrowed list is copied first. */
unsigned fields_remove(struct fields *f, struct arena *a, enum field_id id);
unsigned fields_remove_named(struct fields *f, struct arena *a, struct str name);

/* First of that name, or NULL. */
const struct field *fields_find(const struct fields *f, enum field_id id);
const struct field *fields_find_named(const struct fields *f, struct str name);

/* The value of the first, or an empty str with p NULL. */
struct str fields_value(const struct fields *f, enum field_id id);

/* All values of that name joined by ", " (RFC 9110, section 5.3); one value is not copied. Empty
 * with p NULL when absent. */
struct str fields_joined(const struct fields *f, struct arena *a, enum field_id id);

unsigned fields_count_of(const struct fields *f, enum field_id id);

/* RFC 9110, section 5.6.2: one or more tchar. `is_lower` demands lower case as HTTP/2 does. */
bool fields_name_is_valid(struct str name, bool is_lower);
/* RFC 9110, section 5.5: no NUL, CR, LF, other controls but tab; no space or tab at either end. */
bool fields_value_is_valid(struct str value);

#define FIELDS_EACH(field, fields)                                                          \
    for ((field) = (fields)->v; (field) != NULL && (field) < (fields)->v + (fields)->count; \
         (field)++)

#endif
