#include <jansson.h>
#include <stdlib.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/error_page.h"
#include "http/exchange.h"
#include "http/request_id.h"
#include "support/manual_loop.h"
#include "unit/http/tables.h"

#define BROWSER "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

/* A protocol that keeps what it is given, and a service that counts. */
struct stand {
    struct manual_loop loop;
    struct exchange_service service;
    struct arena arena;
    struct exchange x;
    char body[16384];
    size_t body_len;
    bool is_ended;
    unsigned responds;
    unsigned resets;
    unsigned frees;
    unsigned dones;
    char type[64];
    unsigned status;
    int64_t content_length;
};

static struct stand *stand_of(struct exchange *x)
{
    return CONTAINER_OF(x, struct stand, x);
}

static void wire_inform(struct exchange *x, unsigned status, const struct fields *fields)
{
    (void)x;
    (void)status;
    (void)fields;
}

static void take_all(struct exchange *x)
{
    struct stand *s = stand_of(x);
    enum pipe_more more = PIPE_MORE;
    while (more == PIPE_MORE) {
        s->body_len += pipe_take(&x->response_body, (uint8_t *)s->body + s->body_len,
                                 sizeof(s->body) - s->body_len, &more);
    }
    s->is_ended = s->is_ended || more == PIPE_END;
}

static void wire_respond(struct exchange *x)
{
    struct stand *s = stand_of(x);
    struct str type = fields_value(&x->response.fields, FIELD_CONTENT_TYPE);
    s->responds++;
    s->status = x->response.status;
    s->content_length = x->response.content_length;
    MUST(type.len < sizeof(s->type));
    memcpy(s->type, type.p, type.len);
    s->type[type.len] = '\0';
}

static void wire_credit(struct exchange *x, size_t bytes)
{
    (void)x;
    (void)bytes;
}

static void wire_reset(struct exchange *x, enum err why)
{
    (void)why;
    stand_of(x)->resets++;
}

static void wire_free(struct exchange *x)
{
    stand_of(x)->frees++;
}

static const struct exchange_wire wire = {
    .protocol = "test",
    .inform = wire_inform,
    .respond = wire_respond,
    .body_ready = take_all,
    .credit = wire_credit,
    .reset = wire_reset,
    .free = wire_free,
};

static void on_request(struct exchange_service *service, struct exchange *x)
{
    (void)service;
    (void)x;
}

static void on_done(struct exchange_service *service, struct exchange *x)
{
    (void)service;
    stand_of(x)->dones++;
}

/* An exchange that was asked with `accept` (NULL: no such field). */
static struct stand *set_up(enum method method, const char *accept)
{
    struct stand *s = calloc(1, sizeof(*s));
    MUST(s != NULL);
    manual_loop_init(&s->loop, NULL, NULL);
    s->service.on_request = on_request;
    s->service.on_done = on_done;
    arena_init(&s->arena, &s->loop.worker->slab, &s->loop.worker->account, NULL, 0);
    exchange_init(&s->x, s->loop.worker, &wire, &s->service, &s->arena);
    s->x.request.method = method;
    pipe_end(&s->x.request_body);
    if (accept != NULL) {
        fields_add(&s->x.request.fields, &s->arena, FIELD_ACCEPT, str_from(accept));
    }
    exchange_open(&s->x);
    return s;
}

static struct str body_of(const struct stand *s)
{
    return str_of(s->body, s->body_len);
}

static bool contains(struct str text, const char *part)
{
    return memmem(text.p, text.len, part, strlen(part)) != NULL;
}

static void send(struct stand *s, unsigned status, struct str detail)
{
    error_page_send(&s->x, status, detail);
    if (s->x.state == EXCHANGE_RESPONDING && !s->x.response.has_no_body) {
        take_all(&s->x);
    }
}

static void tear_down(struct stand *s)
{
    exchange_sent(&s->x);
    exchange_wire_done(&s->x, ERR_OK);
    manual_loop_settle(&s->loop);
    CU_ASSERT_EQUAL(s->frees, 1);
    CU_ASSERT_EQUAL(s->dones, 1);
    arena_fini(&s->arena);
    manual_loop_fini(&s->loop);
    free(s);
}

