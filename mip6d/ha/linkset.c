/*
 * Keeps home links up to date: with the configuration, and with what the
 * kernel has of them (interface, link-local address, forwarding, the home
 * agent's own address, lifetimes).  Owns the links and their prefixes.  Asks
 * the parent for the routes of virtual home links, and tells ra.c, agents.c,
 * anycast.c, proxynd.c and why.c when something has changed.  ha.c feeds it.
 */
#include <stdlib.h>
#include <string.h>

#include "ha/int.h"
#include "wire/ip6.h"

#define FOREVER	UINT32_MAX

static uint32_t
seconds(uint32_t ms)
{
	return (ms == FOREVER ? FOREVER : ms / 1000);
}

/* Ask the parent for the routes of virtual home links, or to remove them. */
static void
route_prefix(struct ha *ha, struct ha_link *l, size_t i, bool add)
{
	struct msg_home_route	 m;

	if (l->physical || l->prefixes[i].routed == add)
		return;
	memset(&m, 0, sizeof(m));
	m.id = add ? ROUTE_ID_LINK | (uint32_t)l->slot << 16 | (uint32_t)i : 0;
	m.home = l->prefixes[i].p.addr;
	m.plen = l->prefixes[i].p.len;
	m.add = add;
	l->prefixes[i].routed = add;
	ha_emit(ha, MSG_HOME_ROUTE, &m);
}

/* The routes of all virtual home links. */
void
link_routes(struct ha *ha, bool add)
{
	size_t	 i, j;

	for (i = 0; i < ha->nlinks; i++)
		for (j = 0; ha->links[i]->used &&
		    j < ha->links[i]->nprefixes; j++)
			route_prefix(ha, ha->links[i], j, add);
}

/* What the kernel said to a route of a virtual link; false: not about one. */
bool
link_result(struct ha *ha, const struct msg_result *m)
{
	size_t		 slot = (m->id & ~ROUTE_ID_LINK) >> 16;
	size_t		 i = m->id & 0xffff;
	struct ha_link	*l;

	if (anycast_result(ha, m))
		return (true);
	if ((m->id & ROUTE_ID_LINK) == 0)
		return (false);
	if (slot >= ha->nlinks || i >= ha->links[slot]->nprefixes)
		return (true);
	l = ha->links[slot];
	l->prefixes[i].error = m->error;
	ha_why_route(ha, &l->prefixes[i].p, (int)m->error);
	if (m->error != 0)
		note_log(ha, NOTE_ERROR, "no route for a home prefix: %s; "
		    "registrations there are refused", strerror((int)m->error));
	return (true);
}

static struct ha_link *
find_same(const struct ha *ha, const struct conf_home_link *c)
{
	struct ha_link	*l = link_by_address(ha, &c->address);

	return (l != NULL && strcmp(l->interface, c->interface) == 0 ? l :
	    NULL);
}

static struct ha_link *
new_slot(struct ha *ha)
{
	struct ha_link	**links, *l;
	size_t		 i;

	for (i = 0; i < ha->nlinks; i++)
		if (!ha->links[i]->used && ha->links[i]->nbindings == 0 &&
		    !wheel_is_set(&ha->links[i]->ra_timer))
			return (ha->links[i]);
	if (ha->nlinks >= INT16_MAX ||
	    (l = calloc(1, sizeof(*l))) == NULL)
		return (NULL);
	links = realloc(ha->links, (ha->nlinks + 1) * sizeof(*links));
	if (links == NULL) {
		free(l);
		return (NULL);
	}
	ha->links = links;
	l->slot = (uint16_t)ha->nlinks;
	links[ha->nlinks++] = l;
	return (l);
}

