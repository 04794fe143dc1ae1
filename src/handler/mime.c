#include "handler/mime.h"

#include <stdlib.h>

#include "base/check.h"
#include "handler/mime_globs.h"
#include "handler/mime_web.h"

struct mime {
    struct mime_globs *globs; /* NULL: the system has none */
};

struct mime *mime_new(const char *globs_path)
{
    struct mime *m = calloc(1, sizeof(*m));
    MUST(m != NULL);
    if (globs_path != NULL && mime_globs_load(globs_path, &m->globs) != ERR_OK) {
        m->globs = NULL;
    }
    return m;
}

void mime_free(struct mime **mime)
{
    if (*mime == NULL) {
        return;
    }
    mime_globs_free(&(*mime)->globs);
    free(*mime);
    *mime = NULL;
}

/* What follows the last dot; empty when there is none. */
static struct str get_extension(struct str name)
{
    for (size_t i = name.len; i > 0; i--) {
        if (name.p[i - 1] == '.') {
            return str_skip(name, i);
        }
    }
    return str_of(NULL, 0);
}

struct str mime_type(const struct mime *mime, struct str name)
{
    struct str type = mime_web_type(get_extension(name));
    if (type.len == 0 && mime->globs != NULL) {
        type = mime_globs_type(mime->globs, name);
    }
    return type.len > 0 ? type : STR(MIME_UNKNOWN);
}

bool mime_has_charset(struct str type)
{
    /* JSON is UTF-8 by its own rules (RFC 8259, section 8.1), and XML says it inside. */
    return str_has_prefix(type, STR("text/"));
}
