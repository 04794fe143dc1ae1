/* mailbox.h: the only way into another worker.
 *
 * Many may put, one takes. Messages are embedded in what they carry and owned by the receiver once
 * put. One eventfd write wakes the receiver for any number of messages put before it wakes. */
#ifndef WEIR_LOOP_MAILBOX_H
#define WEIR_LOOP_MAILBOX_H

#include <stdatomic.h>

#include "base/err.h"

struct worker;

struct message {
    struct message *next;
    /* Runs on the receiving worker; owns the message. */
    void (*deliver)(struct message *message, struct worker *worker);
};

struct mailbox {
    _Atomic(struct message *) top; /* newest first; the receiver turns it round */
    struct message *left;          /* receiver: what was inside when it was closed, newest first */
    int wake_fd;                   /* eventfd, for an edge-triggered event; never read */
};

/* ERR_IO, ERR_FULL (no descriptor), ERR_NO_MEMORY. */
MUST_USE enum err mailbox_init(struct mailbox *m);

/* Nobody may put any more, and all messages must have been taken. */
void mailbox_fini(struct mailbox *m);

/* Any thread. ERR_CLOSED when the receiver has ended: the message stays the caller's. */
MUST_USE enum err mailbox_put(struct mailbox *m, struct message *message);

/* Receiver: all messages put so far, oldest first; NULL when none. Those put before the mailbox
 * was closed are still to be had after. */
struct message *mailbox_take(struct mailbox *m);

/* Receiver: from now on nothing may be put. Again: no-op. */
void mailbox_close(struct mailbox *m);

#endif
