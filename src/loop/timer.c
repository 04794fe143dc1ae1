#include "loop/timer.h"

#include "base/check.h"

/* Where a timer stands depends on how far away it is:
 *
 *   slots     0 .. 255   level 0: its tick is known exactly
 *           256 .. 319   level 1: somewhere in a block of 256 ticks
 *           320 .. 383   level 2: in a block of 16,384
 *           384 .. 447   level 3: in a block of 1,048,576
 *           448          due: its tick had passed when it was set; fires at the next run
 *           449          being fired just now
 *
 * When the wheel's tick enters a block of an upper level, the timers of that slot are set anew and
 * come to stand further down. So the slot of the block the tick is in is always empty of this
 * round's timers: what stands there is a whole round away. A timer further away than the last
 * level's round stands in the slot of a round before its own, and is set anew from there.
 *
 * 64 slots make one word of `occupied`: four words for level 0, one for each level above, one for
 * the two extra slots. So the next slot with anything in it is found in a few instructions, and a
 * run after hours jumps from one such slot to the next. */

#define LEVELS     4
#define NEAR_SLOTS 256
#define NEAR_WORDS 4
#define FAR_SLOTS  64
#define DUE        TIMER_LEVEL_SLOTS
#define FIRING     (TIMER_LEVEL_SLOTS + 1)

/* Ticks of one slot, as a power of two. */
static unsigned shift_of(unsigned level)
{
    return level == 0 ? 0 : 2 + 6 * level;
}

static unsigned far_slot(unsigned level, uint64_t tick)
{
    return NEAR_SLOTS + (level - 1) * FAR_SLOTS + (unsigned)((tick >> shift_of(level)) % FAR_SLOTS);
}

/* Rounded up, so that nothing fires before its deadline. */
static uint64_t tick_of_deadline(uint64_t deadline_ns)
{
    return deadline_ns / TIMER_TICK_NS + (deadline_ns % TIMER_TICK_NS != 0);
}

static unsigned choose_slot(const struct timer_wheel *w, uint64_t deadline_ns)
{
    uint64_t tick = tick_of_deadline(deadline_ns);
    if (tick < w->tick) {
        return DUE;
    }
    uint64_t away = tick - w->tick;
    if (away < NEAR_SLOTS) {
        return (unsigned)(tick % NEAR_SLOTS);
    }
    unsigned level = 1;
    while (level < LEVELS - 1 && away >> shift_of(level) >= FAR_SLOTS) {
        level++;
    }
    return far_slot(level, tick);
}

static void mark(struct timer_wheel *w, unsigned slot)
{
    w->occupied[slot / 64] |= 1ull << (slot % 64);
}

static void unmark(struct timer_wheel *w, unsigned slot)
{
    w->occupied[slot / 64] &= ~(1ull << (slot % 64));
}

static void place(struct timer_wheel *w, struct timer *t)
{
    unsigned slot = choose_slot(w, t->deadline_ns);
    list_push_back(&w->slots[slot], &t->node);
    mark(w, slot);
}

/* A node whose two neighbours are one and the same is alone in its slot, and the neighbour is the
 * slot itself. */
static void take_out(struct timer_wheel *w, struct timer *t)
{
    struct list *neighbour = t->node.next;
    list_remove(&t->node);
    if (list_is_empty(neighbour)) {
        unmark(w, (unsigned)(neighbour - w->slots));
    }
}

void timer_wheel_init(struct timer_wheel *w, uint64_t now_ns)
{
    *w = (struct timer_wheel){.tick = now_ns / TIMER_TICK_NS + 1};
    for (size_t i = 0; i < TIMER_SLOTS; i++) {
        list_init(&w->slots[i]);
    }
}

void timer_init(struct timer *t, void (*fire)(struct timer *timer))
{
    list_init(&t->node);
    t->deadline_ns = 0;
    t->fire = fire;
}

bool timer_is_set(const struct timer *t)
{
    return !list_is_empty(&t->node);
}

void timer_set(struct timer_wheel *w, struct timer *t, uint64_t deadline_ns)
{
    timer_cancel(w, t);
    t->deadline_ns = deadline_ns;
    place(w, t);
    w->count++;
}

void timer_cancel(struct timer_wheel *w, struct timer *t)
{
    if (timer_is_set(t)) {
        take_out(w, t);
        w->count--;
    }
}

/* Slots from `start` to the first one with its bit set, round the end of the word; the word is not
 * 0. */
