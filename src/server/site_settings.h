/* site_settings.h: the whole configuration file. Times in ns. */
#ifndef WEIR_SERVER_SITE_SETTINGS_H
#define WEIR_SERVER_SITE_SETTINGS_H

#include <stdint.h>

#include "base/str.h"
#include "config/setting.h"
#include "h2/h2_settings.h"

struct access_log_settings;
struct tls_settings;

struct site_listener {
    struct position at;
    struct setting_list addresses; /* struct str, each good for address_parse */
    struct tls_settings *tls;      /* NULL: plain */
    struct h2_settings http2;
    int64_t backlog;
};

struct site_drain {
    uint64_t delay_ns;    /* unready but still accepting */
    uint64_t deadline_ns; /* then what runs is broken off */
};

struct site_settings {
    struct position at;
    int64_t workers;                        /* 0: one for each usable core */
    int log_level;                          /* enum log_level */
    struct str user;                        /* p NULL: stay who we are */
    struct setting_list listeners;          /* struct site_listener */
    struct setting_list routes;             /* struct route_settings */
    struct access_log_settings *access_log; /* NULL: none */
    struct site_drain drain;
    uint64_t max_body_bytes; /* of requests, where a route does not say */
};

extern const struct setting_table site_settings_table;

#endif
