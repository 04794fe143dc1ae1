#include "base/err.h"

#include <errno.h>
#include <stddef.h>

static const char *const texts[ERR_COUNT_] = {
    [ERR_OK] = "no error",
    [ERR_AGAIN] = "not now",
    [ERR_FULL] = "a limit is reached",
    [ERR_RANGE] = "number out of range",
    [ERR_SYNTAX] = "malformed text",
    [ERR_NOT_FOUND] = "not found",
    [ERR_EXISTS] = "already exists",
    [ERR_DENIED] = "permission denied",
    [ERR_CLOSED] = "closed by the peer",
    [ERR_RESET] = "reset by the peer",
    [ERR_TIMEOUT] = "timed out",
    [ERR_PROTOCOL] = "protocol violation",
    [ERR_TLS] = "TLS failure",
    [ERR_IO] = "input/output error",
    [ERR_NO_MEMORY] = "out of memory",
    [ERR_UNSUPPORTED] = "not supported",
    [ERR_CANCELLED] = "cancelled",
};

const char *err_text(enum err e)
{
    if ((unsigned)e >= ERR_COUNT_ || texts[e] == NULL) {
        return "unknown error";
    }
    return texts[e];
}

enum err err_from_errno(int error_number)
{
    switch (error_number) {
    case 0:
        return ERR_OK;
    case EAGAIN:
    case EINTR:
        return ERR_AGAIN;
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EEXIST:
    case EADDRINUSE:
        return ERR_EXISTS;
    case EACCES:
    case EPERM:
    case EXDEV:
    case ELOOP:
        return ERR_DENIED;
    case ECONNRESET:
    case EPIPE:
        return ERR_RESET;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    case ENOMEM:
        return ERR_NO_MEMORY;
    case ENOSYS:
    case EOPNOTSUPP:
        return ERR_UNSUPPORTED;
    case EMFILE:
    case ENFILE:
    case ENOSPC:
        return ERR_FULL;
    default:
        return ERR_IO;
    }
}
