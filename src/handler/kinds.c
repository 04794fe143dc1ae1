#include "handler/kinds.h"

#include <stddef.h>

#include "handler/files.h"
#include "handler/respond.h"

const struct setting_kind *const handler_kinds[] = {
    &files_handler_kind.setting,
    &respond_handler_kind.setting,
    NULL,
};

const struct setting_kind *const filter_kinds[] = {
    NULL,
};
