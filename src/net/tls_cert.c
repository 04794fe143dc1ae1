#include "net/tls_cert.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "base/clock.h"

/* One load: its input, where its faults go, and what the passphrase callback was asked. */
struct load {
    const struct tls_certificate_settings *settings;
    const char *cert_path;
    const char *key_path;
    uint64_t wall_ns;
    struct faults *faults;
    struct faults *warnings;
    bool is_encrypted;
};

static const char *user_name(uid_t uid, char *text, size_t size)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char scratch[4096];
    if (getpwuid_r(uid, &entry, scratch, sizeof(scratch), &found) == 0 && found != NULL) {
        snprintf(text, size, "%s", entry.pw_name);
    } else {
        snprintf(text, size, "user %u", (unsigned)uid);
    }
    return text;
}

static const char *group_name(gid_t gid, char *text, size_t size)
{
    struct group entry;
    struct group *found = NULL;
    char scratch[4096];
    if (getgrgid_r(gid, &entry, scratch, sizeof(scratch), &found) == 0 && found != NULL) {
        snprintf(text, size, "%s", entry.gr_name);
    } else {
        snprintf(text, size, "group %u", (unsigned)gid);
    }
    return text;
}

static void report_denied(const struct load *l, const char *what, const char *path)
{
    char us[64];
    char owner[64];
    char group[64];
    struct stat st;
    user_name(geteuid(), us, sizeof(us));
    if (stat(path, &st) != 0) {
        faults_add(l->faults, l->settings->at,
                   "cannot read the %s %s: %s may not enter one of its directories (which one: "
                   "namei -l %s)",
                   what, path, us, path);
        return;
    }
    faults_add(l->faults, l->settings->at,
               "cannot read the %s %s: weir runs as %s, the file belongs to %s:%s with mode %04o; "
               "let a group of %s read it (chgrp, chmod g+r)",
               what, path, us, user_name(st.st_uid, owner, sizeof(owner)),
               group_name(st.st_gid, group, sizeof(group)), (unsigned)(st.st_mode & 07777), us);
}

static void report_unreadable(const struct load *l, const char *what, const char *path, int error)
{
    if (error == EACCES || error == EPERM) {
        report_denied(l, what, path);
    } else if (error == ENOENT) {
        faults_add(l->faults, l->settings->at, "the %s %s does not exist", what, path);
    } else {
        faults_add(l->faults, l->settings->at, "cannot read the %s %s: %s", what, path,
                   strerrordesc_np(error));
    }
}

/* NULL after a report. A directory or FIFO would give odd errors, or hold us for ever. */
static BIO *open_file(const struct load *l, const char *what, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        faults_add(l->faults, l->settings->at, "the %s %s is not a file", what, path);
        return NULL;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        report_unreadable(l, what, path, errno);
        return NULL;
    }
    BIO *bio = BIO_new_fp(file, BIO_CLOSE);
    MUST(bio != NULL);
    return bio;
}

/* Never asks the terminal, whatever the file says. */
static int refuse_passphrase(char *out, int size, int is_writing, void *ctx)
{
    struct load *l = ctx;
    (void)is_writing;
    if (size > 0) {
        out[0] = 0;
    }
    l->is_encrypted = true;
    return -1;
}

/* True when the last PEM error only says that no further block is there. */
static bool is_end_of_pem(void)
{
    unsigned long e = ERR_peek_last_error();
    return ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
}

/* DER begins with a SEQUENCE. */
static bool is_der(BIO *bio)
{
    unsigned char first = 0;
    return BIO_reset(bio) == 0 && BIO_read(bio, &first, 1) == 1 && first == 0x30;
}

static void report_no_certificate(const struct load *l, BIO *bio)
{
    const char *path = l->cert_path;
    if (!is_end_of_pem()) {
        faults_add(l->faults, l->settings->at, "the certificate %s is damaged: %s", path,
                   ERR_reason_error_string(ERR_peek_last_error()));
    } else if (is_der(bio)) {
        faults_add(l->faults, l->settings->at,
                   "the certificate %s is DER, not PEM; convert it: openssl x509 -inform DER -in "
                   "%s -out %s.pem",
                   path, path, path);
    } else {
        faults_add(l->faults, l->settings->at,
                   "no certificate in %s: expected PEM, with a line -----BEGIN CERTIFICATE-----",
                   path);
    }
}