static bool
set_prefixes(struct ha *ha, struct ha_link *l, const struct conf_home_link *c,
    bool *changed)
{
	struct ha_prefix	*p;
	size_t			 i, j;

	p = calloc(c->nprefixes + 1, sizeof(*p));
	if (p == NULL)
		return (false);
	for (i = 0; i < c->nprefixes; i++)
		p[i].p = c->prefixes[i];
	for (i = 0; i < l->nprefixes; i++) {
		for (j = 0; j < c->nprefixes; j++)
			if (p[j].p.len == l->prefixes[i].p.len &&
			    in6_eq(&p[j].p.addr, &l->prefixes[i].p.addr))
				break;
		if (j < c->nprefixes)
			p[j] = l->prefixes[i];
		else {
			route_prefix(ha, l, i, false);
			anycast_forget(ha, l, &l->prefixes[i]);
			retire_prefix(ha, l, &l->prefixes[i]);
			ha_why_prefix(ha, l, &l->prefixes[i], false);
			*changed = true;
		}
	}
	for (j = 0; j < c->nprefixes; j++)
		retire_not(l, &p[j].p);
	*changed = *changed || c->nprefixes != l->nprefixes;
	free(l->prefixes);
	l->prefixes = p;
	l->nprefixes = c->nprefixes;
	return (true);
}

/* Does another home link of that interface have the prefix in c? */
static bool
is_listed(const struct conf_ha *c, const char *interface,
    const struct conf_prefix *p)
{
	const struct conf_home_link	*l;
	size_t				 i, j;

	for (i = 0; i < c->nlinks; i++) {
		l = &c->links[i];
		for (j = 0; strcmp(l->interface, interface) == 0 &&
		    j < l->nprefixes; j++)
			if (l->prefixes[j].len == p->len &&
			    in6_eq(&l->prefixes[j].addr, &p->addr))
				return (true);
	}
	return (false);
}

/* The last advertisement of a link says which prefixes go with it. */
static void
retire_unlisted(struct ha *ha, struct ha_link *l, const struct conf_ha *c)
{
	size_t	 i = 0;

	while (l->physical && i < l->nprefixes)
		if (is_listed(c, l->interface, &l->prefixes[i].p))
			i++;
		else {
			retire_prefix(ha, l, &l->prefixes[i]);
			l->prefixes[i] = l->prefixes[--l->nprefixes];
		}
}

static void
drop_link(struct ha *ha, struct ha_link *l, const struct conf_ha *c)
{
	struct ha_link	 was;
	uint16_t	 slot = l->slot;
	size_t		 i, n = l->nbindings;

	for (i = 0; i < l->nprefixes; i++) {
		ha_why_prefix(ha, l, &l->prefixes[i], false);
		anycast_forget(ha, l, &l->prefixes[i]);
	}
	retire_unlisted(ha, l, c);
	ra_stop(ha, l);
	l->used = false;
	ha_why_link(ha, l);
	for (i = 0; i < l->nprefixes; i++)
		route_prefix(ha, l, i, false);
	free(l->prefixes);
	was = *l;
	memset(l, 0, sizeof(*l));
	l->slot = slot;
	l->nbindings = n;
	ra_leave(ha, l, &was);
}

static bool
configure_one(struct ha *ha, const struct conf_home_link *c)
{
	struct ha_link	*l = find_same(ha, c);
	size_t		 i;
	bool		 changed;

	if (l == NULL) {
		if ((l = new_slot(ha)) == NULL)
			return (false);
		l->used = true;
		l->address = c->address;
		memcpy(l->interface, c->interface, sizeof(l->interface));
		l->physical = c->interface[0] != '\0';
	}
	l->keep = true;
	l->dad = c->dad;
	l->dhaad = c->dhaad;
	changed = memcmp(&l->ra, &c->ra, sizeof(l->ra)) != 0 ||
	    l->valid != seconds(c->valid) ||
	    l->preferred != seconds(c->preferred) ||
	    l->preference != c->preference ||
	    l->ha_lifetime != seconds(c->ha_lifetime);
	for (i = 0; l->physical && i < ha->nlinks; i++)
		if (!ha->links[i]->used &&
		    strcmp(ha->links[i]->interface, l->interface) == 0) {
			ra_left(ha, ha->links[i], l);
			changed = true;
		}
	if (!c->ra.enabled)
		ra_stop(ha, l);
	l->valid = seconds(c->valid);
	l->preferred = seconds(c->preferred);
	l->preference = c->preference;
	l->ha_lifetime = seconds(c->ha_lifetime);
	l->ra = c->ra;
	if (!set_prefixes(ha, l, c, &changed))
		return (false);
	anycast_set(ha, l);
	if (changed)
		ra_changed(ha, l);
	return (true);
}

