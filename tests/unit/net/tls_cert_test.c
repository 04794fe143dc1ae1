#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/net/net_tables.h"
#include "unit/net/tls_lab.h"

/* Loads, expects failure with a fault that has both parts, at the line of the certificate. */
static void expect_fault(struct tls_lab *lab, const char *part, const char *advice)
{
    struct tls_context *context = NULL;
    CU_ASSERT_EQUAL(tls_lab_load(lab, &context), ERR_SYNTAX);
    CU_ASSERT_PTR_NULL(context);
    CU_ASSERT_FATAL(lab->faults.kept > 0);
    CU_ASSERT_EQUAL(lab->faults.items[0].at.line, 1);
    CU_ASSERT(tls_lab_has_fault(lab, part));
    CU_ASSERT(tls_lab_has_fault(lab, advice));
}

static void expect_fault_of(const struct test_certs_spec *spec, const char *part,
                            const char *advice)
{
    struct tls_lab lab;
    tls_lab_init(&lab);
    tls_lab_cert(&lab, spec);
    expect_fault(&lab, part, advice);
    tls_lab_fini(&lab);
}

static void test_encrypted(void)
{
    const struct test_certs_spec spec = {
        .file = "a", .kind = "EC", .name = "a", .passphrase = "secret"};
    expect_fault_of(&spec, "is encrypted", "openssl pkey -in");
}

static void test_weak(void)
{
    const struct test_certs_spec small = {.file = "a", .kind = "RSA-1024", .name = "a"};
    expect_fault_of(&small, "too weak", "1024 bits");
    const struct test_certs_spec sha1 = {.file = "a", .kind = "EC", .name = "a", .digest = "SHA1"};
    expect_fault_of(&sha1, "SHA-1", "issued anew");
}

static void test_mismatch(void)
{
    const struct test_certs_spec a = {.file = "a", .kind = "EC", .name = "a"};
    const struct test_certs_spec b = {.file = "b", .kind = "EC", .name = "b"};
    struct tls_lab lab;
    tls_lab_init(&lab);
    test_certs_make(&lab.files, &a);
    test_certs_make(&lab.files, &b);
    tls_lab_files(&lab, "a.pem", "b.key");
    expect_fault(&lab, "does not belong", "public keys differ");
    tls_lab_fini(&lab);
}

static void test_missing(void)
{
    struct tls_lab lab;
    tls_lab_init(&lab);
    tls_lab_files(&lab, "no.pem", "no.key");
    expect_fault(&lab, "the certificate", "does not exist");
    CU_ASSERT_EQUAL(lab.faults.count, 2);
    CU_ASSERT(tls_lab_has_fault(&lab, "the key"));
    tls_lab_fini(&lab);
}

static void test_not_pem(void)
{
    struct tls_lab lab;
    tls_lab_init(&lab);
    test_certs_write(&lab.files, "text", "hello\n");
    tls_lab_files(&lab, "text", "text");
    expect_fault(&lab, "no certificate in", "BEGIN CERTIFICATE");
    CU_ASSERT(tls_lab_has_fault(&lab, "BEGIN PRIVATE KEY"));
    tls_lab_fini(&lab);
}

static void test_der(void)
{
    struct tls_lab lab;
    tls_lab_init(&lab);
    test_certs_write(&lab.files, "der", "0\202\1\1");
    tls_lab_files(&lab, "der", "der");
    expect_fault(&lab, "is DER", "openssl x509 -inform DER");
    tls_lab_fini(&lab);
}

static void test_damaged(void)
{
    struct tls_lab lab;
    tls_lab_init(&lab);
    test_certs_write(&lab.files, "bad",
                     "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    tls_lab_files(&lab, "bad", NULL);
    expect_fault(&lab, "is damaged", "no private key in");
    tls_lab_fini(&lab);
}

static void append(struct tls_lab *lab, const char *from, const char *to)
{
    char path[128];
    char bytes[4096];
    FILE *in = fopen(test_certs_path(&lab->files, from, path), "re");
    FILE *out = fopen(test_certs_path(&lab->files, to, path), "ae");
    CU_ASSERT_FATAL(in != NULL && out != NULL);
    size_t len = fread(bytes, 1, sizeof(bytes), in);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, len, out), len);
    fclose(in);
    fclose(out);
}

