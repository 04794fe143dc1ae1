#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "loop/cpus.h"
#include "unit/loop/tables.h"

/* A tree of files below a directory of its own, as the kernel would show it. */
struct tree {
    char root[64];
    char paths[16][256]; /* in the order they were made */
    unsigned count;
};

static void tree_init(struct tree *t)
{
    *t = (struct tree){.root = "/tmp/weir-cpus-XXXXXX"};
    MUST(mkdtemp(t->root) != NULL);
}

static void remember(struct tree *t, const char *path, size_t len)
{
    MUST(t->count < COUNT_OF(t->paths) && len < sizeof(t->paths[0]));
    memcpy(t->paths[t->count], path, len);
    t->paths[t->count][len] = '\0';
    t->count++;
}

static void tree_add(struct tree *t, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", t->root, name);
    for (char *at = path + strlen(t->root) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        if (mkdir(path, 0700) == 0) {
            remember(t, path, strlen(path));
        }
        *at = '/';
    }
    FILE *file = fopen(path, "we");
    MUST(file != NULL);
    fputs(text, file);
    fclose(file);
    remember(t, path, strlen(path));
}

static void tree_fini(struct tree *t)
{
    while (t->count > 0) {
        t->count--;
        MUST(remove(t->paths[t->count]) == 0);
    }
    MUST(rmdir(t->root) == 0);
}

static void test_no_files(void)
{
    struct tree t;
    tree_init(&t);
    CU_ASSERT_EQUAL(cpus_quota(t.root), 0);
    tree_add(&t, "proc/self/cgroup", "");
    CU_ASSERT_EQUAL(cpus_quota(t.root), 0);
    tree_fini(&t);
}

static void test_v2_tightest_level(void)
{
    struct tree t;
    tree_init(&t);
    tree_add(&t, "proc/self/cgroup", "0::/a/b\n");
    tree_add(&t, "sys/fs/cgroup/cpu.max", "max 100000\n");
    tree_add(&t, "sys/fs/cgroup/a/cpu.max", "250000 100000\n");
    tree_add(&t, "sys/fs/cgroup/a/b/cpu.max", "800000 100000\n");
    CU_ASSERT_EQUAL(cpus_quota(t.root), 3);
    tree_fini(&t);
}

/* In a container the path is the host's and only the mount's root is there. */
static void test_v2_in_container(void)
{
    struct tree t;
    tree_init(&t);
    tree_add(&t, "proc/self/cgroup", "0::/system.slice/docker-1234.scope\n");
    tree_add(&t, "sys/fs/cgroup/cpu.max", "50000 100000\n");
    CU_ASSERT_EQUAL(cpus_quota(t.root), 1);
    tree_fini(&t);
}

static void test_v2_root_group(void)
{
    struct tree t;
    tree_init(&t);
    tree_add(&t, "proc/self/cgroup", "0::/\n");
    tree_add(&t, "sys/fs/cgroup/cpu.max", "400000 100000\n");
    CU_ASSERT_EQUAL(cpus_quota(t.root), 4);
    tree_fini(&t);
}

static void test_v1(void)
{
    struct tree t;
    tree_init(&t);
    tree_add(&t, "proc/self/cgroup",
             "12:cpuset:/x\n11:memory:/x\n4:cpu,cpuacct:/x/y\n1:name=systemd:/\n0::/z\n");
    tree_add(&t, "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "150000\n");
    tree_add(&t, "sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "50000\n");
    tree_add(&t, "sys/fs/cgroup/cpu/x/y/cpu.cfs_quota_us", "-1\n");
    tree_add(&t, "sys/fs/cgroup/cpu/x/y/cpu.cfs_period_us", "100000\n");
    CU_ASSERT_EQUAL(cpus_quota(t.root), 3);
    tree_fini(&t);
}

static void test_nonsense(void)
{
    static const char *const contents[] = {"",           "\n",    "max", "100000",
                                           "100000 0\n", "x y\n", " 1\n"};
    for (size_t i = 0; i < COUNT_OF(contents); i++) {
        struct tree t;
        tree_init(&t);
        tree_add(&t, "proc/self/cgroup", "\n:\n::\n0::\n0::relative\n0::/\n");
        tree_add(&t, "sys/fs/cgroup/cpu.max", contents[i]);
        CU_ASSERT_EQUAL(cpus_quota(t.root), 0);
        tree_fini(&t);
    }
}

static void test_affinity(void)
{
    cpu_set_t before;
    MUST(sched_getaffinity(0, sizeof(before), &before) == 0);
    CU_ASSERT(cpus_usable() >= 1);
    CU_ASSERT(cpus_usable() <= (unsigned)CPU_COUNT(&before));
    cpu_set_t one;
    CPU_ZERO(&one);
    for (unsigned i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++) {
        if (CPU_ISSET(i, &before)) {
            CPU_SET(i, &one);
        }
    }
    MUST(sched_setaffinity(0, sizeof(one), &one) == 0);
    CU_ASSERT_EQUAL(cpus_usable(), 1);
    MUST(sched_setaffinity(0, sizeof(before), &before) == 0);
}

static const struct suite_test tests[] = {
    {"cpus", "no cgroup files, no quota", test_no_files},
    {"cpus", "v2: the tightest level, rounded up", test_v2_tightest_level},
    {"cpus", "v2: a host's path in a container", test_v2_in_container},
    {"cpus", "v2: the root group", test_v2_root_group},
    {"cpus", "v1: quota and period", test_v1},
    {"cpus", "nonsense is no quota", test_nonsense},
    {"cpus", "the affinity mask counts", test_affinity},
};

const struct suite_table cpus_tests = SUITE_TABLE(tests);
