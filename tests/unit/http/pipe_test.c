#include <stdlib.h>

#include <CUnit/CUnit.h>

#include "base/account.h"
#include "base/check.h"
#include "base/random.h"
#include "base/slab.h"
#include "http/pipe.h"
#include "unit/http/tables.h"

#define MODEL_OPS 20000
#define BIG       300000

/* The byte at a place of the endless text that all tests write. */
static uint8_t byte_at(uint64_t at)
{
    return (uint8_t)(at * 131 + (at >> 9));
}

struct told {
    struct pipe_end end; /* first member */
    unsigned count;
};

/* A source that gives the text from `at` on. */
struct text_source {
    struct pipe_source source; /* first member */
    struct rig *rig;
    uint64_t at;
    bool says_later;
    bool fails;
};

struct rig {
    struct slab slab;
    struct account account;
    struct pipe pipe;
    struct told reader;
    struct told writer;
    struct random random;
    uint64_t written; /* bytes of the text given to the pipe */
    uint64_t read;
    unsigned lent;
    unsigned released;
    unsigned pulled;
    unsigned closed;
    struct text_source *later; /* the one that last said later */
};

struct loan {
    struct rig *rig;
    uint8_t bytes[];
};

static void tell(struct pipe_end *end)
{
    struct told *told = CONTAINER_OF(end, struct told, end);

    told->count++;
}

static void begin(struct rig *r)
{
    *r = (struct rig){.reader = {.end = {tell}}, .writer = {.end = {tell}}};
    slab_init(&r->slab);
    account_init(&r->account, NULL);
    random_init(&r->random, 7);
    pipe_init(&r->pipe, &r->slab, &r->account);
    r->pipe.reader = &r->reader.end;
    r->pipe.writer = &r->writer.end;
}

static void end(struct rig *r)
{
    pipe_fini(&r->pipe);
    CU_ASSERT(r->lent == r->released && r->pulled == r->closed);
    CU_ASSERT(r->account.used == 0 && r->slab.live_bytes == 0);
    slab_fini(&r->slab);
}

static size_t put(struct rig *r, size_t len)
{
    uint8_t *bytes = malloc(len + 1);

    for (size_t i = 0; i < len; i++) {
        bytes[i] = byte_at(r->written + i);
    }
    size_t accepted = pipe_put(&r->pipe, bytes, len);
    free(bytes);
    r->written += accepted;
    return accepted;
}

static void release(void *ctx)
{
    struct loan *loan = ctx;

    loan->rig->released++;
    free(loan);
}

static enum err lend(struct rig *r, size_t len)
{
    struct loan *loan = malloc(sizeof(*loan) + len + 1);

    loan->rig = r;
    for (size_t i = 0; i < len; i++) {
        loan->bytes[i] = byte_at(r->written + i);
    }
    enum err e = pipe_lend(&r->pipe, loan->bytes, len, release, loan);
    if (e == ERR_FULL) {
        free(loan);
        return e;
    }
    r->lent++;
    r->written += e == ERR_OK ? len : 0;
    return e;
}

static ssize_t fill(struct pipe_source *source, uint8_t *dst, size_t len)
{
    struct text_source *s = CONTAINER_OF(source, struct text_source, source);
    size_t n = 1 + random_below(&s->rig->random, (uint32_t)len);

    if (s->fails) {
        return -1;
    }
    if (s->says_later) {
        s->rig->later = s;
        s->says_later = false;
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        dst[i] = byte_at(s->at + i);
    }
    s->at += n;
    return (ssize_t)n;
}

static void close_source(struct pipe_source *source)
{
    struct text_source *s = CONTAINER_OF(source, struct text_source, source);

    s->rig->closed++;
    free(s);
}

static struct text_source *new_source(struct rig *r)
{
    struct text_source *s = malloc(sizeof(*s));

    *s = (struct text_source){.source = {fill, close_source}, .rig = r, .at = r->written};
    r->pulled++;
    return s;
}

static enum err pull(struct rig *r, uint64_t len, bool says_later)
{
    struct text_source *s = new_source(r);

    s->says_later = says_later;
    enum err e = pipe_pull(&r->pipe, &s->source, len);
    r->written += e == ERR_OK ? len : 0;
    return e;
}

/* Takes and compares with the text. */
static size_t take(struct rig *r, size_t len, enum pipe_more *more)
{
    uint8_t *bytes = malloc(len + 1);
    size_t got = pipe_take(&r->pipe, bytes, len, more);
    size_t wrong = 0;

    for (size_t i = 0; i < got; i++) {
        wrong += bytes[i] != byte_at(r->read + i);
    }
    CU_ASSERT(wrong == 0 && got <= len);
    r->read += got;
    free(bytes);
    return got;
}

