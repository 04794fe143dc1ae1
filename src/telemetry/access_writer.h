/* access_writer.h: the thread that carries lines from the workers' rings to the sink.
 *
 * It wakes every flush interval, or when it is called because a ring is half full, looks at all
 * rings once and writes what it found. When the sink cannot be written to, lines stay in the rings
 * until those are full: the writer says so once, tries again every interval and says when it works
 * again. */
#ifndef WEIR_TELEMETRY_ACCESS_WRITER_H
#define WEIR_TELEMETRY_ACCESS_WRITER_H

#include <stdint.h>

#include "base/err.h"
#include "telemetry/access_sink.h"

struct access_ring;
struct access_writer;
struct log;

struct access_writer_config {
    struct access_ring *rings; /* outlive the writer */
    unsigned ring_count;
    uint64_t flush_interval_ns;
    struct access_sink sink; /* becomes the writer's, unless it cannot be made */
    struct log *log;
};

/* Starts the thread. ERR_IO, ERR_FULL (descriptors). Control. */
MUST_USE enum err access_writer_new(const struct access_writer_config *config,
                                    struct access_writer **out);

/* Writes what is left as long as the sink takes it, counts the rest as lost; ends the thread; sets
 * *writer to NULL. Control, when no worker writes any more. */
void access_writer_free(struct access_writer **writer);

/* Wakes it up: at most one system call for each of its passes, none while the sink does not work.
 * Any thread. */
void access_writer_call(struct access_writer *w);

/* The sink's path is to be opened again. Any thread. */
void access_writer_reopen(struct access_writer *w);

/* Lines written whole so far; lines taken from a ring and not written whole. Any thread. */
unsigned long access_writer_written(const struct access_writer *w);
unsigned long access_writer_lost(const struct access_writer *w);

#endif
