#include "config/nearest.h"

#define WORD_MAX 63 /* bytes: what str_distance compares */

/* Short words differ in one letter by chance, long ones hardly in three. */
static unsigned near_enough(size_t len)
{
    if (len <= 3) {
        return 1;
    }
    return len < 8 ? 2 : 3;
}

void nearest_init(struct nearest *n, struct str word)
{
    *n = (struct nearest){.word = word, .distance = near_enough(word.len) + 1};
}

static struct str level_spelling(struct str word, char *out)
{
    size_t len = word.len < WORD_MAX ? word.len : WORD_MAX;

    for (size_t i = 0; i < len; i++) {
        out[i] = (char)(word.p[i] == '-' ? '_' : str_lower_char(word.p[i]));
    }
    return str_of(out, len);
}

bool nearest_offer(struct nearest *n, struct str known)
{
    char word[WORD_MAX];
    char other[WORD_MAX];

    if (n->distance == 0 || n->word.len > WORD_MAX || known.len > WORD_MAX) {
        return false;
    }
    unsigned d =
        str_distance(level_spelling(n->word, word), level_spelling(known, other), n->distance - 1);
    if (d >= n->distance) {
        return false;
    }
    n->best = known;
    n->distance = d;
    return true;
}
