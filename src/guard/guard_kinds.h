/* guard_kinds.h: every kind of guard there is, in the order in which a route's guards are asked. A
 * new kind: one file, one line here. */
#ifndef WEIR_GUARD_GUARD_KINDS_H
#define WEIR_GUARD_GUARD_KINDS_H

#include "config/setting.h"

/* The `setting` members of guard kinds; NULL behind the last. */
extern const struct setting_kind *const guard_kinds[];

#endif
