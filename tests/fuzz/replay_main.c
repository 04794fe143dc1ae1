/*
 * Stands in for libFuzzer: gives each file of the corpus directories named on the command line
 * to the target, once. Options are libFuzzer's and are passed over, so both take one command.
 */
#include <dirent.h>
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
static void run_input(const char *buf, size_t len)
{
    uint8_t *exact = malloc(len > 0 ? len : 1);

    if (exact == NULL) {
        abort();
    }
    memcpy(exact, buf, len);
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
}

static bool replay_file(const char *path, char *buf)
{
    FILE *file = fopen(path, "rbe");

    if (file == NULL) {
        perror(path);
        return false;
    }
    size_t len = fread(buf, 1, INPUT_MAX_BYTES, file);
    bool is_whole = ferror(file) == 0 && feof(file) != 0;
    (void)fclose(file);
    if (!is_whole) {
        (void)fprintf(stderr, "%s: not readable, or over %d bytes\n", path, (int)INPUT_MAX_BYTES);
        return false;
    }
    run_input(buf, len);
    return true;
}

static bool replay_entry(const char *dir, const char *name, char *buf)
{
    char path[4096];

    if (name[0] == '.') {
        return true;
    }
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    /* The last line of a crashed run names the guilty input. */
    (void)printf("%s\n", path);
    (void)fflush(stdout);
    return replay_file(path, buf);
}

static bool replay_dir(const char *path, char *buf)
{
    DIR *dir = opendir(path);

    if (dir == NULL) {
        perror(path);
        return false;
    }
    bool is_ok = true;
    const struct dirent *entry = readdir(dir);
    while (entry != NULL) {
        is_ok = replay_entry(path, entry->d_name, buf) && is_ok;
        entry = readdir(dir);
    }
    (void)closedir(dir);
    return is_ok;
}

int main(int argc, char **argv)
{
    char *buf = malloc(INPUT_MAX_BYTES);

    if (buf == NULL) {
        abort();
    }
    bool is_ok = true;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-') {
            is_ok = replay_dir(argv[i], buf) && is_ok;
        }
    }
    free(buf);
    return is_ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
