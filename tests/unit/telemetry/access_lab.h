/* access_lab.h: workers with an exchange to log, a directory to log into, an error log to read. */
#ifndef WEIR_UNIT_TELEMETRY_ACCESS_LAB_H
#define WEIR_UNIT_TELEMETRY_ACCESS_LAB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/log.h"
#include "http/exchange.h"
#include "loop/worker.h"
#include "telemetry/access_log_settings.h"

struct metrics;

#define LAB_WORKERS  4
#define LAB_BUFFER   65536
#define LAB_FLUSH_NS 5000000 /* 5 ms */

struct access_lab_clock {
    struct worker_clock clock; /* first member */
    uint64_t now_ns;
    uint64_t wall_ns;
};

struct access_lab_worker {
    struct worker *worker;
    struct arena arena;
    struct exchange_peer peer;
    struct exchange x;
};

struct access_lab {
    char dir[64];
    char path[96]; /* <dir>/access.log */
    struct log log;
    struct metrics *metrics;
    struct access_lab_clock clock;
    struct access_lab_worker workers[LAB_WORKERS];
    struct access_log_settings settings; /* to `path` */
};

/* Aborts when something fails. */
void access_lab_init(struct access_lab *lab);

/* Removes the directory with its files. */
void access_lab_fini(struct access_lab *lab);

/* What the error log holds holds `part`. */
bool access_lab_said(const struct access_lab *lab, const char *part);

/* The file's bytes; `out` is initialised here. */
void access_lab_read(const char *path, struct buf *out);

/* Takes the next line off; NULL when it is not whole or not a JSON object. */
json_t *access_lab_take_line(struct str *text);

/* The number of lines, each of which must be a whole JSON object; the rest of a line is told in
 * `*rest`. */
unsigned long access_lab_count(struct str text, size_t *rest);

/* Waits up to 5 s. */
bool access_lab_until(bool (*is_so)(void *ctx), void *ctx);

#endif
