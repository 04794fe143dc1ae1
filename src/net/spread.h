/* spread.h: how many connections each worker has, and who is to have the next one.
 *
 * The kernel deals connections out by a hash; with few and long ones the dice often fall badly.
 * So a worker that is above 1.25x the mean passes an accepted connection to the one with fewest.
 * One counter for each worker, a cache line apart, added to relaxed. Any thread. */
#ifndef WEIR_NET_SPREAD_H
#define WEIR_NET_SPREAD_H

struct spread;
struct worker;

/* `workers` (consecutive indices, `count` >= 1) outlive it. */
struct spread *spread_new(struct worker *const *workers, unsigned count);

/* Sets *spread to NULL. */
void spread_free(struct spread **spread);

/* The worker that is to have a connection that `worker` accepted, often itself; counted from now
 * on as its own. */
struct worker *spread_enter(struct spread *spread, struct worker *worker);

/* One of `worker`'s connections has ended. */
void spread_leave(struct spread *spread, const struct worker *worker);

/* The connection that was to go from `from` to `to` stays where it is. */
void spread_return(struct spread *spread, const struct worker *from, const struct worker *to);

/* `worker`'s connections now. */
unsigned spread_load(const struct spread *spread, const struct worker *worker);

#endif
