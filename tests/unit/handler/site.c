#include "unit/handler/site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/uri.h"
#include "loop/offload.h"

#define TAKE_BYTES  16375
#define LONG_AGO_NS (1600000000ull * CLOCK_NS_PER_S)

/* --- files --------------------------------------------------------------------------------- */

const char *site_path(struct site *s, const char *name, char out[static 256])
{
    MUST(snprintf(out, 256, "%s/root/%s", s->dir, name) < 256);
    return out;
}

static void make_parents(const char *path)
{
    char part[256];
    for (size_t i = 1; path[i] != '\0'; i++) {
        if (path[i] == '/') {
            memcpy(part, path, i);
            part[i] = '\0';
            MUST(mkdir(part, 0755) == 0 || errno == EEXIST);
        }
    }
}

/* Odd nanoseconds, so that a lost part of a second is seen. */
static void age(struct site *s, int fd)
{
    s->next_ns += CLOCK_NS_PER_S + 1;
    struct timespec at = {(time_t)(s->next_ns / CLOCK_NS_PER_S),
                          (long)(s->next_ns % CLOCK_NS_PER_S)};
    const struct timespec times[2] = {at, at};
    MUST(futimens(fd, times) == 0);
}

static int create(struct site *s, const char *name)
{
    char path[256];
    make_parents(site_path(s, name, path));
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    MUST(fd >= 0);
    return fd;
}

void site_write(struct site *s, const char *name, struct str content)
{
    int fd = create(s, name);
    MUST(write(fd, content.p, content.len) == (ssize_t)content.len);
    age(s, fd);
    close(fd);
}

uint8_t site_pattern(uint64_t at)
{
    return (uint8_t)(at * 7 + (at >> 8) * 31 + (at >> 16));
}

void site_write_pattern(struct site *s, const char *name, size_t len)
{
    uint8_t *bytes = malloc(len);
    MUST(bytes != NULL);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = site_pattern(i);
    }
    site_write(s, name, str_of((const char *)bytes, len));
    free(bytes);
}

void site_link(struct site *s, const char *target, const char *name)
{
    char path[256];
    make_parents(site_path(s, name, path));
    MUST(symlink(target, path) == 0);
}

/* --- the site ------------------------------------------------------------------------------ */

struct files_settings site_settings(void)
{
    static struct str index[] = {STR_LIT("index.html")};
    return (struct files_settings){
        .index = {.items = index, .count = 1},
        .keep_max = 256 * 1024,
        .keep_total = 64ull << 20,
        .recheck_ns = CLOCK_NS_PER_S,
        .charset = STR("utf-8"),
    };
}

static const struct worker_part_kind *const parts[] = {&files_part_kind, NULL};

void site_init(struct site *s, const struct files_settings *settings)
{
    site_init_offload(s, settings, 2, 64);
}

void site_init_offload(struct site *s, const struct files_settings *settings, unsigned threads,
                       unsigned places)
{
    char root[256];
    *s = (struct site){.dir = "/tmp/weir-site-XXXXXX", .next_ns = LONG_AGO_NS};
    MUST(mkdtemp(s->dir) != NULL);
    s->settings = settings != NULL ? *settings : site_settings();
    MUST(mkdir(site_path(s, "", root), 0755) == 0);
    s->settings.root = str_from(root);
    MUST(offload_new(threads, places, &s->offload) == ERR_OK);
    manual_loop_init_offload(&s->loop, parts, NULL, s->offload);
    arena_init(&s->arena, NULL, NULL, NULL, 0);
    faults_init(&s->faults, &s->arena);
    const struct stage_builder b = {.arena = &s->arena, .faults = &s->faults, .log = &s->loop.log};
    MUST(files_handler_kind.make(&b, &s->settings, &s->handler) == ERR_OK);
}

