#include "http/status.h"

#define FIRST 100
#define END   600

static const struct str titles[END - FIRST] = {
    [100 - FIRST] = STR_LIT("Continue"),
    [101 - FIRST] = STR_LIT("Switching Protocols"),
    [102 - FIRST] = STR_LIT("Processing"),
    [103 - FIRST] = STR_LIT("Early Hints"),
    [200 - FIRST] = STR_LIT("OK"),
    [201 - FIRST] = STR_LIT("Created"),
    [202 - FIRST] = STR_LIT("Accepted"),
    [203 - FIRST] = STR_LIT("Non-Authoritative Information"),
    [204 - FIRST] = STR_LIT("No Content"),
    [205 - FIRST] = STR_LIT("Reset Content"),
    [206 - FIRST] = STR_LIT("Partial Content"),
    [207 - FIRST] = STR_LIT("Multi-Status"),
    [208 - FIRST] = STR_LIT("Already Reported"),
    [226 - FIRST] = STR_LIT("IM Used"),
    [300 - FIRST] = STR_LIT("Multiple Choices"),
    [301 - FIRST] = STR_LIT("Moved Permanently"),
    [302 - FIRST] = STR_LIT("Found"),
    [303 - FIRST] = STR_LIT("See Other"),
    [304 - FIRST] = STR_LIT("Not Modified"),
    [305 - FIRST] = STR_LIT("Use Proxy"),
    [307 - FIRST] = STR_LIT("Temporary Redirect"),
    [308 - FIRST] = STR_LIT("Permanent Redirect"),
    [400 - FIRST] = STR_LIT("Bad Request"),
    [401 - FIRST] = STR_LIT("Unauthorized"),
    [402 - FIRST] = STR_LIT("Payment Required"),
    [403 - FIRST] = STR_LIT("Forbidden"),
    [404 - FIRST] = STR_LIT("Not Found"),
    [405 - FIRST] = STR_LIT("Method Not Allowed"),
    [406 - FIRST] = STR_LIT("Not Acceptable"),
    [407 - FIRST] = STR_LIT("Proxy Authentication Required"),
    [408 - FIRST] = STR_LIT("Request Timeout"),
    [409 - FIRST] = STR_LIT("Conflict"),
    [410 - FIRST] = STR_LIT("Gone"),
    [411 - FIRST] = STR_LIT("Length Required"),
    [412 - FIRST] = STR_LIT("Precondition Failed"),
    [413 - FIRST] = STR_LIT("Content Too Large"),
    [414 - FIRST] = STR_LIT("URI Too Long"),
    [415 - FIRST] = STR_LIT("Unsupported Media Type"),
    [416 - FIRST] = STR_LIT("Range Not Satisfiable"),
    [417 - FIRST] = STR_LIT("Expectation Failed"),
    [421 - FIRST] = STR_LIT("Misdirected Request"),
    [422 - FIRST] = STR_LIT("Unprocessable Content"),
    [423 - FIRST] = STR_LIT("Locked"),
    [424 - FIRST] = STR_LIT("Failed Dependency"),
    [425 - FIRST] = STR_LIT("Too Early"),
    [426 - FIRST] = STR_LIT("Upgrade Required"),
    [428 - FIRST] = STR_LIT("Precondition Required"),
    [429 - FIRST] = STR_LIT("Too Many Requests"),
    [431 - FIRST] = STR_LIT("Request Header Fields Too Large"),
    [451 - FIRST] = STR_LIT("Unavailable For Legal Reasons"),
    [500 - FIRST] = STR_LIT("Internal Server Error"),
    [501 - FIRST] = STR_LIT("Not Implemented"),
    [502 - FIRST] = STR_LIT("Bad Gateway"),
    [503 - FIRST] = STR_LIT("Service Unavailable"),
    [504 - FIRST] = STR_LIT("Gateway Timeout"),
    [505 - FIRST] = STR_LIT("HTTP Version Not Supported"),
    [506 - FIRST] = STR_LIT("Variant Also Negotiates"),
    [507 - FIRST] = STR_LIT("Insufficient Storage"),
    [508 - FIRST] = STR_LIT("Loop Detected"),
    [511 - FIRST] = STR_LIT("Network Authentication Required"),
};

static const struct str class_titles[] = {
    STR_LIT("Unknown"),     STR_LIT("Informational"), STR_LIT("Success"),
    STR_LIT("Redirection"), STR_LIT("Client Error"),  STR_LIT("Server Error"),
};

struct str status_title(unsigned status)
{
    if (status < FIRST || status >= END) {
        return class_titles[0];
    }
    struct str title = titles[status - FIRST];
    return title.len > 0 ? title : class_titles[status / 100];
}

struct str status_advice(unsigned status)
{
    switch (status) {
    case 400:
        return STR("The request could not be understood.");
    case 401:
        return STR("You need to sign in to see this.");
    case 403:
        return STR("You may not see this.");
    case 404:
        return STR("There is nothing at this address.");
    case 405:
        return STR("This address does not answer that kind of request.");
    case 410:
        return STR("What was here has gone for good.");
    case 429:
        return STR("Too many requests came from you. Wait a moment, then try again.");
    case 500:
        return STR("Something went wrong on this server.");
    case 502:
    case 504:
        return STR("The server behind this one gave no good answer. Try again in a moment.");
    case 503:
        return STR("This server cannot answer right now. Try again in a moment.");
    default:
        return STR("");
    }
}

bool status_has_no_content(unsigned status)
{
    return status < 200 || status == 204 || status == 304;
}
