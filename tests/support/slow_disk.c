/* slow_disk.c: a disk that is always cold and slow, for a program that is not asked: a shared
 * object for LD_PRELOAD.
 *
 *   LD_PRELOAD=.../slow_disk.so SLOW_DISK=/srv/site [SLOW_DISK_MS=50] weir ...
 *
 * For files below that directory a read that must not wait (RWF_NOWAIT) finds nothing in memory,
 * and any other read takes so many milliseconds. Everything else is as it was. */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SLOW_MS 50

typedef ssize_t read_function(int, void *, size_t);
typedef ssize_t pread_function(int, void *, size_t, off_t);
typedef ssize_t preadv_function(int, const struct iovec *, int, off_t);
typedef ssize_t preadv2_function(int, const struct iovec *, int, off_t, int);

/* What follows bears the C library's names; its parameters have reserved ones.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,readability-identifier-naming) */

/* FORTIFY_SOURCE calls these instead. */
ssize_t __read_chk(int fd, void *to, size_t len, size_t room);
ssize_t __pread_chk(int fd, void *to, size_t len, off_t at, size_t room);
ssize_t __pread64_chk(int fd, void *to, size_t len, off_t at, size_t room);

static bool is_slow(int fd)
{
    const char *dir = getenv("SLOW_DISK"); /* NOLINT(concurrency-mt-unsafe): nobody sets it */
    char entry[64];
    char name[PATH_MAX];
    int saved = errno;
    if (dir == NULL) {
        return false;
    }
    snprintf(entry, sizeof(entry), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(entry, name, sizeof(name));
    size_t len = strlen(dir);
    errno = saved;
    return n > (ssize_t)len && memcmp(name, dir, len) == 0 && name[len] == '/';
}

static void wait_for_disk(int fd)
{
    const char *text = getenv("SLOW_DISK_MS"); /* NOLINT(concurrency-mt-unsafe): nobody sets it */
    long ms = text != NULL ? strtol(text, NULL, 10) : SLOW_MS;
    const struct timespec nap = {ms / 1000, ms % 1000 * 1000000};
    if (is_slow(fd)) {
        nanosleep(&nap, NULL);
    }
}

static void *real(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) {
        abort();
    }
    return function;
}

ssize_t read(int fd, void *to, size_t len)
{
    wait_for_disk(fd);
    return ((read_function *)real("read"))(fd, to, len);
}

ssize_t __read_chk(int fd, void *to, size_t len, size_t room)
{
    return len <= room ? read(fd, to, len) : (abort(), -1);
}

ssize_t pread(int fd, void *to, size_t len, off_t at)
{
    wait_for_disk(fd);
    return ((pread_function *)real("pread"))(fd, to, len, at);
}

ssize_t pread64(int fd, void *to, size_t len, off_t at)
{
    return pread(fd, to, len, at);
}

ssize_t __pread_chk(int fd, void *to, size_t len, off_t at, size_t room)
{
    return len <= room ? pread(fd, to, len, at) : (abort(), -1);
}

ssize_t __pread64_chk(int fd, void *to, size_t len, off_t at, size_t room)
{
    return __pread_chk(fd, to, len, at, room);
}

ssize_t preadv(int fd, const struct iovec *iov, int count, off_t at)
{
    wait_for_disk(fd);
    return ((preadv_function *)real("preadv"))(fd, iov, count, at);
}

ssize_t preadv64(int fd, const struct iovec *iov, int count, off_t at)
{
    return preadv(fd, iov, count, at);
}

ssize_t preadv2(int fd, const struct iovec *iov, int count, off_t at, int flags)
{
    if ((flags & RWF_NOWAIT) != 0 && is_slow(fd)) {
        errno = EAGAIN;
        return -1;
    }
    if ((flags & RWF_NOWAIT) == 0) {
        wait_for_disk(fd);
    }
    return ((preadv2_function *)real("preadv2"))(fd, iov, count, at, flags);
}

ssize_t preadv64v2(int fd, const struct iovec *iov, int count, off_t at, int flags)
{
    return preadv2(fd, iov, count, at, flags);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name,readability-identifier-naming) */
