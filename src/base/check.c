#include "base/check.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* The one count the process keeps at file scope: doubts may arise where nothing else is at hand. */
static atomic_ulong doubts;

void check_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "weir: %s:%d: this must hold but does not: %s\n", file, line, what);
    abort();
}

void check_doubted(const char *what, const char *file, int line)
{
    atomic_fetch_add_explicit(&doubts, 1, memory_order_relaxed);
#ifdef WEIR_SANITIZED
    check_failed(what, file, line);
#else
    (void)what;
    (void)file;
    (void)line;
#endif
}

unsigned long check_doubts(void)
{
    return atomic_load_explicit(&doubts, memory_order_relaxed);
}
