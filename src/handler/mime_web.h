/* mime_web.h: the media types of the web, in the program. Any thread. */
#ifndef WEIR_HANDLER_MIME_WEB_H
#define WEIR_HANDLER_MIME_WEB_H

#include "base/str.h"

/* The type for a name's last extension, in any case; empty when it is not in the table. */
struct str mime_web_type(struct str extension);

#endif
