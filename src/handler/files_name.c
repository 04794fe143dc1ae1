#include "handler/files_name.h"

#include <limits.h>

#include "http/uri.h"

/* Paths come here normalised; "." and ".." are refused once more all the same, because all that
 * would be left below is the kernel. */
static bool is_refused(struct str segment, bool is_first, bool serves_hidden)
{
    if (segment.len == 0 || segment.p[0] != '.') {
        return false;
    }
    if (str_eq(segment, STR(".")) || str_eq(segment, STR(".."))) {
        return true;
    }
    return !serves_hidden && !(is_first && str_eq(segment, STR(".well-known")));
}

static bool has_refused(struct str name, bool serves_hidden)
{
    bool is_first = true;
    while (name.len > 0) {
        struct str segment = str_cut(name, '/', &name);
        if (is_refused(segment, is_first, serves_hidden)) {
            return true;
        }
        is_first = false;
    }
    return false;
}

enum err files_name_from_path(struct str path, bool serves_hidden, struct arena *a, struct str *out)
{
    struct str name;
    if (path.len == 0 || path.p[0] != '/' || path.len > PATH_MAX ||
        uri_decode(str_skip(path, 1), URI_DECODE_FILE, a, &name) != ERR_OK ||
        str_index(name, '\0') < name.len || has_refused(name, serves_hidden)) {
        return ERR_NOT_FOUND;
    }
    *out = arena_str(a, name);
    return ERR_OK;
}
