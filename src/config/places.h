/* places.h: from a member of a settings struct back to where the user wrote it.
 *
 * Members stand inside structs and items inside lists, so recorded spans of memory nest or are
 * apart, never overlap. Sorted by address, each span knows the one around it; the innermost span
 * that holds an address is found by one search and a short climb. Own thread until settled. */
#ifndef WEIR_CONFIG_PLACES_H
#define WEIR_CONFIG_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "config/position.h"

struct arena;
struct places;

struct places *places_new(struct arena *arena);

/* What stands at `p`, `size` bytes, was written at `at`. */
void places_add(struct places *places, const void *p, size_t size, struct position at);

/* Nothing is added after it. */
void places_settle(struct places *places);

/* The position of the smallest span that holds `p`; false when none does. */
bool places_find(const struct places *places, const void *p, struct position *out);

#endif
