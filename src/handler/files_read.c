#include "handler/files_read.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include "base/failpoint.h"

/* Where nothing can be cold, a plain read is as good. */
static bool is_in_memory(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

static ssize_t read_at(int fd, void *dst, size_t len, uint64_t at, int flags)
{
    struct iovec iov = {.iov_base = dst, .iov_len = len};
    ssize_t n = -1;
    if (failpoint_hit(FAILPOINT_READ)) {
        errno = EIO;
        return -1;
    }
    do {
        n = flags == 0 ? preadv(fd, &iov, 1, (off_t)at) : preadv2(fd, &iov, 1, (off_t)at, flags);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* A read of nothing is no proof of the end: Linux 5.9 and 5.10 say so of cold pages as well. */
enum err files_read_now(int fd, void *dst, size_t len, uint64_t at, size_t *got)
{
    ssize_t n = read_at(fd, dst, len, at, RWF_NOWAIT);
    if (n < 0 && (errno == EOPNOTSUPP || errno == EINVAL || errno == ENOSYS)) {
        n = 0;
        if (is_in_memory(fd)) {
            n = read_at(fd, dst, len, at, 0);
        }
    }
    if (n < 0 && errno != EAGAIN) {
        return ERR_IO;
    }
    *got = n > 0 ? (size_t)n : 0;
    return n > 0 ? ERR_OK : ERR_AGAIN;
}

enum err files_read_wait(int fd, void *dst, size_t len, uint64_t at, size_t *got)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = read_at(fd, (char *)dst + done, len - done, at + done, 0);
        if (n < 0) {
            return ERR_IO;
        }
        if (n == 0) {
            break;
        }
        done += (size_t)n;
    }
    *got = done;
    return ERR_OK;
}

enum err files_read_whole_now(int fd, void *dst, size_t len)
{
    size_t done = 0;
    while (done < len) {
        size_t got = 0;
        enum err err = files_read_now(fd, (char *)dst + done, len - done, done, &got);
        if (err != ERR_OK) {
            return err;
        }
        done += got;
    }
    return ERR_OK;
}
