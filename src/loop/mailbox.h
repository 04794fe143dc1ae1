/* mailbox.h: the only way into another worker.
 *
 * Many may put, one takes. Messages are embedded in what they carry and owned by the receiver once
 * put. One eventfd write wakes the receiver for any number of messages put before it wakes. */
#ifndef WEIR_LOOP_MAILBOX_H
#define WEIR_LOOP_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"

struct worker;

struct message {
    struct message *next;
    /* Runs on the receiving worker; owns the message. */
    void (*deliver)(struct message *message, struct worker *worker);
};

struct mailbox {
    _Atomic(struct message *) top; /* newest first; the receiver turns it round */
    atomic_bool is_closed;
    int wake_fd; /* eventfd */
};

MUST_USE enum err mailbox_init(struct mailbox *m);
void mailbox_fini(struct mailbox *m);

/* Any thread. ERR_CLOSED when the receiver has ended: the message stays the caller's. */
MUST_USE enum err mailbox_put(struct mailbox *m, struct message *message);

/* Receiver: all messages put so far, oldest first; NULL when none. */
struct message *mailbox_take(struct mailbox *m);

/* Receiver: from now on nothing may be put. */
void mailbox_close(struct mailbox *m);

#endif
