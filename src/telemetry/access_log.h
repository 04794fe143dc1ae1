/* access_log.h: one JSON line for each request, written by a thread of its own.
 *
 *   worker: line -> its ring (no lock, no wait; full: dropped and counted) -> writer thread -> file
 *
 * Made before the workers' threads, freed after them; what stands in the rings is written before.
 * What a line holds: telemetry/access_line.h. */
#ifndef WEIR_TELEMETRY_ACCESS_LOG_H
#define WEIR_TELEMETRY_ACCESS_LOG_H

#include "base/err.h"

struct access_log;
struct access_log_settings;
struct exchange;
struct log;

/* A ring for each of `workers`; opens the file. ERR_IO, ERR_DENIED ...: said in `log` with what to
 * do. Control. */
MUST_USE enum err access_log_new(const struct access_log_settings *settings, unsigned workers,
                                 struct log *log, struct access_log **out);

/* Writes what is left, ends the thread; sets *access_log to NULL. A file or reader that takes
 * nothing holds it up for two seconds at most; what it did not take is told in the log. Control,
 * after the workers ended. */
void access_log_free(struct access_log **access_log);

/* `x` is over: its line goes into the ring of x's worker. Own worker. */
void access_log_exchange(struct access_log *access_log, const struct exchange *x);

/* Opens the path again, soon, after the file was renamed. Any thread, also in a signal handler. */
void access_log_reopen(struct access_log *access_log);

/* Lines written so far. Any thread. */
unsigned long access_log_written(const struct access_log *access_log);

/* Lines dropped so far because a ring was full. Any thread. */
unsigned long access_log_dropped(const struct access_log *access_log);

#endif