/*
 * Make the home links those of the configuration.  A link that stays keeps
 * its slot, and with it its bindings.  False when out of memory.
 */
bool
link_configure(struct ha *ha, const struct conf_ha *c)
{
	size_t	 i;

	for (i = 0; i < ha->nlinks; i++)
		ha->links[i]->keep = false;
	for (i = 0; i < c->nlinks; i++)
		if (find_same(ha, &c->links[i]) != NULL)
			find_same(ha, &c->links[i])->keep = true;
	for (i = 0; i < ha->nlinks; i++)
		if (ha->links[i]->used && !ha->links[i]->keep)
			drop_link(ha, ha->links[i], c);
	for (i = 0; i < c->nlinks; i++)
		if (!configure_one(ha, &c->links[i]))
			return (false);
	link_routes(ha, true);
	for (i = 0; i < ha->nlinks; i++)
		if (ha->links[i]->used)
			ra_start(ha, ha->links[i]);
	agents_prune(ha);
	return (true);
}

void
link_free_all(struct ha *ha)
{
	size_t	 i;

	for (i = 0; i < ha->nlinks; i++) {
		retire_free(ha->links[i]);
		free(ha->links[i]->prefixes);
		free(ha->links[i]);
	}
	free(ha->links);
}

static struct ha_link *
by_name(const struct ha *ha, const char *name)
{
	size_t	 i;

	for (i = 0; i < ha->nlinks; i++)
		if (ha->links[i]->used && ha->links[i]->physical &&
		    strcmp(ha->links[i]->interface, name) == 0)
			return (ha->links[i]);
	return (NULL);
}

static void
link_lost(struct ha *ha, struct ha_link *l)
{
	if (l->ifindex != 0)
		proxy_none(ha, l->ifindex);
	l->ifindex = 0;
	l->running = false;
	l->has_linklocal = false;
	anycast_set(ha, l);
	ra_stop(ha, l);
	agents_prune(ha);
	ha_why_link(ha, l);
}

/* What comes out of the tunnel is forwarded, or no longer: for all links. */
static void
tun_input(struct ha *ha, bool closed)
{
	size_t	 i;

	if (ha->tun_closed == closed)
		return;
	ha->tun_closed = closed;
	for (i = 0; i < ha->nlinks; i++)
		if (ha->links[i]->used) {
			ha_why_link(ha, ha->links[i]);
			ra_changed(ha, ha->links[i]);
		}
}

static void
set_closed(struct ha *ha, struct ha_link *l, bool closed)
{
	if (l->closed == closed)
		return;
	l->closed = closed;
	ra_changed(ha, l);
}

/* An interface came, changed or went. */
void
link_input(struct ha *ha, const struct msg_link *m)
{
	struct ha_link	*l = link_by_ifindex(ha, m->ifindex);
	bool		 fresh, closed = (m->flags & LINK_NO_FORWARDING) != 0;

	if ((m->flags & LINK_TUN) != 0)
		tun_input(ha, closed);
	/* It is called otherwise by now. */
	if (l != NULL && strcmp(l->interface, m->name) != 0)
		link_lost(ha, l);
	if ((l = by_name(ha, m->name)) == NULL)
		return;
	l->seen = true;
	if ((m->flags & LINK_GONE) != 0) {
		link_lost(ha, l);
		return;
	}
	fresh = l->ifindex != m->ifindex;
	l->ifindex = m->ifindex;
	l->running = (m->flags & LINK_UP) != 0 &&
	    (m->flags & LINK_RUNNING) != 0;
	l->lladdrlen = m->lladdrlen > sizeof(l->lladdr) ? 0 : m->lladdrlen;
	memcpy(l->lladdr, m->lladdr, sizeof(l->lladdr));
	set_closed(ha, l, closed);
	ha_why_link(ha, l);
	if (fresh) {
		l->fresh = true;
		anycast_set(ha, l);
		bc_walk(ha, WALK_GROUPS);
	}
	if (l->running)
		ra_start(ha, l);
	else
		ra_stop(ha, l);
}

