#include "loop/cpus.h"

#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"

/* A quota may stand at any level between our own cgroup and the root, and the tightest counts. In a
 * container the names in /proc/self/cgroup may be the host's while /sys/fs/cgroup shows only our
 * part: levels that are not there are passed over, and the last one tried is the mount's root.
 *
 *   v2   0::/a/b             /sys/fs/cgroup/a/b/cpu.max                "200000 100000" or "max
 * 100000" v1   4:cpu,cpuacct:/a/b  /sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us   "200000" or "-1"
 *                                               .../cpu.cfs_period_us  "100000" */

#define PATH_BYTES 4096
#define TEXT_BYTES 128

/* One line without its end; false when the file is not there. */
static bool read_line(const char *path, char *text, int size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    bool is_read = fgets(text, size, file) != NULL;
    (void)fclose(file);
    if (is_read) {
        text[strcspn(text, "\n")] = '\0';
    }
    return is_read;
}

static bool join(char path[static PATH_BYTES], const char *dir, const char *name)
{
    int len = snprintf(path, PATH_BYTES, "%s/%s", dir, name);
    return len > 0 && len < PATH_BYTES;
}

static unsigned cores_for(struct str quota, struct str period)
{
    uint64_t quota_us = 0;
    uint64_t period_us = 0;
    if (num_parse_u64(quota, UINT32_MAX, &quota_us) != ERR_OK ||
        num_parse_u64(period, UINT32_MAX, &period_us) != ERR_OK || period_us == 0) {
        return 0;
    }
    uint64_t cores = (quota_us + period_us - 1) / period_us;
    return cores == 0 ? 1 : (unsigned)cores;
}

static unsigned read_v2(const char *dir)
{
    char path[PATH_BYTES];
    char text[TEXT_BYTES];
    if (!join(path, dir, "cpu.max") || !read_line(path, text, TEXT_BYTES)) {
        return 0;
    }
    struct str period;
    struct str quota = str_cut(str_from(text), ' ', &period);
    return cores_for(quota, period);
}

static unsigned read_v1(const char *dir)
{
    char path[PATH_BYTES];
    char quota[TEXT_BYTES];
    char period[TEXT_BYTES];
    if (!join(path, dir, "cpu.cfs_quota_us") || !read_line(path, quota, TEXT_BYTES) ||
        !join(path, dir, "cpu.cfs_period_us") || !read_line(path, period, TEXT_BYTES)) {
        return 0;
    }
    return cores_for(str_from(quota), str_from(period));
}

static unsigned tightest(unsigned a, unsigned b)
{
    if (a == 0 || b == 0) {
        return a + b;
    }
    return a < b ? a : b;
}

/* From `mount` + `group` up to `mount`. `dir` is cut shorter at each step. */
static unsigned walk_up(const char *mount, const char *group, unsigned (*read)(const char *dir))
{
    char dir[PATH_BYTES];
    int len = snprintf(dir, sizeof(dir), "%s%s", mount, group);
    if (len <= 0 || len >= (int)sizeof(dir)) {
        return 0;
    }
    size_t mount_len = strlen(mount);
    unsigned cores = read(dir);
    while (strlen(dir) > mount_len) {
        *strrchr(dir, '/') = '\0';
        cores = tightest(cores, read(dir));
    }
    return cores;
}

static bool has_cpu(struct str controllers)
{
    struct str member;
    while (str_next_member(&controllers, &member)) {
        if (str_eq(member, STR("cpu"))) {
            return true;
        }
    }
    return false;
}

/* A line of /proc/self/cgroup: number, controllers, path. */
static unsigned quota_of_line(const char *root, char *line)
{
    char mount[PATH_BYTES];
    struct str rest;
    (void)str_cut(str_from(line), ':', &rest);
    struct str controllers = str_cut(rest, ':', &rest);
    if (rest.p == NULL || rest.len == 0 || rest.p[0] != '/') {
        return 0;
    }
    bool is_v2 = str_is_empty(controllers);
    if (!is_v2 && !has_cpu(controllers)) {
        return 0;
    }
    if (!join(mount, root, is_v2 ? "sys/fs/cgroup" : "sys/fs/cgroup/cpu")) {
        return 0;
    }
    return walk_up(mount, rest.p, is_v2 ? read_v2 : read_v1);
}

unsigned cpus_quota(const char *root)
{
    char path[PATH_BYTES];
    char line[PATH_BYTES];
    if (!join(path, root, "proc/self/cgroup")) {
        return 0;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    unsigned cores = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        cores = tightest(cores, quota_of_line(root, line));
    }
    (void)fclose(file);
    return cores;
}

/* The mask's size is the kernel's, not ours: it grows until the call takes it. */
static unsigned count_affinity(void)
{
    for (size_t cpus = 1024; cpus <= 65536; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        size_t bytes = CPU_ALLOC_SIZE(cpus);
        int count = 0;
        if (set != NULL && sched_getaffinity(0, bytes, set) == 0) {
            count = CPU_COUNT_S(bytes, set);
        }
        CPU_FREE(set);
        if (count > 0) {
            return (unsigned)count;
        }
    }
    return 1;
}

unsigned cpus_usable(void)
{
    return tightest(count_affinity(), cpus_quota(""));
}
