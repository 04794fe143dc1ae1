#include "http/error_page.h"

#include "base/check.h"
#include "http/accept.h"
#include "http/exchange.h"
#include "http/request_id.h"
#include "http/status.h"
#include "http/utf8.h"

#define HTML_TYPE    "text/html;charset=utf-8"
#define PROBLEM_TYPE "application/problem+json"

/* --- escaping ------------------------------------------------------------------------------ */

#define ESCAPED_MAX 6 /* bytes that one byte may become */

/* What an ASCII byte becomes; empty when it stays as it is. */
typedef struct str escape_function(unsigned char c);

/* A sentence needs no control characters: they become spaces. */
static struct str escape_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f ? STR(" ") : STR("");
}

static struct str escape_html(unsigned char c)
{
    switch (c) {
    case '&':
        return STR("&amp;");
    case '<':
        return STR("&lt;");
    case '>':
        return STR("&gt;");
    case '"':
        return STR("&quot;");
    case '\'':
        return STR("&#39;");
    default:
        return escape_control(c);
    }
}

static struct str escape_json(unsigned char c)
{
    if (c == '"') {
        return STR("\\\"");
    }
    return c == '\\' ? STR("\\\\") : escape_control(c);
}

/* Bytes of the UTF-8 sequence at the front; 0 when it is none. */
static size_t measure_utf8(struct str s)
{
    struct utf8 utf8 = {0};
    for (size_t i = 0; i < s.len; i++) {
        if (!utf8_take(&utf8, (unsigned char)s.p[i])) {
            return 0;
        }
        if (utf8.left == 0) {
            return i + 1;
        }
    }
    return 0;
}

static char *put(char *at, struct str s)
{
    memcpy(at, s.p, s.len);
    return at + s.len;
}

/* The result is UTF-8 whatever `s` is. */
static struct str escape(struct str s, struct arena *a, escape_function *one)
{
    char *text = arena_alloc(a, s.len * ESCAPED_MAX + 1);
    char *at = text;
    while (s.len > 0) {
        size_t taken = measure_utf8(s);
        struct str escaped = taken == 1 ? one((unsigned char)s.p[0]) : STR("");
        if (taken == 0) {
            taken = 1;
            escaped = STR("\xef\xbf\xbd"); /* U+FFFD */
        }
        at = put(at, escaped.len > 0 ? escaped : str_head(s, taken));
        s = str_skip(s, taken);
    }
    return str_of(text, (size_t)(at - text));
}

/* --- what is said -------------------------------------------------------------------------- */

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1c2330;--dim:#667085;--ground:#f6f7f9;--line:#d9dee6;"
    "--mark:#2f6fde}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ebf1;--dim:#98a2b3;--ground:#12161d;"
    "--line:#2b3340;--mark:#7aa7ff}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;padding:2rem;"
    "background:var(--ground);color:var(--ink);font:1rem/1.6 system-ui,sans-serif}"
    "main{width:100%;max-width:34rem;border-left:3px solid var(--mark);padding:.25rem 0 .25rem "
    "1.75rem}"
    ".code{margin:0;font-size:.95rem;font-weight:600;letter-spacing:.08em;color:var(--mark)}"
    "h1{margin:.1rem 0 .75rem;font-size:2rem;line-height:1.2;font-weight:650}"
    "p{margin:0;overflow-wrap:anywhere}"
    "footer{margin-top:1.75rem;padding-top:.9rem;border-top:1px solid var(--line);"
    "font-size:.85rem;color:var(--dim)}"
    "code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}";

static struct str make_html(struct exchange *x, unsigned status, struct str detail)
{
    struct arena *a = x->arena;
    struct str title = status_title(status);
    struct str text = escape(detail, a, escape_html);
    struct str id = request_id_get(x);
    return arena_printf(a,
                        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                        "<meta name=\"robots\" content=\"noindex\">\n"
                        "<title>%u %.*s</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n"
                        "<p class=\"code\">%u</p>\n<h1>%.*s</h1>\n<p>%.*s</p>\n"
                        "<footer>Request <code>%.*s</code></footer>\n</main>\n</body>\n</html>\n",
                        status, STR_ARGS(title), style, status, STR_ARGS(title), STR_ARGS(text),
                        STR_ARGS(id));
}

