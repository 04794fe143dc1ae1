#include <stdio.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "http/authority.h"
#include "http/request.h"
#include "http/uri.h"
#include "route/allow.h"
#include "route/match.h"
#include "route/route.h"
#include "unit/route/route_lab.h"
#include "unit/route/tables.h"

/* One question, and the name of the route that takes it; "-" for none. */
struct row {
    const char *method;
    const char *host;
    const char *target;
    const char *header; /* "name: value", or NULL */
    const char *route;
};

struct asking {
    struct arena arena;
    struct request request;
    struct match_request q;
};

static void ask(struct asking *k, const struct row *row)
{
    struct uri_target target;
    struct authority authority = {.host = STR("")};

    *k = (struct asking){.request = {.method_text = str_from(row->method)}};
    arena_init(&k->arena, NULL, NULL, NULL, 0);
    k->request.method = method_from(k->request.method_text);
    MUST(uri_parse_target(str_from(row->target), k->request.method, &k->arena, &target) == ERR_OK);
    k->request.path = target.path;
    k->request.query = target.query;
    if (row->host[0] != '\0') {
        MUST(authority_parse(str_from(row->host), &k->arena, &authority) == ERR_OK);
    }
    if (row->header != NULL) {
        struct str value;
        struct str name = str_cut(str_from(row->header), ':', &value);
        fields_add_named(&k->request.fields, &k->arena, name, str_trim(value));
    }
    k->q =
        (struct match_request){.request = &k->request, .host = authority.host, .arena = &k->arena};
}

static void assert_rows(const char *config, const struct row *rows, size_t count)
{
    struct lab_site site;

    lab_site_init(&site, config);
    if (site.err != ERR_OK) {
        printf("%s", site.printed.data);
    }
    CU_ASSERT_FATAL(site.err == ERR_OK);
    for (size_t i = 0; i < count; i++) {
        struct asking k;
        ask(&k, &rows[i]);
        struct match_method by = {k.request.method, k.request.method_text};
        const struct route *route = match_find(site.snapshot->match, &k.q, by);
        const char *got = route == NULL ? "-" : route->name.p;
        if (strcmp(got, rows[i].route) != 0) {
            printf("\n      %s %s%s: %s, not %s\n", rows[i].method, rows[i].host, rows[i].target,
                   got, rows[i].route);
        }
        CU_ASSERT(strcmp(got, rows[i].route) == 0);
        arena_fini(&k.arena);
    }
    lab_site_fini(&site);
}

#define R(name, match) "  - {name: " name ", match: " match ", respond: {}}\n"

static const char paths_config[] = "routes:\n" //
    R("root", "/")                             //
    R("a", "/a")                               //
    R("a-slash", "/a/")                        //
    R("below-b", "/b/**")                      //
    R("b-c", "/b/c")                           //
    R("b-c-below", "/b/c/**")                  //
    R("user", "'/users/{id}'")                 //
    R("me", "/users/me")                       //
    R("posts", "'/users/{id}/posts'")          //
    R("my-settings", "/users/me/settings")     //
    R("user-below", "'/users/{id}/**'")        //
    R("files", "'/files/{rest...}'")           //
    R("files-at", "/files")                    //
    R("x-y", "'/x/{y}/z'")                     //
    R("x-lit", "'/x/lit/{any}'")               //
    R("tilde", "/~joe")                        //
    R("escaped", "/sl%2fash")                  //
    R("deep", "/1/2/3/4/5/6/7/8")              //
    R("deep-open", "/1/2/3/4/**");
