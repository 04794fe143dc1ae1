/* site.h: a configuration and all that is built from it, before anybody listens. Control thread, or
 * any one thread for `weir check`; blocks (reads files). */
#ifndef WEIR_SERVER_SITE_H
#define WEIR_SERVER_SITE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "config/config.h"
#include "config/faults.h"
#include "server/connection.h"
#include "server/site_settings.h"

struct listener;
struct log;
struct snapshot;
struct tls_context;
struct tls_ticket;

/* A listener of the configuration; it may stand for several addresses. */
struct front {
    const struct site_listener *settings;
    struct tls_context *tls; /* NULL: plain */
    struct connection_terms terms;
    struct listener **listeners;
    size_t listener_count;
};

struct site {
    struct arena arena;
    struct faults faults;
    struct faults warnings;
    struct config config;
    const struct site_settings *settings;
    struct tls_ticket *tickets; /* NULL: no listener has TLS */
    struct front *fronts;
    size_t front_count;
    struct snapshot *snapshot;
};

/* Reads the file, loads certificates, builds the routes. ERR_SYNTAX when there are faults:
 * site.faults has them all. Either way site_fini must follow. */
MUST_USE enum err site_load_file(struct site *site, const char *path, struct log *log);

/* The same from memory; relative paths begin at the working directory. */
MUST_USE enum err site_load_text(struct site *site, const char *name, struct str text,
                                 struct log *log);

/* Everything that uses the site must have ended. */
void site_fini(struct site *site);

/* Faults, then warnings, a line each, to standard error. */
void site_print_faults(struct site *site);

#endif