static X509 *read_one(struct load *l, BIO *bio)
{
    return PEM_read_bio_X509(bio, NULL, refuse_passphrase, l);
}

static void push_one(STACK_OF(X509) * list, X509 *x)
{
    MUST(sk_X509_push(list, x) > 0);
}

static enum err read_issuers(struct load *l, BIO *bio, struct tls_cert *out)
{
    out->issuers = sk_X509_new_null();
    MUST(out->issuers != NULL);
    X509 *issuer = read_one(l, bio);
    while (issuer != NULL) {
        push_one(out->issuers, issuer);
        issuer = read_one(l, bio);
    }
    if (is_end_of_pem()) {
        return ERR_OK;
    }
    faults_add(l->faults, l->settings->at, "certificate %d in %s is damaged: %s",
               sk_X509_num(out->issuers) + 2, l->cert_path,
               ERR_reason_error_string(ERR_peek_last_error()));
    return ERR_SYNTAX;
}

static enum err read_certificates(struct load *l, struct tls_cert *out)
{
    BIO *bio = open_file(l, "certificate", l->cert_path);
    if (bio == NULL) {
        return ERR_SYNTAX;
    }
    enum err e = ERR_SYNTAX;
    ERR_clear_error();
    out->leaf = PEM_read_bio_X509_AUX(bio, NULL, refuse_passphrase, l);
    if (out->leaf != NULL) {
        e = read_issuers(l, bio, out);
    } else {
        report_no_certificate(l, bio);
    }
    BIO_free(bio);
    ERR_clear_error();
    return e;
}

static void report_no_key(const struct load *l)
{
    const char *path = l->key_path;
    if (l->is_encrypted) {
        faults_add(l->faults, l->settings->at,
                   "the key %s is encrypted; weir never asks for a passphrase; decrypt it: openssl "
                   "pkey -in %s -out %s.plain, and keep that file readable by weir only",
                   path, path, path);
    } else if (l->key_path == l->cert_path) {
        faults_add(l->faults, l->settings->at,
                   "no private key in %s; name the file that has it with key:", path);
    } else {
        faults_add(l->faults, l->settings->at,
                   "no private key in %s: expected PEM, with a line -----BEGIN PRIVATE KEY-----",
                   path);
    }
}

static enum err read_key(struct load *l, struct tls_cert *out)
{
    BIO *bio = open_file(l, "key", l->key_path);
    if (bio == NULL) {
        return ERR_SYNTAX;
    }
    ERR_clear_error();
    out->key = PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, l);
    if (out->key == NULL) {
        report_no_key(l);
    }
    BIO_free(bio);
    ERR_clear_error();
    return out->key != NULL ? ERR_OK : ERR_SYNTAX;
}

static enum err check_pair(const struct load *l, const struct tls_cert *c)
{
    if (X509_check_private_key(c->leaf, c->key) == 1) {
        return ERR_OK;
    }
    ERR_clear_error();
    faults_add(l->faults, l->settings->at,
               "the key %s does not belong to the certificate %s: their public keys differ "
               "(compare: openssl pkey -pubout -in the key, openssl x509 -pubkey -noout -in the "
               "certificate)",
               l->key_path, l->cert_path);
    return ERR_SYNTAX;
}

static enum err find_kind(const struct load *l, struct tls_cert *c)
{
    static const struct {
        const char *name;
        enum tls_cert_kind kind;
        int min_bits;
    } kinds[] = {
        {"RSA", TLS_CERT_RSA, 2048},  {"RSA-PSS", TLS_CERT_RSA_PSS, 2048},
        {"EC", TLS_CERT_EC, 224},     {"ED25519", TLS_CERT_ED25519, 0},
        {"ED448", TLS_CERT_ED448, 0},
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (!EVP_PKEY_is_a(c->key, kinds[i].name)) {
            continue;
        }
        c->kind = kinds[i].kind;
        int bits = EVP_PKEY_get_bits(c->key);
        if (bits >= kinds[i].min_bits) {
            return ERR_OK;
        }
        faults_add(l->faults, l->settings->at,
                   "the key %s is too weak: %s with %d bits, at least %d are needed", l->key_path,
                   kinds[i].name, bits, kinds[i].min_bits);
        return ERR_SYNTAX;
    }
    faults_add(l->faults, l->settings->at,
               "the key %s is of a kind that TLS does not use here: expected RSA, ECDSA or Ed25519",
               l->key_path);
    return ERR_SYNTAX;
}

