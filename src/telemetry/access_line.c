#include "telemetry/access_line.h"

#include "base/num.h"
#include "http/exchange.h"
#include "loop/worker.h"
#include "telemetry/json_text.h"

/* A line must fit whatever was sent: each text has its share, in bytes after escaping. */
enum share {
    SHARE_REQUEST_ID = 64,
    SHARE_CLIENT = 80,
    SHARE_PROTOCOL = 16,
    SHARE_TLS = 16,
    SHARE_METHOD = 32,
    SHARE_SCHEME = 16,
    SHARE_HOST = 256,
    SHARE_PATH = 1856,
    SHARE_ROUTE = 128,
    SHARE_REFERER = 512,
    SHARE_USER_AGENT = 512,
    SHARE_ERROR = 64,
    SHARE_TEXTS = SHARE_REQUEST_ID + SHARE_CLIENT + SHARE_PROTOCOL + SHARE_TLS + SHARE_METHOD +
                  SHARE_SCHEME + SHARE_HOST + SHARE_PATH + SHARE_ROUTE + SHARE_REFERER +
                  SHARE_USER_AGENT + SHARE_ERROR,
    SHARE_TIME = 24,
    SHARE_NUMBERS = 6 * 20,
    SHARE_KEYS = 256
};

_Static_assert(SHARE_TEXTS + SHARE_TIME + SHARE_NUMBERS + SHARE_KEYS <= ACCESS_LINE_MAX,
               "the longest line fits");

static inline char *put(char *dst, struct str text)
{
    memcpy(dst, text.p, text.len);
    return dst + text.len;
}

static inline char *put_text(char *dst, struct str key, struct str value, enum share share)
{
    if (value.len == 0) {
        return dst;
    }
    dst = json_text_put(put(dst, key), value, share);
    *dst = '"';
    return dst + 1;
}

static inline char *put_number(char *dst, struct str key, uint64_t n)
{
    dst = put(dst, key);
    return dst + num_format_u64(n, dst);
}

static struct str protocol_of(const struct exchange *x)
{
    return x->wire != NULL && x->wire->protocol != NULL ? str_from(x->wire->protocol) : STR("");
}

static struct str method_of(const struct request *request)
{
    return request->method_text.len > 0 ? request->method_text : method_name(request->method);
}

static uint64_t duration_us(const struct exchange *x)
{
    uint64_t now_ns = x->worker->now_ns;
    return x->began_ns == 0 || x->began_ns > now_ns ? 0 : (now_ns - x->began_ns) / 1000;
}

static char *put_client(char *p, const struct exchange *x)
{
    static const struct exchange_peer nobody;
    const struct exchange_peer *peer = x->peer != NULL ? x->peer : &nobody;

    p = put_text(p, STR(",\"client\":\""), peer->address, SHARE_CLIENT);
    p = put_text(p, STR(",\"protocol\":\""), protocol_of(x), SHARE_PROTOCOL);
    return put_text(p, STR(",\"tls\":\""), peer->tls, SHARE_TLS);
}

static char *put_request(char *p, const struct request *request)
{
    p = put_text(p, STR(",\"method\":\""), method_of(request), SHARE_METHOD);
    p = put_text(p, STR(",\"scheme\":\""), request->scheme, SHARE_SCHEME);
    p = put_text(p, STR(",\"host\":\""), request->authority, SHARE_HOST);
    return put_text(p, STR(",\"path\":\""), request->target, SHARE_PATH);
}

static char *put_figures(char *p, const struct exchange *x)
{
    p = put_number(p, STR(",\"status\":"), x->response.status);
    p = put_number(p, STR(",\"bytes\":"), x->body_bytes_sent);
    p = put_number(p, STR(",\"request_bytes\":"), x->request_body.taken + x->request_body.held);
    return put_number(p, STR(",\"duration_us\":"), duration_us(x));
}

static char *put_fields(char *p, const struct fields *fields)
{
    p = put_text(p, STR(",\"referer\":\""), fields_value(fields, FIELD_REFERER), SHARE_REFERER);
    return put_text(p, STR(",\"user_agent\":\""), fields_value(fields, FIELD_USER_AGENT),
                    SHARE_USER_AGENT);
}

static char *put_origin(char *p, const struct exchange *x)
{
    p = put_number(p, STR(",\"connection_id\":"), x->peer != NULL ? x->peer->connection_id : 0);
    return put_number(p, STR(",\"stream\":"), x->stream_id);
}

size_t access_line_write(char *dst, const struct exchange *x, struct str time)
{
    char *p = put(dst, STR("{\"time\":\""));

    p = put(put(p, str_head(time, SHARE_TIME)), STR("\""));
    p = put_text(p, STR(",\"request_id\":\""), x->request_id, SHARE_REQUEST_ID);
    p = put_client(p, x);
    p = put_request(p, &x->request);
    p = put_figures(p, x);
    if (x->route_name != NULL) {
        p = put_text(p, STR(",\"route\":\""), *x->route_name, SHARE_ROUTE);
    }
    p = put_fields(p, &x->request.fields);
    if (x->state == EXCHANGE_BROKEN) {
        p = put_text(p, STR(",\"error\":\""), str_from(err_text(x->failure)), SHARE_ERROR);
    }
    p = put(put_origin(p, x), STR("}\n"));
    return (size_t)(p - dst);
}
