#include "support/test_certs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/check.h"

static EVP_PKEY *make_key(const char *kind)
{
    EVP_PKEY *key = NULL;
    if (strcmp(kind, "EC") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    } else if (strcmp(kind, "RSA-1024") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    } else if (strcmp(kind, "RSA") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    } else {
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
    }
    MUST(key != NULL);
    return key;
}

static void set_name(X509_NAME *name, const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, -1, -1, 0) == 1);
}

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    MUST(extension != NULL);
    MUST(X509_add_ext(x, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static X509 *make_bare(EVP_PKEY *key, long from_s, long until_s)
{
    X509 *x = X509_new();
    MUST(x != NULL);
    MUST(X509_set_version(x, X509_VERSION_3) == 1);
    MUST(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), (uint64_t)random()) == 1);
    MUST(X509_gmtime_adj(X509_getm_notBefore(x), from_s) != NULL);
    MUST(X509_gmtime_adj(X509_getm_notAfter(x), until_s) != NULL);
    MUST(X509_set_pubkey(x, key) == 1);
    return x;
}

void test_certs_init(struct test_certs *t)
{
    snprintf(t->dir, sizeof(t->dir), "/tmp/weir-test-certs-XXXXXX");
    MUST(mkdtemp(t->dir) != NULL);
    t->issuer_key = make_key("EC");
    t->issuer = make_bare(t->issuer_key, -86400, 86400);
    set_name(X509_get_subject_name(t->issuer), "weir test issuer");
    MUST(X509_set_issuer_name(t->issuer, X509_get_subject_name(t->issuer)) == 1);
    add_extension(t->issuer, t->issuer, NID_basic_constraints, "critical,CA:TRUE");
    MUST(X509_sign(t->issuer, t->issuer_key, EVP_sha256()) > 0);
}

static void remove_files(const char *dir)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, NULL, alphasort);
    MUST(count >= 0);
    for (int i = 0; i < count; i++) {
        char path[384];
        snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
        unlink(path); /* "." and ".." refuse */
        free(entries[i]);
    }
    free(entries);
}

void test_certs_fini(struct test_certs *t)
{
    EVP_PKEY_free(t->issuer_key);
    X509_free(t->issuer);
    remove_files(t->dir);
    rmdir(t->dir);
}

const char *test_certs_path(const struct test_certs *t, const char *file, char out[static 128])
{
    MUST(snprintf(out, 128, "%s/%s", t->dir, file) < 128);
    return out;
}

static FILE *create(const struct test_certs *t, const char *stem, const char *suffix)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s%s", t->dir, stem, suffix);
    FILE *file = fopen(path, "we");
    MUST(file != NULL);
    return file;
}

static void write_key(const struct test_certs *t, const struct test_certs_spec *spec,
                      const EVP_PKEY *key)
{
    FILE *file = create(t, spec->file, ".key");
    const EVP_CIPHER *cipher = spec->passphrase != NULL ? EVP_aes_128_cbc() : NULL;
    const unsigned char *pass = (const unsigned char *)spec->passphrase;
    int len = pass != NULL ? (int)strlen(spec->passphrase) : 0;
    MUST(PEM_write_PrivateKey(file, key, cipher, pass, len, NULL, NULL) == 1);
    MUST(fclose(file) == 0);
}

static void write_certificate(const struct test_certs *t, const struct test_certs_spec *spec,
                              X509 *x)
{
    FILE *file = create(t, spec->file, ".pem");
    MUST(PEM_write_X509(file, x) == 1);
    if (spec->has_issuer) {
        MUST(PEM_write_X509(file, t->issuer) == 1);
    }
    MUST(fclose(file) == 0);
}

static X509 *make_certificate(struct test_certs *t, const struct test_certs_spec *spec,
                              EVP_PKEY *key)
{
    bool is_dated = spec->from_s != 0 || spec->until_s != 0;
    X509 *x = make_bare(key, is_dated ? spec->from_s : -3600, is_dated ? spec->until_s : 86400);
    if (spec->name != NULL) {
        set_name(X509_get_subject_name(x), spec->name);
    }
    MUST(X509_set_issuer_name(x, X509_get_subject_name(t->issuer)) == 1);
    if (spec->sans != NULL) {
        add_extension(x, t->issuer, NID_subject_alt_name, spec->sans);
    }
    const char *digest = spec->digest != NULL ? spec->digest : "SHA256";
    MUST(X509_sign(x, t->issuer_key, EVP_get_digestbyname(digest)) > 0);
    return x;
}

void test_certs_make(struct test_certs *t, const struct test_certs_spec *spec)
{
    EVP_PKEY *key = make_key(spec->kind);
    X509 *x = make_certificate(t, spec, key);
    write_key(t, spec, key);
    write_certificate(t, spec, x);
    X509_free(x);
    EVP_PKEY_free(key);
}

void test_certs_write(struct test_certs *t, const char *file, const char *text)
{
    FILE *f = create(t, file, "");
    MUST(fputs(text, f) >= 0);
    MUST(fclose(f) == 0);
}
