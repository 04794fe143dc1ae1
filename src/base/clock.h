/* clock.h: reading time. Code below server/ takes "now" as an argument; only the loop and the log
 * read clocks. Any thread. */
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_MS 1000000ull
#define CLOCK_NS_PER_S  1000000000ull

/* Monotonic nanoseconds. */
uint64_t clock_now_ns(void);

/* Wall clock, nanoseconds since 1970 UTC. */
uint64_t clock_wall_ns(void);

/* CPU time of the calling thread, nanoseconds. */
uint64_t clock_thread_cpu_ns(void);

/* RFC 3339 UTC with milliseconds, e.g. 2026-11-23T14:05:06.789Z: 24 characters and a zero byte. */
void clock_format_rfc3339(uint64_t wall_ns, char out[static 25]);

#endif
