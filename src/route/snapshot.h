/* snapshot.h: one frozen configuration of routes, with all that was built from it. Counted: its
 * maker and each worker that has it hold a reference; its routes are counted on their own.
 *
 * Building and freeing: control or offload thread. Reading: any worker that holds it. */
#ifndef WEIR_ROUTE_SNAPSHOT_H
#define WEIR_ROUTE_SNAPSHOT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "loop/mailbox.h"

struct faults;
struct log;
struct match;
struct route;
struct route_settings_kinds;
struct setting_list;
struct worker;

struct snapshot_config {
    const struct setting_list *routes; /* of struct route_settings, read without a fault */
    uint64_t max_body_bytes;           /* of requests, where a route does not say */
    struct log *log;
    const struct route_settings_kinds *kinds; /* NULL: all there are; else those of the settings */
};

struct snapshot {
    struct arena arena;
    atomic_uint refs;
    struct message burial;
    struct route **routes;
    size_t route_count;
    struct match *match;
    struct str allow; /* methods some route answers, for "OPTIONS *" */
};

/* Builds all routes, with guards, handlers and filters. One reference, the caller's. Nothing of
 * `config` is needed after. Any error: `faults` tells all that is wrong, `*out` is NULL. */
MUST_USE enum err snapshot_new(const struct snapshot_config *config, struct faults *faults,
                               struct snapshot **out);

/* For settings in which the tables' checks found faults: tells what else is wrong with names, and
 * which routes stand in each other's way, as far as their patterns are right. */
void snapshot_check(const struct snapshot_config *config, struct faults *faults);

void snapshot_ref(struct snapshot *snapshot);

/* The last one frees it on `control`, at once when that is NULL or has ended. Any thread. */
void snapshot_unref(struct snapshot **snapshot, struct worker *control);

#endif
