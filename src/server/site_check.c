#include "server/site_check.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "config/config.h"
#include "net/address.h"
#include "server/privileges.h"
#include "server/site_settings.h"
#include "telemetry/access_log_settings.h"

/* --- addresses ----------------------------------------------------------------------------- */

struct place {
    struct address address;
    struct str text;
    struct position at;
    bool is_every; /* 0.0.0.0, [::] */
};

struct places_taken {
    struct place *items;
    size_t count;
};

static bool is_every(const struct address *a)
{
    if (a->sock.any.sa_family == AF_INET6) {
        return IN6_IS_ADDR_UNSPECIFIED(&a->sock.v6.sin6_addr);
    }
    return a->sock.v4.sin_addr.s_addr == htonl(INADDR_ANY);
}

/* The system chooses a free port for each 0. */
static bool is_taken_by(const struct place *mine, const struct place *other)
{
    const struct address *a = &mine->address;
    const struct address *b = &other->address;

    if (address_port(a) == 0 || address_port(a) != address_port(b) ||
        a->sock.any.sa_family != b->sock.any.sa_family) {
        return false;
    }
    return mine->is_every || other->is_every || address_eq(a, b);
}

static const struct place *find_taken(const struct places_taken *taken, const struct place *mine)
{
    for (size_t i = 0; i < taken->count; i++) {
        if (is_taken_by(mine, &taken->items[i])) {
            return &taken->items[i];
        }
    }
    return NULL;
}

/* One fault is enough, though `*` and `localhost` are two addresses. */
static void check_text(struct places_taken *taken, struct str text, struct position at,
                       struct faults *faults)
{
    struct address_list list;
    const struct place *first = NULL;

    if (address_parse(text, &list, NULL) != ERR_OK) {
        return; /* told with the settings */
    }
    for (unsigned i = 0; i < list.count && first == NULL; i++) {
        struct place mine = {list.items[i], text, at, is_every(&list.items[i])};
        first = find_taken(taken, &mine);
        if (first == NULL) {
            taken->items[taken->count++] = mine;
        }
    }
    if (first != NULL) {
        struct str where = faults_place(faults->arena, first->at);
        faults_add(faults, at, "'%.*s' is listened on already, by '%.*s' at %.*s; take one out",
                   STR_ARGS(text), STR_ARGS(first->text), STR_ARGS(where));
    }
}

static size_t count_addresses(const struct site_settings *s)
{
    const struct site_listener *listeners = s->listeners.items;
    size_t count = 0;

    for (size_t i = 0; i < s->listeners.count; i++) {
        count += listeners[i].addresses.count;
    }
    return count;
}

static void check_addresses(const struct site_settings *s, struct faults *faults)
{
    const struct site_listener *listeners = s->listeners.items;
    struct places_taken taken = {0};

    taken.items = arena_alloc(faults->arena, (2 * count_addresses(s) + 1) * sizeof(*taken.items));
    for (size_t i = 0; i < s->listeners.count; i++) {
        const struct setting_list *list = &listeners[i].addresses;
        const struct str *texts = list->items;
        for (size_t k = 0; k < list->count && !faults_is_full(faults); k++) {
            check_text(&taken, texts[k], list->positions[k], faults);
        }
    }
}

/* --- the machine --------------------------------------------------------------------------- */

static void check_user(const struct config *config, const struct site_settings *s,
                       struct faults *faults)
{
    char why[PRIVILEGES_WHY_MAX];

    if (s->user.p != NULL && privileges_find(s->user, why) != ERR_OK) {
        faults_add(faults, config_position(config, &s->user), "%s", why);
    }
}

/* Why no file can be made in the directory of `path`; empty: it can. */
static struct str why_not_in(struct str path, bool is_ours, struct arena *arena)
{
    const char *slash = strrchr(path.p, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path.p);
    struct str dir = len == 0 ? STR("/") : arena_printf(arena, "%.*s", (int)len, path.p);
    struct stat st;

    if (stat(dir.p, &st) != 0) {
        return errno == ENOENT
                   ? arena_printf(arena, "there is no directory %.*s; make it: mkdir -p %s",
                                  STR_ARGS(dir), dir.p)
                   : arena_printf(arena, "%.*s: %s", STR_ARGS(dir), strerrordesc_np(errno));
    }
    if (!S_ISDIR(st.st_mode)) {
        return arena_printf(arena, "%.*s is not a directory", STR_ARGS(dir));
    }
    if (is_ours && access(dir.p, W_OK | X_OK) != 0) {
        return arena_printf(arena, "the directory %.*s: %s", STR_ARGS(dir), strerrordesc_np(errno));
    }
    return STR("");
}

/* With `user`, it is he who opens the log: what we may do says nothing. */
static struct str why_no_log(struct str path, bool is_ours, struct arena *arena)
{
    struct stat st;

    if (stat(path.p, &st) != 0) {
        return why_not_in(path, is_ours, arena);
    }
    if (S_ISDIR(st.st_mode)) {
        return arena_printf(arena, "it is a directory; name a file in it");
    }
    return is_ours && access(path.p, W_OK) != 0 ? arena_printf(arena, "%s", strerrordesc_np(errno))
                                                : STR("");
}

static void check_access_log(const struct config *config, const struct site_settings *s,
                             struct faults *faults)
{
    if (s->access_log == NULL || access_log_settings_is_stdout(s->access_log)) {
        return;
    }
    struct str why = why_no_log(s->access_log->path, s->user.p == NULL, faults->arena);
    if (!str_is_empty(why)) {
        faults_add(faults, config_position(config, &s->access_log->path),
                   "cannot write the access log %.*s: %.*s", STR_ARGS(s->access_log->path),
                   STR_ARGS(why));
    }
}

void site_check(const struct config *config, struct faults *faults)
{
    const struct site_settings *s = config->settings;

    check_addresses(s, faults);
    check_user(config, s, faults);
    check_access_log(config, s, faults);
}
