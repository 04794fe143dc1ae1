/* respond.h: `respond: {status: 200, headers: {content-type: text/plain}, body: "hello"}`: always
 * the same answer. Its fields are a ready-made block, its body is lent: nothing is made per
 * request. A request body is not read. */
#ifndef WEIR_HANDLER_RESPOND_H
#define WEIR_HANDLER_RESPOND_H

#include "http/stage.h"

/* Answers every method but CONNECT and TRACE. */
extern const struct handler_kind respond_handler_kind;

#endif
