/* reading.h: reads a text as the sample's settings and keeps what came of it. */
#ifndef WEIR_TESTS_CONFIG_READING_H
#define WEIR_TESTS_CONFIG_READING_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "config/config.h"
#include "config/faults.h"
#include "unit/config/sample.h"

struct reading {
    struct arena arena;
    struct faults faults;
    struct config config;
    struct buf printed; /* the faults, zero-ended */
    enum err err;
};

/* As the file "/etc/weir/t.yaml", so that paths are the same everywhere. */
void reading_init(struct reading *r, struct str text);
void reading_init_file(struct reading *r, const char *path);
void reading_fini(struct reading *r);

/* A text and all that is to be said about it. */
struct reading_case {
    const char *text;
    const char *faults; /* without the file's name, "" for none */
};

/* Asserts both; a difference is printed. */
void reading_assert_faults(const struct reading_case *cases, size_t count);

/* The same for one text, which may hold NULs. */
void reading_assert_text(struct str text, const char *faults);

/* NULL when there were faults. */
const struct sample *reading_sample(const struct reading *r);

#endif
