#include "unit/route/route_lab.h"

#include <stdio.h>

#include <CUnit/CUnit.h>

#include "base/check.h"
#include "metrics/metrics.h"
#include "unit/route/lab_kinds.h"

#define FILE_NAME "/t.yaml"

struct lab_root {
    struct setting_list routes;
};

static void describe(struct lab_site *s)
{
    s->kinds = (struct route_settings_kinds){
        .guards = lab_guard_kinds,
        .handlers = lab_handler_kinds,
        .filters = lab_filter_kinds,
    };
    route_settings_customise(&s->custom, &s->kinds);
    s->root_row = (struct setting){
        .name = "routes",
        .type = SETTING_LIST,
        .item = SETTING_OBJECT,
        SETTING_MEMBER(struct lab_root, routes),
        .table = &s->custom.table,
        .meaning = "Routes",
    };
    s->root = (struct setting_table){
        .name = "root",
        .meaning = "All",
        .size = sizeof(struct lab_root),
        .rows = &s->root_row,
        .count = 1,
    };
}

/* Without the file's name, so that the tests stay readable. */
static void print(struct lab_site *s)
{
    static const char name[] = FILE_NAME ":";
    struct buf all;

    buf_init(&all, 1 << 20);
    MUST(faults_print(&s->faults, &all) == ERR_OK && buf_add_char(&all, '\0') == ERR_OK);
    for (const char *from = all.data; *from != '\0';) {
        if (strncmp(from, name, sizeof(name) - 1) == 0) {
            from += sizeof(name) - 1;
        } else {
            MUST(buf_add_char(&s->printed, *from++) == ERR_OK);
        }
    }
    MUST(buf_add_char(&s->printed, '\0') == ERR_OK);
    buf_fini(&all);
}

static void site_init(struct lab_site *s, const char *text, struct log *log)
{
    *s = (struct lab_site){.err = ERR_OK};
    arena_init(&s->arena, NULL, NULL, NULL, 0);
    faults_init(&s->faults, &s->arena);
    buf_init(&s->printed, 1 << 20);
    describe(s);
    s->err =
        config_load_text(FILE_NAME, str_from(text), &s->root, &s->arena, &s->faults, &s->config);
    if (s->config.settings != NULL) {
        const struct lab_root *root = s->config.settings;
        const struct snapshot_config config = {
            .routes = &root->routes,
            .max_body_bytes = 1000,
            .log = log,
            .kinds = &s->kinds,
        };
        if (s->err == ERR_OK) {
            s->err = snapshot_new(&config, &s->faults, &s->snapshot);
        } else {
            snapshot_check(&config, &s->faults);
        }
    }
    print(s);
}

void lab_site_init(struct lab_site *s, const char *text)
{
    site_init(s, text, NULL);
}

void lab_site_fini(struct lab_site *s)
{
    if (s->snapshot != NULL) {
        snapshot_unref(&s->snapshot, NULL);
    }
    buf_fini(&s->printed);
    arena_fini(&s->arena);
}

void lab_init(struct lab *l, const char *text)
{
    static const struct worker_part_kind *const parts[] = {&router_kind, NULL};

    l->context = (struct lab_context){.gate_asked = 0};
    manual_loop_init(&l->loop, parts, &l->context);
    site_init(&l->site, text, &l->loop.log);
    if (l->site.err != ERR_OK) {
        printf("%.*s", STR_ARGS(buf_str(&l->site.printed)));
    }
    MUST(l->site.err == ERR_OK);
    router_adopt(l->loop.worker, l->site.snapshot);
}

void lab_fini(struct lab *l)
{
    manual_loop_fini(&l->loop);
    lab_site_fini(&l->site);
}

struct exchange_service *lab_service(struct lab *l)
{
    return worker_part(l->loop.worker, &router_kind);
}

uint64_t lab_metric(struct lab *l, unsigned id)
{
    return metrics_sum(l->loop.metrics, (enum metric_id)id);
}

void lab_assert_text(struct str got, const char *expected)
{
    bool is_same = str_eq(got, str_from(expected));

    if (!is_same) {
        printf("\n      got: %.*s\n expected: %s\n", STR_ARGS(got), expected);
    }
    CU_ASSERT(is_same);
}
