#include "handler/files_root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/map.h"
#include "handler/files_beneath.h"
#include "handler/files_settings.h"

/* All that an answer for a path depends on, as text: two roots with the same text may share what is
 * kept. Its hash stands for it; the text comes from the operator, never from a client. */
static void identify(struct files_root *root, const struct stat *st)
{
    static const uint64_t seeds[2][2] = {{0x77656972, 0x66696c65}, {0x726f6f74, 0x6964656e}};
    struct arena a;
    arena_init(&a, NULL, NULL, NULL, 0);
    struct str text = arena_printf(&a, "%llx %llx %d %d %.*s", (unsigned long long)st->st_dev,
                                   (unsigned long long)st->st_ino, root->has_openat2,
                                   root->serves_hidden, STR_ARGS(root->charset));
    for (size_t i = 0; i < root->index_count; i++) {
        text = arena_printf(&a, "%.*s/%.*s", STR_ARGS(text), STR_ARGS(root->index[i]));
    }
    root->id[0] = map_hash(text, seeds[0]);
    root->id[1] = map_hash(text, seeds[1]);
    arena_fini(&a);
}

static struct str keep_text(char **at, struct str s)
{
    char *copy = *at;
    if (s.len > 0) {
        memcpy(copy, s.p, s.len);
    }
    copy[s.len] = '\0';
    *at = copy + s.len + 1;
    return str_of(copy, s.len);
}

/* The settings with all they point to, in one piece. */
static struct files_root *copy_settings(const struct files_settings *settings)
{
    const struct str *names = settings->index.items;
    size_t count = settings->index.count;
    size_t bytes =
        sizeof(struct files_root) + count * sizeof(struct str) + settings->charset.len + 1;
    for (size_t i = 0; i < count; i++) {
        bytes += names[i].len + 1;
    }
    struct files_root *root = calloc(1, bytes);
    MUST(root != NULL);
    struct str *index = (struct str *)(void *)root->text;
    char *at = (char *)(index + count);
    for (size_t i = 0; i < count; i++) {
        index[i] = keep_text(&at, names[i]);
    }
    root->charset = keep_text(&at, settings->charset);
    root->index = index;
    root->index_count = count;
    root->keep_max =
        settings->keep_max < settings->keep_total ? settings->keep_max : settings->keep_total;
    root->keep_total = settings->keep_total;
    root->recheck_ns = settings->recheck_ns;
    root->serves_hidden = settings->hidden == FILES_HIDDEN_SERVE;
    atomic_init(&root->refs, 1);
    return root;
}

enum err files_root_open(const struct files_settings *settings, struct files_root **out, int *why)
{
    struct stat st;
    *out = NULL;
    int fd = open(settings->root.p, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        *why = errno;
        if (fd >= 0) {
            close(fd);
        }
        return err_from_errno(*why);
    }
    struct files_root *root = copy_settings(settings);
    root->fd = fd;
    root->has_openat2 = files_beneath_has_openat2(fd);
    identify(root, &st);
    *out = root;
    return ERR_OK;
}

struct files_root *files_root_ref(struct files_root *root)
{
    atomic_fetch_add_explicit(&root->refs, 1, memory_order_relaxed);
    return root;
}

void files_root_unref(struct files_root **root)
{
    struct files_root *r = *root;
    *root = NULL;
    if (r != NULL && atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) == 1) {
        close(r->fd);
        free(r);
    }
}