static const struct row paths_rows[] = {
    {"GET", "", "/", NULL, "root"},
    {"GET", "", "//", NULL, "root"},
    {"GET", "", "/?q", NULL, "root"},
    {"GET", "", "/.", NULL, "root"},
    {"GET", "", "/a", NULL, "a"},
    {"GET", "", "/a?x=/b", NULL, "a"},
    {"GET", "", "/a/", NULL, "a-slash"},
    {"GET", "", "//a", NULL, "a"},
    {"GET", "", "/x/../a", NULL, "a"},
    {"GET", "", "/%61", NULL, "a"},
    {"GET", "", "/A", NULL, "-"},
    {"GET", "", "/aa", NULL, "-"},
    {"GET", "", "/a/x", NULL, "-"},
    {"GET", "", "/b", NULL, "below-b"},
    {"GET", "", "/b/", NULL, "below-b"},
    {"GET", "", "/b/x", NULL, "below-b"},
    {"GET", "", "/b/x/y/z/", NULL, "below-b"},
    {"GET", "", "/bb", NULL, "-"},
    {"GET", "", "/b/c", NULL, "b-c"},
    {"GET", "", "/b/c/", NULL, "b-c-below"},
    {"GET", "", "/b/c/d", NULL, "b-c-below"},
    {"GET", "", "/b/cc", NULL, "below-b"},
    {"GET", "", "/users", NULL, "-"},
    {"GET", "", "/users/", NULL, "-"},
    {"GET", "", "/users/7", NULL, "user"},
    {"GET", "", "/users/7/", NULL, "user-below"},
    {"GET", "", "/users/a%2Fb", NULL, "user"},
    {"GET", "", "/users/me", NULL, "me"},
    {"GET", "", "/users/%6de", NULL, "me"},
    {"GET", "", "/users/mee", NULL, "user"},
    {"GET", "", "/users/7/posts", NULL, "posts"},
    {"GET", "", "/users/me/posts", NULL, "posts"},
    {"GET", "", "/users/me/settings", NULL, "my-settings"},
    {"GET", "", "/users/7/settings", NULL, "user-below"},
    {"GET", "", "/users/me/other", NULL, "user-below"},
    {"GET", "", "/users/me/settings/x", NULL, "user-below"},
    {"GET", "", "/users/7/posts/1", NULL, "user-below"},
    {"GET", "", "/files", NULL, "files-at"},
    {"GET", "", "/files/", NULL, "files"},
    {"GET", "", "/files/a", NULL, "files"},
    {"GET", "", "/files/a/b/c", NULL, "files"},
    {"GET", "", "/x/1/z", NULL, "x-y"},
    {"GET", "", "/x/lit/z", NULL, "x-lit"},
    {"GET", "", "/x/lit/q", NULL, "x-lit"},
    {"GET", "", "/x/lit", NULL, "-"},
    {"GET", "", "/x/1/q", NULL, "-"},
    {"GET", "", "/x//z", NULL, "-"},
    {"GET", "", "/~joe", NULL, "tilde"},
    {"GET", "", "/%7Ejoe", NULL, "tilde"},
    {"GET", "", "/sl%2Fash", NULL, "escaped"},
    {"GET", "", "/sl%2fash", NULL, "escaped"},
    {"GET", "", "/sl/ash", NULL, "-"},
    {"GET", "", "/1/2/3/4/5/6/7/8", NULL, "deep"},
    {"GET", "", "/1/2/3/4/5/6/7/8/9", NULL, "deep-open"},
    {"GET", "", "/1/2/3/4/5/6/7", NULL, "deep-open"},
    {"GET", "", "/1/2/3/4", NULL, "deep-open"},
    {"GET", "", "/1/2/3", NULL, "-"},
};

static void test_paths(void)
{
    assert_rows(paths_config, paths_rows, COUNT_OF(paths_rows));
}

/* The best fit is found though an earlier segment had a better one. */
static void test_no_dead_ends(void)
{
    static const char config[] = "routes:\n" //
        R("abc", "/a/b/c")                   //
        R("a-x-d", "'/a/{x}/d'")             //
        R("y-b-e", "'/{y}/b/e'")             //
        R("all3", "'/{p}/{q}/{r}'")          //
        R("open", "'/{p}/**'")               //
        R("a-open", "/a/**");
    static const struct row rows[] = {
        {"GET", "", "/a/b/c", NULL, "abc"},    {"GET", "", "/a/b/d", NULL, "a-x-d"},
        {"GET", "", "/a/b/e", NULL, "a-open"}, {"GET", "", "/z/b/e", NULL, "y-b-e"},
        {"GET", "", "/z/b/f", NULL, "all3"},   {"GET", "", "/z/q/f", NULL, "all3"},
        {"GET", "", "/z/q/f/g", NULL, "open"}, {"GET", "", "/a/q/f", NULL, "a-open"},
        {"GET", "", "/a/q/d", NULL, "a-x-d"},  {"GET", "", "/a", NULL, "a-open"},
        {"GET", "", "/a/", NULL, "a-open"},    {"GET", "", "/z/", NULL, "open"},
        {"GET", "", "/z", NULL, "open"},       {"GET", "", "/", NULL, "-"},
        {"GET", "", "/z/b/", NULL, "open"},    {"GET", "", "/a/b/c/d", NULL, "a-open"},
    };

    assert_rows(config, rows, COUNT_OF(rows));
}

