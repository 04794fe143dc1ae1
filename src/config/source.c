#include "config/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/faults.h"

#define READ_LEN 65536 /* bytes */

static const char *advice_for(int error_number)
{
    switch (error_number) {
    case ENOENT:
    case ENOTDIR:
        return "; check the path";
    case EACCES:
    case EPERM:
        return "; let the user who starts weir read it";
    case ELOOP:
        return "; its links lead in a circle";
    default:
        return "";
    }
}

static enum err refuse(const char *path, int error_number, struct faults *faults)
{
    char text[128];

    faults_add(faults, (struct position){.file = path}, "cannot be read: %s%s",
               strerror_r(error_number, text, sizeof(text)), advice_for(error_number));
    return err_from_errno(error_number);
}

static enum err refuse_directory(const char *path, struct faults *faults)
{
    faults_add(faults, (struct position){.file = path},
               "is a directory; name the file in it, such as %s/weir.yaml", path);
    return ERR_IO;
}

static enum err refuse_size(const char *path, size_t ceiling, struct faults *faults)
{
    faults_add(faults, (struct position){.file = path}, "is larger than %zu MiB",
               ceiling / (1024 * 1024));
    return ERR_FULL;
}

static enum err read_all(const char *path, int fd, struct buf *out, struct faults *faults)
{
    for (;;) {
        size_t left = out->ceiling - out->len;
        char spare = 0;
        char *room = left == 0 ? &spare : buf_room(out, left < READ_LEN ? left : READ_LEN);
        size_t room_len = left == 0 ? 1 : (left < READ_LEN ? left : READ_LEN);
        ssize_t n = read(fd, room, room_len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno == EISDIR ? refuse_directory(path, faults) : refuse(path, errno, faults);
        }
        if (n == 0) {
            return ERR_OK;
        }
        if (left == 0) {
            return refuse_size(path, out->ceiling, faults);
        }
        buf_added(out, (size_t)n);
    }
}

enum err source_read(const char *path, struct buf *out, struct faults *faults)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return refuse(path, errno, faults);
    }
    enum err e = read_all(path, fd, out, faults);
    (void)close(fd);
    return e;
}

/* The length of the character at `s`, 0 when its bytes are not UTF-8 (RFC 3629, section 4). */
static size_t char_len(struct str s)
{
    static const struct {
        unsigned char first;
        unsigned char last;
        unsigned char low;  /* of the second byte */
        unsigned char high; /* of the second byte */
        unsigned char len;
    } forms[] = {
        {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };

    const unsigned char *p = (const unsigned char *)s.p;
    size_t form = 0;

    while (form < sizeof(forms) / sizeof(forms[0]) && p[0] > forms[form].last) {
        form++;
    }
    if (form == sizeof(forms) / sizeof(forms[0]) || p[0] < forms[form].first) {
        return 0;
    }
    size_t len = forms[form].len;
    if (len > s.len || (len > 1 && (p[1] < forms[form].low || p[1] > forms[form].high))) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return len;
}

/* U+FEFF, U+FFFE and U+FFFF are characters that YAML refuses as well. */
static bool is_special(struct str s, size_t len)
{
    unsigned char c = (unsigned char)s.p[0];

    if (len == 1) {
        return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
    }
    if (len == 2) {
        return c == 0xC2 && (unsigned char)s.p[1] < 0xA0 && (unsigned char)s.p[1] != 0x85;
    }
    return len == 3 && (memcmp(s.p, "\xEF\xBB\xBF", 3) == 0 ||
                        memcmp(s.p, "\xEF\xBF\xBE", 3) == 0 || memcmp(s.p, "\xEF\xBF\xBF", 3) == 0);
}

size_t source_char(struct str s, bool *is_refused)
{
    size_t len = char_len(s);

    *is_refused = len == 0 || is_special(s, len);
    return len;
}

static void complain(struct str rest, size_t len, struct position at, struct faults *faults)
{
    unsigned byte = (unsigned char)rest.p[0];

    if (len == 0) {
        faults_add(faults, at, "byte 0x%02x is not UTF-8; save the file as UTF-8", byte);
    } else if (len == 1) {
        faults_add(faults, at, "control character 0x%02x; take it out", byte);
    } else {
        faults_add(faults, at, "an invisible control character; take it out");
    }
}

static void move_on(struct position *at, struct str rest)
{
    bool is_return = rest.p[0] == '\r' && !(rest.len > 1 && rest.p[1] == '\n');

    at->column++;
    if (rest.p[0] == '\n' || is_return) {
        at->line++;
        at->column = 1;
    }
}

enum err source_check(const char *name, struct str text, struct faults *faults)
{
    struct position at = {name, 1, 1};

    while (text.len > 0) {
        bool is_refused = false;
        size_t len = source_char(text, &is_refused);
        if (is_refused) {
            complain(text, len, at, faults);
            return ERR_SYNTAX;
        }
        move_on(&at, text);
        text = str_skip(text, len);
    }
    return ERR_OK;
}

struct str source_skip_mark(struct str text)
{
    return str_has_prefix(text, STR("\xEF\xBB\xBF")) ? str_skip(text, 3) : text;
}
