#include "http/request_id.h"

#include "base/clock.h"
#include "base/random.h"
#include "http/exchange.h"
#include "loop/worker.h"

#define TIME_DIGITS   10 /* 50 bits for 48 */
#define RANDOM_DIGITS 8  /* 40 bits, twice */

static void put_base32(char *out, unsigned count, uint64_t bits)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (unsigned i = count; i-- > 0; bits >>= 5) {
        out[i] = digits[bits & 31];
    }
}

void request_id_make(uint64_t wall_ns, struct random *random, char out[static REQUEST_ID_LEN])
{
    put_base32(out, TIME_DIGITS, (wall_ns / CLOCK_NS_PER_MS) & 0xffffffffffff);
    /* The upper bits of each word: they are the better ones. */
    put_base32(out + TIME_DIGITS, RANDOM_DIGITS, random_next(random) >> 24);
    put_base32(out + TIME_DIGITS + RANDOM_DIGITS, RANDOM_DIGITS, random_next(random) >> 24);
}

bool request_id_is_valid(struct str id)
{
    static const uint8_t allowed[256] = {
        ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1, ['.'] = 1, ['_'] = 1, ['-'] = 1,
    };
    if (id.len == 0 || id.len > REQUEST_ID_MAX) {
        return false;
    }
    for (size_t i = 0; i < id.len; i++) {
        if (allowed[(unsigned char)id.p[i]] == 0) {
            return false;
        }
    }
    return true;
}

static struct str make(struct exchange *x)
{
    char *text = arena_alloc(x->arena, REQUEST_ID_LEN);
    request_id_make(x->worker->wall_ns, &x->worker->random, text);
    return str_of(text, REQUEST_ID_LEN);
}

struct str request_id_get(struct exchange *x)
{
    if (x->request_id.len == 0) {
        const struct fields *fields = &x->request.fields;
        struct str given = fields_value(fields, FIELD_X_REQUEST_ID);
        bool is_usable =
            request_id_is_valid(given) && fields_count_of(fields, FIELD_X_REQUEST_ID) == 1;
        x->request_id = is_usable ? given : make(x);
    }
    return x->request_id;
}