static void test_hosts(void)
{
    static const char config[] = "routes:\n"               //
        R("exact", "{host: www.example.com, path: /a}")    //
        R("wild", "{host: '*.example.com', path: /**}")    //
        R("longer", "{host: '*.b.example.com', path: /a}") //
        R("bare", "{host: example.com}")                   //
        R("any-a", "/a")                                   //
        R("any-c", "/c")                                   //
        R("six", "{host: '[2001:db8::1]', path: /**}")     //
        R("two", "{host: [one.test, two.test], path: /**}");
    static const struct row rows[] = {
        {"GET", "www.example.com", "/a", NULL, "exact"},
        {"GET", "WWW.Example.com:8443", "/a", NULL, "exact"},
        {"GET", "www.example.com.", "/a", NULL, "exact"},
        {"GET", "www.example.com", "/b", NULL, "wild"},
        {"GET", "x.example.com", "/a", NULL, "wild"},
        {"GET", "y.x.example.com", "/a", NULL, "wild"},
        {"GET", "x.b.example.com", "/a", NULL, "longer"},
        {"GET", "x.b.example.com", "/b", NULL, "wild"},
        {"GET", "b.example.com", "/a", NULL, "wild"},
        {"GET", "example.com", "/a", NULL, "bare"},
        {"GET", "example.com", "/x", NULL, "bare"},
        {"GET", "ample.com", "/a", NULL, "any-a"},
        {"GET", "xexample.com", "/a", NULL, "any-a"},
        {"GET", ".example.com", "/a", NULL, "any-a"},
        {"GET", "other.test", "/c", NULL, "any-c"},
        {"GET", "other.test", "/d", NULL, "-"},
        {"GET", "", "/a", NULL, "any-a"},
        {"GET", "", "/d", NULL, "-"},
        {"GET", "[2001:DB8:0::1]:443", "/a", NULL, "six"},
        {"GET", "one.test", "/a", NULL, "two"},
        {"GET", "two.test", "/a", NULL, "two"},
        {"GET", "three.test", "/a", NULL, "any-a"},
    };

    assert_rows(config, rows, COUNT_OF(rows));
}

static void test_methods(void)
{
    static const char config[] = "routes:\n"                //
        R("get", "{path: /a, method: GET}")                 //
        R("post", "{path: /a, method: [POST, PUT]}")        //
        R("any", "/a")                                      //
        R("head", "{path: /h, method: HEAD}")               //
        R("get-h", "{path: /h, method: GET}")               //
        R("purge", "{path: /p, method: PURGE}")             //
        R("mixed", "{path: /p, method: [GET, BAN, QUERY]}") //
        R("open-post", "{path: /o/**, method: POST}")       //
        R("o-get", "{path: /o/x, method: GET}");
    static const struct row rows[] = {
        {"GET", "", "/a", NULL, "get"},          {"HEAD", "", "/a", NULL, "get"},
        {"POST", "", "/a", NULL, "post"},        {"PUT", "", "/a", NULL, "post"},
        {"DELETE", "", "/a", NULL, "any"},       {"FOO", "", "/a", NULL, "any"},
        {"HEAD", "", "/h", NULL, "head"},        {"GET", "", "/h", NULL, "get-h"},
        {"POST", "", "/h", NULL, "-"},           {"PURGE", "", "/p", NULL, "purge"},
        {"BAN", "", "/p", NULL, "mixed"},        {"purge", "", "/p", NULL, "-"},
        {"QUERY", "", "/p", NULL, "mixed"},      {"HEAD", "", "/p", NULL, "mixed"},
        {"GET", "", "/o/x", NULL, "o-get"},      {"POST", "", "/o/x", NULL, "open-post"},
        {"POST", "", "/o/y", NULL, "open-post"}, {"GET", "", "/o/y", NULL, "-"},
    };

    assert_rows(config, rows, COUNT_OF(rows));
}

