#include "handler/files_object.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/account.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/num.h"
#include "handler/mime.h"
#include "http/date.h"

#define ETAG_DIGITS  11 /* of 6 bits */
#define ETAG_MAX     (ETAG_DIGITS + 2)
#define LENGTH_MAX   20
#define CHARSET_NAME ";charset="

/* A file written so shortly before it was read may be written again without its time moving on. */
#define YOUNG_NS (2 * (int64_t)CLOCK_NS_PER_S)

static char *put(char *at, struct str s)
{
    if (s.len > 0) {
        memcpy(at, s.p, s.len);
    }
    return at + s.len;
}

static void set_field(struct files_object *o, enum files_object_field which, enum field_id id,
                      struct str value)
{
    o->fields[which] = (struct field){.name = field_id_name(id), .value = value, .id = id};
}

static const char etag_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* A hash of time, size and number of the file: what replaces it by rename differs in the last even
 * when the first two are alike. Short, because every response carries it, Huffman-coded anew. */
static char *put_etag(struct files_object *o, char *at)
{
    static const uint64_t seed[2] = {0x77656972, 0x65746167}; /* the same in every process */
    const uint64_t words[3] = {(uint64_t)o->stamp.modified_ns, o->stamp.bytes, o->stamp.inode};
    uint64_t n = map_hash(str_of((const char *)words, sizeof(words)), seed);
    char *start = at;
    *at++ = '"';
    for (unsigned i = 0; i < ETAG_DIGITS; i++, n >>= 6) {
        *at++ = etag_digits[n & 63];
    }
    *at++ = '"';
    set_field(o, FILES_OBJECT_ETAG, FIELD_ETAG, str_of(start, (size_t)(at - start)));
    return at;
}

static char *put_length(struct files_object *o, char *at)
{
    o->length_text = str_of(at, num_format_u64(o->stamp.bytes, at));
    return at + LENGTH_MAX;
}

static char *put_type(struct files_object *o, char *at, struct str type, struct str charset)
{
    char *start = at;
    at = put(at, type);
    if (charset.len > 0 && mime_has_charset(type)) {
        at = put(at, STR(CHARSET_NAME));
        at = put(at, charset);
    }
    set_field(o, FILES_OBJECT_TYPE, FIELD_CONTENT_TYPE, str_of(start, (size_t)(at - start)));
    return at;
}

static char *put_modified(struct files_object *o, char *at)
{
    date_format(o->modified_s, at);
    set_field(o, FILES_OBJECT_MODIFIED, FIELD_LAST_MODIFIED, str_of(at, DATE_LEN));
    return at + DATE_LEN;
}

static int64_t floor_seconds(int64_t ns)
{
    int64_t s = ns / (int64_t)CLOCK_NS_PER_S;
    return ns % (int64_t)CLOCK_NS_PER_S < 0 ? s - 1 : s;
}

/* An origin must not say that something was changed in the future (RFC 9110, section 8.8.2.1). */
static int64_t last_modified_s(const struct files_object_config *c)
{
    int64_t modified_s = floor_seconds(c->stamp.modified_ns);
    int64_t now_s = (int64_t)(c->wall_ns / CLOCK_NS_PER_S);
    return modified_s < now_s ? modified_s : now_s;
}

static void write_texts(struct files_object *o, const struct files_object_config *c)
{
    char *at = put(o->text, c->key.path);
    o->key.path = str_of(o->text, c->key.path.len);
    at = put_etag(o, at);
    at = put_length(o, at);
    at = put_type(o, at, c->type, c->charset);
    put_modified(o, at);
    set_field(o, FILES_OBJECT_RANGES, FIELD_ACCEPT_RANGES, STR("bytes"));
}

struct files_object *files_object_new(const struct files_object_config *config)
{
    size_t text = config->key.path.len + ETAG_MAX + LENGTH_MAX + config->type.len +
                  sizeof(CHARSET_NAME) + config->charset.len + DATE_LEN;
    struct files_object *o = malloc(sizeof(*o) + text);
    MUST(o != NULL);
    *o = (struct files_object){
        .magic = FILES_OBJECT_MAGIC,
        .refs = 1,
        .hash = config->hash,
        .key = config->key,
        .checked_ns = config->now_ns,
        .stamp = config->stamp,
        .content = config->content,
        .fd = config->fd,
        .is_young = config->stamp.modified_ns > (int64_t)config->wall_ns - YOUNG_NS,
        .modified_s = last_modified_s(config),
        .account = config->account,
        .line = config->line,
        .bytes = sizeof(*o) + text + (config->fd < 0 ? (size_t)config->stamp.bytes : 0),
    };
    list_init(&o->ring);
    write_texts(o, config);
    account_charge(o->account, o->bytes);
    return o;
}

void files_object_unref(void *object)
{
    struct files_object *o = object;
    OBJ_CHECK(o, FILES_OBJECT_MAGIC);
    MUST(o->refs > 0);
    if (--o->refs > 0) {
        return;
    }
    if (o->on_idle != NULL) {
        o->on_idle(o, o->store);
    }
    if (o->fd >= 0) {
        close(o->fd);
    }
    account_release(o->account, o->bytes);
    free(o->content);
    o->magic = 0;
    free(o);
}
