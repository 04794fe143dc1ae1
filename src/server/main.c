/* weir: what the words on the command line lead to. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include <event2/event.h>
#include <nghttp2/nghttp2.h>
#include <openssl/crypto.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/faults.h"
#include "server/options.h"
#include "server/run.h"
#include "server/self_signed.h"
#include "server/serve_text.h"
#include "server/site.h"

#define SERVE_TEXT_MAX 131072 /* three paths, each byte of them escaped */

static enum exit_code run_file(const struct options *o, struct log *log)
{
    struct site site;
    enum err e = site_load_file(&site, o->file, log);
    enum exit_code code = EXIT_CODE_CONFIG;

    site_print_faults(&site);
    if (e == ERR_OK) {
        code = run_site(&site, log);
    }
    site_fini(&site);
    return code;
}

static enum exit_code check_file(const struct options *o, struct log *log)
{
    struct site site;
    enum err e = site_load_file(&site, o->file, log);

    site_print_faults(&site);
    if (e == ERR_OK) {
        size_t listeners = site.settings->listeners.count;
        size_t routes = site.settings->routes.count;
        printf("%s: no faults, %zu listener%s, %zu route%s\n", o->file, listeners,
               listeners == 1 ? "" : "s", routes, routes == 1 ? "" : "s");
    }
    site_fini(&site);
    return e == ERR_OK ? EXIT_CODE_OK : EXIT_CODE_CONFIG;
}

/* The text is ours: places in it would tell the user nothing. */
static void print_bare_faults(const struct faults *faults)
{
    for (size_t i = 0; i < faults->kept; i++) {
        fprintf(stderr, "weir: %.*s\n", STR_ARGS(faults->items[i].text));
    }
}

static enum exit_code run_text(struct str text, struct log *log)
{
    struct site site;
    enum err e = site_load_text(&site, "weir serve", text, log);
    enum exit_code code = EXIT_CODE_CONFIG;

    print_bare_faults(&site.faults);
    print_bare_faults(&site.warnings);
    if (e == ERR_OK) {
        code = run_site(&site, log);
    }
    site_fini(&site);
    return code;
}

static enum exit_code cannot_serve(const char *directory, const char *why)
{
    struct arena arena;
    struct faults faults;

    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena); /* they escape what must not reach a terminal */
    faults_add(&faults, (struct position){.file = ""}, "cannot serve '%s': %s", directory, why);
    print_bare_faults(&faults);
    arena_fini(&arena);
    return EXIT_CODE_CONFIG;
}

/* NULL: it can be served. */
static const char *why_no_folder(const char *directory)
{
    int fd = -1;

    if (!serve_text_is_fit(directory)) {
        return "its name is not UTF-8; go into it and say: weir serve .";
    }
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        switch (errno) {
        case ENOENT:
            return "no such directory";
        case ENOTDIR:
            return "it is not a directory";
        default:
            return strerrordesc_np(errno);
        }
    }
    (void)close(fd);
    return NULL;
}

static enum err find_certificate(const struct options *o, struct self_signed *pair, struct log *log)
{
    enum err e = o->no_tls ? ERR_OK : self_signed_get(clock_wall_ns(), pair);

    if (e != ERR_OK) {
        LOG_ERROR(log, "%s", pair->why);
    } else if (pair->is_new) {
        LOG_INFO(log, "made a certificate: %s, valid for localhost", pair->cert);
    }
    return e;
}

static enum exit_code serve(const struct options *o, struct log *log)
{
    const char *why = why_no_folder(o->directory);
    struct self_signed pair = {0};
    struct buf text;
    enum exit_code code = EXIT_CODE_FAILED;

    if (why != NULL) {
        return cannot_serve(o->directory, why);
    }
    if (find_certificate(o, &pair, log) != ERR_OK) {
        return EXIT_CODE_FAILED;
    }
    buf_init(&text, SERVE_TEXT_MAX);
    if (serve_text_write(o, &pair, &text) == ERR_OK) {
        code = run_text(buf_str(&text), log);
    } else {
        LOG_ERROR(log, "the paths are too long, or that of the certificate is not UTF-8");
    }
    buf_fini(&text);
    return code;
}

static enum exit_code print_version(void)
{
    printf("weir %s\nnghttp2 %s\n%s\nlibevent %s\nlibyaml %s\n", WEIR_VERSION,
           nghttp2_version(0)->version_str, OpenSSL_version(OPENSSL_VERSION), event_get_version(),
           yaml_get_version_string());
    return EXIT_CODE_OK;
}

static enum exit_code obey(const struct options *o, struct log *log)
{
    switch (o->command) {
    case COMMAND_RUN:
        return run_file(o, log);
    case COMMAND_SERVE:
        return serve(o, log);
    case COMMAND_CHECK:
        return check_file(o, log);
    case COMMAND_VERSION:
        return print_version();
    case COMMAND_HELP:
        options_print_help(o->help_on);
        return EXIT_CODE_OK;
    case COMMAND_NONE:
        break;
    }
    options_print_hint();
    return EXIT_CODE_USAGE;
}

int main(int argc, char **argv)
{
    struct options options;
    struct log log;

    log_init(&log, STDERR_FILENO, LOG_LEVEL_INFO);
    if (options_parse(argc, argv, &options) != ERR_OK) {
        return (int)EXIT_CODE_USAGE;
    }
    return (int)obey(&options, &log);
}
