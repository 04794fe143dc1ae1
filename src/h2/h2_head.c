/* A request's head, field by field as HPACK gives it, then judged as a whole. What nghttp2 has
 * checked by then: pseudo-fields present, once, first, lower-case names, no connection fields, a
 * sane content-length. */
#include "base/num.h"
#include "h2/h2_internal.h"

/* Most requests have none of them: one test then spares three searches. */
enum head_field {
    HEAD_HOST = 1,
    HEAD_LENGTH = 2,
    HEAD_EXPECT = 4
};

static unsigned head_field_bit(enum field_id id)
{
    switch (id) {
    case FIELD_HOST:
        return HEAD_HOST;
    case FIELD_CONTENT_LENGTH:
        return HEAD_LENGTH;
    case FIELD_EXPECT:
        return HEAD_EXPECT;
    default:
        return 0;
    }
}

static void blame(struct h2_stream *s, enum h2_head_fault fault)
{
    if (s->head_fault == H2_HEAD_GOOD) {
        s->head_fault = fault;
    }
}

static void add_path(struct h2_stream *s, struct str value)
{
    if (value.len > s->conn->config.settings->max_uri_bytes) {
        blame(s, H2_HEAD_LONG_URI);
        return;
    }
    s->exchange.request.target = arena_str(&s->arena, value);
}

static struct str scheme_of(struct h2_stream *s, struct str value)
{
    if (str_eq(value, STR("https"))) {
        return STR("https");
    }
    if (!str_eq(value, STR("http"))) {
        blame(s, H2_HEAD_BAD);
    }
    return STR("http");
}

static void add_method(struct h2_stream *s, struct str value)
{
    struct request *r = &s->exchange.request;

    r->method = method_from(value);
    r->method_text =
        r->method == METHOD_OTHER ? arena_str(&s->arena, value) : method_name(r->method);
}

/* nghttp2 lets none but these and :protocol through, so the letter tells which it is. */
static void add_pseudo(struct h2_stream *s, struct str name, struct str value)
{
    struct request *r = &s->exchange.request;

    switch (name.p[1]) {
    case 'm':
        add_method(s, value);
        break;
    case 's':
        r->scheme = scheme_of(s, value);
        break;
    case 'a':
        r->authority = arena_str(&s->arena, value);
        break;
    default:
        blame(s, H2_HEAD_BAD);
        break;
    }
}

static bool is_path(struct str name)
{
    return name.len == 5 && name.p[0] == ':' && name.p[2] == 'a';
}

/* Counts; false when the field must be dropped. Decoding goes on all the same: HPACK's state is the
 * connection's. */
static bool is_within_bounds(struct h2_stream *s, struct str name, struct str value)
{
    const struct h2_settings *set = s->conn->config.settings;

    s->header_count++;
    s->header_bytes += (uint32_t)(name.len + value.len);
    return s->header_bytes <= set->max_header_bytes &&
           s->header_count <= (uint64_t)set->max_header_count;
}

static void add_regular(struct h2_stream *s, struct fields *to, struct str name, struct str value,
                        uint8_t flags)
{
    enum field_id id = field_id_from(name);
    struct str kept = arena_str(&s->arena, value);
    struct field *f = NULL;

    if (id == FIELD_OTHER) {
        f = fields_add_named(to, &s->arena, arena_str(&s->arena, name), kept);
    } else {
        f = fields_add(to, &s->arena, id, kept);
        s->seen |= head_field_bit(id);
    }
    if ((flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0) {
        f->flags |= FIELD_FLAG_NEVER_INDEX;
    }
}

void h2_head_add(struct h2_stream *s, struct str name, struct str value, uint8_t flags)
{
    if (is_path(name)) {
        add_path(s, value); /* the target has a bound of its own */
        return;
    }
    if (!is_within_bounds(s, name, value)) {
        blame(s, H2_HEAD_TOO_MANY);
        return;
    }
    if (name.len > 1 && name.p[0] == ':') {
        add_pseudo(s, name, value);
        return;
    }
    add_regular(s, &s->exchange.request.fields, name, value, flags);
}

void h2_head_trailer(struct h2_stream *s, struct str name, struct str value, uint8_t flags)
{
    if (!is_within_bounds(s, name, value)) {
        h2_send_reset(s, NGHTTP2_ENHANCE_YOUR_CALM);
        return;
    }
    add_regular(s, &s->exchange.request.trailers, name, value, flags);
}

/* `host` must say what `:authority` says (RFC 9113, section 8.3.1); alone it stands for it. */
static bool has_one_authority(struct request *r)
{
    struct str host = fields_value(&r->fields, FIELD_HOST);

    if (host.p == NULL) {
        return true;
    }
    if (fields_count_of(&r->fields, FIELD_HOST) > 1) {
        return false;
    }
    if (r->authority.p == NULL) {
        r->authority = host;
        return true;
    }
    return str_eq_nocase(host, r->authority);
}

static bool read_length(struct request *r)
{
    struct str text = fields_value(&r->fields, FIELD_CONTENT_LENGTH);
    uint64_t n = 0;

    if (text.p == NULL) {
        return true;
    }
    if (num_parse_u64(text, INT64_MAX, &n) != ERR_OK) {
        return false;
    }
    r->content_length = (int64_t)n;
    return true;
}

struct verdict {
    unsigned status; /* 0: good */
    struct str why;
};

#define VERDICT(status, why) ((struct verdict){(status), STR(why)})

static struct verdict judge_expect(struct request *r)
{
    struct str expect = fields_value(&r->fields, FIELD_EXPECT);

    if (expect.p == NULL) {
        return VERDICT(0, "");
    }
    if (!str_eq_nocase(expect, STR("100-continue"))) {
        return VERDICT(417, "The only expectation this server knows is 100-continue.");
    }
    r->expects_continue = r->has_body;
    return VERDICT(0, "");
}

static struct verdict judge(struct h2_stream *s)
{
    struct request *r = &s->exchange.request;

    switch (s->head_fault) {
    case H2_HEAD_LONG_URI:
        return VERDICT(414, "The path and query are longer than this server accepts.");
    case H2_HEAD_TOO_MANY:
        return VERDICT(431, "The header fields are larger or more than this server accepts.");
    case H2_HEAD_BAD:
        return VERDICT(400, "The request's header fields are malformed.");
    case H2_HEAD_GOOD:
        break;
    }
    if (r->method == METHOD_CONNECT) {
        return VERDICT(501, "This server is not a tunnel.");
    }
    if (s->seen == 0) {
        return VERDICT(0, "");
    }
    if (!has_one_authority(r)) {
        return VERDICT(400, "The host field and the :authority pseudo-field differ.");
    }
    if (!read_length(r)) {
        return VERDICT(400, "The content-length field is not a number.");
    }
    return judge_expect(r);
}

void h2_head_done(struct h2_stream *s)
{
    struct request *r = &s->exchange.request;

    r->has_body = !s->is_request_whole;
    s->has_head = true;
    struct verdict v = judge(s);
    if (s->is_request_whole) {
        pipe_end(&s->exchange.request_body);
    }
    if (v.status != 0) {
        exchange_open_refused(&s->exchange, v.status, v.why);
        return;
    }
    exchange_open(&s->exchange);
}
