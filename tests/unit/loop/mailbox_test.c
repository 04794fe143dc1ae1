#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "loop/mailbox.h"
#include "unit/loop/tables.h"

struct letter {
    struct message message; /* first member */
    unsigned sender;
    unsigned number;
};

static struct letter *letter_of(struct message *message)
{
    return CONTAINER_OF(message, struct letter, message);
}

/* Reads the eventfd, as no worker does, to count how often it was written. */
static uint64_t take_wakes(struct mailbox *m)
{
    uint64_t count = 0;
    return read(m->wake_fd, &count, sizeof(count)) == (ssize_t)sizeof(count) ? count : 0;
}

static void test_order(void)
{
    struct mailbox m;
    struct letter letters[3];
    CU_ASSERT_EQUAL_FATAL(mailbox_init(&m), ERR_OK);
    CU_ASSERT_PTR_NULL(mailbox_take(&m));
    for (unsigned i = 0; i < 3; i++) {
        letters[i].number = i;
        CU_ASSERT_EQUAL(mailbox_put(&m, &letters[i].message), ERR_OK);
    }
    struct message *at = mailbox_take(&m);
    for (unsigned i = 0; i < 3; i++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(at);
        CU_ASSERT_EQUAL(letter_of(at)->number, i);
        at = at->next;
    }
    CU_ASSERT_PTR_NULL(at);
    CU_ASSERT_PTR_NULL(mailbox_take(&m));
    mailbox_fini(&m);
}

static void test_one_wake_for_many(void)
{
    struct mailbox m;
    struct letter letters[4];
    CU_ASSERT_EQUAL_FATAL(mailbox_init(&m), ERR_OK);
    for (unsigned i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(mailbox_put(&m, &letters[i].message), ERR_OK);
    }
    CU_ASSERT_EQUAL(take_wakes(&m), 1);
    (void)mailbox_take(&m);
    CU_ASSERT_EQUAL(take_wakes(&m), 0);
    CU_ASSERT_EQUAL(mailbox_put(&m, &letters[3].message), ERR_OK);
    CU_ASSERT_EQUAL(take_wakes(&m), 1);
    (void)mailbox_take(&m);
    mailbox_fini(&m);
}

static void test_closed(void)
{
    struct mailbox m;
    struct letter before;
    struct letter after;
    CU_ASSERT_EQUAL_FATAL(mailbox_init(&m), ERR_OK);
    CU_ASSERT_EQUAL(mailbox_put(&m, &before.message), ERR_OK);
    mailbox_close(&m);
    mailbox_close(&m);
    CU_ASSERT_EQUAL(mailbox_put(&m, &after.message), ERR_CLOSED);
    CU_ASSERT_PTR_EQUAL(mailbox_take(&m), &before.message);
    CU_ASSERT_PTR_NULL(mailbox_take(&m));
    CU_ASSERT_EQUAL(mailbox_put(&m, &after.message), ERR_CLOSED);
    mailbox_fini(&m);
}

#ifdef WEIR_SANITIZED
static void test_failed_wake(void)
{
    struct mailbox m;
    struct letter letter;
    CU_ASSERT_EQUAL_FATAL(mailbox_init(&m), ERR_OK);
    failpoint_arm(FAILPOINT_POST, 1);
    CU_ASSERT_EQUAL(mailbox_put(&m, &letter.message), ERR_OK);
    CU_ASSERT_EQUAL(failpoint_seen(FAILPOINT_POST), 2);
    failpoint_arm(FAILPOINT_POST, 0);
    CU_ASSERT_EQUAL(take_wakes(&m), 1);
    CU_ASSERT_PTR_EQUAL(mailbox_take(&m), &letter.message);
    mailbox_fini(&m);
}
#endif

/* --- Many threads ----------------------------------------------------------------------------- */

#define SENDERS 6
#define LETTERS 20000

