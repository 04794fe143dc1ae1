#include "http/stage.h"

#include "http/exchange.h"

void stage_resume(struct exchange *x, enum guard_verdict verdict)
{
    const struct stage_visit *visit = x->pin;

    MUST(visit != NULL && verdict != GUARD_WAIT);
    visit->resume(x, verdict);
}
