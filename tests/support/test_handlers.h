/* test_handlers.h: handlers for tests alone.
 *
 *   echo: {}                          sends the request's body and trailers back
 *   sink: {}                          never takes the body, never answers
 *   sip: {bytes: 1KiB, every: 10ms}   takes so much so often; then answers how much it was
 */
#ifndef WEIR_SUPPORT_TEST_HANDLERS_H
#define WEIR_SUPPORT_TEST_HANDLERS_H

#include "http/stage.h"

extern const struct handler_kind echo_handler_kind;
extern const struct handler_kind sink_handler_kind;
extern const struct handler_kind sip_handler_kind;

/* respond and these; NULL behind the last. */
extern const struct setting_kind *const test_handler_kinds[];

#endif