static void test_choice(void)
{
    static const struct {
        const char *accept;
        bool is_html;
    } rows[] = {
        {BROWSER, true},
        {"text/html", true},
        {"text/*", true},
        {NULL, false},
        {"*/*", false},
        {"", false},
        {"application/json", false},
        {"application/problem+json, text/html;q=0.9", false},
        {"text/html, application/json", false},
        {"text/html;q=0.1, application/json;q=0", true},
        {"text/html;q=0", false},
        {"image/png", false},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct stand *s = set_up(METHOD_GET, rows[i].accept);
        send(s, 404, STR(""));
        bool is_html = contains(body_of(s), "<!doctype html>");
        struct str row = str_from(rows[i].accept == NULL ? "absent" : rows[i].accept);
        row_holds(is_html == rows[i].is_html, row);
        row_holds(contains(str_from(s->type), "text/html") == rows[i].is_html, row);
        row_holds(s->responds == 1 && s->resets == 0 && s->is_ended, row);
        row_holds(s->content_length == (int64_t)s->body_len, row);
        tear_down(s);
    }
}

static const char *text_member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static void test_problem(void)
{
    struct stand *s = set_up(METHOD_GET, NULL);
    send(s, 429, STR("Say \"please\" \\ and\nwait \xff\xc3\xa9\x01</script>"));
    json_t *problem = json_loadb(s->body, s->body_len, JSON_REJECT_DUPLICATES, NULL);
    CU_ASSERT_FATAL(problem != NULL);
    CU_ASSERT_STRING_EQUAL(s->type, "application/problem+json");
    CU_ASSERT_STRING_EQUAL(text_member(problem, "type"), "about:blank");
    CU_ASSERT_STRING_EQUAL(text_member(problem, "title"), "Too Many Requests");
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(problem, "status")), 429);
    CU_ASSERT_STRING_EQUAL(text_member(problem, "detail"),
                           "Say \"please\" \\ and wait \xef\xbf\xbd\xc3\xa9 </script>");
    struct str id = request_id_get(&s->x);
    CU_ASSERT_EQUAL(id.len, REQUEST_ID_LEN);
    CU_ASSERT(str_eq(str_from(text_member(problem, "request_id")), id));
    CU_ASSERT(contains(str_from(text_member(problem, "instance")), "urn:weir:request:"));
    CU_ASSERT(str_has_suffix(str_from(text_member(problem, "instance")), id));
    json_decref(problem);
    tear_down(s);
}

static void test_problem_without_detail(void)
{
    struct stand *s = set_up(METHOD_GET, NULL);
    send(s, 418, STR(""));
    json_t *problem = json_loadb(s->body, s->body_len, JSON_REJECT_DUPLICATES, NULL);
    CU_ASSERT_FATAL(problem != NULL);
    CU_ASSERT_STRING_EQUAL(text_member(problem, "title"), "Client Error");
    CU_ASSERT(json_object_get(problem, "detail") == NULL);
    json_decref(problem);
    tear_down(s);
}

static void test_html_is_escaped(void)
{
    struct stand *s = set_up(METHOD_GET, BROWSER);
    fields_add(&s->x.request.fields, &s->arena, FIELD_X_REQUEST_ID, STR("from-client.1"));
    send(s, 400, STR("<script>alert('x')</script> & \"q\" \xc0\xaf"));
    struct str body = body_of(s);
    CU_ASSERT(!contains(body, "<script>"));
    CU_ASSERT(contains(body, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;q&quot; "
                             "\xef\xbf\xbd\xef\xbf\xbd"));
    CU_ASSERT(contains(body, "400"));
    CU_ASSERT(contains(body, "Bad Request"));
    CU_ASSERT(contains(body, "from-client.1"));
    CU_ASSERT(contains(body, "prefers-color-scheme"));
    /* Nothing is loaded from anywhere */
    CU_ASSERT(!contains(body, "http:") && !contains(body, "https:") && !contains(body, "url("));
    CU_ASSERT(!contains(body, "<link") && !contains(body, "<img") && !contains(body, "src="));
    tear_down(s);
}

static void test_fields(void)
{
    struct stand *s = set_up(METHOD_GET, BROWSER);
    struct fields *f = &s->x.response.fields;
    fields_add(f, &s->arena, FIELD_ALLOW, STR("GET, HEAD"));
    fields_add(f, &s->arena, FIELD_RETRY_AFTER, STR("5"));
    fields_add(f, &s->arena, FIELD_WWW_AUTHENTICATE, STR("Basic"));
    fields_add(f, &s->arena, FIELD_ETAG, STR("\"a\""));
    fields_add(f, &s->arena, FIELD_CACHE_CONTROL, STR("max-age=60"));
    fields_add(f, &s->arena, FIELD_CONTENT_TYPE, STR("image/png"));
    fields_add(f, &s->arena, FIELD_CONTENT_ENCODING, STR("gzip"));
    fields_add(f, &s->arena, FIELD_CONTENT_RANGE, STR("bytes 0-1/2"));
    send(s, 405, STR(""));
    CU_ASSERT_EQUAL(s->status, 405);
    CU_ASSERT(str_eq(fields_value(f, FIELD_ALLOW), STR("GET, HEAD")));
    CU_ASSERT(str_eq(fields_value(f, FIELD_RETRY_AFTER), STR("5")));
    CU_ASSERT(str_eq(fields_value(f, FIELD_WWW_AUTHENTICATE), STR("Basic")));
    CU_ASSERT(str_eq(fields_value(f, FIELD_CACHE_CONTROL), STR("no-store")));
    CU_ASSERT(str_eq(fields_value(f, FIELD_CONTENT_TYPE), STR("text/html;charset=utf-8")));
    CU_ASSERT(fields_find(f, FIELD_ETAG) == NULL);
    CU_ASSERT(fields_find(f, FIELD_CONTENT_ENCODING) == NULL);
    CU_ASSERT(fields_find(f, FIELD_CONTENT_RANGE) == NULL);
    tear_down(s);
}

