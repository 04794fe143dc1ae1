#include "net/listener_settings.h"

#include "base/check.h"
#include "config/config.h"
#include "net/address.h"

/* Left as they stand: as a table of columns they could not be read. */
/* clang-format off */
static const struct setting listener_rows[] = {
    {.type = SETTING_POSITION, SETTING_MEMBER(struct listener_settings, at)},
    {.name = "address",
     .type = SETTING_LIST,
     .item = SETTING_STRING,
     SETTING_MEMBER(struct listener_settings, addresses),
     .is_required = true,
     .is_one_or_many = true,
     .min_count = 1,
     .min = 1,
     .max = 256,
     .applies = SETTING_LISTENER,
     .meaning = "Address and port, or a list: 0.0.0.0:443, [::1]:8443, localhost:8443, *:443"},
    {.name = "tls",
     .type = SETTING_OBJECT_OR_NULL,
     .table = &tls_settings_table,
     /* NOLINTNEXTLINE(bugprone-sizeof-expression): the member is a pointer */
     SETTING_MEMBER(struct listener_settings, tls),
     .applies = SETTING_LISTENER,
     .meaning = "TLS with these certificates; without it the listener speaks cleartext"},
    {.name = "backlog",
     .type = SETTING_INT,
     SETTING_MEMBER(struct listener_settings, backlog),
     .default_text = "4096",
     .min = 1,
     .max = 65535,
     .unit = "connections",
     .applies = SETTING_LISTENER,
     .meaning = "Connections that may wait to be accepted, for each worker; the system has its own "
                "limit too (net.core.somaxconn)"},
};

/* clang-format on */

static void check_addresses(const struct config *config, const void *settings,
                            struct faults *faults)
{
    const struct listener_settings *s = settings;
    const struct str *texts = s->addresses.items;
    (void)config;
    for (size_t i = 0; i < s->addresses.count; i++) {
        struct address_list unused;
        const char *why = "";
        if (address_parse(texts[i], &unused, &why) != ERR_OK) {
            faults_add(faults, s->addresses.positions[i], "'%.*s': %s", STR_ARGS(texts[i]), why);
        }
    }
}

const struct setting_table listener_settings_table = {
    .name = "listener",
    .meaning = "Addresses on which clients are served",
    .size = sizeof(struct listener_settings),
    .rows = listener_rows,
    .count = COUNT_OF(listener_rows),
    .shorthand = "address",
    .check = check_addresses,
};
