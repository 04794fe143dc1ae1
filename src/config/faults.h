/* faults.h: everything that is wrong with a configuration, each fault at its place.
 *
 *   site.yaml:12:5: unknown key 'certificats' in listeners[0].tls; did you mean 'certificates'?
 *
 * Reading goes on after a fault, so that one run shows them all. Memory is the arena's. One thread
 * at a time. */
#ifndef WEIR_CONFIG_FAULTS_H
#define WEIR_CONFIG_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "config/position.h"

struct buf;

#define FAULTS_KEPT  1000 /* more are only counted */
#define FAULTS_SHOWN 100  /* by faults_print */

struct fault {
    struct position at;
    struct str text; /* control characters are escaped */
    size_t order;    /* of arrival */
};

struct faults {
    struct arena *arena;
    struct fault *items; /* faults_sort puts them in order of position */
    size_t kept;
    size_t count; /* all */
    size_t cap;
};

/* `arena` outlives `f`. */
void faults_init(struct faults *f, struct arena *arena);

/* A sentence without a capital at its start and a full stop at its end. */
void faults_add(struct faults *f, struct position at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* No further sentence will be kept: who finds sentences costly need not make them. */
static inline bool faults_is_full(const struct faults *f)
{
    return f->kept == FAULTS_KEPT;
}

/* At most 60 bytes of `text`, for a sentence. */
struct str faults_quote(struct arena *arena, struct str text);

void faults_sort(struct faults *f);

/* Sorts, then a line for each, and one that counts the rest. ERR_FULL when `out` is. */
MUST_USE enum err faults_print(struct faults *f, struct buf *out);

/* "file:line:column", for sentences that name a second place. */
struct str faults_place(struct arena *arena, struct position at);

#endif
