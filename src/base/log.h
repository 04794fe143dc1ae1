/* log.h: the error log: one line an event, to a descriptor, with a level.
 *
 *   2026-11-23T14:05:06.789Z error: cannot bind 0.0.0.0:443: permission denied; run as root or ...
 *
 * A line says what happened and what to do. Control characters are escaped, so that no peer can
 * forge a line. Any thread: a line is one write(2). */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/str.h"

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR
};

struct log {
    atomic_int level; /* lines below it are dropped */
    int fd;
    bool has_time;        /* false: no timestamp, for terminals */
    atomic_ulong dropped; /* lines that the descriptor refused */
};

void log_init(struct log *l, int fd, enum log_level level);
void log_set_level(struct log *l, enum log_level level);
const char *log_level_name(enum log_level level);
bool log_level_from(struct str name, enum log_level *out);

static inline bool log_is_on(struct log *l, enum log_level level)
{
    return (int)level >= atomic_load_explicit(&l->level, memory_order_relaxed);
}

void log_write(struct log *l, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define LOG_DEBUG(l, ...) LOG_AT((l), LOG_LEVEL_DEBUG, __VA_ARGS__)
#define LOG_INFO(l, ...)  LOG_AT((l), LOG_LEVEL_INFO, __VA_ARGS__)
#define LOG_WARN(l, ...)  LOG_AT((l), LOG_LEVEL_WARNING, __VA_ARGS__)
#define LOG_ERROR(l, ...) LOG_AT((l), LOG_LEVEL_ERROR, __VA_ARGS__)

#define LOG_AT(l, level, ...) \
    (log_is_on((l), (level)) ? log_write((l), (level), __VA_ARGS__) : (void)0)

#endif
