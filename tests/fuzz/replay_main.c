/*
 * Stands in for libFuzzer: gives each file named on the command line to the target, once, as
 * libFuzzer does with files.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INPUT_MAX_BYTES = 1 << 20
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* An allocation of exactly the input's length lets ASan see a read past its end. */
static void run_input(const uint8_t *buf, size_t len)
{
    uint8_t *exact = malloc(len > 0 ? len : 1);

    if (exact == NULL) {
        abort();
    }
    memcpy(exact, buf, len);
    (void)LLVMFuzzerTestOneInput(exact, len);
    free(exact);
}

static bool replay_file(const char *path, uint8_t *buf)
{
    FILE *file = fopen(path, "rbe");

    if (file == NULL) {
        perror(path);
        return false;
    }
    size_t len = fread(buf, 1, INPUT_MAX_BYTES, file);
    bool is_whole = feof(file) != 0;
    (void)fclose(file);
    if (!is_whole) {
        (void)fprintf(stderr, "%s: not readable, or not under %d bytes\n", path, INPUT_MAX_BYTES);
        return false;
    }
    run_input(buf, len);
    return true;
}

int main(int argc, char **argv)
{
    uint8_t *buf = malloc(INPUT_MAX_BYTES);

    if (buf == NULL) {
        abort();
    }
    bool is_ok = true;
    for (int i = 1; i < argc; i++) {
        /* The last line of a crashed run names the guilty input. */
        (void)printf("%s\n", argv[i]);
        (void)fflush(stdout);
        is_ok = replay_file(argv[i], buf) && is_ok;
    }
    free(buf);
    return is_ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