static void test_conditions(void)
{
    static const char config[] = "routes:\n"                               //
        R("plain", "/a")                                                   //
        R("beta", "{path: /a, header: {X-Beta: '1'}}")                     //
        R("beta-any", "{path: /a, header: {x-beta: '*'}}")                 //
        R("accept", "{path: /b, header: {accept: text/html}}")             //
        R("paged", "{path: /a, query: {page: '*'}}")                       //
        R("page-2", "{path: /a, query: {page: '2'}}")                      //
        R("both", "{path: /a, query: {page: '2'}, header: {x-beta: '1'}}") //
        R("post-beta", "{path: /a, method: POST, header: {x-beta: '1'}}");
    static const struct row rows[] = {
        {"GET", "", "/a", NULL, "plain"},
        {"GET", "", "/a", "x-other: 1", "plain"},
        {"GET", "", "/a", "x-beta: 1", "beta"},
        {"GET", "", "/a", "x-beta: 2", "beta-any"},
        {"GET", "", "/a", "x-beta: ", "beta-any"},
        {"GET", "", "/a?page=1", NULL, "paged"},
        {"GET", "", "/a?page", NULL, "paged"},
        {"GET", "", "/a?page=2", NULL, "page-2"},
        {"GET", "", "/a?x=1&p%61ge=%32", NULL, "page-2"},
        {"GET", "", "/a?page=1&page=2", NULL, "page-2"},
        {"GET", "", "/a?apage=2", NULL, "plain"},
        {"GET", "", "/a?page=2", "x-beta: 1", "both"},
        {"POST", "", "/a?page=1", "x-beta: 1", "post-beta"},
        {"POST", "", "/a", NULL, "plain"},
        {"GET", "", "/b", "accept: text/html", "accept"},
        {"GET", "", "/b", "accept: text/htm", "-"},
        {"GET", "", "/b", NULL, "-"},
    };

    assert_rows(config, rows, COUNT_OF(rows));
}

/* The order of the file does not matter. */
static void test_file_order(void)
{
    static const char forward[] = "routes:\n"      //
        R("one", "{path: /a, header: {x-a: '1'}}") //
        R("two", "{path: /a, header: {x-b: '1'}}") //
        R("three", "{path: '/{x}', method: GET}")  //
        R("four", "{path: '/**', method: GET, query: {q: '1'}}");
    static const char backward[] = "routes:\n"                   //
        R("four", "{path: '/**', method: GET, query: {q: '1'}}") //
        R("three", "{path: '/{x}', method: GET}")                //
        R("two", "{path: /a, header: {x-b: '1'}}")               //
        R("one", "{path: /a, header: {x-a: '1'}}");
    static const struct row rows[] = {
        {"GET", "", "/a", "x-a: 1", "one"},   {"GET", "", "/a", "x-b: 1", "two"},
        {"GET", "", "/a?q=1", NULL, "three"}, {"GET", "", "/a/b?q=1", NULL, "four"},
        {"POST", "", "/a?q=1", NULL, "-"},
    };

    assert_rows(forward, rows, COUNT_OF(rows));
    assert_rows(backward, rows, COUNT_OF(rows));
}

static void test_allowed(void)
{
    static const char config[] = "routes:\n"                        //
        R("get", "{path: /a, method: GET}")                         //
        R("post", "{path: /**, method: [POST, BAN]}")               //
        R("beta", "{path: /a, method: PUT, header: {x-beta: '1'}}") //
        "  - {name: echo, match: /e, echo: {}}\n"                   //
        R("host", "{host: h.test, path: /a, method: DELETE}");

    static const struct {
        struct row row;
        const char *allow;
    } rows[] = {
        {{"TRACE", "", "/a", NULL, ""}, "GET, HEAD, POST, BAN"},
        {{"TRACE", "", "/b", NULL, ""}, "POST, BAN"},
        {{"TRACE", "", "/a", "x-beta: 1", ""}, "GET, HEAD, POST, PUT, BAN"},
        {{"TRACE", "h.test", "/a", NULL, ""}, "GET, HEAD, POST, DELETE, BAN"},
        {{"TRACE", "", "/e", NULL, ""},
         "GET, HEAD, POST, PUT, DELETE, PATCH, QUERY, CONNECT, TRACE, BAN"},
    };
    struct lab_site site;

    lab_site_init(&site, config);
    CU_ASSERT_FATAL(site.err == ERR_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct match_allowed allowed;
        struct asking k;
        ask(&k, &rows[i].row);
        match_allowed(site.snapshot->match, &k.q, &allowed);
        CU_ASSERT(allowed.is_known);
        lab_assert_text(allow_text(&k.arena, allowed.methods, allowed.others, allowed.other_count),
                        rows[i].allow);
        arena_fini(&k.arena);
    }
    lab_site_fini(&site);
}

