/* kinds.h: every kind of handler and of filter there is. A new kind: one file, one line here. */
#ifndef WEIR_HANDLER_KINDS_H
#define WEIR_HANDLER_KINDS_H

#include "config/setting.h"

/* The `setting` members of handler kinds; NULL behind the last. */
extern const struct setting_kind *const handler_kinds[];

/* The same of filters, in the order in which they see a response. */
extern const struct setting_kind *const filter_kinds[];

#endif
