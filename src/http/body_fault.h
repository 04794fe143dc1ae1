/* body_fault.h: the one way to end an exchange whose request body broke. Own worker. */
#ifndef WEIR_HTTP_BODY_FAULT_H
#define WEIR_HTTP_BODY_FAULT_H

struct exchange;

/* By a handler that found PIPE_BROKEN in exchange_take_body: answers 413 (larger than the limit),
 * 408 (too slow) or 400, or breaks the response off when its head has gone, and lets go. */
void body_fault_finish(struct exchange *x);

#endif
