#include "server/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_MAX 4096 /* bytes of an entry in the list of users */

static enum err become(const struct passwd *who, char why[static PRIVILEGES_WHY_MAX])
{
    if (initgroups(who->pw_name, who->pw_gid) != 0 ||
        setresgid(who->pw_gid, who->pw_gid, who->pw_gid) != 0 ||
        setresuid(who->pw_uid, who->pw_uid, who->pw_uid) != 0) {
        (void)snprintf(why, PRIVILEGES_WHY_MAX,
                       "cannot run as user '%s': %s; start weir as root, or leave 'user' out",
                       who->pw_name, strerrordesc_np(errno));
        return ERR_DENIED;
    }
    /* The way back must be closed: a process that can become root again has dropped nothing. */
    if (who->pw_uid != 0 && setuid(0) == 0) {
        (void)snprintf(why, PRIVILEGES_WHY_MAX, "root's privileges could not be given up for good");
        return ERR_DENIED;
    }
    return ERR_OK;
}

/* NULL: there is no such user. What is found lives in the other two. */
static struct passwd *look_up(struct str user, struct passwd *entry, char memory[static MEMORY_MAX],
                              char why[static PRIVILEGES_WHY_MAX])
{
    struct passwd *who = NULL;

    if (getpwnam_r(user.p, entry, memory, MEMORY_MAX, &who) != 0 || who == NULL) {
        (void)snprintf(
            why, PRIVILEGES_WHY_MAX,
            "there is no user '%.*s' on this machine; make it (adduser --system %.*s) or "
            "name another one",
            STR_ARGS(user), STR_ARGS(user));
        return NULL;
    }
    return who;
}

enum err privileges_find(struct str user, char why[static PRIVILEGES_WHY_MAX])
{
    char memory[MEMORY_MAX];
    struct passwd entry;

    return look_up(user, &entry, memory, why) != NULL ? ERR_OK : ERR_NOT_FOUND;
}

enum err privileges_drop(struct str user, char why[static PRIVILEGES_WHY_MAX])
{
    char memory[MEMORY_MAX];
    struct passwd entry;
    struct passwd *who = look_up(user, &entry, memory, why);

    if (who == NULL) {
        return ERR_NOT_FOUND;
    }
    if (geteuid() == who->pw_uid && getuid() == who->pw_uid) {
        return ERR_OK;
    }
    return become(who, why);
}
