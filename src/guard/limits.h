/* limits.h: `limits: {body: 1MiB}`: how much a request may bring. Every route has this guard: where
 * its configuration names none, one with the settings that hold for all. */
#ifndef WEIR_GUARD_LIMITS_H
#define WEIR_GUARD_LIMITS_H

#include <stdint.h>

#include "config/setting.h"
#include "http/stage.h"

struct limits_settings {
    uint64_t max_body_bytes;
};

/* Serves for a `limits` key of the whole configuration as well. */
extern const struct setting_table limits_settings_table;

/* Sets the limit the protocol room keeps; answers 413 at once when Content-Length says more. A body
 * that passes the limit on its way breaks with ERR_FULL: http/body_fault.h. */
extern const struct guard_kind limits_guard_kind;

#endif
