/*
 * Why an interface of a mobile node has no care-of address, by the table of
 * core/why.def: it is not there, down, without carrier, hears no router, or
 * its address is of no use.  why.c has it look at each interface that the
 * configuration lists.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/why.h"
#include "mn/parts.h"

#define ADDRESS_GRACE	SEC(10)	/* for an address of an advertised prefix */
#define WHYS(mn)	((mn)->env->whys)

static struct iface *
iface_by_name(const struct mn *mn, const char *name)
{
	struct iface	*ifc;

	TAILQ_FOREACH(ifc, &mn->ifaces, entry)
		if (strcmp(ifc->name, name) == 0)
			return (ifc);
	return (NULL);
}

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
			why_clear(WHYS(mn), now, WHY_INTERFACE_MISSING,
			    mn->listed[i].name);
	}
}

/* Interfaces that the configuration names: are they there? */
void
mn_why_listed(struct mn *mn, struct now now)
{
	const char	*name;
	size_t		 i;

	for (i = 0; i < mn->nlisted; i++) {
		name = mn->listed[i].name;
		if (iface_by_name(mn, name) == NULL)
			why_set(WHYS(mn), now, WHY_INTERFACE_MISSING, name,
			    name, NULL);
		else
			why_clear(WHYS(mn), now, WHY_INTERFACE_MISSING, name);
	}
}

/* What an interface can lack, each with a word for lists. */
static const struct {
	enum why_id	 id;
	const char	*word;
} lacks[] = {
	{ WHY_INTERFACE_DOWN, "is down" },
	{ WHY_NO_CARRIER, "has no carrier" },
	{ WHY_ADDRESS_DUPLICATE, "has a duplicate address" },
	{ WHY_ADDRESS_TENTATIVE, "has a tentative address" },
	{ WHY_NO_ROUTER, "hears no router" },
	{ WHY_NO_ADDRESS, "has no address of the prefix advertised" },
	{ WHY_ADDRESS_STALE, "has an address of another link" },
};
#define NLACKS	(sizeof(lacks) / sizeof(lacks[0]))

static const char *
word_of(enum why_id id)
{
	size_t	 i;

	for (i = 0; i < NLACKS; i++)
		if (lacks[i].id == id)
			return (lacks[i].word);
	return ("has no address that could be one");
}

/* A router of the link that advertises a prefix for addresses, or NULL. */
static const struct prefix *
advertised(const struct iface *ifc, const struct router **rp)
{
	size_t	 k;

	TAILQ_FOREACH(*rp, &ifc->routers, entry) {
		if (!router_usable(*rp))
			continue;
		for (k = 0; k < (*rp)->nprefixes; k++)
			if ((*rp)->prefixes[k].autoconf)
				return (&(*rp)->prefixes[k]);
	}
	return (NULL);
}

static bool
hears_router(const struct iface *ifc)
{
	const struct router	*r;

	TAILQ_FOREACH(r, &ifc->routers, entry)
		if (router_usable(r))
			return (true);
	return (false);
}

/* The best that there is: an address that works, else one that might. */
static const struct addr *
best_address(const struct iface *ifc, struct now now)
{
	const struct addr	*a, *best = NULL;

	TAILQ_FOREACH(a, &ifc->addrs, entry) {
		if (!in6_is_routable(&a->addr) ||
		    is_home_address(ifc->mn, &a->addr))
			continue;
		if (best == NULL || addr_assigned(a, now))
			best = a;
	}
	return (best);
}

/*
 * Why there is no care-of address on this interface; WHY_NONE: there is one,
 * or it is for no reason that is known here.  *ap: the address it is about.
 */
