/* err.h: the one list of things that can go wrong, and what they are called.
 *
 * What can fail returns `enum err`; absence is NULL or false instead. Any thread. */
#ifndef WEIR_BASE_ERR_H
#define WEIR_BASE_ERR_H

#define MUST_USE __attribute__((warn_unused_result))

enum err {
    ERR_OK = 0,
    ERR_AGAIN,       /* not now: would block, try when told */
    ERR_FULL,        /* a ceiling is reached */
    ERR_RANGE,       /* a number outside its bounds */
    ERR_SYNTAX,      /* text that does not follow its grammar */
    ERR_NOT_FOUND,   /* no such thing */
    ERR_EXISTS,      /* already there */
    ERR_DENIED,      /* not permitted */
    ERR_CLOSED,      /* the other side is gone, in order */
    ERR_RESET,       /* the other side is gone, in disorder */
    ERR_TIMEOUT,     /* a deadline passed */
    ERR_PROTOCOL,    /* the peer broke the protocol's rules */
    ERR_TLS,         /* TLS failed */
    ERR_IO,          /* the operating system said no */
    ERR_NO_MEMORY,   /* an allocation a library asked for failed */
    ERR_UNSUPPORTED, /* known, but not to be had here */
    ERR_CANCELLED,   /* given up by the one who asked */
    ERR_COUNT_
};

/* A short English phrase for `e`; never NULL, static. */
const char *err_text(enum err e);

/* The nearest `enum err` for an errno value. */
enum err err_from_errno(int error_number);

#endif