static unsigned distance_in(uint64_t word, unsigned start)
{
    uint64_t turned = start == 0 ? word : (word >> start) | (word << (64 - start));
    return (unsigned)__builtin_ctzll(turned);
}

/* The tick of the first occupied slot of level 0, counted from the wheel's tick; UINT64_MAX when
 * the level is empty. */
static uint64_t next_near(const struct timer_wheel *w)
{
    unsigned start = (unsigned)(w->tick % NEAR_SLOTS);
    uint64_t word = w->occupied[start / 64] >> (start % 64);
    if (word != 0) {
        return w->tick + (unsigned)__builtin_ctzll(word);
    }
    for (unsigned i = 1; i <= NEAR_WORDS; i++) {
        word = w->occupied[(start / 64 + i) % NEAR_WORDS];
        if (word != 0) {
            return w->tick - start % 64 + i * 64 + (unsigned)__builtin_ctzll(word);
        }
    }
    return UINT64_MAX;
}

/* The tick at which the first occupied slot of an upper level is to be set anew. */
static uint64_t next_far(const struct timer_wheel *w, unsigned level)
{
    uint64_t word = w->occupied[NEAR_WORDS + level - 1];
    if (word == 0) {
        return UINT64_MAX;
    }
    uint64_t block = (w->tick >> shift_of(level)) + 1;
    return (block + distance_in(word, (unsigned)(block % FAR_SLOTS))) << shift_of(level);
}

static uint64_t next_tick(const struct timer_wheel *w)
{
    uint64_t next = next_near(w);
    for (unsigned level = 1; level < LEVELS; level++) {
        uint64_t far = next_far(w, level);
        next = far < next ? far : next;
    }
    return next;
}

uint64_t timer_wheel_next_ns(const struct timer_wheel *w)
{
    if (w->occupied[DUE / 64] != 0) {
        return 0;
    }
    uint64_t next = next_tick(w);
    return next > UINT64_MAX / TIMER_TICK_NS ? UINT64_MAX : next * TIMER_TICK_NS;
}

/* Sets the timers of a slot anew: further down, or, beyond the last level, in the same slot for the
 * next round. */
static void cascade(struct timer_wheel *w, unsigned slot)
{
    struct list ring;
    list_init(&ring);
    list_splice_back(&ring, &w->slots[slot]);
    unmark(w, slot);
    struct list *node = NULL;
    while ((node = list_take_front(&ring)) != NULL) {
        place(w, CONTAINER_OF(node, struct timer, node));
    }
}

/* No slot between the old tick and the new one may hold anything. */
static void move_to(struct timer_wheel *w, uint64_t tick)
{
    w->tick = tick;
    for (unsigned level = LEVELS - 1; level >= 1; level--) {
        if ((tick & ((1ull << shift_of(level)) - 1)) == 0) {
            cascade(w, far_slot(level, tick));
        }
    }
}

/* A timer leaves the ring before it fires, and so may be set again or freed; one that is cancelled
 * meanwhile leaves the ring as well. */
static void fire_slot(struct timer_wheel *w)
{
    while (!list_is_empty(&w->slots[FIRING])) {
        struct timer *t = CONTAINER_OF(w->slots[FIRING].next, struct timer, node);
        timer_cancel(w, t);
        t->fire(t);
    }
}

static void begin_firing(struct timer_wheel *w, unsigned slot)
{
    if (list_is_empty(&w->slots[slot])) {
        return;
    }
    list_splice_back(&w->slots[FIRING], &w->slots[slot]);
    unmark(w, slot);
    mark(w, FIRING);
}

/* The tick moves on before its timers fire: what they set for this very tick is due, and what they
 * set for a later one finds the wheel already there. */
static void run_ticks(struct timer_wheel *w, uint64_t last)
{
    uint64_t next = next_tick(w);
    while (next <= last) {
        if (next > w->tick) {
            move_to(w, next);
        }
        begin_firing(w, (unsigned)(next % NEAR_SLOTS));
        move_to(w, next + 1);
        fire_slot(w);
        next = next_tick(w);
    }
    if (last >= w->tick) {
        move_to(w, last + 1);
    }
}

void timer_wheel_run(struct timer_wheel *w, uint64_t now_ns)
{
    uint64_t last = now_ns / TIMER_TICK_NS;
    begin_firing(w, DUE);
    fire_slot(w);
    if (last >= w->tick) {
        run_ticks(w, last);
    }
}
