/*
 * Looks for a setting by which the kernel drops Mobility Headers although the
 * rules of its packet filter let them pass and it counts them as sent.  That
 * is done each second, as nobody tells of a change.  The setting is reported
 * and never changed: the filter is the administrator's.
 */
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/why.h"
#include "kern/kern.h"
#include "parent/guard.h"
#include "parent/parent.h"

#define SUBJECT	"mobility headers"

/* Look, and say when that begins or ends. */
void
drops_look(struct parent *p)
{
	char	 setting[sizeof(p->dropped_by)] = "";

	if (p->kern == NULL || !role_wanted(ROLE_NET, p->conf) ||
	    !kern_drops_mh(p->kern, setting, sizeof(setting)))
		setting[0] = '\0';
	if (strcmp(setting, p->dropped_by) == 0)
		return;
	snprintf(p->dropped_by, sizeof(p->dropped_by), "%s", setting);
	why_clear(&p->whys, clock_now(), WHY_MESSAGES_DROPPED, SUBJECT);
	if (setting[0] != '\0')
		why_set(&p->whys, clock_now(), WHY_MESSAGES_DROPPED, SUBJECT,
		    setting, NULL);
}
