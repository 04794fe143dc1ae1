#include "handler/files.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "config/config.h"
#include "config/faults.h"
#include "handler/files_answer.h"
#include "handler/files_load.h"
#include "handler/files_name.h"
#include "handler/files_open.h"
#include "handler/files_part.h"
#include "handler/files_root.h"
#include "handler/files_settings.h"
#include "http/exchange.h"
#include "http/stage.h"
#include "loop/worker.h"
#include "metrics/metrics.h"

struct files {
    struct handler handler;
    struct files_root *root;
};

/* --- settings ------------------------------------------------------------------------------ */

static const char *const hidden_words[] = {"refuse", "serve", NULL};
static const char *const links_words[] = {"within_root", NULL};

static void check_index(const struct config *config, const struct files_settings *s,
                        struct faults *faults)
{
    const struct str *names = s->index.items;
    for (size_t i = 0; i < s->index.count; i++) {
        bool is_name = names[i].len > 0 && names[i].len <= NAME_MAX &&
                       str_index(names[i], '/') == names[i].len && !str_eq(names[i], STR(".")) &&
                       !str_eq(names[i], STR(".."));
        if (!is_name) {
            struct str said = faults_quote(faults->arena, names[i]);
            struct position at = s->index.positions != NULL ? s->index.positions[i]
                                                            : config_position(config, &s->index);
            faults_add(faults, at, "index '%.*s' is no name of a file", STR_ARGS(said));
        }
    }
}

static void check_settings(const struct config *config, const void *settings, struct faults *faults)
{
    const struct files_settings *s = settings;
    check_index(config, s, faults);
    if (s->charset.len > 0 && !fields_name_is_valid(s->charset, false)) {
        struct str said = faults_quote(faults->arena, s->charset);
        faults_add(faults, config_position(config, &s->charset), "'%.*s' is no name of a charset",
                   STR_ARGS(said));
    }
}

/* clang-format off */
static const struct setting rows[] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct files_settings, at)},
    {.name = "root", .type = SETTING_PATH, SETTING_MEMBER(struct files_settings, root),
     .is_required = true,
     .meaning = "The directory; nothing outside it is ever served. Opened at start and reload"},
    {.name = "index", .type = SETTING_LIST, .item = SETTING_STRING,
     SETTING_MEMBER(struct files_settings, index), .default_text = "index.html", .max_count = 16,
     .is_one_or_many = true,
     .meaning = "Names of files that stand for their directory, the first there is"},
    {.name = "keep_max", .type = SETTING_SIZE, SETTING_MEMBER(struct files_settings, keep_max),
     .default_text = "256KiB", .max = SETTING_MIB(16),
     .meaning = "Files up to this size are kept in each worker's memory"},
    {.name = "keep_total", .type = SETTING_SIZE, SETTING_MEMBER(struct files_settings, keep_total),
     .default_text = "64MiB", .max = SETTING_GIB(64),
     .meaning = "All that a worker keeps, of all roots, when this route adds to it"},
    {.name = "recheck", .type = SETTING_DURATION,
     SETTING_MEMBER(struct files_settings, recheck_ns), .default_text = "1s",
     .max = SETTING_S(3600),
     .meaning = "A file that was answered with before is looked at again after this time"},
    {.name = "hidden", .type = SETTING_ENUM, SETTING_MEMBER(struct files_settings, hidden),
     .choices = hidden_words, .default_text = "refuse",
     .meaning = "Names that begin with a dot; /.well-known/ is always served"},
    {.name = "links", .type = SETTING_ENUM, SETTING_MEMBER(struct files_settings, links),
     .choices = links_words, .default_text = "within_root",
     .meaning = "Symbolic links are followed as far as they stay inside the root"},
    {.name = "charset", .type = SETTING_STRING, SETTING_MEMBER(struct files_settings, charset),
     .default_text = "utf-8", .max = 40,
     .meaning = "Said of every text type; an empty one is not said"},
};
/* clang-format on */

static const struct setting_table table = {
    .name = "files",
    .meaning = "The files of a directory",
    .size = sizeof(struct files_settings),
    .rows = rows,
    .count = COUNT_OF(rows),
    .shorthand = "root",
    .check = check_settings,
};

/* --- the worker's part --------------------------------------------------------------------- */

static void *make_part(struct worker *worker)
{
    struct files_part *part = calloc(1, sizeof(*part));
    if (part != NULL) {
        files_part_init(part, worker);
    }
    return part;
}

static void free_part(void *part)
{
    struct files_part *p = part;
    files_load_drop_all(p);
    files_part_fini(p);
    free(p);
}

const struct worker_part_kind files_part_kind = {
    .name = "files",
    .make = make_part,
    .free = free_part,
};

/* --- the handler --------------------------------------------------------------------------- */

