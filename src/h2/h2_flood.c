#include "h2/h2_flood.h"

#include <stddef.h>

#include "base/check.h"
#include "h2/h2_settings.h"

#define WINDOW_NS           10000000000ull
#define UPDATES_FOR_A_FRAME 4u

struct kind {
    const char *name;
    size_t limit; /* offset into struct h2_settings */
    enum metric_id metric;
};

#define LIMIT(member) offsetof(struct h2_settings, member)

/* The one table of floods. */
static const struct kind kinds[H2_FLOOD_COUNT_] = {
    [H2_FLOOD_RESET] = {"RST_STREAM", LIMIT(max_resets), METRIC_H2_FLOOD_RESET},
    [H2_FLOOD_PING] = {"PING", LIMIT(max_pings), METRIC_H2_FLOOD_PING},
    [H2_FLOOD_SETTINGS] = {"SETTINGS", LIMIT(max_settings), METRIC_H2_FLOOD_SETTINGS},
    [H2_FLOOD_PRIORITY] = {"PRIORITY", LIMIT(max_priorities), METRIC_H2_FLOOD_PRIORITY},
    [H2_FLOOD_EMPTY_DATA] = {"empty DATA", LIMIT(max_empty_data), METRIC_H2_FLOOD_EMPTY_DATA},
    [H2_FLOOD_WINDOW_UPDATE] = {"WINDOW_UPDATE", LIMIT(max_window_updates),
                                METRIC_H2_FLOOD_WINDOW_UPDATE},
    [H2_FLOOD_CONTINUATION] = {"CONTINUATION", LIMIT(max_continuations),
                               METRIC_H2_FLOOD_CONTINUATION},
    [H2_FLOOD_ERROR] = {"malformed request", LIMIT(max_errors), METRIC_H2_FLOOD_ERROR},
};

void h2_flood_init(struct h2_flood *f, uint64_t now_ns)
{
    *f = (struct h2_flood){.window_began_ns = now_ns};
}

static void begin_window(struct h2_flood *f, uint64_t now_ns)
{
    uint32_t block = f->counts[H2_FLOOD_CONTINUATION];

    h2_flood_init(f, now_ns);
    f->counts[H2_FLOOD_CONTINUATION] = block;
}

bool h2_flood_count(struct h2_flood *f, const struct h2_settings *settings, enum h2_flood_kind kind,
                    uint64_t now_ns)
{
    const char *base = (const char *)settings;
    const int64_t *limit = (const int64_t *)(const void *)(base + kinds[kind].limit);

    if (now_ns - f->window_began_ns > WINDOW_NS) {
        begin_window(f, now_ns);
    }
    f->counts[kind]++;
    return f->counts[kind] <= (uint64_t)*limit;
}

/* Earned ahead: the count may sink, but not below zero, so that idle credit does not pile up for
 * ever. */
void h2_flood_sent_data(struct h2_flood *f)
{
    uint32_t *count = &f->counts[H2_FLOOD_WINDOW_UPDATE];

    *count = *count > UPDATES_FOR_A_FRAME ? *count - UPDATES_FOR_A_FRAME : 0;
}

const char *h2_flood_name(enum h2_flood_kind kind)
{
    return kinds[kind].name;
}

enum metric_id h2_flood_metric(enum h2_flood_kind kind)
{
    return kinds[kind].metric;
}
