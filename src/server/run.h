/* run.h: from a built site to a running server, until it has ended. Main thread. */
#ifndef WEIR_SERVER_RUN_H
#define WEIR_SERVER_RUN_H

#include "server/options.h"

struct log;
struct site;

/* Binds, drops privileges, starts the workers, serves until a signal ends it. Says on standard
 * error what it does, and what to do when it cannot. */
enum exit_code run_site(struct site *site, struct log *log);

#endif
