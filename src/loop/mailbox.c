#include "loop/mailbox.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/failpoint.h"

/* A stack that many push to and one empties in a single exchange:
 *
 *   top -> newest -> ... -> oldest -> NULL          open
 *   top -> the mailbox itself                       closed
 *
 * Since whoever pushes compares against the top it saw, closing needs no flag beside it: either the
 * push comes first, and the message is among those the closing exchange brings home, or the mark
 * comes first, and the push sees it. Only the one who finds the stack empty wakes the receiver; all
 * who push later are in the same stack, which the receiver, once awake, takes whole.
 *
 * The eventfd is watched edge-triggered, so each write is news and nobody needs to read it. */

static struct message *closed_mark(struct mailbox *m)
{
    return (struct message *)(void *)m;
}

enum err mailbox_init(struct mailbox *m)
{
    *m = (struct mailbox){.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    atomic_init(&m->top, NULL);
    return m->wake_fd < 0 ? err_from_errno(errno) : ERR_OK;
}

void mailbox_fini(struct mailbox *m)
{
    struct message *top = atomic_load_explicit(&m->top, memory_order_relaxed);
    MUST((top == NULL || top == closed_mark(m)) && m->left == NULL);
    close(m->wake_fd);
    m->wake_fd = -1;
}

/* False when it is to be repeated. EAGAIN means that the counter is at its ceiling: the receiver
 * has been told often enough. */
static bool write_wake(int fd)
{
    if (failpoint_hit(FAILPOINT_POST)) {
        return false;
    }
    const uint64_t one = 1;
    if (write(fd, &one, sizeof(one)) == (ssize_t)sizeof(one) || errno == EAGAIN) {
        return true;
    }
    MUST(errno == EINTR);
    return false;
}

/* The message is in the stack already and those who push after it rely on this wake. So a failed
 * write is not the caller's to hear of: it is repeated, and nothing is ever lost. */
static void wake(int fd)
{
    bool is_written = false;
    while (!is_written) {
        is_written = write_wake(fd);
    }
}

enum err mailbox_put(struct mailbox *m, struct message *message)
{
    struct message *top = atomic_load_explicit(&m->top, memory_order_relaxed);
    do {
        if (top == closed_mark(m)) {
            return ERR_CLOSED;
        }
        message->next = top;
    } while (!atomic_compare_exchange_weak_explicit(&m->top, &top, message, memory_order_release,
                                                    memory_order_relaxed));
    if (top == NULL) {
        wake(m->wake_fd);
    }
    return ERR_OK;
}

static struct message *turn_round(struct message *newest)
{
    struct message *oldest = NULL;
    while (newest != NULL) {
        struct message *older = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = older;
    }
    return oldest;
}

struct message *mailbox_take(struct mailbox *m)
{
    struct message *top = atomic_load_explicit(&m->top, memory_order_relaxed);
    if (top == NULL) {
        return NULL;
    }
    if (top == closed_mark(m)) {
        top = m->left;
        m->left = NULL;
        return turn_round(top);
    }
    return turn_round(atomic_exchange_explicit(&m->top, NULL, memory_order_acquire));
}

void mailbox_close(struct mailbox *m)
{
    struct message *top = atomic_exchange_explicit(&m->top, closed_mark(m), memory_order_acquire);
    if (top != closed_mark(m)) {
        m->left = top;
    }
}
