/* nearest.h: the known word most like the one that was written, for "did you mean". Case, and '-'
 * for '_', do not count as differences. Any thread. */
#ifndef WEIR_CONFIG_NEAREST_H
#define WEIR_CONFIG_NEAREST_H

#include "base/str.h"

struct nearest {
    struct str word;   /* as it was written */
    struct str best;   /* empty while none is near */
    unsigned distance; /* of `best`; before that, one over what counts as near */
};

void nearest_init(struct nearest *n, struct str word);

/* `known` is borrowed. Of equals the first offered stays. True: it is the best so far. */
bool nearest_offer(struct nearest *n, struct str known);

#endif
