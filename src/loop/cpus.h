/* cpus.h: how many workers this machine, or this container, is good for. Any thread. */
#ifndef WEIR_LOOP_CPUS_H
#define WEIR_LOOP_CPUS_H

/* Cores in the affinity mask, at most what the cgroup's cpu quota (v2 or v1) pays for, rounded up;
 * at least 1. */
unsigned cpus_usable(void);

/* What the quota pays for, rounded up; 0 when there is none. `root` stands before the paths
 * /proc/self/cgroup and /sys/fs/cgroup: empty, or a directory made by a test. */
unsigned cpus_quota(const char *root);

#endif
