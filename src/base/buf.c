#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

#define FIRST_CAP 256

void buf_init(struct buf *b, size_t ceiling)
{
    *b = (struct buf){.ceiling = ceiling};
}

void buf_fini(struct buf *b)
{
    free(b->data);
    buf_init(b, b->ceiling);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
}

/* At least `needed`, doubled so that many small additions cost few copies, never over the ceiling.
 */
static size_t choose_cap(const struct buf *b, size_t needed)
{
    size_t cap = b->cap < FIRST_CAP ? FIRST_CAP : b->cap;
    while (cap < needed && cap <= b->ceiling / 2) {
        cap *= 2;
    }
    if (cap < needed || cap > b->ceiling) {
        cap = b->ceiling;
    }
    return cap;
}

static void grow(struct buf *b, size_t needed)
{
    size_t cap = choose_cap(b, needed);
    char *grown = realloc(b->data, cap > 0 ? cap : 1);
    MUST(grown != NULL);
    b->data = grown;
    b->cap = cap;
}

char *buf_room(struct buf *b, size_t len)
{
    if (len > b->ceiling - b->len) {
        return NULL;
    }
    if (b->data == NULL || len > b->cap - b->len) {
        grow(b, b->len + len);
    }
    return b->data + b->len;
}

void buf_added(struct buf *b, size_t len)
{
    MUST(len <= b->cap - b->len);
    b->len += len;
}

enum err buf_add(struct buf *b, struct str s)
{
    char *room = buf_room(b, s.len);
    if (room == NULL) {
        return ERR_FULL;
    }
    if (s.len > 0) {
        memcpy(room, s.p, s.len);
    }
    b->len += s.len;
    return ERR_OK;
}

enum err buf_add_char(struct buf *b, char c)
{
    return buf_add(b, str_of(&c, 1));
}

/* vsnprintf wants room for a zero byte that is not part of the content: a text that just fits is
 * made elsewhere. */
__attribute__((format(printf, 3, 0))) static enum err print_copied(struct buf *b, size_t len,
                                                                   const char *format, va_list args)
{
    char *text = malloc(len + 1);
    MUST(text != NULL);
    vsnprintf(text, len + 1, format, args);
    enum err e = buf_add(b, str_of(text, len));
    free(text);
    return e;
}

__attribute__((format(printf, 3, 0))) static enum err print(struct buf *b, size_t len,
                                                            const char *format, va_list args)
{
    if (len > b->ceiling - b->len) {
        return ERR_FULL;
    }
    char *room = buf_room(b, len + 1);
    if (room == NULL) {
        return print_copied(b, len, format, args);
    }
    vsnprintf(room, len + 1, format, args);
    b->len += len;
    return ERR_OK;
}

enum err buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    MUST(len >= 0);
    va_start(args, format);
    enum err e = print(b, (size_t)len, format, args);
    va_end(args);
    return e;
}

void buf_drop_front(struct buf *b, size_t len)
{
    MUST(len <= b->len);
    if (len > 0 && len < b->len) {
        memmove(b->data, b->data + len, b->len - len);
    }
    b->len -= len;
}
