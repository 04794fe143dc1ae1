#include "http/stage.h"

#include "http/exchange.h"

void stage_resume(struct exchange *x, enum guard_verdict verdict)
{
    const struct stage_visit *visit = x->pin;

    MUST(visit != NULL && verdict != GUARD_WAIT);
    visit->resume(x, verdict);
}

struct str stage_param(const struct exchange *x, struct str name)
{
    const struct stage_visit *visit = x->pin;
    size_t count = visit == NULL ? 0 : visit->params.count;

    for (size_t i = 0; i < count; i++) {
        if (str_eq(visit->params.v[i].name, name)) {
            return visit->params.v[i].value;
        }
    }
    return str_of(NULL, 0);
}
