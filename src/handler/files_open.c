#include "handler/files_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handler/files_beneath.h"
#include "handler/files_root.h"

/* O_NONBLOCK: a FIFO would else hold the thread until somebody writes to it. */
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
#define NS_PER_S   1000000000

/* --- what it is ---------------------------------------------------------------------------- */

/* What is known of an open file needs no disk; DONT_SYNC keeps network file systems from asking. */
static bool look_at(int fd, struct statx *st)
{
    return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, st) == 0;
}

static struct files_stamp stamp_of(const struct statx *st)
{
    return (struct files_stamp){
        .device = (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor,
        .inode = st->stx_ino,
        .bytes = st->stx_size,
        .modified_ns = st->stx_mtime.tv_sec * NS_PER_S + st->stx_mtime.tv_nsec,
    };
}

enum err files_open_stamp(int fd, struct files_stamp *out)
{
    struct statx st;
    if (!look_at(fd, &st)) {
        return ERR_IO;
    }
    *out = stamp_of(&st);
    return ERR_OK;
}

bool files_open_is_same(const struct files_stamp *a, const struct files_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->bytes == b->bytes &&
           a->modified_ns == b->modified_ns;
}

static enum files_open_outcome outcome_of(int error_number)
{
    switch (error_number) {
    case EAGAIN:
        return FILES_OPEN_COLD;
    case EACCES:
    case EPERM:
        return FILES_OPEN_DENIED;
    case EMFILE:
    case ENFILE:
        return FILES_OPEN_FULL;
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV: /* a link out of the root */
    case ENXIO: /* a socket, a device without a driver */
    case ENODEV:
    case EILSEQ: /* a name the file system cannot have */
    case EINVAL:
    case EOVERFLOW:
        return FILES_OPEN_MISSING;
    default:
        return FILES_OPEN_BROKEN;
    }
}

static int open_any(const struct files_root *root, struct str name, int flags, bool may_block)
{
    if (!root->has_openat2) {
        return files_beneath_walk(root->fd, name, flags);
    }
    return files_beneath_open(root->fd, name.p, flags, may_block);
}

/* A directory that may be entered but not listed is one all the same. */
static bool is_directory(const struct files_root *root, struct str name, bool may_block)
{
    struct statx st;
    int fd = open_any(root, name, O_PATH | O_CLOEXEC, may_block);
    bool is = fd >= 0 && look_at(fd, &st) && S_ISDIR(st.stx_mode);
    if (fd >= 0) {
        close(fd);
    }
    return is;
}

static void take_opened(int fd, struct files_opened *out)
{
    struct statx st;
    bool is_known = look_at(fd, &st);
    out->error_number = is_known ? 0 : errno;
    if (is_known && S_ISREG(st.stx_mode)) {
        out->outcome = FILES_OPEN_FILE;
        out->fd = fd;
        out->stamp = stamp_of(&st);
        return;
    }
    out->outcome = FILES_OPEN_BROKEN;
    if (is_known) {
        out->outcome = S_ISDIR(st.stx_mode) ? FILES_OPEN_DIRECTORY : FILES_OPEN_MISSING;
    }
    close(fd);
}

static void open_one(const struct files_root *root, struct str name, bool may_block,
                     struct files_opened *out)
{
    int fd = open_any(root, name, OPEN_FLAGS, may_block);
    *out = (struct files_opened){.fd = -1, .error_number = errno, .index = SIZE_MAX};
    if (fd >= 0) {
        take_opened(fd, out);
        return;
    }
    out->outcome = outcome_of(out->error_number);
    if (out->outcome == FILES_OPEN_DENIED && is_directory(root, name, may_block)) {
        out->outcome = FILES_OPEN_DIRECTORY;
    }
}

static void open_index(const struct files_root *root, struct str directory, bool may_block,
                       struct files_opened *out)
{
    char name[PATH_MAX];
    *out = (struct files_opened){.outcome = FILES_OPEN_MISSING, .fd = -1};
    for (size_t i = 0; i < root->index_count; i++) {
        struct str index = root->index[i];
        if (directory.len + index.len >= sizeof(name)) {
            continue;
        }
        memcpy(name, directory.p, directory.len);
        memcpy(name + directory.len, index.p, index.len + 1);
        open_one(root, str_of(name, directory.len + index.len), may_block, out);
        out->index = i;
        if (out->outcome != FILES_OPEN_MISSING && out->outcome != FILES_OPEN_DIRECTORY) {
            return;
        }
    }
    out->outcome = FILES_OPEN_MISSING;
}

void files_open(const struct files_root *root, struct str name, bool may_block,
                struct files_opened *out)
{
    if (!may_block && !root->has_openat2) {
        *out = (struct files_opened){.outcome = FILES_OPEN_COLD, .fd = -1};
    } else if (name.len == 0 || name.p[name.len - 1] == '/') {
        open_index(root, name, may_block, out);
    } else {
        open_one(root, name, may_block, out);
    }
}
