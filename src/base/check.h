/* check.h: words for how certain we are.
 *
 * MUST(x)    proven; in every build a false x aborts with file and line.
 * ALWAYS(x)  believed true: aborts in debug builds; in release it is counted and yields x,
 *            so that the caller can take the safe branch: `if (!ALWAYS(n > 0)) { return; }`
 * NEVER(x)   believed false, likewise.
 *
 * Magic words: an object that travels through `void *` begins with a `uint32_t magic`;
 * OBJ_CHECK proves on the way back that it is what it should be. Any thread. */
#ifndef WEIR_BASE_CHECK_H
#define WEIR_BASE_CHECK_H

#include <stdbool.h>

/* The attribute, because cppcheck does not see _Noreturn. */
__attribute__((noreturn)) void check_failed(const char *what, const char *file, int line);
void check_doubted(const char *what, const char *file, int line);

/* How often ALWAYS or NEVER was wrong since the start of the process. */
unsigned long check_doubts(void);

#define MUST(x) (__builtin_expect(!(x), 0) ? check_failed(#x, __FILE__, __LINE__) : (void)0)

static inline bool check_soft(bool held, const char *what, const char *file, int line)
{
    if (__builtin_expect(!held, 0)) {
        check_doubted(what, file, line);
    }
    return held;
}

#define ALWAYS(x) check_soft((x), #x, __FILE__, __LINE__)
#define NEVER(x)  (!check_soft(!(x), "not " #x, __FILE__, __LINE__))

#define OBJ_CHECK(obj, magic_word) MUST((obj) != NULL && (obj)->magic == (magic_word))

/* The object that embeds `member` at `ptr`. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* The same through a pointer that only reads. */
#define CONST_CONTAINER_OF(ptr, type, member) \
    ((const type *)(const void *)((const char *)(ptr)-offsetof(type, member)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
