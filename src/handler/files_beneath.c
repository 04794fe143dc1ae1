#include "handler/files_beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/openat2.h>

#define WALK_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define RACES_MAX  16 /* the kernel says EAGAIN when a rename ran beside ".." in a link */

/* --- by the kernel ------------------------------------------------------------------------- */

static int open_with(int root_fd, const char *name, int flags, uint64_t resolve)
{
    const struct open_how how = {
        .flags = (unsigned)flags,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | resolve,
    };
    return (int)syscall(SYS_openat2, root_fd, name, &how, sizeof(how));
}

static int open_patiently(int root_fd, const char *name, int flags)
{
    int fd = -1;
    for (unsigned i = 0; i < RACES_MAX; i++) {
        fd = open_with(root_fd, name, flags, 0);
        if (fd >= 0 || errno != EAGAIN) {
            break;
        }
    }
    return fd;
}

int files_beneath_open(int root_fd, const char *name, int flags, bool may_block)
{
    if (may_block) {
        return open_patiently(root_fd, name, flags);
    }
    int fd = open_with(root_fd, name, flags, RESOLVE_CACHED);
    if (fd < 0 && errno == EINVAL) {
        errno = EAGAIN; /* Linux before 5.12 does not know RESOLVE_CACHED */
    }
    return fd;
}

/* ENOSYS: an old kernel. EPERM: a container's filter. */
bool files_beneath_has_openat2(int fd)
{
    int probe = open_with(fd, ".", O_PATH | O_CLOEXEC, 0);
    if (probe < 0) {
        return errno != ENOSYS && errno != EPERM;
    }
    close(probe);
    return true;
}

/* --- by hand ------------------------------------------------------------------------------- */

/* O_NOFOLLOW guards only the last component of a name, hence one component at a time. */
static int open_step(int dir, struct str step, int flags)
{
    char name[NAME_MAX + 1];
    if (step.len == 0 || step.len > NAME_MAX || str_eq(step, STR("..")) || str_eq(step, STR("."))) {
        errno = ENOENT;
        return -1;
    }
    memcpy(name, step.p, step.len);
    name[step.len] = '\0';
    return openat(dir, name, flags | O_NOFOLLOW);
}

static void close_quietly(int fd)
{
    int error_number = errno;
    close(fd);
    errno = error_number;
}

int files_beneath_walk(int root_fd, struct str name, int flags)
{
    int dir = root_fd;
    while (dir >= 0 && name.len > 0) {
        struct str rest = str_of(NULL, 0);
        struct str step = str_cut(name, '/', &rest);
        int next = open_step(dir, step, rest.p == NULL ? flags : WALK_FLAGS);
        if (dir != root_fd) {
            close_quietly(dir);
        }
        dir = next;
        name = rest;
    }
    return dir;
}
