#include "telemetry/access_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/log.h"

/* Our own descriptor is non-blocking, so a FIFO may say EAGAIN. Standard output is shared with
 * whoever started us and is left as it is: unless it is a file, it is asked for room before each
 * write, and a write of PIPE_BUF bytes then does not wait. */

static const char *advise(int error_number)
{
    switch (error_number) {
    case ENOENT:
        return "make its directory first";
    case EACCES:
    case EPERM:
    case EROFS:
        return "let the user that weir runs as write there, or name another path";
    case ENXIO:
        return "it is a pipe that nobody reads: start its reader first";
    case EISDIR:
        return "name a file in it";
    case EMFILE:
    case ENFILE:
        return "raise the limit of open files";
    default:
        return "name another path";
    }
}

static void say_closed(struct log *log, const char *what, int error_number)
{
    LOG_ERROR(log, "cannot open the access log %s: %s; %s", what, strerrordesc_np(error_number),
              advise(error_number));
}

/* errno tells why not. */
static int open_fd(const char *path, struct log *log)
{
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    int fd = path != NULL ? open(path, flags, 0640)
                          : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

    if (fd < 0) {
        int error_number = errno;
        say_closed(log, path != NULL ? path : "on standard output", error_number);
        errno = error_number;
    }
    return fd;
}

static bool is_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

enum err access_sink_open(struct access_sink *s, const char *path, struct log *log)
{
    *s = (struct access_sink){.fd = open_fd(path, log)};
    if (s->fd < 0) {
        return err_from_errno(errno);
    }
    s->is_paced = path == NULL && !is_file(s->fd);
    s->path = path != NULL ? strdup(path) : NULL;
    return ERR_OK;
}

void access_sink_close(struct access_sink *s)
{
    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    free(s->path);
    *s = (struct access_sink){.fd = -1};
}

enum err access_sink_reopen(struct access_sink *s, struct log *log)
{
    if (s->path == NULL) {
        return ERR_OK;
    }
    int fd = open_fd(s->path, log);
    if (fd < 0) {
        return err_from_errno(errno);
    }
    (void)close(s->fd);
    s->fd = fd;
    return ERR_OK;
}

static ssize_t write_paced(int fd, const struct iovec *piece)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};

    if (poll(&room, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return write(fd, piece->iov_base, piece->iov_len < PIPE_BUF ? piece->iov_len : PIPE_BUF);
}

enum err access_sink_write(const struct access_sink *s, const struct iovec *pieces, unsigned count,
                           size_t *written, int *error_number)
{
    ssize_t n = -1;

    *written = 0;
    errno = EIO;
    if (!failpoint_hit(FAILPOINT_WRITE)) {
        n = s->is_paced ? write_paced(s->fd, pieces)
                        : writev(s->fd, pieces, (int)(count < IOV_MAX ? count : IOV_MAX));
    }
    if (n >= 0) {
        *written = (size_t)n;
        return ERR_OK;
    }
    *error_number = errno;
    return err_from_errno(errno);
}
