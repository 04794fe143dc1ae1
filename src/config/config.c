#include "config/config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "config/document.h"
#include "config/fill.h"
#include "config/node.h"
#include "config/places.h"
#include "config/source.h"

static const struct document_limits limits = {CONFIG_DEPTH_MAX, CONFIG_VALUES_MAX};

/* The directory of `name`, absolute: later the process may stand elsewhere. */
static enum err find_directory(const char *name, struct arena *arena, struct faults *faults,
                               struct str *out)
{
    char cwd[PATH_MAX];
    const char *slash = strrchr(name, '/');
    struct str dir = slash == NULL ? STR("") : str_of(name, (size_t)(slash - name));

    if (name[0] == '/') {
        *out = arena_str(arena, str_is_empty(dir) ? STR("/") : dir);
        return ERR_OK;
    }
    if (getcwd(cwd, sizeof(cwd)) == NULL) {
        int error_number = errno;
        char text[128];
        faults_add(faults, (struct position){.file = name},
                   "the current directory cannot be told: %s; give the file's whole path",
                   strerror_r(error_number, text, sizeof(text)));
        return err_from_errno(error_number);
    }
    while (str_has_prefix(dir, STR("./"))) {
        dir = str_skip(dir, 2);
    }
    bool is_here = str_is_empty(dir) || str_eq(dir, STR("."));
    *out = is_here
               ? arena_printf(arena, "%s", cwd)
               : arena_printf(arena, "%s/%.*s", strcmp(cwd, "/") == 0 ? "" : cwd, STR_ARGS(dir));
    return ERR_OK;
}

enum err config_load_text(const char *name, struct str text, const struct setting_table *table,
                          struct arena *arena, struct faults *faults, struct config *out)
{
    struct fill f = {.root = table, .arena = arena, .faults = faults};
    struct node *root = NULL;
    size_t before = faults->count;
    const char *kept_name = arena_str(arena, str_from(name)).p;
    enum err e = find_directory(kept_name, arena, faults, &f.scalars.directory);

    if (e == ERR_OK) {
        e = document_read(kept_name, text, &limits, arena, faults, &root);
    }
    if (e != ERR_OK) {
        return e;
    }
    f.scalars.arena = arena;
    f.places = places_new(arena);
    struct config config = {.table = table, .places = f.places};
    config.settings = fill_settings(&f, root);
    places_settle(f.places);
    bool is_whole = faults->count == before;
    fill_check(&f, &config);
    if (is_whole) {
        *out = config;
    }
    return faults->count == before ? ERR_OK : ERR_SYNTAX;
}

enum err config_load_file(const char *path, const struct setting_table *table, struct arena *arena,
                          struct faults *faults, struct config *out)
{
    const char *kept_path = arena_str(arena, str_from(path)).p;
    struct buf text;

    buf_init(&text, CONFIG_FILE_MAX);
    enum err e = source_read(kept_path, &text, faults);
    if (e == ERR_OK) {
        e = config_load_text(kept_path, buf_str(&text), table, arena, faults, out);
    }
    buf_fini(&text);
    return e;
}

struct position config_position(const struct config *config, const void *member)
{
    struct position at = {.file = ""};

    bool is_found = places_find(config->places, member, &at);
    return ALWAYS(is_found) ? at : (struct position){.file = ""};
}
