/* h2_flood.h: how many frames of the cheap-to-send, dear-to-handle kinds a peer may send.
 *
 * One counter a kind, cleared every ten seconds, compared with its limit from the settings. Past a
 * limit the connection ends with ENHANCE_YOUR_CALM (RFC 9113, sections 7 and 10.5). nghttp2 has
 * limits of its own behind these. Own worker. */
#ifndef WEIR_H2_H2_FLOOD_H
#define WEIR_H2_H2_FLOOD_H

#include <stdbool.h>
#include <stdint.h>

#include "metrics/metrics.h"

struct h2_settings;

enum h2_flood_kind {
    H2_FLOOD_RESET,
    H2_FLOOD_PING,
    H2_FLOOD_SETTINGS,
    H2_FLOOD_PRIORITY,
    H2_FLOOD_EMPTY_DATA,
    H2_FLOOD_WINDOW_UPDATE,
    H2_FLOOD_CONTINUATION,
    H2_FLOOD_ERROR,
    H2_FLOOD_COUNT_
};

struct h2_flood {
    uint64_t window_began_ns;
    uint32_t counts[H2_FLOOD_COUNT_];
};

void h2_flood_init(struct h2_flood *f, uint64_t now_ns);

/* Counts one; false when that is one too many. */
bool h2_flood_count(struct h2_flood *f, const struct h2_settings *settings, enum h2_flood_kind kind,
                    uint64_t now_ns);

/* We sent a DATA frame: the peer may answer it with WINDOW_UPDATE frames. */
void h2_flood_sent_data(struct h2_flood *f);

/* A new header block: its CONTINUATION frames are counted from zero. */
static inline void h2_flood_new_block(struct h2_flood *f)
{
    f->counts[H2_FLOOD_CONTINUATION] = 0;
}

/* For logs: "RST_STREAM". */
const char *h2_flood_name(enum h2_flood_kind kind);

/* The metric that counts connections ended for that kind. */
enum metric_id h2_flood_metric(enum h2_flood_kind kind);

#endif
