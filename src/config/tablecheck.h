/* tablecheck.h: what is wrong with settings tables themselves, for the unit tests of the rooms that
 * write them: a member of another size, a default that its bounds refuse, a name given twice. */
#ifndef WEIR_CONFIG_TABLECHECK_H
#define WEIR_CONFIG_TABLECHECK_H

struct arena;
struct faults;
struct setting_table;

/* Looks at `root` and every table below it; faults name the table as their file. */
void tablecheck_run(const struct setting_table *root, struct arena *arena, struct faults *faults);

#endif
