/* files_name.h: which file a request's path means. Any thread. */
#ifndef WEIR_HANDLER_FILES_NAME_H
#define WEIR_HANDLER_FILES_NAME_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* The name below the root for a normalised path (http/uri.h): unescaped, no slash in front, a zero
 * byte behind; empty for "/", with its slash at the end for a directory. ERR_NOT_FOUND for what no
 * file can be called (an escaped slash, too long) and for segments that begin with a dot, unless
 * `serves_hidden`; /.well-known/ (RFC 8615) is always served, but not what is hidden inside. */
MUST_USE enum err files_name_from_path(struct str path, bool serves_hidden, struct arena *a,
                                       struct str *out);

#endif
