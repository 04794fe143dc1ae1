#include "config/setting.h"

#include "config/nearest.h"

struct setting_entry *setting_map_find(const struct setting_map *map, struct str key)
{
    for (size_t i = 0; i < map->count; i++) {
        if (str_eq(map->entries[i].key, key)) {
            return &map->entries[i];
        }
    }
    return NULL;
}

struct str setting_map_nearest(const struct setting_map *map, struct str word)
{
    struct nearest nearest;

    nearest_init(&nearest, word);
    for (size_t i = 0; i < map->count; i++) {
        nearest_offer(&nearest, map->entries[i].key);
    }
    return nearest.best;
}