/* The earliest end there is for a lifetime that the kernel counts down. */
static struct mono
lifetime_end(const struct ha *ha, uint32_t s)
{
	return (s == FOREVER ? (struct mono){ 0 } :
	    mono_add(ha->now.mono, SEC(s)));
}

/* Is it a home agent address, and on which interface? */
static void
own_address(struct ha *ha, const struct msg_address *m)
{
	struct ha_link	*l = link_by_address(ha, &m->addr);
	bool		 had;

	if (l == NULL || (l->physical && l->ifindex != m->ifindex))
		return;
	had = link_has_address(l);
	l->address_taken = (m->flags & (ADDR_GONE | ADDR_DUPLICATE)) ==
	    ADDR_DUPLICATE;
	l->taken_seen = l->address_taken;
	if ((m->flags & (ADDR_GONE | ADDR_DUPLICATE)) == 0) {
		l->address_seen = true;
		l->address_on = m->ifindex;
	} else if (l->address_on == m->ifindex)
		l->address_on = 0;
	ha_why_link(ha, l);
	if (had != link_has_address(l))
		ra_changed(ha, l);
}

/* Lifetimes in seconds that are not the same one, read at other times. */
static bool
differ(uint32_t a, uint32_t b)
{
	return (a > b ? a - b > 2 : b - a > 2);
}

/*
 * An address came, changed or went.  The lifetimes of an address that the
 * kernel has on the home link are those of its prefix.
 */
void
link_address(struct ha *ha, const struct msg_address *m)
{
	struct ha_link		*l = link_by_ifindex(ha, m->ifindex);
	struct ha_prefix	*p;
	uint32_t		 valid, preferred;

	own_address(ha, m);
	if (l == NULL)
		return;
	if (in6_is_linklocal(&m->addr)) {
		if ((m->flags & ADDR_GONE) != 0) {
			if (in6_eq(&m->addr, &l->linklocal))
				l->has_linklocal = false;
			return;
		}
		if ((m->flags & (ADDR_TENTATIVE | ADDR_DUPLICATE)) != 0)
			return;
		l->linklocal = m->addr;
		l->has_linklocal = true;
		ra_start(ha, l);
		return;
	}
	if ((m->flags & ADDR_GONE) != 0 || (p = link_prefix(l, &m->addr)) ==
	    NULL || !in6_eq(&m->addr, &l->address))
		return;
	valid = link_valid_left(ha, l, p);
	preferred = link_preferred_left(ha, l, p);
	p->valid = lifetime_end(ha, m->valid);
	p->preferred = lifetime_end(ha, m->preferred);
	ha_why_prefix(ha, l, p, true);
	/* The kernel tells of one that only goes on with the clock, too. */
	if (differ(valid, link_valid_left(ha, l, p)) ||
	    differ(preferred, link_preferred_left(ha, l, p)))
		ra_changed(ha, l);
	bc_walk(ha, WALK_CHECK);
}

/* Before and after a full list of interfaces and addresses. */
void
link_snapshot(struct ha *ha, bool begin)
{
	struct ha_link	*l;
	size_t		 i;

	for (i = 0; i < ha->nlinks; i++) {
		l = ha->links[i];
		if (begin) {
			l->seen = l->address_seen = l->taken_seen = false;
			continue;
		}
		if (!l->address_seen)
			l->address_on = 0;
		if (!l->taken_seen)
			l->address_taken = false;
		l->looked = true;
		if (l->used && l->physical && !l->seen)
			link_lost(ha, l);
		else if (l->used)
			ha_why_link(ha, l);
	}
}