static void test_unsatisfied_range_stays(void)
{
    struct stand *s = set_up(METHOD_GET, NULL);
    fields_add(&s->x.response.fields, &s->arena, FIELD_CONTENT_RANGE, STR("bytes */100"));
    send(s, 416, STR(""));
    CU_ASSERT(str_eq(fields_value(&s->x.response.fields, FIELD_CONTENT_RANGE), STR("bytes */100")));
    tear_down(s);
}

static void test_head(void)
{
    struct stand *s = set_up(METHOD_HEAD, BROWSER);
    send(s, 404, STR(""));
    CU_ASSERT_EQUAL(s->responds, 1);
    CU_ASSERT_EQUAL(s->resets, 0);
    CU_ASSERT_EQUAL(s->body_len, 0);
    CU_ASSERT(s->content_length > 0);
    CU_ASSERT(s->x.response.has_no_body);
    tear_down(s);
}

static void test_long_detail(void)
{
    struct stand *s = set_up(METHOD_GET, BROWSER);
    char detail[ERROR_PAGE_DETAIL_MAX * 4];
    memset(detail, '"', sizeof(detail));
    send(s, 400, str_of(detail, sizeof(detail)));
    size_t quotes = 0;
    for (size_t i = 0; i + 6 <= s->body_len; i++) {
        quotes += memcmp(s->body + i, "&quot;", 6) == 0;
    }
    CU_ASSERT_EQUAL(quotes, ERROR_PAGE_DETAIL_MAX);
    tear_down(s);
}

/* The client left before the answer: nothing is sent, all is freed. */
static void test_client_gone(void)
{
    struct stand *s = set_up(METHOD_GET, BROWSER);
    exchange_wire_done(&s->x, ERR_RESET);
    error_page_send(&s->x, 500, STR(""));
    manual_loop_settle(&s->loop);
    CU_ASSERT_EQUAL(s->responds, 0);
    CU_ASSERT_EQUAL(s->frees, 1);
    arena_fini(&s->arena);
    manual_loop_fini(&s->loop);
    free(s);
}

static void test_given_ids(void)
{
    static const struct {
        const char *one;
        const char *two;
        bool is_kept;
    } rows[] = {
        {"abc-1", NULL, true}, {"", NULL, false},     {"a b", NULL, false},
        {"a\"b", NULL, false}, {"abc", "def", false},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct stand *s = set_up(METHOD_GET, NULL);
        fields_add(&s->x.request.fields, &s->arena, FIELD_X_REQUEST_ID, str_from(rows[i].one));
        if (rows[i].two != NULL) {
            fields_add(&s->x.request.fields, &s->arena, FIELD_X_REQUEST_ID, str_from(rows[i].two));
        }
        struct str id = request_id_get(&s->x);
        row_holds(str_eq(id, str_from(rows[i].one)) == rows[i].is_kept, str_from(rows[i].one));
        CU_ASSERT(request_id_is_valid(id));
        CU_ASSERT(request_id_get(&s->x).p == id.p);
        send(s, 500, STR(""));
        tear_down(s);
    }
}

static const struct suite_test tests[] = {
    {"error_page", "a page or a problem, as preferred", test_choice},
    {"error_page", "a problem is JSON, whatever it says", test_problem},
    {"error_page", "a problem without detail", test_problem_without_detail},
    {"error_page", "a page escapes what it says", test_html_is_escaped},
    {"error_page", "keeps and takes away fields", test_fields},
    {"error_page", "416 keeps Content-Range", test_unsatisfied_range_stays},
    {"error_page", "HEAD", test_head},
    {"error_page", "a long detail is cut off", test_long_detail},
    {"error_page", "a client that left", test_client_gone},
    {"error_page", "request ids that came in", test_given_ids},
};
const struct suite_table error_page_tests = SUITE_TABLE(tests);
