#include "http/priority.h"

static void apply_member(struct str name, struct str value, struct priority *p)
{
    if (str_eq(name, STR("u"))) {
        if (value.len == 1 && value.p[0] >= '0' && value.p[0] <= '7') {
            p->urgency = (unsigned)(value.p[0] - '0');
        }
        return;
    }
    if (!str_eq(name, STR("i"))) {
        return;
    }
    if (value.p == NULL || str_eq(value, STR("?1"))) {
        p->is_incremental = true;
    } else if (str_eq(value, STR("?0"))) {
        p->is_incremental = false;
    }
}

void priority_apply(struct str value, struct priority *p)
{
    struct str member = {0};

    while (str_next_member(&value, &member)) {
        struct str text = {0};
        struct str name = str_cut(str_cut(member, ';', NULL), '=', &text);
        apply_member(str_trim(name), text, p);
    }
}
