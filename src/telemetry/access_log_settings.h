/* access_log_settings.h: where the access log goes and how much of it may wait. Any thread. */
#ifndef WEIR_TELEMETRY_ACCESS_LOG_SETTINGS_H
#define WEIR_TELEMETRY_ACCESS_LOG_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/setting.h"

struct access_log_settings {
    struct position at;
    struct str path; /* a zero byte behind it */
    uint64_t buffer_bytes;
    uint64_t flush_interval_ns;
};

extern const struct setting_table access_log_settings_table;

/* Whether the path means standard output: "-", which the configuration, making paths absolute, has
 * put behind its directory. */
bool access_log_settings_is_stdout(const struct access_log_settings *s);

#endif
