/* site_check.h: what the machine and the other settings have to say to a configuration, told before
 * anything is opened. Control thread, or any one thread for `weir check`; blocks (looks at files
 * and at the list of users). */
#ifndef WEIR_SERVER_SITE_CHECK_H
#define WEIR_SERVER_SITE_CHECK_H

struct config;
struct faults;

/* `config` is of site_settings_table, all its members read. Faults: an address that is taken by
 * another one of the file, a user that does not exist, an access log that cannot be written. */
void site_check(const struct config *config, struct faults *faults);

#endif
