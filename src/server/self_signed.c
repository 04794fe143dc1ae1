#include "server/self_signed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define VALID_DAYS 365
#define DAY_S      86400l

static enum err fail(struct self_signed *s, enum err e, const char *doing, const char *what)
{
    (void)snprintf(s->why, sizeof(s->why),
                   "cannot %s %.4000s: %s; with --no-tls no certificate is needed", doing, what,
                   e == ERR_TLS ? "OpenSSL failed" : strerrordesc_np(errno));
    return e;
}

/* mkdir -p, each part with mode 0700. `path` is changed and put back. */
static bool make_dirs(char *path)
{
    for (char *at = path + 1;; at++) {
        char c = *at;
        if (c != '/' && c != '\0') {
            continue;
        }
        *at = '\0';
        bool ok = mkdir(path, 0700) == 0 || errno == EEXIST;
        *at = c;
        if (!ok || c == '\0') {
            return ok;
        }
    }
}

/* Never a place that anybody else may have made before us: who wrote the key reads the traffic. */
static bool find_home(char out[static PATH_MAX])
{
    const char *home = getenv("HOME"); /* NOLINT(concurrency-mt-unsafe): one thread yet */
    char memory[4096];
    struct passwd entry;
    struct passwd *who = NULL;
    int n = 0;

    if (home == NULL || home[0] != '/') {
        if (getpwuid_r(geteuid(), &entry, memory, sizeof(memory), &who) != 0 || who == NULL) {
            return false;
        }
        home = who->pw_dir;
    }
    n = snprintf(out, PATH_MAX, "%s", home);
    return n > 0 && n < PATH_MAX;
}

static bool is_ours_alone(const char *dir)
{
    struct stat st;

    if (stat(dir, &st) != 0) {
        return false;
    }
    errno = EPERM;
    return st.st_uid == geteuid() && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static enum err find_place(struct self_signed *s)
{
    const char *state =
        getenv("XDG_STATE_HOME"); /* NOLINT(concurrency-mt-unsafe): one thread yet */
    char home[PATH_MAX];
    char dir[SELF_SIGNED_PATH_MAX - 16];
    int n = 0;

    if (state != NULL && state[0] == '/') {
        n = snprintf(dir, sizeof(dir), "%s/weir", state);
    } else if (find_home(home)) {
        n = snprintf(dir, sizeof(dir), "%s/.local/state/weir", home);
    } else {
        errno = ENOENT;
        return fail(s, ERR_NOT_FOUND, "find", "your home directory (HOME)");
    }
    if (n < 0 || (size_t)n >= sizeof(dir) || !make_dirs(dir)) {
        return fail(s, err_from_errno(errno), "make the directory", dir);
    }
    if (!is_ours_alone(dir)) {
        return fail(s, ERR_DENIED, "keep a key in a directory that is not yours alone,", dir);
    }
    (void)snprintf(s->cert, sizeof(s->cert), "%s/serve.pem", dir);
    (void)snprintf(s->key, sizeof(s->key), "%s/serve.key", dir);
    return ERR_OK;
}

/* A start that was broken off between the two files leaves a pair that does not fit. */
static bool is_key_of(const char *path, const X509 *cert)
{
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = NULL;
    bool fits = false;

    if (file == NULL) {
        return false;
    }
    key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    (void)fclose(file);
    fits = key != NULL && X509_check_private_key(cert, key) == 1;
    EVP_PKEY_free(key);
    return fits;
}

static bool is_fresh(const struct self_signed *s, uint64_t wall_ns)
{
    FILE *file = fopen(s->cert, "re");
    X509 *cert = NULL;
    time_t tomorrow = (time_t)(wall_ns / 1000000000u) + DAY_S;
    bool ok = false;

    if (file == NULL) {
        return false;
    }
    cert = PEM_read_X509(file, NULL, NULL, NULL);
    (void)fclose(file);
    ok = cert != NULL && X509_cmp_time(X509_get0_notAfter(cert), &tomorrow) > 0 &&
         is_key_of(s->key, cert);
    X509_free(cert);
    return ok;
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;

    X509_EXTENSION_free(ext);
    return ok;
}

static bool set_serial(X509 *cert)
{
    unsigned char bytes[8];
    uint64_t n = 0;

    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        return false;
    }
    memcpy(&n, bytes, sizeof(n));
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), n >> 1) == 1;
}

static X509 *make_cert(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_NAME *name = cert != NULL ? X509_get_subject_name(cert) : NULL;

    if (cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
        X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(cert), VALID_DAYS * DAY_S) != NULL &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   (const unsigned char *)"weir serve, localhost", -1, -1,
                                   0) == 1 &&
        X509_set_issuer_name(cert, name) == 1 && X509_set_pubkey(cert, key) == 1 &&
        add_extension(cert, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
        add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(cert, NID_ext_key_usage, "serverAuth") &&
        X509_sign(cert, key, EVP_sha256()) > 0) {
        return cert;
    }
    X509_free(cert);
    return NULL;
}

static FILE *create(const char *path, mode_t mode)
{
    int fd = -1;
    FILE *file = NULL;

    (void)unlink(path); /* one that was there would keep its own mode */
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (fd >= 0 && file == NULL) {
        (void)close(fd);
    }
    return file;
}

static enum err write_pair(struct self_signed *s, EVP_PKEY *key, X509 *cert)
{
    FILE *file = create(s->key, 0600);
    bool ok = file != NULL && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;

    if (file == NULL || fclose(file) != 0 || !ok) {
        return fail(s, ERR_IO, "write", s->key);
    }
    file = create(s->cert, 0644);
    ok = file != NULL && PEM_write_X509(file, cert) == 1;
    if (file == NULL || fclose(file) != 0 || !ok) {
        return fail(s, ERR_IO, "write", s->cert);
    }
    return ERR_OK;
}

enum err self_signed_get(uint64_t wall_ns, struct self_signed *out)
{
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    enum err e = ERR_OK;

    out->why[0] = '\0';
    out->is_new = false;
    e = find_place(out);
    if (e != ERR_OK || is_fresh(out, wall_ns)) {
        return e;
    }
    key = EVP_EC_gen("P-256");
    cert = key != NULL ? make_cert(key) : NULL;
    e = cert != NULL ? write_pair(out, key, cert) : fail(out, ERR_TLS, "make", out->cert);
    out->is_new = e == ERR_OK;
    X509_free(cert);
    EVP_PKEY_free(key);
    return e;
}
