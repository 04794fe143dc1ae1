/* files_settings.h: what a route's `files:` says. Any thread. */
#ifndef WEIR_HANDLER_FILES_SETTINGS_H
#define WEIR_HANDLER_FILES_SETTINGS_H

#include <stdint.h>

#include "base/str.h"
#include "config/position.h"
#include "config/setting.h"

enum files_hidden {
    FILES_HIDDEN_REFUSE,
    FILES_HIDDEN_SERVE
};

enum files_links {
    FILES_LINKS_WITHIN_ROOT
};

struct files_settings {
    struct position at;
    struct str root;
    struct setting_list index; /* struct str */
    uint64_t keep_max;         /* bytes */
    uint64_t keep_total;       /* bytes */
    uint64_t recheck_ns;
    int hidden; /* enum files_hidden */
    int links;  /* enum files_links */
    struct str charset;
};

#endif
