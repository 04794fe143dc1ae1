#include "http/method.h"

#include "base/check.h"

static const struct str names[METHOD_COUNT_] = {
    [METHOD_GET] = STR_LIT("GET"),         [METHOD_HEAD] = STR_LIT("HEAD"),
    [METHOD_POST] = STR_LIT("POST"),       [METHOD_PUT] = STR_LIT("PUT"),
    [METHOD_DELETE] = STR_LIT("DELETE"),   [METHOD_OPTIONS] = STR_LIT("OPTIONS"),
    [METHOD_PATCH] = STR_LIT("PATCH"),     [METHOD_QUERY] = STR_LIT("QUERY"),
    [METHOD_CONNECT] = STR_LIT("CONNECT"), [METHOD_TRACE] = STR_LIT("TRACE"),
    [METHOD_OTHER] = STR_LIT("-"),
};

/* The only method that `text`, of 3 to 7 bytes, can be. */
static enum method guess(struct str text)
{
    switch (text.p[0]) {
    case 'G':
        return METHOD_GET;
    case 'H':
        return METHOD_HEAD;
    case 'P':
        return text.p[1] == 'O' ? METHOD_POST : text.p[1] == 'U' ? METHOD_PUT : METHOD_PATCH;
    case 'D':
        return METHOD_DELETE;
    case 'O':
        return METHOD_OPTIONS;
    case 'Q':
        return METHOD_QUERY;
    case 'C':
        return METHOD_CONNECT;
    case 'T':
        return METHOD_TRACE;
    default:
        return METHOD_OTHER;
    }
}

enum method method_from(struct str text)
{
    if (text.len < 3 || text.len > 7) {
        return METHOD_OTHER;
    }
    enum method method = guess(text);
    return str_eq(text, names[method]) ? method : METHOD_OTHER;
}

struct str method_name(enum method method)
{
    MUST((unsigned)method < METHOD_COUNT_);
    return names[method];
}

#define SAFE                                                                         \
    (METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD) | METHOD_BIT(METHOD_OPTIONS) | \
     METHOD_BIT(METHOD_TRACE) | METHOD_BIT(METHOD_QUERY))

bool method_is_safe(enum method method)
{
    return (METHOD_BIT(method) & SAFE) != 0;
}

bool method_is_idempotent(enum method method)
{
    return (METHOD_BIT(method) & (SAFE | METHOD_BIT(METHOD_PUT) | METHOD_BIT(METHOD_DELETE))) != 0;
}
