#include "config/node.h"

#include "base/check.h"

const struct node_pair *node_find(const struct node *mapping, struct str key)
{
    for (size_t i = 0; i < mapping->count; i++) {
        if (str_eq(mapping->pairs[i].key->text, key)) {
            return &mapping->pairs[i];
        }
    }
    return NULL;
}

bool node_is_null(const struct node *n)
{
    static const struct str words[] = {STR_LIT(""), STR_LIT("~"), STR_LIT("null"), STR_LIT("Null"),
                                       STR_LIT("NULL")};

    for (size_t i = 0; n->type == NODE_SCALAR && n->is_plain && i < COUNT_OF(words); i++) {
        if (str_eq(n->text, words[i])) {
            return true;
        }
    }
    return false;
}

const char *node_type_name(const struct node *n)
{
    switch (n->type) {
    case NODE_LIST:
        return "a list";
    case NODE_MAPPING:
        return "a mapping";
    case NODE_SCALAR:
    case NODE_BROKEN:
        break;
    }
    return "text";
}