static enum why_id
lack_of(const struct iface *ifc, const struct addr **ap, struct now now)
{
	const struct addr	*a = best_address(ifc, now);
	const struct router	*r;

	*ap = a;
	if ((ifc->flags & LINK_UP) == 0)
		return (WHY_INTERFACE_DOWN);
	if ((ifc->flags & LINK_RUNNING) == 0)
		return (WHY_NO_CARRIER);
	if (a != NULL && addr_assigned(a, now)) {
		if (addr_operable(ifc, a, now))
			return (WHY_NONE);
		return (hears_router(ifc) ? WHY_ADDRESS_STALE : WHY_NO_ROUTER);
	}
	if (a != NULL && (a->flags & ADDR_DUPLICATE) != 0)
		return (WHY_ADDRESS_DUPLICATE);
	if (a != NULL && (a->flags & ADDR_TENTATIVE) != 0)
		return (WHY_ADDRESS_TENTATIVE);
	if (!hears_router(ifc))
		return (WHY_NO_ROUTER);
	return (advertised(ifc, &r) != NULL ? WHY_NO_ADDRESS : WHY_NONE);
}

static void
set_lack(struct iface *ifc, enum why_id id, const struct addr *a,
    struct now now)
{
	const struct prefix	*p;
	const struct router	*r;
	char			 addr[INET6_ADDRSTRLEN], n[16];
	char			 prefix[INET6_ADDRSTRLEN + 8];

	switch (id) {
	case WHY_NO_ROUTER:
		snprintf(n, sizeof(n), "%u", ifc->solicited);
		why_set(WHYS(ifc->mn), now, id, ifc->name, ifc->name,
		    n, NULL);
		break;
	case WHY_NO_ADDRESS:
		if ((p = advertised(ifc, &r)) == NULL)
			break;
		snprintf(prefix, sizeof(prefix), "%s/%u",
		    mn_ntop(&p->addr, addr), p->len);
		why_set(WHYS(ifc->mn), now, id, ifc->name,
		    mn_ntop(&r->addr, addr), prefix, ifc->name, NULL);
		break;
	case WHY_ADDRESS_DUPLICATE:
	case WHY_ADDRESS_TENTATIVE:
	case WHY_ADDRESS_STALE:
		why_set(WHYS(ifc->mn), now, id, ifc->name,
		    mn_ntop(&a->addr, addr), ifc->name, NULL);
		break;
	default:
		why_set(WHYS(ifc->mn), now, id, ifc->name, ifc->name, NULL);
		break;
	}
}

static void
clear_lacks(struct iface *ifc, enum why_id but, struct now now)
{
	size_t	 i;

	for (i = 0; i < NLACKS; i++)
		if (lacks[i].id != but)
			why_clear(WHYS(ifc->mn), now, lacks[i].id, ifc->name);
}

/* The interface is gone. */
void
mn_why_gone(struct iface *ifc, struct now now)
{
	clear_lacks(ifc, WHY_NONE, now);
}

/*
 * An interface by itself: prefixes without an address are told of in any
 * case, as the kernel may be told to take none; the rest if it matters.
 */
void
mn_why_interface(struct iface *ifc, bool matters, int64_t *next,
    struct now now)
{
	const struct addr	*a = NULL;
	enum why_id		 id = WHY_NONE;
	int64_t			 due;

	if ((ifc->flags & (LINK_LOOPBACK | LINK_TUN)) == 0 && ifc->listed)
		id = lack_of(ifc, &a, now);
	if (id == WHY_NO_ADDRESS && !matters) {
		due = (ifc->marks.ra == NEVER ? now.mono.ns : ifc->marks.ra) +
		    ADDRESS_GRACE;
		if (due > now.mono.ns && due < *next)
			*next = due;
		matters = due <= now.mono.ns;
	}
	if (!matters)
		id = WHY_NONE;
	clear_lacks(ifc, id, now);
	if (id != WHY_NONE)
		set_lack(ifc, id, a, now);
}

/* What each interface lacks, in one line. */
const char *
mn_why_lacks(const struct mn *mn, char *buf, size_t cap, struct now now)
{
	const struct iface	*ifc;
	const struct addr	*a;
	size_t			 off = 0;

	buf[0] = '\0';
	TAILQ_FOREACH(ifc, &mn->ifaces, entry)
		if ((ifc->flags & (LINK_LOOPBACK | LINK_TUN)) == 0 &&
		    ifc->listed && off < cap)
			off += (size_t)snprintf(buf + off, cap - off,
			    "%s%s %s", off == 0 ? "" : ", ", ifc->name,
			    word_of(lack_of(ifc, &a, now)));
	return (off == 0 ? "there is none that may be used" : buf);
}
