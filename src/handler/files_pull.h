/* files_pull.h: sends a part of a big file: read in place where the kernel has it in memory, by an
 * offload thread where not. Such a read is 16 KiB long at first and up to 128 KiB for who takes
 * large bites; it is charged to the exchange's account and freed with its last byte. Own worker. */
#ifndef WEIR_HANDLER_FILES_PULL_H
#define WEIR_HANDLER_FILES_PULL_H

#include <stdint.h>

struct exchange;
struct files_object;

/* Puts bytes `first` to `first + len - 1` into the response body. The transfer fails, and the
 * client sees a reset, when the file shrinks or is written to meanwhile: its entity tag would be a
 * lie for the mixture. A file that is replaced by another under its name is sent as it was. */
void files_pull_start(struct exchange *x, struct files_object *o, uint64_t first, uint64_t len);

#endif