static void take_all(struct rig *r, enum pipe_more *more)
{
    do {
        (void)take(r, 4096, more);
    } while (*more == PIPE_MORE);
}

/* --- ceilings ------------------------------------------------------------------------------ */

static void test_ceiling(void)
{
    enum pipe_more more;
    struct rig r;

    begin(&r);
    CU_ASSERT(pipe_room(&r.pipe) == PIPE_CEILING_START);
    CU_ASSERT(put(&r, PIPE_CEILING_START - 1) == PIPE_CEILING_START - 1);
    CU_ASSERT(pipe_room(&r.pipe) == 1 && !r.pipe.writer_waits);
    CU_ASSERT(put(&r, 2) == 1 && r.pipe.writer_waits);
    CU_ASSERT(pipe_room(&r.pipe) == 0 && put(&r, 1) == 0);
    CU_ASSERT(lend(&r, 1) == ERR_FULL);
    CU_ASSERT(r.pipe.held == PIPE_CEILING_START);
    CU_ASSERT(take(&r, 1, &more) == 1 && more == PIPE_MORE);
    CU_ASSERT(put(&r, 2) == 1);
    end(&r);
}

/* A file kept in memory is lent whole, when there is any room. */
static void test_large_loan(void)
{
    struct rig r;

    begin(&r);
    CU_ASSERT(put(&r, PIPE_CEILING_START - 1) == PIPE_CEILING_START - 1);
    CU_ASSERT(lend(&r, BIG) == ERR_OK);
    CU_ASSERT(r.pipe.held == PIPE_CEILING_START - 1 + BIG);
    CU_ASSERT(lend(&r, 1) == ERR_FULL && put(&r, 1) == 0);
    end(&r);
}

/* The ceiling is a setting of each pipe: one byte is enough. */
static void test_small_ceiling(void)
{
    enum pipe_more more;
    struct rig r;

    begin(&r);
    r.pipe.ceiling = 1;
    CU_ASSERT(put(&r, 3) == 1 && put(&r, 2) == 0);
    CU_ASSERT(take(&r, 10, &more) == 1 && more == PIPE_LATER);
    CU_ASSERT(r.writer.count == 1 && put(&r, 2) == 1);
    end(&r);
}

/* --- who is told --------------------------------------------------------------------------- */

static void test_reader_told(void)
{
    enum pipe_more more;
    struct rig r;

    begin(&r);
    CU_ASSERT(put(&r, 0) == 0 && r.reader.count == 0);
    CU_ASSERT(put(&r, 1) == 1 && r.reader.count == 1);
    CU_ASSERT(lend(&r, 0) == ERR_OK && r.reader.count == 1);
    CU_ASSERT(lend(&r, 1) == ERR_OK && r.reader.count == 2);
    CU_ASSERT(pull(&r, 0, false) == ERR_OK && r.reader.count == 2 && r.closed == 1);
    CU_ASSERT(pull(&r, 5, true) == ERR_OK && r.reader.count == 3);
    (void)take(&r, 10, &more);
    CU_ASSERT(more == PIPE_LATER && r.later != NULL);
    pipe_wake(&r.pipe);
    CU_ASSERT(r.reader.count == 4);
    take_all(&r, &more);
    CU_ASSERT(more == PIPE_LATER && r.read == 7);
    pipe_end(&r.pipe);
    CU_ASSERT(r.reader.count == 5);
    pipe_end(&r.pipe);
    CU_ASSERT(r.reader.count == 5 && r.writer.count == 0);
    (void)take(&r, 0, &more);
    CU_ASSERT(more == PIPE_END);
    end(&r);
}

/* The writer is told once, when half is free again, and only after a refusal. */
static void test_writer_told(void)
{
    enum pipe_more more;
    struct rig r;

    begin(&r);
    (void)put(&r, PIPE_CEILING_START);
    (void)take(&r, PIPE_CEILING_START, &more);
    CU_ASSERT(r.writer.count == 0); /* nothing had been refused */
    (void)put(&r, PIPE_CEILING_START + 1);
    (void)take(&r, PIPE_CEILING_START / 2 - 1, &more);
    CU_ASSERT(r.writer.count == 0);
    (void)take(&r, 1, &more);
    CU_ASSERT(r.writer.count == 1);
    (void)take(&r, PIPE_CEILING_START, &more);
    CU_ASSERT(r.writer.count == 1);
    (void)put(&r, PIPE_CEILING_START);
    CU_ASSERT(pipe_room(&r.pipe) == 0); /* asking counts as a refusal */
    pipe_skip(&r.pipe, 16384);
    pipe_skip(&r.pipe, 16384);
    CU_ASSERT(r.writer.count == 2);
    r.read += 32768;
    (void)put(&r, PIPE_CEILING_START);
    pipe_drain(&r.pipe);
    CU_ASSERT(r.writer.count == 3 && pipe_room(&r.pipe) == PIPE_CEILING_START);
    end(&r);
}

