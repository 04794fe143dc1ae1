#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/request_id.h"
#include "telemetry/access_line.h"
#include "unit/telemetry/access_lab.h"
#include "unit/telemetry/tables.h"

#define LONG_LEN 100000u
#define TIME     STR("2026-11-23T14:05:06.789Z")

struct written {
    char bytes[ACCESS_LINE_MAX + 8];
    size_t len;
    json_t *json;
};

static void write_line(struct written *w, const struct exchange *x)
{
    memset(w->bytes, '~', sizeof(w->bytes));
    w->len = access_line_write(w->bytes, x, TIME);
    CU_ASSERT_FATAL(w->len <= ACCESS_LINE_MAX && w->bytes[w->len - 1] == '\n');
    for (size_t i = ACCESS_LINE_MAX; i < sizeof(w->bytes); i++) {
        CU_ASSERT_EQUAL(w->bytes[i], '~');
    }
    struct str text = str_of(w->bytes, w->len);
    w->json = access_lab_take_line(&text);
    CU_ASSERT_FATAL(w->json != NULL && text.len == 0);
}

static const char *text_of(const struct written *w, const char *key)
{
    const char *text = json_string_value(json_object_get(w->json, key));
    return text != NULL ? text : "(none)";
}

static long long number_of(const struct written *w, const char *key)
{
    const json_t *number = json_object_get(w->json, key);
    return json_is_integer(number) ? json_integer_value(number) : -1;
}

static void test_whole(void)
{
    struct access_lab lab;
    struct written w;
    struct str route = STR("pages");

    access_lab_init(&lab);
    struct exchange *x = &lab.workers[0].x;
    struct arena *arena = &lab.workers[0].arena;
    (void)fields_add(&x->request.fields, arena, FIELD_USER_AGENT, STR("Moz\"illa/5.0"));
    (void)fields_add(&x->request.fields, arena, FIELD_REFERER, STR("https://example.org/"));
    x->route_name = &route;
    x->began_ns -= 840000;
    CU_ASSERT_EQUAL(pipe_put(&x->request_body, "hello", 5), 5);
    write_line(&w, x);
    CU_ASSERT(str_eq(
        str_of(w.bytes, w.len),
        STR("{\"time\":\"2026-11-23T14:05:06.789Z\",\"request_id\":\"01JD0000000000000000000000\","
            "\"client\":\"192.0.2.1:50123\",\"protocol\":\"h2\",\"tls\":\"TLSv1.3\",\"method\":"
            "\"GET\",\"scheme\":\"https\",\"host\":\"example.org\",\"path\":\"/a?b=c\",\"status\":"
            "200,\"bytes\":5120,\"request_bytes\":5,\"duration_us\":840,\"route\":\"pages\","
            "\"referer\":\"https://example.org/\",\"user_agent\":\"Moz\\\"illa/5.0\","
            "\"connection_id\":7,\"stream\":13}\n")));
    CU_ASSERT_STRING_EQUAL(text_of(&w, "user_agent"), "Moz\"illa/5.0");
    CU_ASSERT_EQUAL(number_of(&w, "duration_us"), 840);
    json_decref(w.json);
    access_lab_fini(&lab);
}

/* Refused before it was understood, from nobody known. */
static void test_bare(void)
{
    struct access_lab lab;
    struct written w;

    access_lab_init(&lab);
    struct exchange x;
    exchange_init(&x, lab.workers[0].worker, NULL, NULL, &lab.workers[0].arena);
    write_line(&w, &x);
    CU_ASSERT(str_eq(str_of(w.bytes, w.len),
                     STR("{\"time\":\"2026-11-23T14:05:06.789Z\",\"method\":\"-\",\"status\":0,"
                         "\"bytes\":0,\"request_bytes\":0,\"duration_us\":0,\"connection_id\":0,"
                         "\"stream\":0}\n")));
    json_decref(w.json);
    access_lab_fini(&lab);
}

static void test_broken(void)
{
    struct access_lab lab;
    struct written w;

    access_lab_init(&lab);
    struct exchange *x = &lab.workers[0].x;
    x->failure = ERR_RESET;
    write_line(&w, x);
    CU_ASSERT_STRING_EQUAL(text_of(&w, "error"), "(none)");
    json_decref(w.json);
    x->state = EXCHANGE_BROKEN;
    write_line(&w, x);
    CU_ASSERT_STRING_EQUAL(text_of(&w, "error"), err_text(ERR_RESET));
    json_decref(w.json);
    access_lab_fini(&lab);
}

/* Every text as long as it can be; numbers as large as the reader can read. */
static void fill_up(struct access_lab *lab, struct str text)
{
    struct access_lab_worker *w = &lab->workers[0];
    struct exchange *x = &w->x;

    w->peer = (struct exchange_peer){text, text, text, INT64_MAX};
    x->request_id = text;
    x->request.method_text = text;
    x->request.scheme = text;
    x->request.authority = text;
    x->request.target = text;
    x->response.status = UINT32_MAX;
    x->body_bytes_sent = INT64_MAX;
    x->stream_id = INT64_MAX;
    x->began_ns = 1;
    x->state = EXCHANGE_BROKEN;
    x->failure = ERR_PROTOCOL;
    fields_set(&x->request.fields, &w->arena, FIELD_REFERER, text);
    fields_set(&x->request.fields, &w->arena, FIELD_USER_AGENT, text);
}

static void test_longest(void)
{
    static const char bytes[] = "a\"\x01\xff\xf0";
    static char text[LONG_LEN];
    struct access_lab lab;
    struct written w;

    for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
        struct str route = str_of(text, LONG_LEN);
        memset(text, bytes[i], LONG_LEN);
        access_lab_init(&lab);
        fill_up(&lab, route);
        lab.workers[0].x.route_name = &route;
        lab.clock.now_ns = UINT64_MAX / 2;
        write_line(&w, &lab.workers[0].x);
        CU_ASSERT(w.len > 3500);
        const char *path = text_of(&w, "path");
        CU_ASSERT(strcmp(path + strlen(path) - 3, "\xe2\x80\xa6") == 0);
        CU_ASSERT_EQUAL(json_object_size(w.json), 19);
        json_decref(w.json);
        access_lab_fini(&lab);
    }
}

/* What is not the client's to choose is never cut. */
static void test_ids_fit(void)
{
    struct access_lab lab;
    struct written w;
    char id[REQUEST_ID_MAX];
    struct str client =
        STR("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%a-long-zone-name]:65535");

    memset(id, 'x', sizeof(id));
    access_lab_init(&lab);
    lab.workers[0].x.request_id = str_of(id, sizeof(id));
    lab.workers[0].peer.address = client;
    write_line(&w, &lab.workers[0].x);
    CU_ASSERT_EQUAL(strlen(text_of(&w, "request_id")), REQUEST_ID_MAX);
    CU_ASSERT_STRING_EQUAL(text_of(&w, "client"), client.p);
    json_decref(w.json);
    access_lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"access_line", "tells all, in order", test_whole},
    {"access_line", "leaves out what is not known", test_bare},
    {"access_line", "tells why an answer was broken off", test_broken},
    {"access_line", "keeps to its bound whatever comes", test_longest},
    {"access_line", "never cuts an id", test_ids_fit},
};

const struct suite_table access_line_tests = SUITE_TABLE(tests);
