/* list.h: intrusive doubly linked ring. A node outside any list points to itself, so that removing
 * it again does no harm. Owns nothing. */
#ifndef WEIR_BASE_LIST_H
#define WEIR_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"

struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l;
    l->prev = l;
}

/* For the ring: nobody in it. For a node: in no ring. */
static inline bool list_is_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_insert_before(struct list *at, struct list *node)
{
    node->next = at;
    node->prev = at->prev;
    at->prev->next = node;
    at->prev = node;
}

static inline void list_push_back(struct list *ring, struct list *node)
{
    list_insert_before(ring, node);
}

static inline void list_push_front(struct list *ring, struct list *node)
{
    list_insert_before(ring->next, node);
}

static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* Takes the first node out; NULL when the ring is empty. */
static inline struct list *list_take_front(struct list *ring)
{
    struct list *first = ring->next;
    if (first == ring) {
        return NULL;
    }
    list_remove(first);
    return first;
}

/* Moves all nodes of `from` to the end of `to`. */
static inline void list_splice_back(struct list *to, struct list *from)
{
    if (list_is_empty(from)) {
        return;
    }
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#define LIST_EACH(node, ring) for ((node) = (ring)->next; (node) != (ring); (node) = (node)->next)

/* `after` holds the next node, so that the body may remove the current one. */
#define LIST_EACH_SAFE(node, after, ring)                                 \
    for ((node) = (ring)->next, (after) = (node)->next; (node) != (ring); \
         (node) = (after), (after) = (node)->next)

#endif
