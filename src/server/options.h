/* options.h: weir's command line. */
#ifndef WEIR_SERVER_OPTIONS_H
#define WEIR_SERVER_OPTIONS_H

#include <stdbool.h>

#include "base/err.h"

/* What the process ends with; documented in weir(1). */
enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILED = 1, /* could not start, or could not go on */
    EXIT_CODE_USAGE = 2,  /* the command line is wrong */
    EXIT_CODE_CONFIG = 3, /* the configuration has faults */
    EXIT_CODE_BROKEN = 4  /* the drain's deadline broke requests off */
};

enum command {
    COMMAND_NONE,
    COMMAND_RUN,
    COMMAND_SERVE,
    COMMAND_CHECK,
    COMMAND_VERSION,
    COMMAND_HELP
};

struct options {
    enum command command;
    enum command help_on;  /* `weir help run` */
    const char *file;      /* run -c, check */
    const char *directory; /* serve */
    const char *listen;    /* serve; NULL: localhost:8443, without TLS localhost:8080 */
    bool no_tls;           /* serve */
};

/* ERR_SYNTAX: one sentence that says what is wrong, and what to type, was written to standard
 * error. */
MUST_USE enum err options_parse(int argc, char **argv, struct options *out);

/* The help on `command` (COMMAND_NONE: on weir) to standard output. */
void options_print_help(enum command command);

/* What `weir` alone says, to standard error. */
void options_print_hint(void);

#endif
