#include "server/serve_text.h"

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "config/source.h"
#include "server/options.h"
#include "server/self_signed.h"

bool serve_text_is_fit(const char *path)
{
    struct str rest = str_from(path);

    while (rest.len > 0) {
        bool is_refused = false;
        size_t len = source_char(rest, &is_refused);
        if (len == 0) {
            return false;
        }
        rest = str_skip(rest, len);
    }
    return true;
}

/* The code point of the character of `len` bytes at `p`, which is UTF-8. */
static uint32_t decode(const char *p, size_t len)
{
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = (unsigned char)p[0] & lead_bits[len];

    for (size_t i = 1; i < len; i++) {
        code = code << 6 | ((unsigned char)p[i] & 0x3Fu);
    }
    return code;
}

/* YAML takes a plain letter for itself; all that could end a line or the quotes goes as a number.
 */
static enum err add_char(struct buf *text, struct str rest, size_t len)
{
    char c = rest.p[0];

    if (len == 1 && c >= ' ' && c < 0x7F && c != '"' && c != '\\') {
        return buf_add_char(text, c);
    }
    return buf_printf(text, "\\U%08x", (unsigned)decode(rest.p, len));
}

static enum err add_quoted(struct buf *text, const char *path)
{
    struct str rest = str_from(path);
    enum err e = buf_add_char(text, '"');

    while (rest.len > 0 && e == ERR_OK) {
        bool is_refused = false;
        size_t len = source_char(rest, &is_refused);
        if (len == 0) {
            return ERR_SYNTAX;
        }
        e = add_char(text, rest, len);
        rest = str_skip(rest, len);
    }
    return e == ERR_OK ? buf_add_char(text, '"') : e;
}

/* `before`, the quoted text, `behind`. */
static enum err add(struct buf *text, const char *before, const char *quoted, const char *behind)
{
    enum err e = buf_printf(text, "%s", before);

    if (e == ERR_OK) {
        e = add_quoted(text, quoted);
    }
    return e == ERR_OK ? buf_printf(text, "%s", behind) : e;
}

static const char *listen_of(const struct options *o)
{
    if (o->listen != NULL) {
        return o->listen;
    }
    return o->no_tls ? "localhost:8080" : "localhost:8443";
}

enum err serve_text_write(const struct options *o, const struct self_signed *pair, struct buf *text)
{
    enum err e = add(text, "listeners:\n  - address: ", listen_of(o), "\n");

    if (e == ERR_OK && !o->no_tls) {
        e = add(text, "    tls: {certificates: [{cert: ", pair->cert, "");
    }
    if (e == ERR_OK && !o->no_tls) {
        e = add(text, ", key: ", pair->key, "}]}\n");
    }
    if (e == ERR_OK) {
        e = add(text, "routes:\n  - match: {path: /**}\n    files: {root: ", o->directory, "}\n");
    }
    return e;
}
