/* doc_reference: what the pages of doc/ say of settings and metrics, from the tables that the
 * program itself reads; and whether the configurations they show can be read.
 *
 *   doc_reference settings          every section and setting
 *   doc_reference metrics           every counter, gauge and histogram
 *   doc_reference examples FILE...  reads each whole configuration in a page
 *
 * tests/tools/doc_test.sh holds the pages to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "config/config.h"
#include "config/unit.h"
#include "metrics/metrics.h"
#include "server/site_settings.h"

#define SECTIONS_MAX 64
#define PATH_BYTES   128
#define REPORT_MAX   65536
#define PAGE_MAX     1048576

/* A table, and where a file has it: "listeners[].tls". */
struct section {
    const struct setting_table *table;
    char path[PATH_BYTES];
};

struct page {
    struct section sections[SECTIONS_MAX];
    size_t count;
};

/* --- sections ------------------------------------------------------------------------------ */

static void add_section(struct page *page, size_t at, const struct setting_table *table,
                        const char *above, const char *key, const char *suffix)
{
    MUST(page->count < SECTIONS_MAX);
    memmove(&page->sections[at + 1], &page->sections[at],
            (page->count - at) * sizeof(struct section));
    page->sections[at].table = table;
    (void)snprintf(page->sections[at].path, PATH_BYTES, "%s%s%s%s", above,
                   above[0] == '\0' ? "" : ".", key, suffix);
    page->count++;
}

/* The tables that a row leads to go behind `*at`, in order. */
static void add_children(struct page *page, size_t *at, const struct setting *row,
                         const char *above)
{
    if (row->type == SETTING_KINDS) {
        for (size_t i = 0; row->kinds[i] != NULL; i++) {
            add_section(page, ++*at, row->kinds[i]->table, above, row->kinds[i]->name, "");
        }
    } else if (row->table != NULL) {
        const char *suffix = "";
        if (row->type == SETTING_LIST) {
            suffix = "[]";
        } else if (row->type == SETTING_MAP) {
            suffix = ".NAME";
        }
        add_section(page, ++*at, row->table, above, row->name, suffix);
    }
}

/* Each section is followed by those inside it. */
static void collect(struct page *page, const struct setting_table *root)
{
    add_section(page, 0, root, "", "", "");
    for (size_t i = 0; i < page->count; i++) {
        const struct section here = page->sections[i];
        size_t at = i;
        for (size_t k = 0; k < here.table->count; k++) {
            add_children(page, &at, &here.table->rows[k], here.path);
        }
    }
}

/* --- cells --------------------------------------------------------------------------------- */

static const char *name_type(enum setting_type type)
{
    static const char *const names[] = {
        [SETTING_BOOL] = "true or false",
        [SETTING_INT] = "whole number",
        [SETTING_SIZE] = "size",
        [SETTING_DURATION] = "duration",
        [SETTING_PERCENT] = "percentage",
        [SETTING_NUMBER] = "number",
        [SETTING_STRING] = "text",
        [SETTING_PATH] = "path",
        [SETTING_ENUM] = "word",
        [SETTING_OBJECT] = "section",
        [SETTING_OBJECT_OR_NULL] = "section",
        [SETTING_LIST] = "list",
        [SETTING_MAP] = "mapping",
    };

    MUST((size_t)type < COUNT_OF(names));
    return names[type];
}

static void print_choices(const struct setting *row)
{
    for (size_t i = 0; row->choices[i] != NULL; i++) {
        printf("%s`%s`", i == 0 ? "" : ", ", row->choices[i]);
    }
}

static void print_type(const struct setting *row)
{
    if (row->type == SETTING_ENUM) {
        print_choices(row);
    } else if (row->type == SETTING_LIST && row->is_one_or_many) {
        printf("%s, or a list", name_type(row->item));
    } else if (row->type == SETTING_LIST) {
        printf("list: %s", name_type(row->item));
    } else if (row->type == SETTING_MAP) {
        printf("mapping: name to %s", name_type(row->item));
    } else if (row->unit != NULL) {
        printf("%s of %s", name_type(row->type), row->unit);
    } else {
        printf("%s", name_type(row->type));
    }
    printf("%s", row->is_secret ? ", secret" : "");
}

