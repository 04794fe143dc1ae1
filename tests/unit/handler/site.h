/* site.h: a directory of files, a worker with offload threads, and requests against `files:`.
 *
 *   struct site s;
 *   site_init(&s, NULL);
 *   site_write(&s, "a.txt", STR("hello"));
 *   struct reply *r = site_get(&s, "/a.txt", NULL);
 *   ... r->status, r->body ...
 *   reply_free(&r);
 *   site_fini(&s);
 *
 * The wire is a double: it takes the body as a protocol would, when it is told to. One thread. */
#ifndef WEIR_UNIT_HANDLER_SITE_H
#define WEIR_UNIT_HANDLER_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/faults.h"
#include "handler/files.h"
#include "handler/files_settings.h"
#include "http/exchange.h"
#include "http/stage.h"
#include "metrics/metrics.h"
#include "support/manual_loop.h"

#define SITE_BODY_MAX (32u << 20)

struct site {
    char dir[64]; /* a new one for each test; the root is `dir`/root */
    struct offload *offload;
    struct manual_loop loop;
    struct arena arena;
    struct faults faults;
    struct files_settings settings;
    struct handler *handler; /* NULL: freed by the test */
    uint64_t next_ns;        /* modification times given by site_write */
};

struct reply {
    struct exchange x;
    struct account account; /* as a connection's: the worker's is above it */
    struct arena arena;
    struct buf body;
    struct site *site;
    unsigned status; /* 0: no head yet */
    struct fields fields;
    struct arena kept; /* what `fields` points to */
    int64_t content_length;
    bool is_ended;  /* orderly */
    bool is_broken; /* reset */
    bool is_gone;   /* the exchange has been freed */
    bool is_held;   /* the wire takes nothing */
    bool wants_take;
};

/* `settings` (may be NULL) has the settings to differ from the defaults; its root is ignored. */
void site_init(struct site *s, const struct files_settings *settings);
/* With that many offload threads and places in their queue. */
void site_init_offload(struct site *s, const struct files_settings *settings, unsigned threads,
                       unsigned places);
/* The defaults. */
struct files_settings site_settings(void);
void site_fini(struct site *s);

/* Below the root; directories in between are made. Every file gets a modification time of its own,
 * long ago. */
void site_write(struct site *s, const char *name, struct str content);
/* `len` bytes of a pattern that site_pattern computes. */
void site_write_pattern(struct site *s, const char *name, size_t len);
uint8_t site_pattern(uint64_t at);
void site_link(struct site *s, const char *target, const char *name);
/* The path in the file system. */
const char *site_path(struct site *s, const char *name, char out[static 256]);

/* Starts a request; `fields` are names and values in turn, NULL behind the last; may be NULL.
 * `target` is normalised as by a protocol room; one at fault gives a 400 without the handler. */
struct reply *site_ask(struct site *s, enum method method, const char *target,
                       const char *const *fields);
/* The same, and waits for the end. */
struct reply *site_get(struct site *s, const char *target, const char *const *fields);
struct reply *site_head(struct site *s, const char *target, const char *const *fields);

/* The wire takes at most `len` bytes now; false when there was nothing to take. */
bool reply_take(struct reply *r, size_t len);
/* Takes and waits until the exchange has been freed; false after 5 s. */
bool reply_finish(struct reply *r);
/* The client leaves. */
void reply_leave(struct reply *r);
/* The exchange must be gone, or goes now. Sets *r to NULL. */
void reply_free(struct reply **r);

/* A field of the answer; empty when absent. */
struct str reply_field(const struct reply *r, const char *name);

uint64_t site_metric(const struct site *s, enum metric_id id);

#endif
