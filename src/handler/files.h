/* files.h: `files:` answers with the files of a directory.
 *
 *   start --> kept or open already? --> files_answer
 *               no, or to be looked at again
 *                --> open from memory --> small: read, keep   --> files_answer
 *                      cold               big: shared, pulled --> files_answer
 *                       --> an offload thread opens and reads (files_load) --> files_answer
 *
 * Nothing here blocks a worker. */
#ifndef WEIR_HANDLER_FILES_H
#define WEIR_HANDLER_FILES_H

#include <stdint.h>

#include "base/str.h"
#include "config/position.h"
#include "config/setting.h"
#include "http/stage.h"
#include "loop/worker.h"

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

/* GET and HEAD. */
extern const struct handler_kind files_handler_kind;

/* Among the parts of every worker that handles requests. */
extern const struct worker_part_kind files_part_kind;

#endif
