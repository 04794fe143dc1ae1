#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "unit/config/reading.h"
#include "unit/config/tables.h"

static void add(struct buf *text, const char *piece, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        MUST(buf_add(text, str_from(piece)) == ERR_OK);
    }
}

/* The mapping around it is a level, too. */
static void read_depth(size_t depth, const char *faults)
{
    struct buf text;

    buf_init(&text, 65536);
    add(&text, "x: ", 1);
    add(&text, "[", depth - 1);
    add(&text, "]", depth - 1);
    reading_assert_text(buf_str(&text), faults);
    buf_fini(&text);
}

#define UNKNOWN_X                                                                            \
    "1:1: unknown key 'x'; known here: listeners, upstreams, routes, limits, user, secret, " \
    "ports, ratio\n"

static void test_depth(void)
{
    read_depth(CONFIG_DEPTH_MAX - 1, UNKNOWN_X);
    read_depth(CONFIG_DEPTH_MAX, UNKNOWN_X);
    read_depth(CONFIG_DEPTH_MAX + 1, "1:67: nested deeper than 64 levels\n");
    read_depth(20000, "1:67: nested deeper than 64 levels\n");
}

/* An alias brings the depth of what it names. */
static void read_alias_depth(size_t depth, const char *faults)
{
    struct buf text;

    buf_init(&text, 65536);
    add(&text, "x: &x ", 1);
    add(&text, "[", 30);
    add(&text, "]", 30);
    add(&text, "\nx: ", 1);
    add(&text, "[", depth - 31);
    add(&text, "*x", 1);
    add(&text, "]", depth - 31);
    reading_assert_text(buf_str(&text), faults);
    buf_fini(&text);
}

static void test_alias_depth(void)
{
    read_alias_depth(CONFIG_DEPTH_MAX - 1,
                     UNKNOWN_X "2:1: key 'x' stands twice; the first is at 1:1\n");
    read_alias_depth(CONFIG_DEPTH_MAX,
                     UNKNOWN_X "2:1: key 'x' stands twice; the first is at 1:1\n");
    read_alias_depth(CONFIG_DEPTH_MAX + 1, "2:38: nested deeper than 64 levels\n");
}

/* The billion laughs: each line names the one before it ten times. */
static void test_bombs(void)
{
    static const struct reading_case cases[] = {
        {"a: &a [1,1,1,1,1,1,1,1,1,1]\n"
         "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
         "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
         "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
         "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
         "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
         "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
         "6:29: more than 1000000 values, aliases counted each time\n"},
        {"a: &a {a: 1,b: 1,c: 1,d: 1,e: 1,f: 1,g: 1,h: 1}\n"
         "b: &b {a: *a,b: *a,c: *a,d: *a,e: *a,f: *a,g: *a,h: *a,<<: *a}\n"
         "c: &c {a: *b,b: *b,c: *b,d: *b,e: *b,f: *b,g: *b,h: *b,<<: *b}\n"
         "d: &d {a: *c,b: *c,c: *c,d: *c,e: *c,f: *c,g: *c,h: *c,<<: *c}\n"
         "e: &e {a: *d,b: *d,c: *d,d: *d,e: *d,f: *d,g: *d,h: *d,<<: *d}\n"
         "f: &f {a: *e,b: *e,c: *e,d: *e,e: *e,f: *e,g: *e,h: *e,<<: *e}\n"
         "g: &g {a: *f,b: *f,c: *f,d: *f,e: *f,f: *f,g: *f,h: *f,<<: *f}\n",
         "7:11: more than 1000000 values, aliases counted each time\n"},
    };
    reading_assert_faults(cases, COUNT_OF(cases));
}

static void read_values(size_t count, const char *faults)
{
    struct buf text;

    buf_init(&text, 4 << 20);
    /* The root, the key and the list are values, too. */
    add(&text, "ports: [", 1);
    add(&text, "1,", count - 3);
    add(&text, "]", 1);
    reading_assert_text(buf_str(&text), faults);
    buf_fini(&text);
}

static void test_values(void)
{
    read_values(CONFIG_VALUES_MAX, "");
    read_values(CONFIG_VALUES_MAX + 1,
                "1:2000003: more than 1000000 values, aliases counted each time\n");
}

static void assert_file(const char *path, const char *faults, enum err err)
{
    struct reading r;

    reading_init_file(&r, path);
    CU_ASSERT_STRING_EQUAL(r.printed.data, faults);
    CU_ASSERT_EQUAL(r.err, err);
    reading_fini(&r);
}

static void write_file(const char *path, const char *text, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    MUST(fd >= 0);
    MUST(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    MUST(size == 0 || ftruncate(fd, (off_t)size) == 0);
    MUST(close(fd) == 0);
}

/* Paths in a file start at its directory, wherever the process stands later. */
static void assert_relative_path(const char *dir)
{
    struct reading r;

    write_file("w.yaml", "routes: [files: site]\n", 0);
    reading_init_file(&r, "./w.yaml");
    CU_ASSERT_STRING_EQUAL(r.printed.data, "");
    const struct sample *s = reading_sample(&r);
    MUST(s != NULL);
    const struct sample_route *route = s->routes.items;
    const struct sample_files *files = ((struct setting_chosen *)route->handlers.items)->settings;
    CU_ASSERT(str_has_prefix(files->root, str_from(dir)));
    CU_ASSERT(str_eq(str_skip(files->root, strlen(dir)), STR("/site")));
    reading_fini(&r);
}

static void test_files(void)
{
    char dir[] = "/tmp/weir_config_XXXXXX";

    MUST(mkdtemp(dir) != NULL && chdir(dir) == 0);
    assert_file("none.yaml",
                "none.yaml: cannot be read: No such file or directory; check the "
                "path\n",
                ERR_NOT_FOUND);
    assert_file("/etc/passwd/x", "/etc/passwd/x: cannot be read: Not a directory; check the path\n",
                err_from_errno(ENOTDIR));
    assert_file(".", ".: is a directory; name the file in it, such as ./weir.yaml\n", ERR_IO);
    MUST(symlink("loop", "loop") == 0);
    assert_file("loop",
                "loop: cannot be read: Too many levels of symbolic links; its links lead "
                "in a circle\n",
                err_from_errno(ELOOP));
    assert_relative_path(dir);
    write_file("bad.yaml", "ratio: x", 0);
    assert_file("bad.yaml", "bad.yaml:1:8: ratio: 'x' is not a number such as 2 or 0.5\n",
                ERR_SYNTAX);
    write_file("empty.yaml", "", 0);
    assert_file("empty.yaml", "empty.yaml: is empty\n", ERR_SYNTAX);
    write_file("big.yaml", "", CONFIG_FILE_MAX);
    assert_file("big.yaml", "big.yaml:1:1: control character 0x00; take it out\n", ERR_SYNTAX);
    write_file("big.yaml", "", CONFIG_FILE_MAX + 1);
    assert_file("big.yaml", "big.yaml: is larger than 16 MiB\n", ERR_FULL);
    MUST(unlink("big.yaml") == 0 && unlink("empty.yaml") == 0 && unlink("bad.yaml") == 0);
    MUST(unlink("w.yaml") == 0 && unlink("loop") == 0 && chdir("/") == 0 && rmdir(dir) == 0);
}

static const struct suite_test tests[] = {
    {"bounds", "depth", test_depth},
    {"bounds", "depth through aliases", test_alias_depth},
    {"bounds", "alias bombs", test_bombs},
    {"bounds", "number of values", test_values},
    {"bounds", "files that cannot be read", test_files},
};

const struct suite_table bounds_tests = SUITE_TABLE(tests);