static void test_no_ends(void)
{
    enum pipe_more more;
    struct rig r;

    begin(&r);
    r.pipe.reader = NULL;
    r.pipe.writer = NULL;
    (void)put(&r, PIPE_CEILING_START + 1);
    take_all(&r, &more);
    pipe_end(&r.pipe);
    end(&r);
}

/* --- ends ---------------------------------------------------------------------------------- */

static void fill_with_all(struct rig *r)
{
    CU_ASSERT(put(r, 20000) == 20000);
    CU_ASSERT(lend(r, 1000) == ERR_OK);
    CU_ASSERT(pull(r, 1000, false) == ERR_OK);
    CU_ASSERT(lend(r, 1000) == ERR_OK);
    CU_ASSERT(put(r, 10) == 10);
}

static void test_after_end(void)
{
    enum pipe_more more;
    struct rig r;

    begin(&r);
    fill_with_all(&r);
    pipe_end(&r.pipe);
    CU_ASSERT(put(&r, 1) == 0 && pipe_room(&r.pipe) == 0);
    CU_ASSERT(lend(&r, 1) == ERR_CLOSED && r.released == 1);
    CU_ASSERT(pull(&r, 1, false) == ERR_CLOSED && r.closed == 1);
    take_all(&r, &more);
    CU_ASSERT(more == PIPE_END && r.read == r.written && r.read == 23010);
    end(&r);
}

static void test_fail(void)
{
    enum pipe_more more;
    struct rig r;

    begin(&r);
    fill_with_all(&r);
    (void)take(&r, 20500, &more); /* in the midst of a loan */
    unsigned told = r.reader.count;
    pipe_fail(&r.pipe, ERR_TIMEOUT);
    CU_ASSERT(r.reader.count == told + 1);
    CU_ASSERT(r.released == 2 && r.closed == 1 && r.pipe.held == 0);
    CU_ASSERT(take(&r, 10, &more) == 0 && more == PIPE_BROKEN && r.pipe.failure == ERR_TIMEOUT);
    pipe_fail(&r.pipe, ERR_IO);
    pipe_end(&r.pipe);
    CU_ASSERT(r.pipe.failure == ERR_TIMEOUT && r.reader.count == told + 1);
    CU_ASSERT(lend(&r, 1) == ERR_CLOSED && pull(&r, 1, false) == ERR_CLOSED && put(&r, 1) == 0);
    end(&r);
}

static void test_fini(void)
{
    struct rig r;

    begin(&r);
    fill_with_all(&r);
    unsigned told = r.reader.count;
    pipe_fini(&r.pipe);
    CU_ASSERT(r.released == 2 && r.closed == 1 && r.reader.count == told && r.writer.count == 0);
    pipe_fini(&r.pipe);
    CU_ASSERT(r.released == 2 && r.closed == 1);
    end(&r);
}

static void test_source_fails(void)
{
    struct text_source *s = NULL;
    enum pipe_more more;
    struct rig r;

    begin(&r);
    (void)put(&r, 10);
    s = new_source(&r);
    s->at += 10;
    s->fails = true;
    CU_ASSERT(pipe_pull(&r.pipe, &s->source, 100) == ERR_OK);
    CU_ASSERT(lend(&r, 10) == ERR_OK);
    CU_ASSERT(take(&r, 50, &more) == 10 && more == PIPE_BROKEN);
    CU_ASSERT(r.closed == 1 && r.released == 1 && r.pipe.failure == ERR_IO);
    end(&r);
}

/* --- looking ------------------------------------------------------------------------------- */

static void test_peek(void)
{
    const uint8_t *data = NULL;
    struct rig r;

    begin(&r);
    CU_ASSERT(pipe_peek(&r.pipe, &data) == 0 && data == NULL);
    (void)put(&r, 3);
    CU_ASSERT(lend(&r, 4) == ERR_OK && pull(&r, 5, false) == ERR_OK);
    CU_ASSERT(pipe_peek(&r.pipe, &data) == 3 && data[2] == byte_at(2));
    pipe_skip(&r.pipe, 2);
    CU_ASSERT(pipe_peek(&r.pipe, &data) == 1 && data[0] == byte_at(2));
    pipe_skip(&r.pipe, 1);
    CU_ASSERT(pipe_peek(&r.pipe, &data) == 4 && data[0] == byte_at(3));
    pipe_skip(&r.pipe, 4);
    CU_ASSERT(r.released == 1 && r.pipe.taken == 7);
    CU_ASSERT(pipe_peek(&r.pipe, &data) == 0 && data == NULL); /* to be pulled */
    end(&r);
}

