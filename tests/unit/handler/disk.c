#include "unit/handler/disk.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <linux/openat2.h>

#include "base/check.h"

struct disk disk;

void disk_reset(void)
{
    disk.has_cold_names = false;
    disk.has_cold_pages = false;
    disk.has_no_openat2 = false;
    disk.has_no_nowait = false;
    disk.is_out_of_files = false;
    disk.is_broken = false;
    disk.is_stuck = false;
}

/* These three stand in the place of the C library's. The names of its parameters are reserved.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,performance-no-int-to-ptr) */

typedef long syscall_function(long, ...);
typedef ssize_t preadv2_function(int, const struct iovec *, int, off_t, int);

/* What openat2 is to fail with; 0: nothing. */
static int open_error(const struct open_how *how)
{
    if (disk.has_no_openat2) {
        return ENOSYS;
    }
    if (disk.is_out_of_files) {
        return EMFILE;
    }
    return disk.has_cold_names && (how->resolve & RESOLVE_CACHED) != 0 ? EAGAIN : 0;
}

/* Six are passed on, however many there are: what is read beyond is not used by the callee. */
__attribute__((no_sanitize("address"))) long syscall(long number, ...)
{
    va_list args;
    long a[6];
    va_start(args, number);
    for (unsigned i = 0; i < 6; i++) {
        a[i] = va_arg(args, long);
    }
    va_end(args);
    if (number == SYS_openat2) {
        int error_number = open_error((const struct open_how *)a[2]);
        if (error_number != 0) {
            errno = error_number;
            return -1;
        }
    }
    syscall_function *real = (syscall_function *)dlsym(RTLD_NEXT, "syscall");
    MUST(real != NULL);
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

ssize_t preadv2(int fd, const struct iovec *iov, int count, off_t at, int flags)
{
    if (disk.has_no_nowait || disk.has_cold_pages) {
        errno = disk.has_no_nowait ? EOPNOTSUPP : EAGAIN;
        return -1;
    }
    preadv2_function *real = (preadv2_function *)dlsym(RTLD_NEXT, "preadv2");
    MUST(real != NULL);
    return real(fd, iov, count, at, flags);
}

ssize_t preadv(int fd, const struct iovec *iov, int count, off_t at)
{
    const struct timespec nap = {.tv_nsec = 200000};
    MUST(count == 1);
    atomic_fetch_add(&disk.stuck_count, 1);
    while (disk.is_stuck) {
        nanosleep(&nap, NULL);
    }
    atomic_fetch_sub(&disk.stuck_count, 1);
    if (disk.is_broken) {
        errno = EIO;
        return -1;
    }
    return pread(fd, iov->iov_base, iov->iov_len, at);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name,performance-no-int-to-ptr) */
