#include "base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

/* A line is at most this long, its newline included; what is longer is cut and ends in "...". */
#define LINE_MAX_BYTES 4096

struct line {
    char bytes[LINE_MAX_BYTES];
    size_t len;
};

static const char *const names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_ERROR] = "error",
};

void log_init(struct log *l, int fd, enum log_level level)
{
    atomic_init(&l->level, (int)level);
    l->fd = fd;
    l->has_time = true;
    atomic_init(&l->dropped, 0);
}

void log_set_level(struct log *l, enum log_level level)
{
    atomic_store_explicit(&l->level, (int)level, memory_order_relaxed);
}

const char *log_level_name(enum log_level level)
{
    return (size_t)level < COUNT_OF(names) ? names[level] : "unknown";
}

bool log_level_from(struct str name, enum log_level *out)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eq(name, str_from(names[i]))) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static void add_text(struct line *line, const char *text)
{
    size_t len = strlen(text);
    memcpy(line->bytes + line->len, text, len);
    line->len += len;
}

static void add_head(struct line *line, const struct log *l, enum log_level level)
{
    if (l->has_time) {
        char stamp[25];
        clock_format_rfc3339(clock_wall_ns(), stamp);
        add_text(line, stamp);
        add_text(line, " ");
    }
    add_text(line, log_level_name(level));
    add_text(line, ": ");
}

static void escape(unsigned char c, char out[static 4])
{
    static const char hex[] = "0123456789abcdef";
    out[0] = '\\';
    out[1] = 'x';
    out[2] = hex[c >> 4];
    out[3] = hex[c & 15];
}

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

/* The message, control characters escaped; false when not all of it fits before "...\n". */
static bool add_escaped(struct line *line, struct str message)
{
    const size_t end = sizeof(line->bytes) - 4;
    for (size_t i = 0; i < message.len; i++) {
        unsigned char c = (unsigned char)message.p[i];
        size_t needed = is_control(c) ? 4 : 1;
        if (needed > end - line->len) {
            return false;
        }
        if (is_control(c)) {
            escape(c, line->bytes + line->len);
        } else {
            line->bytes[line->len] = (char)c;
        }
        line->len += needed;
    }
    return true;
}

/* A refused or short write is not tried again: the line would come in two pieces, and a log must
 * never hold up the server. */
static void send_line(struct log *l, const struct line *line)
{
    ssize_t sent = write(l->fd, line->bytes, line->len);
    if (sent < 0 || (size_t)sent != line->len) {
        atomic_fetch_add_explicit(&l->dropped, 1, memory_order_relaxed);
    }
}

void log_write(struct log *l, enum log_level level, const char *format, ...)
{
    char message[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (!ALWAYS(len >= 0)) {
        return;
    }
    bool is_whole = (size_t)len < sizeof(message);
    size_t kept = is_whole ? (size_t)len : sizeof(message) - 1;
    struct line line;
    line.len = 0;
    add_head(&line, l, level);
    is_whole = add_escaped(&line, str_of(message, kept)) && is_whole;
    add_text(&line, is_whole ? "\n" : "...\n");
    send_line(l, &line);
}
