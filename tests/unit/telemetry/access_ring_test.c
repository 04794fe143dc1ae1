#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "telemetry/access_ring.h"
#include "unit/telemetry/tables.h"

#define SIZE       4096u
#define LINE_BYTES 256u

/* Puts a line of `len` bytes `c`; false when there is no room. */
static bool put(struct access_ring *r, char c, size_t len)
{
    char *line = access_ring_reserve(r);
    if (line == NULL) {
        return false;
    }
    memset(line, c, len);
    (void)access_ring_commit(r, len);
    return true;
}

static size_t take(struct access_ring *r, char *out)
{
    struct iovec pieces[2];
    unsigned count = access_ring_peek(r, pieces);
    size_t len = 0;

    for (unsigned i = 0; i < count; i++) {
        memcpy(out + len, pieces[i].iov_base, pieces[i].iov_len);
        len += pieces[i].iov_len;
    }
    access_ring_consume(r, len);
    return len;
}

/* So that the next line begins at `place`. */
static void move_to(struct access_ring *r, size_t place)
{
    char sink[SIZE];

    while (place > 0) {
        size_t len = place < LINE_BYTES ? place : LINE_BYTES;
        CU_ASSERT_FATAL(put(r, '-', len));
        CU_ASSERT_FATAL(take(r, sink) == len);
        place -= len;
    }
}

static bool is_all(const char *p, size_t len, char c)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i] != c) {
            return false;
        }
    }
    return true;
}

/* A line of 100 bytes that ends one before the end of the memory, at it, one beyond it, and so on:
 * it and its neighbour come out whole. */
static void test_seam(void)
{
    for (size_t beyond = 0; beyond <= 101; beyond++) {
        static struct access_ring r; /* on the stack gcc may align it less */
        char out[SIZE];
        access_ring_init(&r, SIZE, LINE_BYTES);
        move_to(&r, SIZE - 101 + beyond);
        CU_ASSERT(put(&r, 'a', 100));
        CU_ASSERT(put(&r, 'b', 50));
        CU_ASSERT_FATAL(take(&r, out) == 150);
        CU_ASSERT(is_all(out, 100, 'a') && is_all(out + 100, 50, 'b'));
        CU_ASSERT_EQUAL(take(&r, out), 0);
        access_ring_fini(&r);
    }
}

/* Room for the longest line is asked for, wherever the ring stands. */
static void test_limit(void)
{
    static const size_t places[] = {0, 1, SIZE / 2, SIZE - 1};

    for (size_t i = 0; i < COUNT_OF(places); i++) {
        static struct access_ring r; /* on the stack gcc may align it less */
        char out[SIZE];
        access_ring_init(&r, SIZE, LINE_BYTES);
        move_to(&r, places[i]);
        for (unsigned k = 0; k < SIZE / LINE_BYTES - 1; k++) {
            CU_ASSERT(put(&r, 'a', LINE_BYTES));
        }
        /* Exactly the longest line is free: it goes in, and after one byte of it no other. */
        CU_ASSERT(put(&r, 'b', 1));
        CU_ASSERT_FALSE(put(&r, 'c', 1));
        access_ring_drop(&r);
        access_ring_consume(&r, 1);
        CU_ASSERT(put(&r, 'd', LINE_BYTES));
        CU_ASSERT_FALSE(put(&r, 'e', 1));
        CU_ASSERT_EQUAL(take(&r, out), SIZE);
        CU_ASSERT_EQUAL(out[SIZE - LINE_BYTES - 1], 'b');
        CU_ASSERT(is_all(out + SIZE - LINE_BYTES, LINE_BYTES, 'd'));
        CU_ASSERT_EQUAL(atomic_load(&r.dropped), 1);
        access_ring_fini(&r);
    }
}

static void test_waiting(void)
{
    static struct access_ring r; /* not on the stack, where gcc's fake one aligns less */
    char out[SIZE];

    access_ring_init(&r, SIZE - 1, LINE_BYTES);
    CU_ASSERT_EQUAL(r.size, SIZE);
    for (size_t len = 0; len < SIZE / 2 - 200; len += 200) {
        CU_ASSERT_FATAL(access_ring_reserve(&r) != NULL);
        CU_ASSERT_EQUAL(access_ring_commit(&r, 200), len + 200);
    }
    CU_ASSERT_EQUAL(take(&r, out), 2000);
    /* What was taken is seen when it matters. */
    CU_ASSERT_FATAL(access_ring_reserve(&r) != NULL);
    CU_ASSERT_EQUAL(access_ring_commit(&r, 200), 200);
    access_ring_fini(&r);
}

/* Each line is its number, little by little longer, and a newline. */
#define NUMBERS 200000u

struct numbers {
    struct access_ring *ring;
    unsigned next;
    unsigned value;
    unsigned wrong;
};

static void read_piece(struct numbers *n, const struct iovec *piece)
{
    const char *p = piece->iov_base;

    for (size_t i = 0; i < piece->iov_len; i++) {
        if (p[i] != '\n') {
            n->value = n->value * 10 + (unsigned)(p[i] - '0');
            continue;
        }
        n->wrong += n->value == n->next ? 0 : 1;
        n->next++;
        n->value = 0;
    }
    access_ring_consume(n->ring, piece->iov_len);
}

static void *read_numbers(void *arg)
{
    struct numbers *n = arg;
    struct iovec pieces[2];

    while (n->next < NUMBERS) {
        unsigned count = access_ring_peek(n->ring, pieces);
        if (count == 0) {
            (void)sched_yield();
        }
        for (unsigned i = 0; i < count; i++) {
            read_piece(n, &pieces[i]);
        }
    }
    return NULL;
}

static void put_number(char *line, unsigned n, unsigned width)
{
    line[width] = '\n';
    for (unsigned i = width; i > 0; i--) {
        line[i - 1] = (char)('0' + n % 10);
        n /= 10;
    }
}

static void test_two_threads(void)
{
    static struct access_ring r; /* not on the stack, where gcc's fake one aligns less */
    pthread_t reader;
    struct numbers numbers = {.ring = &r};

    access_ring_init(&r, SIZE, LINE_BYTES);
    MUST(pthread_create(&reader, NULL, read_numbers, &numbers) == 0);
    for (unsigned n = 0; n < NUMBERS; n++) {
        char *line = access_ring_reserve(&r);
        while (line == NULL) {
            (void)sched_yield();
            line = access_ring_reserve(&r);
        }
        unsigned width = 6 + n % 100;
        put_number(line, n, width);
        (void)access_ring_commit(&r, width + 1);
    }
    MUST(pthread_join(reader, NULL) == 0);
    CU_ASSERT_EQUAL(numbers.wrong, 0);
    access_ring_fini(&r);
}

static const struct suite_test tests[] = {
    {"access_ring", "has no seam where its memory ends", test_seam},
    {"access_ring", "is full when the longest line might not fit", test_limit},
    {"access_ring", "tells how much waits", test_waiting},
    {"access_ring", "carries lines from thread to thread in order", test_two_threads},
};

const struct suite_table access_ring_tests = SUITE_TABLE(tests);
