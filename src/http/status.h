/* status.h: status codes and their titles (IANA's registry). Any thread. */
#ifndef WEIR_HTTP_STATUS_H
#define WEIR_HTTP_STATUS_H

#include <stdbool.h>

#include "base/str.h"

/* "Not Found"; for a code that is not registered the title of its class ("Client Error"), as RFC
 * 9110, section 15 has it. Never empty. */
struct str status_title(unsigned status);

/* A sentence for people about an error, static; empty when there is none to say. */
struct str status_advice(unsigned status);

/* 1xx, 204 and 304 never have content (RFC 9110, section 6.4.1). */
bool status_has_no_content(unsigned status);

#endif
