#include <CUnit/CUnit.h>

#include "http/field_id.h"
#include "unit/http/tables.h"

#define NAME_MAX_LEN 64

static void test_each_name(void)
{
    for (enum field_id id = FIELD_OTHER + 1; id < FIELD_COUNT_; id++) {
        struct str name = field_id_name(id);
        row_holds(name.len > 0, STR("a name without text"));
        row_holds(field_id_from(name) == id, name);
    }
    CU_ASSERT_EQUAL(field_id_name(FIELD_OTHER).len, 0);
}

/* Every byte of every name, changed to every other byte: it is another name's or none's. */
static void test_changed_bytes(void)
{
    for (enum field_id id = FIELD_OTHER + 1; id < FIELD_COUNT_; id++) {
        struct str name = field_id_name(id);
        char text[NAME_MAX_LEN];
        for (size_t i = 0; i < name.len * 256; i++) {
            memcpy(text, name.p, name.len);
            text[i / 256] = (char)(i % 256);
            struct str changed = str_of(text, name.len);
            enum field_id found = field_id_from(changed);
            bool is_right = str_eq(changed, name)
                                ? found == id
                                : found == FIELD_OTHER || str_eq(field_id_name(found), changed);
            if (!is_right) {
                row_holds(false, changed);
            }
        }
    }
    CU_ASSERT(true);
}

static void test_other_lengths(void)
{
    for (enum field_id id = FIELD_OTHER + 1; id < FIELD_COUNT_; id++) {
        struct str name = field_id_name(id);
        char text[NAME_MAX_LEN];
        memcpy(text, name.p, name.len);
        text[name.len] = text[name.len - 1];
        row_holds(field_id_from(str_of(text, name.len + 1)) == FIELD_OTHER, name);
        row_holds(field_id_from(str_head(name, name.len - 1)) == FIELD_OTHER, name);
    }
    CU_ASSERT_EQUAL(field_id_from(STR("")), FIELD_OTHER);
    CU_ASSERT_EQUAL(field_id_from(str_of(NULL, 0)), FIELD_OTHER);
    CU_ASSERT_EQUAL(field_id_from(STR("Host")), FIELD_OTHER);
    CU_ASSERT_EQUAL(field_id_from(STR(":path")), FIELD_OTHER);
}

static const struct suite_test tests[] = {
    {"field_id", "each name is its own", test_each_name},
    {"field_id", "a changed byte is another name", test_changed_bytes},
    {"field_id", "longer and shorter names are unknown", test_other_lengths},
};
const struct suite_table field_id_tests = SUITE_TABLE(tests);
