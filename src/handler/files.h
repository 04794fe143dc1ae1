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

#include "http/stage.h"
#include "loop/worker.h"

/* GET and HEAD. */
extern const struct handler_kind files_handler_kind;

/* Among the parts of every worker that handles requests. */
extern const struct worker_part_kind files_part_kind;

#endif
