/* privileges.h: from root to somebody who may do less. Control thread, before there are others. */
#ifndef WEIR_SERVER_PRIVILEGES_H
#define WEIR_SERVER_PRIVILEGES_H

#include "base/err.h"
#include "base/str.h"

#define PRIVILEGES_WHY_MAX 256

/* ERR_NOT_FOUND: there is no such user; `why` is then a sentence that says what to do. `user` ends
 * with a zero byte, here and below. */
MUST_USE enum err privileges_find(struct str user, char why[static PRIVILEGES_WHY_MAX]);

/* Becomes `user` (its uid, groups and all), for good. ERR_NOT_FOUND: no such user; ERR_DENIED: we
 * are not root and not that user; `why` is then a sentence that says what to do. */
MUST_USE enum err privileges_drop(struct str user, char why[static PRIVILEGES_WHY_MAX]);

#endif
