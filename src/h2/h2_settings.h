/* h2_settings.h: what an operator may say about HTTP/2 on a listener. Times in ns, sizes in bytes.
 */
#ifndef WEIR_H2_H2_SETTINGS_H
#define WEIR_H2_H2_SETTINGS_H

#include <stdint.h>

struct setting_table;

struct h2_settings {
    int64_t max_concurrent_streams;
    uint64_t stream_window;      /* bytes a request body may be ahead of its reader, at first */
    uint64_t stream_window_max;  /* where its growth ends */
    uint64_t connection_windows; /* bytes: the sum of a connection's grown windows */
    uint64_t max_header_bytes;   /* of a request's fields, names and values: 431 */
    int64_t max_header_count;    /* 431 */
    uint64_t max_uri_bytes;      /* 414 */
    uint64_t header_timeout_ns;  /* from a header block's first byte to its last */
    uint64_t body_timeout_ns;    /* in this time a body must bring min_rate's worth of bytes */
    uint64_t send_timeout_ns;    /* in this time a peer must take min_rate's worth of bytes */
    uint64_t min_rate;           /* bytes a second */
    uint64_t idle_timeout_ns;    /* without an open stream */
    uint64_t ping_interval_ns;   /* 0: no keep-alive PING */
    uint64_t ping_timeout_ns;
    /* Frames a peer may send in ten seconds before ENHANCE_YOUR_CALM; see h2_flood.h. */
    int64_t max_resets;
    int64_t max_pings;
    int64_t max_settings;
    int64_t max_priorities;
    int64_t max_empty_data;
    int64_t max_window_updates;
    int64_t max_continuations; /* of one header block */
    int64_t max_errors;        /* resets that the peer's faults made us send */
};

extern const struct setting_table h2_settings_table;

/* All defaults, for tests and `weir serve`. */
void h2_settings_init(struct h2_settings *s);

#endif
