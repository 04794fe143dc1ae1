#include "config/faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"

#define QUOTE_MAX 60 /* bytes */

void faults_init(struct faults *f, struct arena *arena)
{
    *f = (struct faults){.arena = arena};
}

/* C0, DEL, and C1 as UTF-8: what a file says must not steer the terminal it is printed on. */
static bool is_control(struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.p[i];
    bool is_c1_lead = c == 0xC2 && i + 1 < s.len && (unsigned char)s.p[i + 1] < 0xA0;
    bool is_c1_rest = i > 0 && (unsigned char)s.p[i - 1] == 0xC2 && c < 0xA0;
    return c < 0x20 || c == 0x7F || is_c1_lead || is_c1_rest;
}

static struct str escape_controls(struct arena *arena, struct str s)
{
    static const char hex[] = "0123456789abcdef";
    char *out = arena_alloc(arena, s.len * 4 + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (is_control(s, i)) {
            out[n++] = '\\';
            out[n++] = 'x';
            out[n++] = hex[c >> 4];
            out[n++] = hex[c & 15];
        } else {
            out[n++] = s.p[i];
        }
    }
    out[n] = '\0';
    return str_of(out, n);
}

static bool has_controls(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (is_control(s, i)) {
            return true;
        }
    }
    return false;
}

static void grow(struct faults *f)
{
    size_t cap = f->cap == 0 ? 16 : f->cap * 2;
    struct fault *items = arena_alloc(f->arena, cap * sizeof(*items));

    if (f->kept > 0) {
        memcpy(items, f->items, f->kept * sizeof(*items));
    }
    f->items = items;
    f->cap = cap;
}

__attribute__((format(printf, 2, 0))) static struct str format_text(struct arena *arena,
                                                                    const char *format,
                                                                    va_list args)
{
    char *text = NULL;
    int len = vasprintf(&text, format, args);

    MUST(len >= 0);
    struct str raw = str_of(text, (size_t)len);
    struct str kept = has_controls(raw) ? escape_controls(arena, raw) : arena_str(arena, raw);
    free(text);
    return kept;
}

void faults_add(struct faults *f, struct position at, const char *format, ...)
{
    f->count++;
    if (faults_is_full(f)) {
        return;
    }
    if (f->kept == f->cap) {
        grow(f);
    }
    va_list args;
    va_start(args, format);
    struct str text = format_text(f->arena, format, args);
    va_end(args);
    f->items[f->kept] = (struct fault){at, text, f->kept};
    f->kept++;
}

struct str faults_quote(struct arena *arena, struct str text)
{
    if (text.len <= QUOTE_MAX) {
        return text;
    }
    size_t len = QUOTE_MAX;
    while (len > 0 && ((unsigned char)text.p[len] & 0xC0) == 0x80) {
        len--;
    }
    return arena_printf(arena, "%.*s...", (int)len, text.p);
}

static int compare_numbers(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_faults(const void *a, const void *b)
{
    const struct fault *x = a;
    const struct fault *y = b;
    int by_file = strcmp(x->at.file, y->at.file);
    int by_line = compare_numbers(x->at.line, y->at.line);
    int by_column = compare_numbers(x->at.column, y->at.column);

    if (by_file != 0) {
        return by_file;
    }
    if (by_line != 0) {
        return by_line;
    }
    return by_column != 0 ? by_column : compare_numbers(x->order, y->order);
}

void faults_sort(struct faults *f)
{
    if (f->kept > 1) {
        qsort(f->items, f->kept, sizeof(*f->items), compare_faults);
    }
}

struct str faults_place(struct arena *arena, struct position at)
{
    if (at.line == 0) {
        return arena_printf(arena, "%s", at.file);
    }
    return arena_printf(arena, "%s:%u:%u", at.file, at.line, at.column);
}

enum err faults_print(struct faults *f, struct buf *out)
{
    enum err e = ERR_OK;
    size_t shown = f->kept < FAULTS_SHOWN ? f->kept : FAULTS_SHOWN;

    faults_sort(f);
    for (size_t i = 0; i < shown && e == ERR_OK; i++) {
        struct str place = faults_place(f->arena, f->items[i].at);
        e = buf_printf(out, "%.*s: %.*s\n", STR_ARGS(place), STR_ARGS(f->items[i].text));
    }
    if (e == ERR_OK && f->count > shown) {
        e = buf_printf(out, "and %zu more%s\n", f->count - shown,
                       faults_is_full(f) ? " at least; reading stopped here" : "");
    }
    return e;
}
