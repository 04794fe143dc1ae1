/* files_beneath.h: opening names below a directory, and never anything outside it.
 *
 * The kernel keeps names inside (openat2, RESOLVE_BENEATH): links are followed as long as every
 * step stays below; absolute ones, and those of /proc, are refused. Where the kernel or a container
 * does not have the call, names are walked by hand and no link is followed at all. Any thread. */
#ifndef WEIR_HANDLER_FILES_BENEATH_H
#define WEIR_HANDLER_FILES_BENEATH_H

#include <stdbool.h>

#include "base/str.h"

/* Whether openat2 works here, for the directory `fd`. */
bool files_beneath_has_openat2(int fd);

/* A descriptor, or -1 and errno; EAGAIN, unless `may_block`, when the kernel would have to ask the
 * disk; EXDEV when the name leads out. `flags` as of open. */
int files_beneath_open(int root_fd, const char *name, int flags, bool may_block);

/* The same without openat2; blocks. ELOOP or ENOTDIR for a link. */
int files_beneath_walk(int root_fd, struct str name, int flags);

#endif
