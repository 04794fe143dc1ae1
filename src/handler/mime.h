/* mime.h: media types by file name.
 *
 * The web's own types come first, from a table in the program; then the system's database
 * (shared-mime-info); a name that neither knows is application/octet-stream. Frozen once made: any
 * thread may ask. */
#ifndef WEIR_HANDLER_MIME_H
#define WEIR_HANDLER_MIME_H

#include <stdbool.h>

#include "base/str.h"

struct mime;

#define MIME_SYSTEM_GLOBS "/usr/share/mime/globs2"
#define MIME_UNKNOWN      "application/octet-stream"

/* Reads the database at `globs_path` (NULL: none). One that cannot be read leaves the program's own
 * table. Blocking. */
struct mime *mime_new(const char *globs_path);
void mime_free(struct mime **mime);

/* The type of a file of that name, which has no slash. Lives as long as `mime`. */
struct str mime_type(const struct mime *mime, struct str name);

/* Whether a charset parameter says something about content of that type. */
bool mime_has_charset(struct str type);

#endif
