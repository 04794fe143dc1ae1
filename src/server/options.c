#include "server/options.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/str.h"
#include "net/address.h"

static const char help_weir[] =
    "weir: an HTTP/2-first web server\n"
    "\n"
    "  weir serve DIR [--listen ADDRESS] [--no-tls]   serve a folder, now\n"
    "  weir run -c FILE                               serve what FILE describes\n"
    "  weir check FILE                                find the faults in FILE\n"
    "  weir version                                   versions of weir and its libraries\n"
    "  weir help [COMMAND]                            more on a command\n"
    "\n"
    "Begin with 'weir serve .' in a folder with an index.html, and open the address it prints.\n";

static const char help_run[] =
    "weir run -c FILE: serve what FILE, in YAML or JSON, describes\n"
    "\n"
    "The smallest FILE:\n"
    "\n"
    "  listeners:\n"
    "    - address: localhost:8080\n"
    "  routes:\n"
    "    - match: {path: /**}\n"
    "      files: {root: ./site}\n"
    "\n"
    "Paths in FILE are relative to it. This one is without TLS: curl --http2-prior-knowledge can read\n"
    "it, browsers cannot. Every setting: doc/configuration.md of the sources.\n"
    "\n"
    "Signals: SIGTERM or SIGINT ends gracefully, a second one at once; SIGUSR2 writes all counters to\n"
    "standard error.\n"
    "\n"
    "Exit codes: 0 ended in order; 1 could not start; 2 wrong command line; 3 faults in FILE;\n"
    "4 the drain's deadline, or a second signal, broke requests off.\n";

static const char help_serve[] =
    "weir serve DIR: serve the files of DIR over HTTP/2\n"
    "\n"
    "  --listen ADDRESS   where: localhost:8443, 0.0.0.0:443, [::1]:8443, *:8443\n"
    "                     (default localhost:8443; with --no-tls localhost:8080)\n"
    "  --no-tls           HTTP/2 in cleartext (h2c); browsers speak HTTP/2 over TLS only\n"
    "\n"
    "A directory is answered by its index.html; there are no listings.\n"
    "\n"
    "A certificate for localhost is made once and kept in ~/.local/state/weir. Browsers warn about\n"
    "it, as nobody they trust has signed it.\n";

static const char help_check[] =
    "weir check FILE: read FILE, load its certificates, build its routes, listen to nothing\n"
    "\n"
    "Each fault is printed as file:line:column: sentence. Faults of certificates, of folders and\n"
    "between routes are found once all values can be read; ports in use show only at 'weir run'.\n"
    "Exit codes: 0 no fault (warnings may be printed), 2 wrong command line, 3 faults.\n";

static const char help_version[] =
    "weir version: versions of weir and of the libraries it runs with\n";

struct verb {
    const char *name;
    enum command command;
    const char *help;
};

static const struct verb verbs[] = {
    {"run", COMMAND_RUN, help_run},       {"serve", COMMAND_SERVE, help_serve},
    {"check", COMMAND_CHECK, help_check}, {"version", COMMAND_VERSION, help_version},
    {"help", COMMAND_HELP, help_weir},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static const char *nearest_verb(const char *name)
{
    unsigned best = 3;
    const char *found = NULL;

    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        unsigned d = str_distance(str_from(name), str_from(verbs[i].name), 2);
        if (d < best) {
            best = d;
            found = verbs[i].name;
        }
    }
    return found;
}

static enum err complain(const char *what, const char *word, const char *try)
{
    fprintf(stderr, "weir: %s '%s'; try: %s\n", what, word, try);
    return ERR_SYNTAX;
}

/* The value of the option at argv[*i]: "--name value" or "--name=value". */
static const char *option_value(int argc, char **argv, int *i, const char *name)
{
    size_t len = strlen(name);

    if (strncmp(argv[*i], name, len) == 0 && argv[*i][len] == '=') {
        return argv[*i] + len + 1;
    }
    if (*i + 1 < argc) {
        (*i)++;
        return argv[*i];
    }
    return NULL;
}

static bool is_option(const char *word, const char *name)
{
    size_t len = strlen(name);

    return strncmp(word, name, len) == 0 && (word[len] == '\0' || word[len] == '=');
}