static void skip_too_far(void *ctx)
{
    struct rig *r = ctx;

    pipe_skip(&r->pipe, 2);
}

static void test_skip_too_far(void)
{
    struct rig r;

    begin(&r);
    CU_ASSERT(suite_aborts(skip_too_far, &r));
    (void)put(&r, 1);
    CU_ASSERT(suite_aborts(skip_too_far, &r));
    end(&r);
}

/* --- against a model ----------------------------------------------------------------------- */

struct model {
    uint64_t held;   /* of put and lent, not taken */
    uint64_t queued; /* with pulled */
};

/* What of the bytes taken was held: kept as a list of runs. */
struct run {
    uint64_t len;
    bool is_held;
};

struct runs {
    struct run v[MODEL_OPS];
    size_t first;
    size_t count;
};

static void add_run(struct runs *runs, uint64_t len, bool is_held)
{
    if (len > 0) {
        runs->v[runs->count++] = (struct run){len, is_held};
    }
}

static void take_runs(struct runs *runs, struct model *m, uint64_t len)
{
    m->queued -= len;
    while (len > 0) {
        struct run *run = &runs->v[runs->first];
        uint64_t n = run->len < len ? run->len : len;
        m->held -= run->is_held ? n : 0;
        run->len -= n;
        len -= n;
        runs->first += run->len == 0;
    }
}

static void write_some(struct rig *r, struct runs *runs, struct model *m)
{
    size_t len = random_below(&r->random, 20000);
    uint64_t room = m->held >= r->pipe.ceiling ? 0 : r->pipe.ceiling - m->held;
    uint64_t accepted = len < room ? len : room;
    bool is_held = true;

    switch (random_below(&r->random, 3)) {
    case 0:
        CU_ASSERT(put(r, len) == accepted);
        break;
    case 1:
        accepted = room == 0 ? 0 : len;
        CU_ASSERT(lend(r, len) == (room == 0 && len > 0 ? ERR_FULL : ERR_OK));
        m->held += accepted;
        m->queued += accepted;
        add_run(runs, accepted, true);
        return;
    default:
        accepted = len;
        is_held = false;
        CU_ASSERT(pull(r, len, random_below(&r->random, 2) == 0) == ERR_OK);
        break;
    }
    m->held += is_held ? accepted : 0;
    m->queued += accepted;
    add_run(runs, accepted, is_held);
}

static void read_some(struct rig *r, struct runs *runs, struct model *m)
{
    size_t want = random_below(&r->random, 30000);
    enum pipe_more more;
    unsigned told = r->writer.count;
    bool waited = r->pipe.writer_waits;
    size_t got = take(r, want, &more);

    take_runs(runs, m, got);
    CU_ASSERT(more != PIPE_END && more != PIPE_BROKEN);
    CU_ASSERT(got == want || more == PIPE_LATER);
    CU_ASSERT(more != PIPE_LATER || m->queued == 0 || r->later != NULL);
    CU_ASSERT(r->writer.count - told == (waited && m->held <= r->pipe.ceiling / 2 ? 1u : 0u));
    r->later = NULL;
}

static void test_model(void)
{
    struct runs *runs = calloc(1, sizeof(*runs));
    struct model m = {0};
    enum pipe_more more = PIPE_MORE;
    struct rig r;

    begin(&r);
    for (unsigned i = 0; i < MODEL_OPS; i++) {
        if (random_below(&r.random, 2) == 0) {
            write_some(&r, runs, &m);
        } else {
            read_some(&r, runs, &m);
        }
        CU_ASSERT(r.pipe.held == m.held && r.written - r.read == m.queued);
        CU_ASSERT(r.pipe.taken == r.read);
    }
    pipe_end(&r.pipe);
    while (more != PIPE_END) {
        (void)take(&r, 10000, &more);
    }
    CU_ASSERT(r.read == r.written);
    end(&r);
    free(runs);
}

static const struct suite_test tests[] = {
    {"pipe", "keeps its ceiling to the byte", test_ceiling},
    {"pipe", "borrows any size while there is room", test_large_loan},
    {"pipe", "works with a ceiling of one byte", test_small_ceiling},
    {"pipe", "tells the reader", test_reader_told},
    {"pipe", "tells the writer once, after a refusal", test_writer_told},
    {"pipe", "needs no ends", test_no_ends},
    {"pipe", "takes nothing after its end", test_after_end},
    {"pipe", "fails once and lets go of all", test_fail},
    {"pipe", "is finished silently, twice", test_fini},
    {"pipe", "breaks with its source", test_source_fails},
    {"pipe", "can be looked into", test_peek},
    {"pipe", "cannot be skipped beyond", test_skip_too_far},
    {"pipe", "20,000 mixed steps against a model", test_model},
};

const struct suite_table pipe_tests = SUITE_TABLE(tests);
