/* buf.h: growing bytes with a ceiling; full is a normal answer. Owns its memory (malloc). One
 * thread at a time. */
#ifndef WEIR_BASE_BUF_H
#define WEIR_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t ceiling; /* bytes; never more */
};

void buf_init(struct buf *b, size_t ceiling);
void buf_fini(struct buf *b);

/* Keeps the memory, forgets the content. */
void buf_clear(struct buf *b);

/* ERR_FULL when it would pass the ceiling: nothing is added then. */
MUST_USE enum err buf_add(struct buf *b, struct str s);
MUST_USE enum err buf_add_char(struct buf *b, char c);
MUST_USE enum err buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for `len` more bytes at the end; NULL when that would pass the ceiling. Say buf_added after.
 */
char *buf_room(struct buf *b, size_t len);
void buf_added(struct buf *b, size_t len);

/* Forgets the first `len` bytes. */
void buf_drop_front(struct buf *b, size_t len);

static inline struct str buf_str(const struct buf *b)
{
    return str_of(b->data, b->len);
}

#endif
