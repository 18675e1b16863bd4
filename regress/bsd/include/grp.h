#ifndef BSD_GRP_H
#define BSD_GRP_H

#include <bsd_types.h>

struct group {
	char	 *gr_name, *gr_passwd;
	gid_t	  gr_gid;
	char	**gr_mem;
};

struct group	*getgrnam(const char *);

#endif
