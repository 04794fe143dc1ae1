#include "handler/kinds.h"

#include <stddef.h>

#include "handler/respond.h"

const struct setting_kind *const handler_kinds[] = {
    &respond_handler_kind.setting,
    NULL,
};

const struct setting_kind *const filter_kinds[] = {
    NULL,
};