void site_fini(struct site *s)
{
    char command[128];
    if (s->handler != NULL) {
        files_handler_kind.free(s->handler);
    }
    offload_free(&s->offload); /* its threads post to the worker to the last */
    manual_loop_fini(&s->loop);
    arena_fini(&s->arena);
    MUST(snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s", s->dir, s->dir) > 0);
    MUST(system(command) == 0); /* NOLINT(cert-env33-c,concurrency-mt-unsafe): a path made above */
}

uint64_t site_metric(const struct site *s, enum metric_id id)
{
    return metrics_sum(s->loop.metrics, id);
}

/* --- the wire ------------------------------------------------------------------------------ */

static struct reply *reply_of(struct exchange *x)
{
    return CONTAINER_OF(x, struct reply, x);
}

static void keep_head(struct reply *r)
{
    const struct field *f;
    r->status = r->x.response.status;
    r->content_length = r->x.response.content_length;
    FIELDS_EACH(f, &r->x.response.fields) {
        fields_add_named(&r->fields, &r->kept, arena_str(&r->kept, f->name),
                         arena_str(&r->kept, f->value));
    }
}

static void respond(struct exchange *x)
{
    struct reply *r = reply_of(x);
    MUST(r->status == 0);
    keep_head(r);
    r->wants_take = true;
}

static void body_ready(struct exchange *x)
{
    reply_of(x)->wants_take = true;
}

static void inform(struct exchange *x, unsigned status, const struct fields *fields)
{
    (void)x;
    (void)status;
    (void)fields;
}

static void credit(struct exchange *x, size_t bytes)
{
    (void)x;
    (void)bytes;
}

static void reset(struct exchange *x, enum err why)
{
    reply_of(x)->is_broken = true;
    reply_of(x)->wants_take = false;
    exchange_wire_done(x, why);
}

static void free_reply(struct exchange *x)
{
    struct reply *r = reply_of(x);
    arena_fini(&r->arena);
    r->is_gone = true;
}

static const struct exchange_wire wire = {
    .protocol = "test",
    .inform = inform,
    .respond = respond,
    .body_ready = body_ready,
    .credit = credit,
    .reset = reset,
    .free = free_reply,
};

static void end_orderly(struct reply *r)
{
    r->is_ended = true;
    r->wants_take = false;
    exchange_sent(&r->x);
    exchange_wire_done(&r->x, ERR_OK);
}

bool reply_take(struct reply *r, size_t len)
{
    enum pipe_more more = PIPE_LATER;
    if (!r->wants_take) {
        return false;
    }
    if (r->x.response.has_no_body) {
        end_orderly(r);
        return true;
    }
    char *room = buf_room(&r->body, len);
    MUST(room != NULL);
    size_t n = pipe_take(&r->x.response_body, (uint8_t *)room, len, &more);
    buf_added(&r->body, n);
    if (more == PIPE_END) {
        end_orderly(r);
    } else if (more == PIPE_BROKEN) {
        r->is_broken = true;
        r->wants_take = false;
        exchange_wire_done(&r->x, ERR_IO);
    } else if (more == PIPE_LATER) {
        r->wants_take = false;
    }
    return n > 0;
}

static bool is_finished(void *ctx)
{
    struct reply *r = ctx;
    while (!r->is_held && reply_take(r, TAKE_BYTES)) {
    }
    return r->is_gone;
}

bool reply_finish(struct reply *r)
{
    return manual_loop_until(&r->site->loop, is_finished, r);
}

void reply_leave(struct reply *r)
{
    r->is_broken = true;
    r->wants_take = false;
    exchange_wire_done(&r->x, ERR_RESET);
}

void reply_free(struct reply **r)
{
    if (!(*r)->is_gone) {
        MUST(reply_finish(*r));
    }
    buf_fini(&(*r)->body);
    arena_fini(&(*r)->kept);
    free(*r);
    *r = NULL;
}

struct str reply_field(const struct reply *r, const char *name)
{
    const struct field *f = fields_find_named(&r->fields, str_from(name));
    return f == NULL ? STR("") : f->value;
}

/* --- asking -------------------------------------------------------------------------------- */

static void on_request(struct exchange_service *service, struct exchange *x)
{
    (void)service;
    struct site *s = reply_of(x)->site;
    s->handler->kind->start(s->handler, x);
}

static void on_done(struct exchange_service *service, struct exchange *x)
{
    (void)service;
    (void)x;
}

static void set_request(struct reply *r, enum method method, struct uri_target target,
                        const char *const *fields)
{
    struct request *q = &r->x.request;
    q->method = method;
    q->method_text = method_name(method);
    q->path = target.path;
    q->query = target.query;
    for (size_t i = 0; fields != NULL && fields[i] != NULL; i += 2) {
        fields_add_named(&q->fields, &r->arena, str_from(fields[i]), str_from(fields[i + 1]));
    }
    r->x.request_id = STR("test");
}

struct reply *site_ask(struct site *s, enum method method, const char *target,
                       const char *const *fields)
{
    static struct exchange_service service = {.on_request = on_request, .on_done = on_done};
    struct reply *r = calloc(1, sizeof(*r));
    MUST(r != NULL);
    r->site = s;
    buf_init(&r->body, SITE_BODY_MAX);
    arena_init(&r->kept, NULL, NULL, NULL, 0);
    account_init(&r->account, &s->loop.worker->account);
    arena_init(&r->arena, &s->loop.worker->slab, &r->account, NULL, 0);
    exchange_init(&r->x, s->loop.worker, &wire, &service, &r->arena);
    struct uri_target uri;
    if (uri_parse_target(arena_str(&r->arena, str_from(target)), method, &r->arena, &uri) !=
        ERR_OK) {
        r->status = 400;
        r->is_gone = true;
        arena_fini(&r->arena);
        return r;
    }
    set_request(r, method, uri, fields);
    exchange_open(&r->x);
    return r;
}

struct reply *site_get(struct site *s, const char *target, const char *const *fields)
{
    struct reply *r = site_ask(s, METHOD_GET, target, fields);
    MUST(r->is_gone || reply_finish(r));
    return r;
}

struct reply *site_head(struct site *s, const char *target, const char *const *fields)
{
    struct reply *r = site_ask(s, METHOD_HEAD, target, fields);
    MUST(reply_finish(r));
    return r;
}