static enum err make_files(const struct stage_builder *b, const void *settings,
                           struct handler **out)
{
    const struct files_settings *s = settings;
    struct files *f = arena_zalloc(b->arena, sizeof(*f));
    int why = 0;
    enum err err = files_root_open(s, &f->root, &why);
    if (err != ERR_OK) {
        faults_add(b->faults, b->at, "cannot serve the files of %.*s: %s", STR_ARGS(s->root),
                   strerrordesc_np(why));
        return err;
    }
    f->handler.kind = &files_handler_kind;
    f->handler.methods = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD);
    *out = &f->handler;
    return ERR_OK;
}

static void free_files(struct handler *handler)
{
    files_root_unref(&CONTAINER_OF(handler, struct files, handler)->root);
}

/* --- a request's way ----------------------------------------------------------------------- */

static bool is_fresh(const struct files_object *o, const struct files_wanted *w)
{
    return w->part->worker->now_ns - o->checked_ns < w->root->recheck_ns;
}

static void answer_present(const struct files_wanted *w, struct files_object *o, struct exchange *x)
{
    o->is_used = true;
    metrics_inc(w->part->worker->metrics,
                files_object_is_kept(o) ? METRIC_FILES_KEPT_HITS : METRIC_FILES_KEPT_MISSES);
    files_answer(x, o);
}

/* Not in memory: a file we know is good until the offload thread says otherwise. */
static void answer_cold(const struct files_wanted *w, struct files_object *o, struct exchange *x)
{
    if (o == NULL) {
        files_load_await(w, x);
        return;
    }
    o->checked_ns = w->part->worker->now_ns;
    files_load_recheck(w, o);
    answer_present(w, o, x);
}

/* New, or another file than the one we had. */
static void answer_opened(const struct files_wanted *w, struct files_opened *opened,
                          struct exchange *x)
{
    uint8_t *content = NULL;
    enum err err = files_load_content(w->root, opened, false, &content);
    if (err != ERR_OK) {
        close(opened->fd);
    }
    if (err == ERR_AGAIN) {
        files_load_await(w, x);
        return;
    }
    if (err != ERR_OK) {
        opened->outcome = FILES_OPEN_BROKEN;
        files_answer_failure(x, opened);
        return;
    }
    const struct files_found found = {w->root, w->key, w->hash, w->name, opened, content};
    struct files_object *o = files_part_admit(w->part, &found);
    files_answer(x, o);
    files_object_unref(o);
}

static bool is_unchanged(const struct files_object *o, const struct files_opened *opened)
{
    bool may_hide_change = o->is_young && files_object_is_kept(o);
    return files_open_is_same(&o->stamp, &opened->stamp) && !may_hide_change;
}

static void answer_file(const struct files_wanted *w, struct files_object *o,
                        struct files_opened *opened, struct exchange *x)
{
    metrics_inc(w->part->worker->metrics, METRIC_FILES_OPENED);
    if (o != NULL && is_unchanged(o, opened)) {
        close(opened->fd);
        o->checked_ns = w->part->worker->now_ns;
        answer_present(w, o, x);
        return;
    }
    metrics_inc(w->part->worker->metrics, METRIC_FILES_KEPT_MISSES);
    answer_opened(w, opened, x);
}

/* `o` is what we have of it and want to look at again, or NULL. */
static void look(const struct files_wanted *w, struct files_object *o, struct exchange *x)
{
    struct files_opened opened;
    files_open(w->root, w->name, false, &opened);
    switch (opened.outcome) {
    case FILES_OPEN_COLD:
        answer_cold(w, o, x);
        break;
    case FILES_OPEN_FILE:
        answer_file(w, o, &opened, x);
        break;
    default:
        if (o != NULL) {
            files_store_remove(&w->part->store, o);
        }
        files_answer_failure(x, &opened);
        break;
    }
}

static void start_files(const struct handler *handler, struct exchange *x)
{
    const struct files *f = CONST_CONTAINER_OF(handler, struct files, handler);
    struct files_part *part = worker_part(x->worker, &files_part_kind);
    const struct files_key key = {{f->root->id[0], f->root->id[1]}, x->request.path};
    struct files_wanted wanted = {part, f->root, &key, files_store_hash(&part->store, &key),
                                  str_of(NULL, 0)};
    struct files_object *o = files_store_find(&part->store, wanted.hash, &key);
    if (o != NULL && is_fresh(o, &wanted)) {
        answer_present(&wanted, o, x);
        return;
    }
    if (files_name_from_path(key.path, f->root->serves_hidden, x->arena, &wanted.name) != ERR_OK) {
        files_answer_missing(x);
        return;
    }
    look(&wanted, o, x);
}

const struct handler_kind files_handler_kind = {
    .setting = {.name = "files", .meaning = "The files of a directory", .table = &table},
    .make = make_files,
    .free = free_files,
    .start = start_files,
};
