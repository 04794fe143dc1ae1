/* lab_kinds.h: guards, a handler and filters for the tests of routes.
 *
 *   gate: {}             says WAIT; the test resumes
 *   veto: {}             answers 403
 *   mortal: {}           a handler that counts its end and sends one byte, then waits for the test
 *   stamp_a, stamp_b     filters that add their letter to x-stamp
 */
#ifndef WEIR_UNIT_ROUTE_LAB_KINDS_H
#define WEIR_UNIT_ROUTE_LAB_KINDS_H

#include "config/setting.h"

extern const struct setting_kind *const lab_guard_kinds[];
extern const struct setting_kind *const lab_handler_kinds[];
extern const struct setting_kind *const lab_filter_kinds[];

#endif
