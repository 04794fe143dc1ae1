#include "telemetry/access_log_settings.h"

#include "base/check.h"

/* Left as they stand: as a table of columns they could not be read. */
/* clang-format off */
static const struct setting access_log_rows[] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct access_log_settings, at)},
    {.name = "path",
     .type = SETTING_PATH,
     SETTING_MEMBER(struct access_log_settings, path),
     .is_required = true,
     .applies = SETTING_RESTART,
     .meaning = "File that gets one JSON line for each request; - for standard output"},
    {.name = "buffer",
     .type = SETTING_SIZE,
     SETTING_MEMBER(struct access_log_settings, buffer_bytes),
     .default_text = "1MiB",
     .min = SETTING_KIB(64),
     .max = SETTING_MIB(64),
     .applies = SETTING_RESTART,
     .meaning = "Lines of each worker that may wait to be written, rounded up to a power of two; "
                "what comes when it is full is dropped and counted"},
    {.name = "flush_interval",
     .type = SETTING_DURATION,
     SETTING_MEMBER(struct access_log_settings, flush_interval_ns),
     .default_text = "200ms",
     .min = SETTING_MS(1),
     .max = SETTING_S(60),
     .applies = SETTING_RESTART,
     .meaning = "How long a line waits at most before it is written"},
};

/* clang-format on */

const struct setting_table access_log_settings_table = {
    .name = "access_log",
    .meaning = "One JSON line for each request",
    .size = sizeof(struct access_log_settings),
    .rows = access_log_rows,
    .count = COUNT_OF(access_log_rows),
    .shorthand = "path",
};

bool access_log_settings_is_stdout(const struct access_log_settings *s)
{
    return str_eq(s->path, STR("-")) || str_has_suffix(s->path, STR("/-"));
}