static enum err parse_run(int argc, char **argv, struct options *o)
{
    for (int i = 2; i < argc; i++) {
        if (is_option(argv[i], "-c") || is_option(argv[i], "--config")) {
            o->file = option_value(argc, argv, &i, argv[i][1] == '-' ? "--config" : "-c");
        } else {
            return complain("unknown argument", argv[i], "weir run -c FILE");
        }
    }
    if (o->file == NULL || o->file[0] == '\0') {
        return complain("a file is missing behind", "run", "weir run -c FILE");
    }
    return ERR_OK;
}

/* The rest of what may be wrong with it shows when it is listened on. */
static enum err check_listen(const char *listen)
{
    struct address_list unused;
    const char *why = "";

    if (listen == NULL || address_parse(str_from(listen), &unused, &why) == ERR_OK) {
        return ERR_OK;
    }
    fprintf(stderr, "weir: --listen '%s': %s\n", listen, why);
    return ERR_SYNTAX;
}

static enum err parse_serve(int argc, char **argv, struct options *o)
{
    static const char form[] = "weir serve DIR [--listen ADDRESS] [--no-tls]";

    bool has_listen = false;

    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--no-tls") == 0) {
            o->no_tls = true;
        } else if (is_option(argv[i], "--listen")) {
            has_listen = true;
            o->listen = option_value(argc, argv, &i, "--listen");
        } else if (argv[i][0] == '-' || o->directory != NULL) {
            return complain("unknown argument", argv[i], form);
        } else {
            o->directory = argv[i];
        }
    }
    if (has_listen && o->listen == NULL) {
        return complain("an address is missing behind", "--listen", form);
    }
    if (o->directory == NULL) {
        return complain("a folder is missing behind", "serve", form);
    }
    return check_listen(o->listen);
}

static enum err parse_check(int argc, char **argv, struct options *o)
{
    if (argc < 3) {
        return complain("a file is missing behind", "check", "weir check FILE");
    }
    if (argc > 3) {
        return complain("unknown argument", argv[3], "weir check FILE");
    }
    o->file = argv[2];
    return ERR_OK;
}

static enum err complain_of_verb(const char *word)
{
    const char *near = nearest_verb(word);

    if (near == NULL) {
        return complain("there is no command", word, "weir help");
    }
    fprintf(stderr, "weir: there is no command '%s'; did you mean '%s'?\n", word, near);
    return ERR_SYNTAX;
}

static enum err parse_help(int argc, char **argv, struct options *o)
{
    const struct verb *on = argc > 2 ? find_verb(argv[2]) : NULL;

    if (argc > 2 && on == NULL) {
        return complain_of_verb(argv[2]);
    }
    if (argc > 3) {
        return complain("unknown argument", argv[3], "weir help [COMMAND]");
    }
    o->help_on = on != NULL ? on->command : COMMAND_NONE;
    return ERR_OK;
}

static enum err parse_version(int argc, char **argv)
{
    return argc > 2 ? complain("unknown argument", argv[2], "weir version") : ERR_OK;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

static enum err parse_verb(int argc, char **argv, struct options *o)
{
    switch (o->command) {
    case COMMAND_RUN:
        return parse_run(argc, argv, o);
    case COMMAND_SERVE:
        return parse_serve(argc, argv, o);
    case COMMAND_CHECK:
        return parse_check(argc, argv, o);
    case COMMAND_HELP:
        return parse_help(argc, argv, o);
    case COMMAND_VERSION:
        return parse_version(argc, argv);
    case COMMAND_NONE:
        break;
    }
    return ERR_OK;
}

enum err options_parse(int argc, char **argv, struct options *out)
{
    const struct verb *verb = NULL;

    *out = (struct options){.command = COMMAND_NONE};
    if (argc < 2) {
        return ERR_OK;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        out->command = COMMAND_VERSION;
        return ERR_OK;
    }
    verb = find_verb(argv[1]);
    if (wants_help(argc, argv)) {
        out->command = COMMAND_HELP;
        out->help_on = verb != NULL ? verb->command : COMMAND_NONE;
        return ERR_OK;
    }
    if (verb == NULL) {
        return complain_of_verb(argv[1]);
    }
    out->command = verb->command;
    return parse_verb(argc, argv, out);
}

void options_print_help(enum command command)
{
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (verbs[i].command == command) {
            fputs(verbs[i].help, stdout);
            return;
        }
    }
    fputs(help_weir, stdout);
}

void options_print_hint(void)
{
    fputs("weir: say what to do. To serve this folder: weir serve .   For more: weir help\n",
          stderr);
}
