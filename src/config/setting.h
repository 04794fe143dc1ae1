/* setting.h: how a room describes its settings: a plain struct and one row for each member.
 *
 *   struct pool_settings {
 *       struct position at;
 *       uint64_t idle_timeout_ns;
 *       struct setting_list hosts;
 *   };
 *   static const struct setting pool_rows[] = {
 *       {.type = SETTING_POSITION, SETTING_MEMBER(struct pool_settings, at)},
 *       {.name = "idle_timeout",
 *        .type = SETTING_DURATION,
 *        SETTING_MEMBER(struct pool_settings, idle_timeout_ns),
 *        .default_text = "60s",
 *        .min = SETTING_MS(1),
 *        .max = SETTING_S(3600),
 *        .meaning = "A connection unused so long is closed"},
 *       ...
 *   };
 *   const struct setting_table pool_table = {.name = "pool",
 *                                            .meaning = "Connections kept for the next request",
 *                                            .size = sizeof(struct pool_settings),
 *                                            .rows = pool_rows,
 *                                            .count = COUNT_OF(pool_rows)};
 *
 * (Rows stand between "clang-format off" and "on": it makes ragged columns of them, or crashes.)
 * The same rows parse, check, fill defaults, and print the effective configuration. Tables are
 * constant; what is parsed lives in the arena it was read into. Any thread. */
#ifndef WEIR_CONFIG_SETTING_H
#define WEIR_CONFIG_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "config/position.h"

struct config;
struct faults;
struct setting_table;

enum setting_type {
    SETTING_BOOL,           /* bool */
    SETTING_INT,            /* int64_t */
    SETTING_SIZE,           /* uint64_t, bytes: 64KiB, 1MiB, 10GB, 0 */
    SETTING_DURATION,       /* uint64_t, nanoseconds: 100us, 250ms, 5s, 2m, 1h, 1d, 0 */
    SETTING_PERCENT,        /* double: 20% is 0.2; up to 100% unless `max` says more */
    SETTING_NUMBER,         /* double, not negative, up to 1e15 */
    SETTING_STRING,         /* struct str, a zero byte behind it; absent: p is NULL */
    SETTING_PATH,           /* the same, made absolute from the directory of its file */
    SETTING_ENUM,           /* int: index into `choices` */
    SETTING_OBJECT,         /* the struct of `table`; absent: its defaults */
    SETTING_OBJECT_OR_NULL, /* pointer to the struct of `table`; absent: NULL */
    SETTING_LIST,           /* struct setting_list of `item`s */
    SETTING_MAP,            /* struct setting_map from names to `item`s */
    SETTING_KINDS,          /* struct setting_list of struct setting_chosen; no key of its own */
    SETTING_POSITION        /* struct position: where this object stands; no key of its own */
};

/* When a change takes effect. */
enum setting_applies {
    SETTING_LIVE,     /* at once, by reload */
    SETTING_LISTENER, /* with its listener: connections that exist keep the old value */
    SETTING_RESTART   /* a reload that changes it is a fault */
};

/* Items stand one behind the other, in the order of the file. */
struct setting_list {
    void *items;                      /* bool[], int64_t[], struct x_settings[], ... */
    const struct position *positions; /* one for each item; NULL when it is a default */
    size_t count;
};

struct setting_entry {
    struct str key;     /* not empty */
    void *value;        /* bool *, struct x_settings *, ... */
    struct position at; /* of the key */
};

/* In the order of the file. */
struct setting_map {
    struct setting_entry *entries;
    size_t count;
};

/* One thing that may stand at a place of kinds: `files: {...}` in a route. Who needs more beside it
 * (function pointers) embeds it and comes back with CONTAINER_OF. */
struct setting_kind {
    const char *name; /* the key */
    const char *meaning;
    const struct setting_table *table;
};

/* A kind that was named, with its settings. */
struct setting_chosen {
    const struct setting_kind *kind;
    void *settings;     /* the struct of kind->table */
    struct position at; /* of the key */
};

struct setting {
    const char *name; /* the key */
    enum setting_type type;
    enum setting_type item;            /* of LIST (a scalar or OBJECT) and MAP (the same) */
    size_t offset;                     /* of the member: SETTING_MEMBER */
    size_t size;                       /* of the member */
    const char *default_text;          /* as a user would write it; of a LIST of scalars: "a, b" */
    double min;                        /* of the value, or of each item; text: bytes */
    double max;                        /* 0: no upper bound */
    size_t min_count;                  /* LIST, MAP: when given; KINDS: always */
    size_t max_count;                  /* 0: no upper bound */
    const char *const *choices;        /* ENUM: the words, NULL behind the last */
    const struct setting_table *table; /* OBJECT */
    const struct setting_kind *const *kinds; /* KINDS, NULL behind the last */
    const char *meaning;                     /* one line: the reference page and the schema */
    const char *unit;                        /* of an INT: "connections"; may be NULL */
    enum setting_applies applies;
    bool is_required;    /* else it has a default; text, lists, maps, objects may be absent */
    bool is_secret;      /* never printed */
    bool is_one_or_many; /* LIST: one item may stand without brackets */
};

struct setting_table {
    const char *name;    /* of the thing it describes: "listener" */
    const char *meaning; /* one line */
    size_t size;         /* of the struct */
    const struct setting *rows;
    size_t count;
    /* The row that a value alone fills: `http://a` for `{url: http://a}`; NULL: none. */
    const char *shorthand;
    /* What one row cannot say. Runs after the members were read without a fault, inner objects
     * first; reports through faults_add(faults, config_position(config, &s->member), ...). */
    void (*check)(const struct config *config, const void *settings, struct faults *faults);
};

#define SETTING_MEMBER(type, member) \
    .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/* The same for a SETTING_OBJECT_OR_NULL. */
#define SETTING_POINTER(type, member) .offset = offsetof(type, member), .size = sizeof(void *)

/* Bounds of durations and sizes. */
#define SETTING_US(n)  ((n)*1e3)
#define SETTING_MS(n)  ((n)*1e6)
#define SETTING_S(n)   ((n)*1e9)
#define SETTING_KIB(n) ((n)*1024.0)
#define SETTING_MIB(n) ((n)*1048576.0)
#define SETTING_GIB(n) ((n)*1073741824.0)

/* NULL when absent. */
struct setting_entry *setting_map_find(const struct setting_map *map, struct str key);

/* The key most like `word`, for "did you mean"; empty when none is near. */
struct str setting_map_nearest(const struct setting_map *map, struct str word);

#endif
