/* The processes: the folder is the process. */
#ifndef MIP6D_CORE_ROLE_H
#define MIP6D_CORE_ROLE_H

enum role {
	ROLE_PARENT,
	ROLE_CONTROL,
	ROLE_NET,
	ROLE_HA,
	ROLE_MN,
	ROLE_CN,
	ROLE_IKE,
	ROLE_MAX
};

#define ROLE_BIT(r)	(1U << (r))
#define ROLES_ENGINE	(ROLE_BIT(ROLE_HA) | ROLE_BIT(ROLE_MN) | \
			    ROLE_BIT(ROLE_CN))
#define ROLES_CHILD	(ROLES_ENGINE | ROLE_BIT(ROLE_CONTROL) | \
			    ROLE_BIT(ROLE_NET) | ROLE_BIT(ROLE_IKE))

const char	*role_name(enum role);
enum role	 role_by_name(const char *);	/* ROLE_MAX: unknown */

#endif
