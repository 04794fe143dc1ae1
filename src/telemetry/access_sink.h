/* access_sink.h: what the access log is written to: a file, a pipe, standard output. Never waits
 * for a reader. Writer thread (open: also control, before the thread starts). */
#ifndef WEIR_TELEMETRY_ACCESS_SINK_H
#define WEIR_TELEMETRY_ACCESS_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "base/err.h"

struct log;

struct access_sink {
    char *path; /* NULL: standard output */
    int fd;
    bool is_paced; /* shared with others, who expect it to block: small writes, asked for before */
};

/* `path` is copied; NULL: standard output. Errors are said in `log` with what to do. */
MUST_USE enum err access_sink_open(struct access_sink *s, const char *path, struct log *log);
void access_sink_close(struct access_sink *s);

/* Opens the path again, for it was renamed; when that fails all stays as it was. */
MUST_USE enum err access_sink_reopen(struct access_sink *s, struct log *log);

/* Writes the front of `count` >= 1 pieces: `*written` bytes, which may be fewer than there are.
 * ERR_AGAIN: the reader has no room now, poll for POLLOUT. Others: errno of the failure is in
 * `*error_number`. */
MUST_USE enum err access_sink_write(const struct access_sink *s, const struct iovec *pieces,
                                    unsigned count, size_t *written, int *error_number);

#endif
