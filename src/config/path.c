#include "config/path.h"

#include "base/arena.h"
#include "config/faults.h"

/* Prepends, for steps are linked upwards; paths are a few steps long. */
static struct str prepend(const struct path *step, struct str rest, struct arena *arena)
{
    const char *dot = rest.len > 0 && rest.p[0] != '[' ? "." : "";
    struct str key = faults_quote(arena, step->key);

    if (step->is_item) {
        return arena_printf(arena, "[%zu]%s%.*s", step->index, dot, STR_ARGS(rest));
    }
    return arena_printf(arena, "%.*s%s%.*s", STR_ARGS(key), dot, STR_ARGS(rest));
}

struct str path_text(const struct path *path, struct arena *arena)
{
    struct str text = STR("");

    for (; path != NULL && path->above != NULL; path = path->above) {
        text = prepend(path, text, arena);
    }
    return text;
}