static void test_damaged_issuer(void)
{
    const struct test_certs_spec spec = {.file = "a", .kind = "EC", .name = "a"};
    struct tls_lab lab;
    tls_lab_init(&lab);
    test_certs_make(&lab.files, &spec);
    test_certs_write(&lab.files, "bad",
                     "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    append(&lab, "bad", "a.pem");
    tls_lab_files(&lab, "a.pem", "a.key");
    expect_fault(&lab, "certificate 2 in", "is damaged");
    tls_lab_fini(&lab);
}

static void test_one_file(void)
{
    const struct test_certs_spec spec = {
        .file = "a", .kind = "EC", .name = "a", .has_issuer = true};
    struct tls_context *context = NULL;
    struct tls_lab lab;
    tls_lab_init(&lab);
    test_certs_make(&lab.files, &spec);
    append(&lab, "a.key", "a.pem");
    tls_lab_files(&lab, "a.pem", NULL);
    CU_ASSERT_FATAL(tls_lab_load(&lab, &context) == ERR_OK);
    CU_ASSERT_EQUAL(lab.warnings.count, 0);
    tls_context_unref(&context);
    tls_lab_fini(&lab);
}

static void test_not_a_file(void)
{
    char path[128];
    struct tls_lab lab;
    tls_lab_init(&lab);
    CU_ASSERT_FATAL(mkfifo(test_certs_path(&lab.files, "fifo", path), 0600) == 0);
    tls_lab_files(&lab, "fifo", "");
    expect_fault(&lab, "fifo is not a file", "/ is not a file");
    tls_lab_fini(&lab);
}

/* Root may read everything, so the right is given up for the time. */
static void test_unreadable(void)
{
    const struct test_certs_spec spec = {.file = "a", .kind = "EC", .name = "a"};
    char path[128];
    struct tls_lab lab;
    tls_lab_init(&lab);
    tls_lab_cert(&lab, &spec);
    CU_ASSERT_FATAL(chmod(test_certs_path(&lab.files, "a.key", path), 0000) == 0);
    CU_ASSERT_FATAL(chmod(lab.files.dir, 0755) == 0);
    bool is_root = geteuid() == 0;
    CU_ASSERT_FATAL(!is_root || seteuid(65534) == 0);
    expect_fault(&lab, "weir runs as ", "with mode 0000");
    CU_ASSERT_FATAL(!is_root || seteuid(0) == 0);
    CU_ASSERT_EQUAL(lab.faults.count, 1);
    tls_lab_fini(&lab);
}

static void expect_warning(const struct test_certs_spec *spec, const char *part, const char *advice)
{
    struct tls_context *context = NULL;
    struct tls_lab lab;
    tls_lab_init(&lab);
    tls_lab_cert(&lab, spec);
    CU_ASSERT_FATAL(tls_lab_load(&lab, &context) == ERR_OK);
    CU_ASSERT_EQUAL(lab.faults.count, 0);
    CU_ASSERT_EQUAL(lab.warnings.count, 1);
    CU_ASSERT(tls_lab_has_warning(&lab, part));
    CU_ASSERT(tls_lab_has_warning(&lab, advice));
    tls_context_unref(&context);
    tls_lab_fini(&lab);
}

static void test_dates(void)
{
    const struct test_certs_spec old = {
        .file = "a", .kind = "EC", .name = "a", .from_s = -7200, .until_s = -3600};
    const struct test_certs_spec young = {
        .file = "a", .kind = "EC", .name = "a", .from_s = 3600, .until_s = 7200};
    expect_warning(&old, "expired on 20", "renewed");
    expect_warning(&young, "not valid before 20", "clock");
}

/* Every fault of every certificate, not only the first. */
static void test_all(void)
{
    const struct test_certs_spec good = {.file = "a", .kind = "EC", .name = "a"};
    const struct test_certs_spec locked = {
        .file = "b", .kind = "EC", .name = "b", .passphrase = "secret"};
    struct tls_context *context = NULL;
    struct tls_lab lab;
    tls_lab_init(&lab);
    tls_lab_cert(&lab, &good);
    tls_lab_cert(&lab, &locked);
    tls_lab_files(&lab, "no.pem", "a.key");
    CU_ASSERT_EQUAL(tls_lab_load(&lab, &context), ERR_SYNTAX);
    CU_ASSERT_EQUAL(lab.faults.count, 2);
    CU_ASSERT_EQUAL(lab.faults.items[0].at.line, 2);
    CU_ASSERT_EQUAL(lab.faults.items[1].at.line, 3);
    tls_lab_fini(&lab);
}

static const struct suite_test tests[] = {
    {"tls_cert", "encrypted key", test_encrypted},
    {"tls_cert", "weak key or signature", test_weak},
    {"tls_cert", "key of another", test_mismatch},
    {"tls_cert", "missing files", test_missing},
    {"tls_cert", "not PEM", test_not_pem},
    {"tls_cert", "DER", test_der},
    {"tls_cert", "damaged", test_damaged},
    {"tls_cert", "damaged issuer", test_damaged_issuer},
    {"tls_cert", "both in one file", test_one_file},
    {"tls_cert", "no regular file", test_not_a_file},
    {"tls_cert", "unreadable key", test_unreadable},
    {"tls_cert", "expired, not yet valid", test_dates},
    {"tls_cert", "all faults at once", test_all},
};

const struct suite_table tls_cert_tests = SUITE_TABLE(tests);
