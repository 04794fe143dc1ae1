/* files_read.h: reading files at an offset, with and without waiting for the disk. Any thread. */
#ifndef WEIR_HANDLER_FILES_READ_H
#define WEIR_HANDLER_FILES_READ_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What is in memory, at most `len` bytes; `*got` is at least 1. ERR_AGAIN: nothing is, or the file
 * may have ended here: files_read_wait knows. ERR_IO. */
MUST_USE enum err files_read_now(int fd, void *dst, size_t len, uint64_t at, size_t *got);

/* Waits for `len` bytes; fewer only at the end of the file. ERR_IO. */
MUST_USE enum err files_read_wait(int fd, void *dst, size_t len, uint64_t at, size_t *got);

/* The first `len` bytes, if they are in memory. ERR_AGAIN, ERR_IO. */
MUST_USE enum err files_read_whole_now(int fd, void *dst, size_t len);

#endif