static void print_default(const struct setting *row)
{
    if (row->is_required) {
        printf("required");
    } else if (row->default_text != NULL) {
        printf("`%s`", row->default_text[0] == '\0' ? "\"\"" : row->default_text);
    } else if (row->type == SETTING_OBJECT) {
        printf("see below");
    } else {
        printf("absent");
    }
}

static void format_bound(enum setting_type type, double n, char out[static UNIT_TEXT_MAX])
{
    switch (type) {
    case SETTING_DURATION:
        unit_format_duration((uint64_t)n, out);
        break;
    case SETTING_SIZE:
        unit_format_size((uint64_t)n, out);
        break;
    case SETTING_PERCENT:
        unit_format_percent(n, out);
        break;
    default:
        (void)snprintf(out, UNIT_TEXT_MAX, "%.0f", n);
        break;
    }
}

static bool has_order(enum setting_type type)
{
    return type == SETTING_INT || type == SETTING_SIZE || type == SETTING_DURATION ||
           type == SETTING_PERCENT || type == SETTING_NUMBER;
}

static void print_range(const struct setting *row, double max)
{
    char low[UNIT_TEXT_MAX];
    char high[UNIT_TEXT_MAX];

    format_bound(row->type, row->min, low);
    format_bound(row->type, max, high);
    if (max != 0) {
        printf("%s to %s", low, high);
    } else if (row->min > 0) {
        printf("at least %s", low);
    }
    if ((max != 0 || row->min > 0) && !has_order(row->type)) {
        printf(" bytes");
    }
}

static void print_bounds(const struct setting *row)
{
    if (row->type == SETTING_LIST || row->type == SETTING_MAP) {
        if (row->max_count != 0) {
            printf("%zu to %zu items", row->min_count, row->max_count);
        } else if (row->min_count != 0) {
            printf("at least %zu item%s", row->min_count, row->min_count == 1 ? "" : "s");
        }
        return;
    }
    if (has_order(row->type) || row->type == SETTING_STRING || row->type == SETTING_PATH) {
        double max = row->type == SETTING_PERCENT && row->max == 0 ? 1 : row->max;
        print_range(row, max);
    }
}

/* In a table a bar would begin the next cell. */
static void print_meaning(const char *meaning)
{
    for (const char *at = meaning; *at != '\0'; at++) {
        printf("%s%c", *at == '|' ? "\\" : "", *at);
    }
}

/* --- rows ---------------------------------------------------------------------------------- */

static void print_kinds(const struct setting *row)
{
    for (size_t i = 0; row->kinds[i] != NULL; i++) {
        printf("| `%s` | section | %s | | ", row->kinds[i]->name,
               row->min_count > 0 ? "one of these is required" : "absent");
        print_meaning(row->kinds[i]->meaning);
        printf(" |\n");
    }
}

static void print_row(const struct setting *row)
{
    if (row->type == SETTING_POSITION) {
        return;
    }
    if (row->type == SETTING_KINDS) {
        print_kinds(row);
        return;
    }
    printf("| `%s` | ", row->name);
    print_type(row);
    printf(" | ");
    print_default(row);
    printf(" | ");
    print_bounds(row);
    printf(" | ");
    print_meaning(row->meaning);
    printf(" |\n");
}

static void print_section(const struct section *s)
{
    bool is_root = s->path[0] == '\0';

    printf("### %s%s%s\n\n", is_root ? "The file" : "`", s->path, is_root ? "" : "`");
    print_meaning(s->table->meaning);
    printf(".");
    if (s->table->shorthand != NULL) {
        printf(" A value alone, without the section, is its `%s`.", s->table->shorthand);
    }
    printf("\n\n| setting | type | default | bounds | meaning |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < s->table->count; i++) {
        print_row(&s->table->rows[i]);
    }
    printf("\n");
}

static void print_settings(void)
{
    struct page page = {.count = 0};

    collect(&page, &site_settings_table);
    for (size_t i = 0; i < page.count; i++) {
        print_section(&page.sections[i]);
    }
}

