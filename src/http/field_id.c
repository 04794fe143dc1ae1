/* A name's length, first and last letter are enough to tell all known names apart: together they
 * give a slot of a table that holds the one candidate, and one compare settles it. No branch
 * depends on the name before that compare, so there is none to mispredict.
 *
 *   "etag" -> SLOT(4, 'e', 'g') -> FIELD_ETAG -> memcmp with "etag"
 *
 * A new name that falls into a taken slot does not compile (an initialiser would be overridden):
 * then choose other factors. */
#include "http/field_id.h"

#include "base/check.h"

#define SLOT_COUNT 256
#define SLOT(len, first, last) \
    (((unsigned)(len)*19u + (unsigned)(first)*10u + (unsigned)(last)*6u) % SLOT_COUNT)

static const struct str names[FIELD_COUNT_] = {
    [FIELD_OTHER] = STR_LIT(""),
    [FIELD_ACCEPT] = STR_LIT("accept"),
    [FIELD_ACCEPT_ENCODING] = STR_LIT("accept-encoding"),
    [FIELD_ACCEPT_LANGUAGE] = STR_LIT("accept-language"),
    [FIELD_ACCEPT_RANGES] = STR_LIT("accept-ranges"),
    [FIELD_AGE] = STR_LIT("age"),
    [FIELD_ALLOW] = STR_LIT("allow"),
    [FIELD_AUTHORIZATION] = STR_LIT("authorization"),
    [FIELD_CACHE_CONTROL] = STR_LIT("cache-control"),
    [FIELD_CONNECTION] = STR_LIT("connection"),
    [FIELD_CONTENT_DISPOSITION] = STR_LIT("content-disposition"),
    [FIELD_CONTENT_ENCODING] = STR_LIT("content-encoding"),
    [FIELD_CONTENT_LANGUAGE] = STR_LIT("content-language"),
    [FIELD_CONTENT_LENGTH] = STR_LIT("content-length"),
    [FIELD_CONTENT_LOCATION] = STR_LIT("content-location"),
    [FIELD_CONTENT_RANGE] = STR_LIT("content-range"),
    [FIELD_CONTENT_TYPE] = STR_LIT("content-type"),
    [FIELD_COOKIE] = STR_LIT("cookie"),
    [FIELD_DATE] = STR_LIT("date"),
    [FIELD_ETAG] = STR_LIT("etag"),
    [FIELD_EXPECT] = STR_LIT("expect"),
    [FIELD_EXPIRES] = STR_LIT("expires"),
    [FIELD_FORWARDED] = STR_LIT("forwarded"),
    [FIELD_HOST] = STR_LIT("host"),
    [FIELD_IF_MATCH] = STR_LIT("if-match"),
    [FIELD_IF_MODIFIED_SINCE] = STR_LIT("if-modified-since"),
    [FIELD_IF_NONE_MATCH] = STR_LIT("if-none-match"),
    [FIELD_IF_RANGE] = STR_LIT("if-range"),
    [FIELD_IF_UNMODIFIED_SINCE] = STR_LIT("if-unmodified-since"),
    [FIELD_KEEP_ALIVE] = STR_LIT("keep-alive"),
    [FIELD_LAST_MODIFIED] = STR_LIT("last-modified"),
    [FIELD_LINK] = STR_LIT("link"),
    [FIELD_LOCATION] = STR_LIT("location"),
    [FIELD_ORIGIN] = STR_LIT("origin"),
    [FIELD_PRIORITY] = STR_LIT("priority"),
    [FIELD_PROXY_CONNECTION] = STR_LIT("proxy-connection"),
    [FIELD_RANGE] = STR_LIT("range"),
    [FIELD_REFERER] = STR_LIT("referer"),
    [FIELD_RETRY_AFTER] = STR_LIT("retry-after"),
    [FIELD_SERVER] = STR_LIT("server"),
    [FIELD_SET_COOKIE] = STR_LIT("set-cookie"),
    [FIELD_STRICT_TRANSPORT_SECURITY] = STR_LIT("strict-transport-security"),
    [FIELD_TE] = STR_LIT("te"),
    [FIELD_TRACEPARENT] = STR_LIT("traceparent"),
    [FIELD_TRACESTATE] = STR_LIT("tracestate"),
    [FIELD_TRAILER] = STR_LIT("trailer"),
    [FIELD_TRANSFER_ENCODING] = STR_LIT("transfer-encoding"),
    [FIELD_UPGRADE] = STR_LIT("upgrade"),
    [FIELD_USER_AGENT] = STR_LIT("user-agent"),
    [FIELD_VARY] = STR_LIT("vary"),
    [FIELD_VIA] = STR_LIT("via"),
    [FIELD_WWW_AUTHENTICATE] = STR_LIT("www-authenticate"),
    [FIELD_X_CONTENT_TYPE_OPTIONS] = STR_LIT("x-content-type-options"),
    [FIELD_X_FORWARDED_FOR] = STR_LIT("x-forwarded-for"),
    [FIELD_X_FORWARDED_HOST] = STR_LIT("x-forwarded-host"),
    [FIELD_X_FORWARDED_PROTO] = STR_LIT("x-forwarded-proto"),
    [FIELD_X_REQUEST_ID] = STR_LIT("x-request-id"),
};

