#include "net/tls_bio.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "base/check.h"

static int read_bytes(BIO *bio, char *dst, int len)
{
    struct tls_bio *b = BIO_get_data(bio);
    size_t n = b->in_len;

    BIO_clear_retry_flags(bio);
    if (n == 0 || len <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    if (n > (size_t)len) {
        n = (size_t)len;
    }
    memcpy(dst, b->in, n);
    b->in += n;
    b->in_len -= n;
    return (int)n;
}

static int write_bytes(BIO *bio, const char *src, int len)
{
    struct tls_bio *b = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (len <= 0) {
        return 0;
    }
    MUST((size_t)len <= b->out_cap - b->out_len);
    memcpy(b->out + b->out_len, src, (size_t)len);
    b->out_len += (size_t)len;
    return len;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

enum err tls_bio_init(struct tls_bio *b, uint8_t *out, size_t out_cap)
{
    *b = (struct tls_bio){.out_cap = out_cap};
    b->out = out;
    b->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "weir worker");
    if (b->method == NULL || BIO_meth_set_read(b->method, read_bytes) != 1 ||
        BIO_meth_set_write(b->method, write_bytes) != 1 ||
        BIO_meth_set_ctrl(b->method, control) != 1) {
        tls_bio_fini(b);
        return ERR_NO_MEMORY;
    }
    b->bio = BIO_new(b->method);
    if (b->bio == NULL) {
        tls_bio_fini(b);
        return ERR_NO_MEMORY;
    }
    BIO_set_data(b->bio, b);
    BIO_set_init(b->bio, 1);
    return ERR_OK;
}

void tls_bio_fini(struct tls_bio *b)
{
    BIO_free(b->bio);
    BIO_meth_free(b->method);
    *b = (struct tls_bio){0};
}

void tls_bio_attach(struct tls_bio *b, SSL *ssl)
{
    MUST(BIO_up_ref(b->bio) == 1);
    SSL_set_bio(ssl, b->bio, b->bio);
}