/* --- metrics ------------------------------------------------------------------------------- */

static void print_metric(const char *name, const char *kind, const char *labels,
                         const char *meaning)
{
    printf("| `%s` | %s | %s%s%s | %s |\n", name, kind, labels[0] == '\0' ? "" : "`", labels,
           labels[0] == '\0' ? "" : "`", meaning);
}

static void print_metrics(void)
{
    static const char *const kinds[] = {
        [METRIC_KIND_COUNTER] = "counter",
        [METRIC_KIND_GAUGE] = "gauge",
        [METRIC_KIND_MAXIMUM] = "maximum",
    };

    printf("| name | kind | labels | meaning |\n|---|---|---|---|\n");
    for (int i = 0; i < METRIC_COUNT_; i++) {
        const struct metric_info *m = metrics_info((enum metric_id)i);
        print_metric(m->name, kinds[m->kind], m->labels, m->meaning);
    }
    for (int i = 0; i < HISTOGRAM_COUNT_; i++) {
        const struct histogram_info *h = metrics_histogram_info((enum histogram_id)i);
        print_metric(h->name, "histogram", h->labels, h->meaning);
    }
    printf("\n");
}

/* --- examples ------------------------------------------------------------------------------ */

static bool read_page(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "re");
    size_t n = 1;

    while (file != NULL && n > 0) {
        char *at = buf_room(out, 4096);
        if (at == NULL) {
            break;
        }
        n = fread(at, 1, 4096, file);
        buf_added(out, n);
    }
    return file != NULL && fclose(file) == 0 && n == 0;
}

/* The next fenced block of YAML; false when there is none. */
static bool next_block(struct str *rest, struct str *block)
{
    static const char open[] = "```yaml\n";
    const char *from = NULL;
    const char *to = NULL;

    if (rest->len > 0) {
        from = memmem(rest->p, rest->len, open, sizeof(open) - 1);
    }
    if (from == NULL) {
        return false;
    }
    from += sizeof(open) - 1;
    to = memmem(from, rest->len - (size_t)(from - rest->p), "```", 3);
    if (to == NULL) {
        return false;
    }
    *block = str_of(from, (size_t)(to - from));
    *rest = str_skip(*rest, (size_t)(to - rest->p) + 3);
    return true;
}

/* Part of a configuration is only shown; a whole one has listeners. */
static bool is_whole(struct str block)
{
    return memmem(block.p, block.len, "listeners:", 10) != NULL;
}

static bool is_readable(const char *path, struct str block)
{
    struct arena arena;
    struct faults faults;
    struct config config;
    struct buf text;

    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    enum err e = config_load_text(path, block, &site_settings_table, &arena, &faults, &config);
    if (e != ERR_OK) {
        buf_init(&text, REPORT_MAX);
        (void)!faults_print(&faults, &text);
        fprintf(stderr, "%.*s\n%.*s\n", STR_ARGS(block), STR_ARGS(buf_str(&text)));
        buf_fini(&text);
    }
    arena_fini(&arena);
    return e == ERR_OK;
}

static bool are_examples_readable(const char *path)
{
    struct buf text;
    struct str block;
    bool is_fine = true;

    buf_init(&text, PAGE_MAX);
    if (!read_page(path, &text)) {
        fprintf(stderr, "cannot read %s\n", path);
        is_fine = false;
    }
    struct str rest = buf_str(&text);
    while (next_block(&rest, &block)) {
        is_fine = (!is_whole(block) || is_readable(path, block)) && is_fine;
    }
    buf_fini(&text);
    return is_fine;
}

int main(int argc, char **argv)
{
    bool is_fine = true;

    if (argc == 2 && strcmp(argv[1], "settings") == 0) {
        print_settings();
    } else if (argc == 2 && strcmp(argv[1], "metrics") == 0) {
        print_metrics();
    } else if (argc > 2 && strcmp(argv[1], "examples") == 0) {
        for (int i = 2; i < argc; i++) {
            is_fine = are_examples_readable(argv[i]) && is_fine;
        }
    } else {
        fputs("usage: doc_reference settings | metrics | examples FILE...\n", stderr);
        return 2;
    }
    return is_fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