/* Against the plain meaning: of all patterns that take a path, the first by pattern_compare. */
static bool takes(const struct pattern *p, struct str path)
{
    struct str rest = str_skip(path, 1);
    bool is_over = false;

    for (uint32_t i = 0; i < p->segment_count; i++) {
        if (is_over) {
            return false;
        }
        size_t end = str_index(rest, '/');
        struct str segment = str_head(rest, end);
        is_over = end == rest.len;
        rest = str_skip(rest, end + 1);
        bool fits =
            pattern_is_template(p, i) ? segment.len > 0 : str_eq(p->segments[i].literal, segment);
        if (!fits) {
            return false;
        }
    }
    return p->tail == PATTERN_TAIL_ALL || is_over == (p->tail == PATTERN_TAIL_NONE);
}

static const struct route *find_plainly(const struct snapshot *s, struct str path)
{
    const struct route *best = NULL;

    for (size_t i = 0; i < s->route_count; i++) {
        const struct route *r = s->routes[i];
        if (takes(&r->pattern, path) &&
            (best == NULL || pattern_compare(&r->pattern, &best->pattern) < 0)) {
            best = r;
        }
    }
    return best;
}

/* All patterns of up to three segments of {a, b, template} with every tail; all paths of up to four
 * segments of {a, b, c, empty at the end}. */
static size_t write_pattern(char *out, unsigned code)
{
    static const char *const parts[] = {"", "/a", "/b", "/{"};
    static const char *const tails[] = {"", "/{r...}", "/**", "/"};
    size_t len = 0;

    for (unsigned i = 0; i < 3; i++, code /= 4) {
        const char *part = parts[code % 4];
        len += (size_t)sprintf(out + len, "%s", part);
        if (part[0] != '\0' && part[1] == '{') {
            len += (size_t)sprintf(out + len, "t%u}", i);
        }
    }
    return len + (size_t)sprintf(out + len, "%s", tails[code % 4]);
}

static bool is_canonical(unsigned code)
{
    unsigned a = code % 4;
    unsigned b = code / 4 % 4;
    unsigned c = code / 16 % 4;

    return (a != 0 || b == 0) && (b != 0 || c == 0) && (code % 64 != 0 || code / 64 != 0);
}

static void write_routes(struct buf *config)
{
    char text[64];

    MUST(buf_printf(config, "routes:\n") == ERR_OK);
    for (unsigned code = 0; code < 256; code++) {
        if (is_canonical(code)) {
            write_pattern(text, code);
            MUST(buf_printf(config, "  - {name: r%u, match: '%s', respond: {}}\n", code, text) ==
                 ERR_OK);
        }
    }
    MUST(buf_add_char(config, '\0') == ERR_OK);
}

static size_t write_path(char *out, unsigned code)
{
    static const char *const words[] = {"a", "b", "c"};
    size_t len = 0;

    for (unsigned i = 0; i < 4; i++, code /= 4) {
        if (code % 4 > 0) {
            len += (size_t)sprintf(out + len, "/%s", words[code % 4 - 1]);
        }
    }
    return len + (size_t)sprintf(out + len, "%s", code > 0 || len == 0 ? "/" : "");
}

static void assert_as_plainly(const struct snapshot *s, const char *path, size_t len)
{
    struct asking k;

    ask(&k, &(struct row){"GET", "", path, NULL, ""});
    const struct route *got =
        match_find(s->match, &k.q, (struct match_method){METHOD_GET, STR("GET")});
    const struct route *expected = find_plainly(s, str_of(path, len));
    if (got != expected) {
        printf("\n      %s\n", path);
    }
    CU_ASSERT(got == expected && got != NULL);
    arena_fini(&k.arena);
}

static void test_model(void)
{
    struct lab_site site;
    struct buf config;
    char path[64];

    buf_init(&config, 1 << 20);
    write_routes(&config);
    lab_site_init(&site, config.data);
    CU_ASSERT_FATAL(site.err == ERR_OK);
    for (unsigned code = 0; code < 4 * 4 * 4 * 4 * 2; code++) {
        size_t len = write_path(path, code);
        assert_as_plainly(site.snapshot, path, len);
    }
    lab_site_fini(&site);
    buf_fini(&config);
}

static const struct suite_test tests[] = {
    {"match", "paths", test_paths},
    {"match", "a better start leads into no dead end", test_no_dead_ends},
    {"match", "hosts", test_hosts},
    {"match", "methods", test_methods},
    {"match", "headers and query", test_conditions},
    {"match", "the order of the file does not matter", test_file_order},
    {"match", "what Allow says", test_allowed},
    {"match", "all small patterns and paths against the plain meaning", test_model},
};

const struct suite_table match_tests = SUITE_TABLE(tests);