struct sender {
    pthread_t thread;
    struct mailbox *mailbox;
    unsigned id;
    unsigned sent;
    unsigned refused;
};

static void *send_all(void *arg)
{
    struct sender *s = arg;
    for (unsigned i = 0; i < LETTERS; i++) {
        struct letter *letter = malloc(sizeof(*letter));
        MUST(letter != NULL);
        letter->sender = s->id;
        letter->number = i;
        if (mailbox_put(s->mailbox, &letter->message) == ERR_OK) {
            s->sent++;
        } else {
            s->refused++;
            free(letter);
        }
    }
    return NULL;
}

struct receiver {
    struct mailbox mailbox;
    unsigned received[SENDERS];
    unsigned out_of_order;
};

static unsigned receive(struct receiver *r)
{
    unsigned count = 0;
    struct message *at = mailbox_take(&r->mailbox);
    while (at != NULL) {
        struct letter *letter = letter_of(at);
        at = at->next;
        if (letter->number != r->received[letter->sender]) {
            r->out_of_order++;
        }
        r->received[letter->sender]++;
        free(letter);
        count++;
    }
    return count;
}

static void start_senders(struct sender senders[static SENDERS], struct receiver *r)
{
    memset(r, 0, sizeof(*r));
    MUST(mailbox_init(&r->mailbox) == ERR_OK);
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.mailbox = &r->mailbox, .id = i};
        MUST(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]) == 0);
    }
}

static void join_senders(struct sender senders[static SENDERS])
{
    for (unsigned i = 0; i < SENDERS; i++) {
        MUST(pthread_join(senders[i].thread, NULL) == 0);
    }
}

/* Sleeps whenever the mailbox is empty: a lost wake would be a wait without end, ended by poll's
 * limit. */
static void test_nothing_lost(void)
{
    struct sender senders[SENDERS];
    struct receiver r;
    unsigned total = 0;
    bool is_woken = true;
    start_senders(senders, &r);
    while (total < SENDERS * LETTERS && is_woken) {
        struct pollfd wake = {.fd = r.mailbox.wake_fd, .events = POLLIN};
        is_woken = poll(&wake, 1, 10000) == 1;
        (void)take_wakes(&r.mailbox);
        total += receive(&r);
    }
    join_senders(senders);
    CU_ASSERT(is_woken);
    CU_ASSERT_EQUAL(total, SENDERS * LETTERS);
    CU_ASSERT_EQUAL(r.out_of_order, 0);
    mailbox_fini(&r.mailbox);
}

/* Closed in the middle: what was accepted is received, what was refused is not, and each is one or
 * the other. */
static void test_close_amid_senders(void)
{
    for (unsigned round = 0; round < 10; round++) {
        struct sender senders[SENDERS];
        struct receiver r;
        start_senders(senders, &r);
        unsigned total = 0;
        while (total < round * 1000) {
            total += receive(&r);
        }
        mailbox_close(&r.mailbox);
        join_senders(senders);
        (void)receive(&r);
        CU_ASSERT_EQUAL(r.out_of_order, 0);
        for (unsigned i = 0; i < SENDERS; i++) {
            CU_ASSERT_EQUAL(senders[i].sent, r.received[i]);
            CU_ASSERT_EQUAL(senders[i].sent + senders[i].refused, LETTERS);
        }
        mailbox_fini(&r.mailbox);
    }
}

static const struct suite_test tests[] = {
    {"mailbox", "oldest first", test_order},
    {"mailbox", "one wake for many messages", test_one_wake_for_many},
    {"mailbox", "closed: refuses, keeps what was in", test_closed},
#ifdef WEIR_SANITIZED
    {"mailbox", "a wake that failed is repeated", test_failed_wake},
#endif
    {"mailbox", "many senders, nothing lost", test_nothing_lost},
    {"mailbox", "closed amid many senders", test_close_amid_senders},
};

const struct suite_table mailbox_tests = SUITE_TABLE(tests);
