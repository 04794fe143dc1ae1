/* mime_globs.h: the system's database of media types: lines of "weight:type:glob[:flags]", as
 * shared-mime-info writes them to globs2. Frozen once read; any thread may ask then. */
#ifndef WEIR_HANDLER_MIME_GLOBS_H
#define WEIR_HANDLER_MIME_GLOBS_H

#include "base/err.h"
#include "base/str.h"

struct mime_globs;

/* Blocking. ERR_NOT_FOUND, ERR_DENIED, ERR_IO; ERR_FULL for a file over 4 MiB. Lines that cannot be
 * read are passed over. */
MUST_USE enum err mime_globs_load(const char *path, struct mime_globs **out);

/* The same from memory; `text` is copied. */
struct mime_globs *mime_globs_parse(struct str text);
void mime_globs_free(struct mime_globs **globs);

/* The type whose glob matches `name` best: a literal name, else the highest weight, then the
 * longest suffix, then the other patterns; empty when none does. */
struct str mime_globs_type(const struct mime_globs *globs, struct str name);

#endif
