/* self_signed.h: a certificate for `weir serve`, made once and used again. Blocking; control
 * thread. */
#ifndef WEIR_SERVER_SELF_SIGNED_H
#define WEIR_SERVER_SELF_SIGNED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define SELF_SIGNED_PATH_MAX 4096
#define SELF_SIGNED_WHY_MAX  (SELF_SIGNED_PATH_MAX + 256)

struct self_signed {
    char cert[SELF_SIGNED_PATH_MAX]; /* PEM files */
    char key[SELF_SIGNED_PATH_MAX];
    bool is_new;                   /* made just now */
    char why[SELF_SIGNED_WHY_MAX]; /* when it failed: a sentence */
};

/* Finds the certificate (ECDSA P-256, for localhost and the loopback addresses) in
 * $XDG_STATE_HOME/weir or ~/.local/state/weir, or makes it: also when it has less than a day left
 * at `wall_ns`, or its key is another's. The directory must be the user's own, writable by nobody
 * else. ERR_IO, ERR_DENIED, ERR_NOT_FOUND, ERR_TLS. */
MUST_USE enum err self_signed_get(uint64_t wall_ns, struct self_signed *out);

#endif