static bool is_weakly_signed(X509 *x)
{
    int digest = NID_undef;
    if (X509_get_signature_info(x, &digest, NULL, NULL, NULL) != 1) {
        return false;
    }
    return digest == NID_sha1 || digest == NID_md5 || digest == NID_md4 || digest == NID_md2;
}

/* Nobody checks the signature that a root made on itself. */
static bool is_self_signed(X509 *x)
{
    return X509_get_extension_flags(x) & EXFLAG_SS;
}

static enum err check_signatures(const struct load *l, const struct tls_cert *c)
{
    for (int i = -1; i < sk_X509_num(c->issuers); i++) {
        X509 *x = i < 0 ? c->leaf : sk_X509_value(c->issuers, i);
        if (is_weakly_signed(x) && !is_self_signed(x)) {
            faults_add(
                l->faults, l->settings->at,
                "certificate %d in %s is signed with SHA-1 or older, which no client trusts; "
                "have it issued anew",
                i + 2, l->cert_path);
            return ERR_SYNTAX;
        }
    }
    return ERR_OK;
}

static const char *format_time(const ASN1_TIME *t, char out[static 32])
{
    struct tm tm;
    memcpy(out, "an unreadable date", sizeof("an unreadable date"));
    if (ASN1_TIME_to_tm(t, &tm) == 1) {
        strftime(out, 32, "%Y-%m-%d %H:%M UTC", &tm);
    }
    return out;
}

/* A site with an expired certificate is bad; one that does not start after a reboot is worse. */
static void check_dates(const struct load *l, X509 *x, int number)
{
    char text[32];
    time_t now = (time_t)(l->wall_ns / CLOCK_NS_PER_S);
    if (X509_cmp_time(X509_get0_notAfter(x), &now) < 0) {
        faults_add(l->warnings, l->settings->at,
                   "certificate %d in %s expired on %s: browsers refuse it; have it renewed, put "
                   "the new one in its place and restart",
                   number, l->cert_path, format_time(X509_get0_notAfter(x), text));
    } else if (X509_cmp_time(X509_get0_notBefore(x), &now) > 0) {
        faults_add(l->warnings, l->settings->at,
                   "certificate %d in %s is not valid before %s: is this machine's clock right "
                   "(timedatectl)?",
                   number, l->cert_path, format_time(X509_get0_notBefore(x), text));
    }
}

static void check_all_dates(const struct load *l, const struct tls_cert *c)
{
    check_dates(l, c->leaf, 1);
    for (int i = 0; i < sk_X509_num(c->issuers); i++) {
        check_dates(l, sk_X509_value(c->issuers, i), i + 2);
    }
}

/* Both files are looked at even when one is at fault, so that both faults are seen at once. */
static enum err load_pair(struct load *l, struct tls_cert *c)
{
    enum err of_cert = read_certificates(l, c);
    enum err of_key = read_key(l, c);
    enum err e = of_cert != ERR_OK ? of_cert : of_key;
    if (e == ERR_OK) {
        e = check_pair(l, c);
    }
    if (e == ERR_OK) {
        e = find_kind(l, c);
    }
    if (of_cert != ERR_OK) {
        return e;
    }
    enum err of_signatures = check_signatures(l, c);
    check_all_dates(l, c);
    return e != ERR_OK ? e : of_signatures;
}

enum err tls_cert_load(const struct tls_certificate_settings *settings, uint64_t wall_ns,
                       struct faults *faults, struct faults *warnings, struct tls_cert *out)
{
    struct load l = {
        .settings = settings,
        .cert_path = settings->cert.p,
        .key_path = settings->key.p != NULL ? settings->key.p : settings->cert.p,
        .wall_ns = wall_ns,
        .faults = faults,
        .warnings = warnings,
    };
    *out = (struct tls_cert){.at = settings->at};
    enum err e = load_pair(&l, out);
    if (e != ERR_OK) {
        tls_cert_fini(out);
    }
    return e;
}

void tls_cert_fini(struct tls_cert *c)
{
    X509_free(c->leaf);
    sk_X509_pop_free(c->issuers, X509_free);
    EVP_PKEY_free(c->key);
    *c = (struct tls_cert){.at = c->at};
}
