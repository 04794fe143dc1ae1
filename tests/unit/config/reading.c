#include "unit/config/reading.h"

#include <stdio.h>

#include <CUnit/CUnit.h>

#include "base/check.h"

static void begin(struct reading *r)
{
    *r = (struct reading){.err = ERR_OK};
    arena_init(&r->arena, NULL, NULL, NULL, 0);
    faults_init(&r->faults, &r->arena);
    buf_init(&r->printed, 1 << 20);
}

static void print_faults(struct reading *r)
{
    MUST(faults_print(&r->faults, &r->printed) == ERR_OK);
    MUST(buf_add_char(&r->printed, '\0') == ERR_OK);
}

void reading_init(struct reading *r, struct str text)
{
    begin(r);
    r->err = config_load_text("/etc/weir/t.yaml", text, &sample_table, &r->arena, &r->faults,
                              &r->config);
    print_faults(r);
}

void reading_init_file(struct reading *r, const char *path)
{
    begin(r);
    r->err = config_load_file(path, &sample_table, &r->arena, &r->faults, &r->config);
    print_faults(r);
}

void reading_fini(struct reading *r)
{
    buf_fini(&r->printed);
    arena_fini(&r->arena);
}

const struct sample *reading_sample(const struct reading *r)
{
    return r->err == ERR_OK ? r->config.settings : NULL;
}

/* "/etc/weir/t.yaml:1:2: ..." becomes "1:2: ...", so that the cases stay readable. */
static void strip_names(char *printed)
{
    static const char name[] = "/etc/weir/t.yaml";
    char *to = printed;
    const char *from = printed;

    while (*from != '\0') {
        if (strncmp(from, name, sizeof(name) - 1) == 0) {
            from += sizeof(name) - 1;
            from += *from == ':' && from[1] != ' ';
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

void reading_assert_text(struct str text, const char *faults)
{
    struct reading r;

    reading_init(&r, text);
    strip_names(r.printed.data);
    if (strcmp(r.printed.data, faults) != 0) {
        (void)fprintf(stderr, "\n--- of\n%.*s\n--- expected\n%s--- got\n%s---\n",
                      (int)(text.len < 500 ? text.len : 500), text.p, faults, r.printed.data);
    }
    CU_ASSERT_STRING_EQUAL(r.printed.data, faults);
    CU_ASSERT_EQUAL(r.err == ERR_OK, faults[0] == '\0');
    CU_ASSERT_EQUAL(r.err == ERR_OK, r.faults.count == 0);
    reading_fini(&r);
}

void reading_assert_faults(const struct reading_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        reading_assert_text(str_from(cases[i].text), cases[i].faults);
    }
}
