/*
 * The names of the roles, which are those of the processes: for the flag -P,
 * the titles in ps(1), the log and mip6ctl.  A table and no state; called from
 * everywhere.
 */
#include <string.h>

#include "core/role.h"

static const char *const names[ROLE_MAX] = {
	[ROLE_PARENT] = "parent",
	[ROLE_CONTROL] = "control",
	[ROLE_NET] = "net",
	[ROLE_HA] = "ha",
	[ROLE_MN] = "mn",
	[ROLE_CN] = "cn",
	[ROLE_IKE] = "ike",
};

/* Name of a role for logs and titles; "?" if it is none. */
const char *
role_name(enum role r)
{
	return ((unsigned int)r < ROLE_MAX ? names[r] : "?");
}

/* The role of that name, or ROLE_MAX. */
enum role
role_by_name(const char *name)
{
	unsigned int	 r;

	for (r = 0; r < ROLE_MAX; r++)
		if (strcmp(names[r], name) == 0)
			return ((enum role)r);
	return (ROLE_MAX);
}
