/*
 * Why something of a mobile node is not well, by the table of core/why.def:
 * looked at anew whenever it may have changed, so that each reason begins and
 * ends once.
 */
#include <string.h>

#include "core/why.h"
#include "mn/parts.h"

/* Another list of interfaces: what is not in it is nobody's concern. */
void
mn_why_list(struct mn *mn, const struct conf_interface *list, size_t n,
    struct now now)
{
	size_t	 i, j;

	for (i = 0; i < mn->nlisted; i++) {
		for (j = 0; j < n; j++)
			if (strcmp(mn->listed[i].name, list[j].name) == 0)
				break;
		if (j == n)
			why_clear(mn->env->whys, now, WHY_INTERFACE_MISSING,
			    mn->listed[i].name);
	}
}

/* Interfaces that the configuration names: are they there? */
void
mn_why_interfaces(struct mn *mn, struct now now)
{
	const struct iface	*ifc;
	const char		*name;
	size_t			 i;

	for (i = 0; i < mn->nlisted; i++) {
		name = mn->listed[i].name;
		for (ifc = mn->ifaces; ifc != NULL; ifc = ifc->next)
			if (strcmp(ifc->name, name) == 0)
				break;
		if (ifc == NULL)
			why_set(mn->env->whys, now, WHY_INTERFACE_MISSING,
			    name, name, NULL);
		else
			why_clear(mn->env->whys, now, WHY_INTERFACE_MISSING,
			    name);
	}
}