static struct str make_problem(struct exchange *x, unsigned status, struct str detail)
{
    struct arena *a = x->arena;
    struct str title = status_title(status);
    struct str text = escape(detail, a, escape_json);
    struct str id = request_id_get(x);
    struct str member =
        text.len > 0 ? arena_printf(a, ",\"detail\":\"%.*s\"", STR_ARGS(text)) : STR("");
    return arena_printf(a,
                        "{\"type\":\"about:blank\",\"title\":\"%.*s\",\"status\":%u%.*s,"
                        "\"instance\":\"urn:weir:request:%.*s\",\"request_id\":\"%.*s\"}\n",
                        STR_ARGS(title), status, STR_ARGS(member), STR_ARGS(id), STR_ARGS(id));
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* Browsers name text/html before all else; programs take anything, or name JSON. */
static bool prefers_html(const struct fields *request)
{
    unsigned problem = larger(accept_weight(request, STR(PROBLEM_TYPE)),
                              accept_weight(request, STR("application/json")));
    return accept_weight(request, STR(HTML_TYPE)) > problem;
}

/* --- sending ------------------------------------------------------------------------------- */

/* Takes away what described the content that is not sent. */
static void forget_content(struct exchange *x, unsigned status)
{
    static const enum field_id gone[] = {
        FIELD_CONTENT_DISPOSITION,
        FIELD_CONTENT_ENCODING,
        FIELD_CONTENT_LANGUAGE,
        FIELD_CONTENT_LENGTH,
        FIELD_CONTENT_LOCATION,
        FIELD_ETAG,
        FIELD_EXPIRES,
        FIELD_LAST_MODIFIED,
    };
    struct fields *fields = &x->response.fields;
    for (size_t i = 0; i < COUNT_OF(gone); i++) {
        fields_remove(fields, x->arena, gone[i]);
    }
    if (status != 416) {
        fields_remove(fields, x->arena, FIELD_CONTENT_RANGE);
    }
}

static void describe(struct exchange *x, struct str type)
{
    struct str policy = STR("content-security-policy");
    struct fields *fields = &x->response.fields;
    fields_set(fields, x->arena, FIELD_CONTENT_TYPE, type);
    fields_set(fields, x->arena, FIELD_CACHE_CONTROL, STR("no-store"));
    fields_set(fields, x->arena, FIELD_X_CONTENT_TYPE_OPTIONS, STR("nosniff"));
    fields_remove_named(fields, x->arena, policy);
    fields_add_named(fields, x->arena, policy, STR("default-src 'none';style-src 'unsafe-inline'"));
}

void error_page_send(struct exchange *x, unsigned status, struct str detail)
{
    bool is_html = prefers_html(&x->request.fields);
    struct str said =
        str_head(detail.len > 0 ? detail : status_advice(status), ERROR_PAGE_DETAIL_MAX);
    struct str body = is_html ? make_html(x, status, said) : make_problem(x, status, said);
    forget_content(x, status);
    describe(x, is_html ? STR(HTML_TYPE) : STR(PROBLEM_TYPE));
    x->response.status = status;
    x->response.content_length = (int64_t)body.len;
    x->response.length_text = str_of(NULL, 0); /* of what a handler was about to send */
    exchange_respond(x);
    /* The arena outlives the pipe. Closed: HEAD, or the client has left. */
    enum err e = pipe_lend(&x->response_body, body.p, body.len, NULL, NULL);
    MUST(e == ERR_OK || e == ERR_CLOSED);
    pipe_end(&x->response_body);
    exchange_finish(x);
}
