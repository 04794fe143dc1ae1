/*
 * Any text as a configuration of the sample's tables. What reads without a fault must print to
 * something that reads to the same again.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "config/config.h"
#include "config/effective.h"
#include "config/faults.h"
#include "unit/config/sample.h"

enum {
    OUTPUT_MAX_BYTES = 64 << 20
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void print_faults(struct faults *faults)
{
    struct buf out;

    buf_init(&out, OUTPUT_MAX_BYTES);
    MUST(faults->count > 0);
    MUST(faults_print(faults, &out) == ERR_OK);
    buf_fini(&out);
}

/* Whether `text` reads well; its effective settings go to `out`, where every member has a place. */
static bool read_and_print(struct str text, struct buf *out)
{
    struct arena arena;
    struct faults faults;
    struct config config = {0};

    arena_init(&arena, NULL, NULL, NULL, 0);
    faults_init(&faults, &arena);
    enum err e = config_load_text("/fuzz.yaml", text, &sample_table, &arena, &faults, &config);
    if (e != ERR_OK) {
        print_faults(&faults);
    } else {
        const struct sample *sample = config.settings;
        MUST(faults.count == 0);
        MUST(config_position(&config, &sample->limits.most).line > 0);
        MUST(effective_print(&sample_table, sample, out) == ERR_OK);
    }
    arena_fini(&arena);
    return e == ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct buf first;
    struct buf second;

    buf_init(&first, OUTPUT_MAX_BYTES);
    buf_init(&second, OUTPUT_MAX_BYTES);
    if (read_and_print(str_of((const char *)data, len), &first)) {
        MUST(read_and_print(buf_str(&first), &second));
        MUST(str_eq(buf_str(&first), buf_str(&second)));
    }
    buf_fini(&first);
    buf_fini(&second);
    return 0;
}
