/* h2_service.h: what the lab's service does with a request, by its path.
 *
 *   /hello      200 and "hello"              /echo       sends the body back, trailers too
 *   /size/N     200 and N bytes              /sink       never takes the body, never answers
 *   /early      413, body not taken          /hints      103, then 200
 *   /trailers   200, body, one trailer       /later      answers when service_answer is called
 *   /huge-head  a head that cannot be sent   /short      promises 10 bytes, gives 5
 *   /take       takes the body, then 200     /urgent     200 with a priority of its own, u=0
 *   /status/N   N without a body             /nothing    promises 10 bytes, ends before the head
 *   /unknown    "hello", length not told     /long       promises 10 bytes, gives 15
 *   /abort      breaks off at once           /half       head, 5 bytes, then waits like /later
 *   /deaf       answers, finishes, counts whoever still speaks to it
 *   /limited    like /take, at most 1000 bytes  /lag     like /take, always a byte behind
 *   /tire       like /take, but takes nothing while lab->is_tired, until service_wake
 */
#ifndef WEIR_UNIT_H2_H2_SERVICE_H
#define WEIR_UNIT_H2_H2_SERVICE_H

#include "base/err.h"
#include "http/exchange.h"

struct h2_lab;

struct exchange_service service_make(void);

/* Answers the waiting /later requests and ends those of /half, in their order. */
void service_answer(struct h2_lab *lab);
/* The last /tire goes on. */
void service_wake(struct h2_lab *lab);

/* Breaks them off, and those of /half. */
void service_abort(struct h2_lab *lab, enum err why);

#endif
