/*
 * Any bytes as a request target, as an authority and as a query: what is accepted keeps the
 * promises of http/uri.h, and is in normal form.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/check.h"
#include "http/authority.h"
#include "http/query.h"
#include "http/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool contains(struct str s, struct str part)
{
    return memmem(s.p, s.len, part.p, part.len) != NULL;
}

static void check_segments(struct str path)
{
    MUST(path.len > 0 && path.p[0] == '/');
    MUST(!contains(path, STR("//")));
    MUST(!contains(path, STR("/./")));
    MUST(!contains(path, STR("/../")));
    MUST(!str_has_suffix(path, STR("/.")));
    MUST(!str_has_suffix(path, STR("/..")));
}

static void check_bytes(struct str path)
{
    MUST(!contains(path, STR("%00")));
    MUST(!contains(path, STR("%2f")));
    for (size_t i = 0; i < path.len; i++) {
        MUST(path.p[i] > 0x20 && path.p[i] < 0x7f && path.p[i] != '\\' && path.p[i] != '#');
    }
}

static void check_is_normal(struct str path, struct arena *arena)
{
    struct str again;
    MUST(uri_normalise_path(path, arena, &again) == ERR_OK);
    MUST(str_eq(path, again));
}

/* Encoding what was decoded gives a path that means the same. */
static void check_encoding(struct str file, struct arena *arena)
{
    struct str encoded = uri_encode_path(file, arena);
    struct str back;
    MUST(uri_decode(encoded, URI_DECODE_FILE, arena, &back) == ERR_OK);
    MUST(str_eq(back, file));
    check_is_normal(encoded, arena);
}

/* A decoded path has no zero byte and no new slash. */
static void check_file(struct str path, struct arena *arena)
{
    struct str file;
    enum err e = uri_decode(path, URI_DECODE_FILE, arena, &file);
    MUST(e == ERR_OK || e == ERR_DENIED);
    MUST((e == ERR_DENIED) == contains(path, STR("%2F")));
    if (e == ERR_OK) {
        MUST(file.len <= path.len && str_index(file, '\0') == file.len);
        MUST(!contains(file, STR("/../")) && !contains(file, STR("//")));
        check_encoding(file, arena);
    }
}

static void run_target(struct str text, struct arena *arena)
{
    struct uri_target target;
    if (uri_parse_target(text, METHOD_OPTIONS, arena, &target) != ERR_OK) {
        return;
    }
    if (str_eq(target.path, STR("*"))) {
        MUST(text.len == 1 && target.query.p == NULL);
        return;
    }
    size_t question = str_index(text, '?');
    MUST((target.query.p == NULL) == (question == text.len));
    MUST(target.query.p == NULL || target.query.p == text.p + question + 1);
    MUST(target.path.len <= 3 * text.len);
    check_segments(target.path);
    check_bytes(target.path);
    check_is_normal(target.path, arena);
    check_file(target.path, arena);
}

static void run_query(struct str text, struct arena *arena)
{
    struct str left = text;
    struct query_param param;
    size_t total = 0;
    while (query_next(&left, arena, &param)) {
        total += param.name.len + param.value.len;
        MUST(total <= text.len);
    }
    MUST(left.len == 0);
}

static void run_authority(struct str text, struct arena *arena)
{
    struct authority first;
    if (authority_parse(text, arena, &first) != ERR_OK) {
        return;
    }
    MUST(first.host.len > 0 && first.host.len <= AUTHORITY_HOST_MAX);
    bool is_ipv6 = first.kind == AUTHORITY_IPV6;
    struct str host = is_ipv6 ? arena_printf(arena, "[%.*s]", STR_ARGS(first.host)) : first.host;
    struct authority again;
    MUST(authority_parse_host(host, arena, &again) == ERR_OK);
    MUST(again.kind == first.kind);
    MUST(str_eq(again.host, first.host));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = str_of((const char *)data, len);
    struct arena arena;
    arena_init(&arena, NULL, NULL, NULL, 0);
    run_target(text, &arena);
    run_query(text, &arena);
    run_authority(text, &arena);
    arena_fini(&arena);
    return 0;
}
