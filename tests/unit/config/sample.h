/* sample.h: settings that use every kind of row, for the tests and the fuzz target. */
#ifndef WEIR_TESTS_CONFIG_SAMPLE_H
#define WEIR_TESTS_CONFIG_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "config/position.h"
#include "config/setting.h"

struct sample_certificate {
    struct str cert;
    struct str key;
};

struct sample_tls {
    struct position at;
    struct setting_list certificates; /* struct sample_certificate[] */
    uint64_t handshake_timeout_ns;
};

struct sample_listener {
    struct position at;
    struct str address;
    struct sample_tls *tls; /* NULL: none */
};

struct sample_endpoint {
    struct str url;
    int64_t weight;
};

enum sample_balance {
    SAMPLE_ROUND_ROBIN,
    SAMPLE_LEAST_CONNECTIONS
};

struct sample_upstream {
    struct setting_list endpoints; /* struct sample_endpoint[] */
    int balance;
    double error_rate;
};

struct sample_limits {
    int64_t connections;
    uint64_t body_bytes;
    int64_t least;
    int64_t most;
};

struct sample_files {
    struct str root;
    struct setting_list index; /* struct str[] */
};

struct sample_respond {
    int64_t status;
    struct setting_map headers; /* struct str */
};

struct sample_route {
    struct str path;
    struct setting_list handlers; /* struct setting_chosen[] */
    bool is_coalesced;
};

struct sample {
    struct setting_list listeners; /* struct sample_listener[] */
    struct setting_map upstreams;  /* struct sample_upstream */
    struct setting_list routes;    /* struct sample_route[] */
    struct sample_limits limits;
    struct str user;
    struct str secret;
    struct setting_list ports; /* int64_t[] */
    double ratio;
};

extern const struct setting_table sample_table;

#endif
