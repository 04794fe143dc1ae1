#include "http/body_fault.h"

#include "http/error_page.h"
#include "http/exchange.h"

static unsigned status_of(enum err why)
{
    switch (why) {
    case ERR_FULL:
        return 413;
    case ERR_TIMEOUT:
        return 408;
    default:
        return 400;
    }
}

void body_fault_finish(struct exchange *x)
{
    enum err why = x->request_body.failure;

    if (exchange_is_head_sent(x)) {
        exchange_abort(x, why);
        return;
    }
    error_page_send(x, status_of(why), STR(""));
}