static const uint8_t slots[SLOT_COUNT] = {
    [SLOT(6, 'a', 't')] = FIELD_ACCEPT,
    [SLOT(15, 'a', 'g')] = FIELD_ACCEPT_ENCODING,
    [SLOT(15, 'a', 'e')] = FIELD_ACCEPT_LANGUAGE,
    [SLOT(13, 'a', 's')] = FIELD_ACCEPT_RANGES,
    [SLOT(3, 'a', 'e')] = FIELD_AGE,
    [SLOT(5, 'a', 'w')] = FIELD_ALLOW,
    [SLOT(13, 'a', 'n')] = FIELD_AUTHORIZATION,
    [SLOT(13, 'c', 'l')] = FIELD_CACHE_CONTROL,
    [SLOT(10, 'c', 'n')] = FIELD_CONNECTION,
    [SLOT(19, 'c', 'n')] = FIELD_CONTENT_DISPOSITION,
    [SLOT(16, 'c', 'g')] = FIELD_CONTENT_ENCODING,
    [SLOT(16, 'c', 'e')] = FIELD_CONTENT_LANGUAGE,
    [SLOT(14, 'c', 'h')] = FIELD_CONTENT_LENGTH,
    [SLOT(16, 'c', 'n')] = FIELD_CONTENT_LOCATION,
    [SLOT(13, 'c', 'e')] = FIELD_CONTENT_RANGE,
    [SLOT(12, 'c', 'e')] = FIELD_CONTENT_TYPE,
    [SLOT(6, 'c', 'e')] = FIELD_COOKIE,
    [SLOT(4, 'd', 'e')] = FIELD_DATE,
    [SLOT(4, 'e', 'g')] = FIELD_ETAG,
    [SLOT(6, 'e', 't')] = FIELD_EXPECT,
    [SLOT(7, 'e', 's')] = FIELD_EXPIRES,
    [SLOT(9, 'f', 'd')] = FIELD_FORWARDED,
    [SLOT(4, 'h', 't')] = FIELD_HOST,
    [SLOT(8, 'i', 'h')] = FIELD_IF_MATCH,
    [SLOT(17, 'i', 'e')] = FIELD_IF_MODIFIED_SINCE,
    [SLOT(13, 'i', 'h')] = FIELD_IF_NONE_MATCH,
    [SLOT(8, 'i', 'e')] = FIELD_IF_RANGE,
    [SLOT(19, 'i', 'e')] = FIELD_IF_UNMODIFIED_SINCE,
    [SLOT(10, 'k', 'e')] = FIELD_KEEP_ALIVE,
    [SLOT(13, 'l', 'd')] = FIELD_LAST_MODIFIED,
    [SLOT(4, 'l', 'k')] = FIELD_LINK,
    [SLOT(8, 'l', 'n')] = FIELD_LOCATION,
    [SLOT(6, 'o', 'n')] = FIELD_ORIGIN,
    [SLOT(8, 'p', 'y')] = FIELD_PRIORITY,
    [SLOT(16, 'p', 'n')] = FIELD_PROXY_CONNECTION,
    [SLOT(5, 'r', 'e')] = FIELD_RANGE,
    [SLOT(7, 'r', 'r')] = FIELD_REFERER,
    [SLOT(11, 'r', 'r')] = FIELD_RETRY_AFTER,
    [SLOT(6, 's', 'r')] = FIELD_SERVER,
    [SLOT(10, 's', 'e')] = FIELD_SET_COOKIE,
    [SLOT(25, 's', 'y')] = FIELD_STRICT_TRANSPORT_SECURITY,
    [SLOT(2, 't', 'e')] = FIELD_TE,
    [SLOT(11, 't', 't')] = FIELD_TRACEPARENT,
    [SLOT(10, 't', 'e')] = FIELD_TRACESTATE,
    [SLOT(7, 't', 'r')] = FIELD_TRAILER,
    [SLOT(17, 't', 'g')] = FIELD_TRANSFER_ENCODING,
    [SLOT(7, 'u', 'e')] = FIELD_UPGRADE,
    [SLOT(10, 'u', 't')] = FIELD_USER_AGENT,
    [SLOT(4, 'v', 'y')] = FIELD_VARY,
    [SLOT(3, 'v', 'a')] = FIELD_VIA,
    [SLOT(16, 'w', 'e')] = FIELD_WWW_AUTHENTICATE,
    [SLOT(22, 'x', 's')] = FIELD_X_CONTENT_TYPE_OPTIONS,
    [SLOT(15, 'x', 'r')] = FIELD_X_FORWARDED_FOR,
    [SLOT(16, 'x', 't')] = FIELD_X_FORWARDED_HOST,
    [SLOT(17, 'x', 'o')] = FIELD_X_FORWARDED_PROTO,
    [SLOT(12, 'x', 'd')] = FIELD_X_REQUEST_ID,
};

enum field_id field_id_from(struct str name)
{
    if (name.len == 0) {
        return FIELD_OTHER;
    }
    unsigned char first = (unsigned char)name.p[0];
    unsigned char last = (unsigned char)name.p[name.len - 1];
    enum field_id id = slots[SLOT(name.len, first, last)];
    return str_eq(name, names[id]) ? id : FIELD_OTHER;
}

struct str field_id_name(enum field_id id)
{
    MUST((unsigned)id < FIELD_COUNT_);
    return names[id];
}
