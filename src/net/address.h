/* address.h: an IP address with its port: from text, to text. No resolver is asked. Any thread. */
#ifndef WEIR_NET_ADDRESS_H
#define WEIR_NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/str.h"

/* "[" IPv6 address "%" zone "]:65535" and a zero byte. */
#define ADDRESS_TEXT_MAX (INET6_ADDRSTRLEN + 1 + 16 + 8 + 1)

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } sock;

    socklen_t len;
};

/* What one text may stand for: `localhost` and `*` are an address of each family. */
struct address_list {
    struct address items[2];
    unsigned count;
    bool may_lack_one; /* a machine without IPv6 does with the other one */
};

/* "127.0.0.1:8443", "[::1]:8443", "[fe80::1%eth0]:8443", "localhost:8443", "*:8443" and ":8443"
 * (every address of both families). Port 0 lets the system choose. ERR_SYNTAX, ERR_RANGE (the
 * port), ERR_UNSUPPORTED ("unix:/path"), ERR_NOT_FOUND (the zone): `*why` (may be NULL) is then a
 * static sentence that tells what is expected. */
MUST_USE enum err address_parse(struct str text, struct address_list *out, const char **why);

/* Writes "192.0.2.1:50123" or "[2001:db8::1]:50123" and a zero byte; the length without it. */
size_t address_format(const struct address *a, char out[static ADDRESS_TEXT_MAX]);

/* The same without the port and brackets: "192.0.2.1", "2001:db8::1". */
size_t address_format_host(const struct address *a, char out[static ADDRESS_TEXT_MAX]);

uint16_t address_port(const struct address *a);
void address_set_port(struct address *a, uint16_t port);
bool address_eq(const struct address *a, const struct address *b);

#endif
