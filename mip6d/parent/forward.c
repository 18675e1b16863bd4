/*
 * Does this host forward packets?  A home agent has to, and so has any of us
 * on systems where packets with mobility options are sent by forwarding.
 * Others may switch it off: for all, on a home link, or on the tunnel's
 * device.  It is looked at each second, as not all systems tell, and never
 * switched on again: whoever makes this host a router does so on purpose, and
 * whoever ends that does, too.
 */
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/why.h"
#include "kern/kern.h"
#include "parent/guard.h"
#include "parent/parent.h"

#define SUBJECT	"forwarding"

/* Where it is off, and the settings that say so. */
struct off {
	char	 where[sizeof(((struct parent *)NULL)->forward_off)];
	char	 settings[256];
};

static bool
is_off(struct parent *p, const char *interface, char *setting, size_t cap)
{
	return (kern_forwarding(p->kern, interface, setting, cap) == 0);
}

/* Add to a list of words; what is too much is left out. */
static void
add(char *list, size_t cap, const char *word)
{
	size_t	 n = strlen(list);

	snprintf(list + n, cap - n, "%s%s", n == 0 ? "" : ", ", word);
}

static void
look_at(struct parent *p, const char *interface, struct off *o)
{
	char	 setting[96];

	if (!is_off(p, interface, setting, sizeof(setting)))
		return;
	add(o->where, sizeof(o->where), interface);
	add(o->settings, sizeof(o->settings), setting);
}

static void
look(struct parent *p, struct off *o)
{
	const struct conf_ha	*ha = p->conf->ha;
	size_t			 i;

	memset(o, 0, sizeof(*o));
	if (ha == NULL) {
		if (p->sends_by_tun && p->conf->mn != NULL && is_off(p, NULL,
		    o->settings, sizeof(o->settings)))
			snprintf(o->where, sizeof(o->where), "the tunnel");
		return;
	}
	/* While it is off for all, that it is on each is no news. */
	if (is_off(p, NULL, o->settings, sizeof(o->settings))) {
		snprintf(o->where, sizeof(o->where), "all interfaces");
		return;
	}
	o->settings[0] = '\0';
	for (i = 0; i < ha->nlinks; i++)
		if (ha->links[i].interface[0] != '\0')
			look_at(p, ha->links[i].interface, o);
	look_at(p, PARENT_TUN, o);
}

/*
 * Look, and say when something has changed; true: it has, and ha is to hear of
 * its links again.
 */
bool
forward_look(struct parent *p)
{
	struct off	 o;

	if (p->kern == NULL)
		return (false);
	look(p, &o);
	if (strcmp(o.where, p->forward_off) == 0)
		return (false);
	why_clear(&p->whys, clock_now(), WHY_FORWARDING_OFF, SUBJECT);
	why_clear(&p->whys, clock_now(), WHY_SENDING_OFF, SUBJECT);
	snprintf(p->forward_off, sizeof(p->forward_off), "%s", o.where);
	if (o.where[0] != '\0' && p->conf->ha == NULL)
		why_set(&p->whys, clock_now(), WHY_SENDING_OFF, SUBJECT,
		    o.settings, NULL);
	else if (o.where[0] != '\0')
		why_set(&p->whys, clock_now(), WHY_FORWARDING_OFF, SUBJECT,
		    o.where, o.settings, NULL);
	return (true);
}

/* Is what comes in by that home link, or the tunnel, not forwarded? */
bool
forward_is_off(struct parent *p, const struct msg_link *l)
{
	const struct conf_ha	*ha = p->conf->ha;
	char			 setting[96];
	bool			 ours = (l->flags & LINK_TUN) != 0;
	size_t			 i;

	for (i = 0; ha != NULL && !ours && i < ha->nlinks; i++)
		ours = strcmp(l->name, ha->links[i].interface) == 0;
	return (ha != NULL && ours && (is_off(p, NULL, setting,
	    sizeof(setting)) || is_off(p, l->name, setting, sizeof(setting))));
}
