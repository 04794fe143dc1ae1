/* mapping.h: makes a mapping what its pairs say: `<<` merged in, keys given twice reported. */
#ifndef WEIR_CONFIG_MAPPING_H
#define WEIR_CONFIG_MAPPING_H

struct arena;
struct faults;
struct node;

/* `mapping` has its pairs as they were written; after it, no key twice. Of a key given twice the
 * first stays; a key of its own goes before a merged one. */
void mapping_settle(struct node *mapping, struct arena *arena, struct faults *faults);

/* How many values settling will add: the bound is checked before they are. */
unsigned long mapping_merged_values(const struct node *mapping);

#endif
