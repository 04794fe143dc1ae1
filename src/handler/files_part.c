#include "handler/files_part.h"

#include <unistd.h>

#include "base/check.h"
#include "base/random.h"
#include "handler/files_open.h"
#include "handler/files_root.h"
#include "handler/mime.h"
#include "loop/worker.h"

void files_part_init(struct files_part *part, struct worker *worker)
{
    uint64_t seed[2];
    random_secure(seed, sizeof(seed));
    part->worker = worker;
    part->mime = mime_new(MIME_SYSTEM_GLOBS);
    files_store_init(&part->store, seed, worker->metrics);
    files_pending_init(&part->loads);
    files_job_line_init(&part->line, worker);
}

void files_part_fini(struct files_part *part)
{
    MUST(part->loads.count == 0);
    files_job_line_fini(&part->line);
    files_store_fini(&part->store);
    mime_free(&part->mime);
}

/* The last segment of what was opened: the file's own name, or its index's. */
static struct str base_name(const struct files_found *f)
{
    struct str name = f->name;
    if (f->opened->index < f->root->index_count) {
        return f->root->index[f->opened->index];
    }
    for (size_t i = name.len; i > 0; i--) {
        if (name.p[i - 1] == '/') {
            return str_skip(name, i);
        }
    }
    return name;
}

struct files_object *files_part_admit(struct files_part *part, const struct files_found *found)
{
    bool is_kept = found->content != NULL || found->opened->stamp.bytes == 0;
    if (is_kept) {
        close(found->opened->fd);
    }
    const struct files_object_config config = {
        .key = *found->key,
        .hash = found->hash,
        .type = mime_type(part->mime, base_name(found)),
        .charset = found->root->charset,
        .stamp = found->opened->stamp,
        .content = found->content,
        .fd = is_kept ? -1 : found->opened->fd,
        .account = &part->worker->account,
        .line = &part->line,
        .now_ns = part->worker->now_ns,
        .wall_ns = part->worker->wall_ns,
    };
    struct files_object *o = files_object_new(&config);
    files_store_add(&part->store, o, found->root->keep_total);
    return o;
}
