#include "guard/guard_kinds.h"

#include <stddef.h>

#include "guard/limits.h"

const struct setting_kind *const guard_kinds[] = {
    &limits_guard_kind.setting,
    NULL,
};
