/* listener_settings.h: where weir listens, and whether with TLS. Any thread. */
#ifndef WEIR_NET_LISTENER_SETTINGS_H
#define WEIR_NET_LISTENER_SETTINGS_H

#include <stdint.h>

#include "config/setting.h"
#include "net/tls_settings.h"

struct listener_settings {
    struct position at;
    struct setting_list addresses; /* struct str, each good for address_parse */
    struct tls_settings *tls;      /* NULL: plain */
    int64_t backlog;
};

extern const struct setting_table listener_settings_table;

#endif
