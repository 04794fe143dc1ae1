#include "http/params.h"

#include "http/exchange.h"
#include "http/stage.h"

struct str params_value(const struct exchange *x, struct str name)
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
