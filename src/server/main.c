/* weir: what the words on the command line lead to. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <yaml.h>

#include <event2/event.h>
#include <nghttp2/nghttp2.h>
#include <openssl/crypto.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/options.h"
#include "server/run.h"
#include "server/self_signed.h"
#include "server/site.h"

#define SERVE_TEXT_MAX 32768

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
        printf("%s: no faults, %zu listeners, %zu routes\n", o->file,
               site.settings->listeners.count, site.settings->routes.count);
    }
    site_fini(&site);
    return e == ERR_OK ? EXIT_CODE_OK : EXIT_CODE_CONFIG;
}

/* A path as a double-quoted scalar. */
static enum err add_quoted(struct buf *text, const char *path)
{
    enum err e = buf_add_char(text, '"');

    for (const char *at = path; *at != '\0' && e == ERR_OK; at++) {
        if (*at == '"' || *at == '\\') {
            e = buf_add_char(text, '\\');
        }
        if (e == ERR_OK) {
            e = buf_add_char(text, *at);
        }
    }
    return e == ERR_OK ? buf_add_char(text, '"') : e;
}

static enum err describe_tls(struct buf *text, const struct self_signed *pair)
{
    enum err e = buf_printf(text, "    tls: {certificates: [{cert: ");

    if (e == ERR_OK) {
        e = add_quoted(text, pair->cert);
    }
    if (e == ERR_OK) {
        e = buf_printf(text, ", key: ");
    }
    if (e == ERR_OK) {
        e = add_quoted(text, pair->key);
    }
    return e == ERR_OK ? buf_printf(text, "}]}\n") : e;
}

/* `weir serve` is a configuration like any other: this writes it. */
static enum err describe(const struct options *o, const struct self_signed *pair, struct buf *text)
{
    const char *listen = o->listen;
    enum err e = ERR_OK;

    if (listen == NULL) {
        listen = o->no_tls ? "localhost:8080" : "localhost:8443";
    }
    e = buf_printf(text, "listeners:\n  - address: ");
    if (e == ERR_OK) {
        e = add_quoted(text, listen);
    }
    if (e == ERR_OK) {
        e = buf_printf(text, "\n");
    }
    if (e == ERR_OK && !o->no_tls) {
        e = describe_tls(text, pair);
    }
    if (e == ERR_OK) {
        e = buf_printf(text, "routes:\n  - match: {path: /**}\n    files: {root: ");
    }
    if (e == ERR_OK) {
        e = add_quoted(text, o->directory);
    }
    return e == ERR_OK ? buf_printf(text, "}\n") : e;
}

static enum exit_code serve_text(const struct buf *text, struct log *log)
{
    struct site site;
    enum err e = site_load_text(&site, "weir serve", buf_str(text), log);
    enum exit_code code = EXIT_CODE_CONFIG;

    site_print_faults(&site);
    if (e == ERR_OK) {
        code = run_site(&site, log);
    }
    site_fini(&site);
    return code;
}

static enum exit_code serve(const struct options *o, struct log *log)
{
    struct self_signed pair = {0};
    struct buf text;
    enum exit_code code = EXIT_CODE_FAILED;

    if (!o->no_tls && self_signed_get(clock_wall_ns(), &pair) != ERR_OK) {
        LOG_ERROR(log, "%s", pair.why);
        return EXIT_CODE_FAILED;
    }
    buf_init(&text, SERVE_TEXT_MAX);
    if (describe(o, &pair, &text) == ERR_OK) {
        code = serve_text(&text, log);
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
