/* route_lab.h: routes from a text, and a worker that follows them. */
#ifndef WEIR_UNIT_ROUTE_ROUTE_LAB_H
#define WEIR_UNIT_ROUTE_ROUTE_LAB_H

#include "base/arena.h"
#include "base/buf.h"
#include "config/config.h"
#include "config/faults.h"
#include "http/exchange.h"
#include "route/route_settings.h"
#include "route/router.h"
#include "route/snapshot.h"
#include "support/manual_loop.h"

/* What the test's guards count. First member: the worker's context. */
struct lab_context {
    struct router_shared shared;
    unsigned gate_asked;
    unsigned gate_cancelled;
    unsigned routes_freed; /* by the free of their handlers */
};

/* A text made into a snapshot, or into faults. */
struct lab_site {
    struct arena arena;
    struct faults faults;
    struct config config;
    struct buf printed; /* the faults without the file's name, zero-ended */
    struct snapshot *snapshot;
    struct route_settings_kinds kinds;
    struct route_settings_custom custom;
    struct setting root_row;
    struct setting_table root;
    enum err err;
};

struct lab {
    struct lab_context context;
    struct manual_loop loop;
    struct lab_site site;
};

/* `text` is a whole configuration: "routes: [...]". Kinds are respond, echo, sink, sip, mortal;
 * limits, gate, veto; stamp_a, stamp_b. */
void lab_site_init(struct lab_site *s, const char *text);
void lab_site_fini(struct lab_site *s);

/* With a worker that has adopted it; aborts when there are faults. */
void lab_init(struct lab *l, const char *text);
void lab_fini(struct lab *l);

struct exchange_service *lab_service(struct lab *l);
uint64_t lab_metric(struct lab *l, unsigned id);

/* CU_ASSERTs that both texts are the same, and prints them when not. */
void lab_assert_text(struct str got, const char *expected);

#endif
