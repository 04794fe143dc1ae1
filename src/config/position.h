/* position.h: a place in a configuration file, as compilers name it. Any thread. */
#ifndef WEIR_CONFIG_POSITION_H
#define WEIR_CONFIG_POSITION_H

struct position {
    const char *file; /* as the user named it; lives as long as the arena it was read into */
    unsigned line;    /* from 1; 0: the file as a whole */
    unsigned column;  /* from 1, in characters */
};

#endif
