/* disk.h: a disk that a test makes cold, slow or odd: stands between the program and the system's
 * calls. All is off at first. Set by the test's thread, seen by all. */
#ifndef WEIR_UNIT_HANDLER_DISK_H
#define WEIR_UNIT_HANDLER_DISK_H

#include <stdatomic.h>
#include <stdbool.h>

struct disk {
    atomic_bool has_cold_names;  /* openat2: EAGAIN with RESOLVE_CACHED */
    atomic_bool has_cold_pages;  /* preadv2: EAGAIN with RWF_NOWAIT */
    atomic_bool has_no_openat2;  /* ENOSYS */
    atomic_bool has_no_nowait;   /* preadv2: EOPNOTSUPP */
    atomic_bool is_out_of_files; /* openat2: EMFILE */
    atomic_bool is_broken;       /* preadv: EIO */
    atomic_bool is_stuck;        /* preadv waits until this is false */
    atomic_uint stuck_count;     /* reads that wait */
};

extern struct disk disk;

/* All off. */
void disk_reset(void);

#endif
