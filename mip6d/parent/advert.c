/*
 * Does the kernel make addresses of Router Advertisements on the interfaces of
 * a mobile node?  One that forwards does not, on most systems, and a mobile
 * node without addresses would have no link.  Looked at with the pulse, as no
 * system tells of all that matters.
 */
#include <string.h>

#include "core/clock.h"
#include "core/why.h"
#include "kern/kern.h"
#include "parent/guard.h"
#include "parent/parent.h"

static void
look(struct parent *p, const char *interface, bool wanted)
{
	char	 setting[128];

	if (wanted && kern_takes_ra(p->kern, interface, setting,
	    sizeof(setting)) == 0)
		why_set(&p->whys, clock_now(), WHY_ADVERTISEMENTS_IGNORED,
		    interface, interface, setting, NULL);
	else
		why_clear(&p->whys, clock_now(), WHY_ADVERTISEMENTS_IGNORED,
		    interface);
}

/* Look at the interfaces that the configuration names. */
void
advert_look(struct parent *p)
{
	const struct conf_mn	*mn = p->conf->mn;
	size_t			 i;

	for (i = 0; p->kern != NULL && mn != NULL && i < mn->ninterfaces; i++)
		look(p, mn->interfaces[i].name, !mn->form_addresses);
}

static bool
is_named(const struct conf_mn *mn, const char *name)
{
	size_t	 i;

	for (i = 0; mn != NULL && i < mn->ninterfaces; i++)
		if (strcmp(mn->interfaces[i].name, name) == 0)
			return (true);
	return (false);
}

/* After a reload: what is no longer named is nobody's concern. */
void
advert_configured(struct parent *p, const struct conf *old)
{
	size_t	 i;

	for (i = 0; old->mn != NULL && i < old->mn->ninterfaces; i++)
		if (!is_named(p->conf->mn, old->mn->interfaces[i].name))
			look(p, old->mn->interfaces[i].name, false);
}
