#include "route/allow.h"

#include "http/method.h"

/* Longer than any name of a method. */
#define NAME_MAX_BYTES 16

struct writing {
    char *text;
    size_t len;
};

static void add(struct writing *w, struct str name)
{
    if (w->len > 0) {
        memcpy(w->text + w->len, ", ", 2);
        w->len += 2;
    }
    memcpy(w->text + w->len, name.p, name.len);
    w->len += name.len;
}

struct str allow_text(struct arena *a, uint32_t methods, const struct str *others,
                      size_t other_count)
{
    size_t most = METHOD_COUNT_ * NAME_MAX_BYTES;

    for (size_t i = 0; i < other_count; i++) {
        most += others[i].len + 2;
    }
    struct writing w = {.text = arena_alloc(a, most)};
    for (unsigned method = 0; method < METHOD_OTHER; method++) {
        if ((methods & METHOD_BIT(method)) != 0) {
            add(&w, method_name((enum method)method));
        }
    }
    for (size_t i = 0; i < other_count; i++) {
        add(&w, others[i]);
    }
    return str_of(w.text, w.len);
}
