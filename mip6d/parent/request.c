/*
 * What engines ask of the kernel.  It is checked against the configuration
 * before any system call; what is to be removed is checked as well: it must
 * be what the configuration would allow to put there, or has allowed before.
 */
#include <sys/socket.h>

#include <net/if.h>

#include <event2/event.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/timer.h"
#include "kern/kern.h"
#include "parent/kernel.h"
#include "parent/parent.h"
#include "wire/ip6.h"

static void
request_done(void *arg, uint32_t id, int error)
{
	static struct log_limit	 limit;
	struct parent		*p = arg;
	struct request		*r;
	struct msg_result	 m;

	if (error != 0)
		COUNT(&p->counters, PC_KERNEL_ERRORS);
	r = id == 0 ? NULL : &p->requests.v[id - 1];
	if (r == NULL || r->id == 0) {
		if (error != 0 && limit_lines(&limit, mono_now(), 5, NULL))
			log_warn("a request to the kernel failed: %s",
			    strerror(error));
		return;
	}
	if (error != 0)
		log_debug("request %u of %s to the kernel: %s", r->id,
		    role_name(r->role), strerror(error));
	m.id = r->id;
	m.error = (uint32_t)error;
	proc_send(p, r->role, MSG_RESULT, &m);
}

/* The next time that something is to be put back into the kernel. */
void
request_arm(struct parent *p)
{
	struct mono	 when;

	if (kern_next(p->kern, &when))
		timer_at(p->kern_commit_ev, when);
}

/*
 * What the children asked in this round goes to the kernel in one batch, and
 * what somebody else has removed goes back there.
 */
void
request_commit(int fd, short what, void *arg)
{
	struct parent	*p = arg;

	(void)fd;
	(void)what;
	kern_commit(p->kern, request_done, p);
	p->requests.n = 0;
	request_arm(p);
}

/* At the end, when nothing is asked any more. */
void
request_free(struct parent *p)
{
	free(p->requests.v);
	memset(&p->requests, 0, sizeof(p->requests));
}

/* Whoever asked waits for that. */
static void
answer(struct proc *pr, uint32_t id, int error)
{
	struct msg_result	 m = { .id = id, .error = (uint32_t)error };

	if (id != 0)
		proc_send(pr->parent, pr->role, MSG_RESULT, &m);
}

/* It must not ask for that; an honest one may after a reload. */
static void
deny(struct proc *pr, uint32_t id, const char *what)
{
	parent_denied(pr, what);
	answer(pr, id, EACCES);
}

/*
 * Remember whose request this is: *id becomes the kernel's own of it, from 1
 * on.  False when out of memory: it is not to be done, and its answer was that.
 */
static bool
begin_request(struct proc *pr, uint32_t *id)
{
	struct parent	*p = pr->parent;
	struct request	*r;
	size_t		 cap;

	COUNT(&p->counters, PC_KERNEL_REQUESTS);
	if (p->requests.n == p->requests.cap) {
		cap = p->requests.cap == 0 ? 64 : p->requests.cap * 2;
		r = realloc(p->requests.v, cap * sizeof(*r));
		if (r == NULL) {
			COUNT(&p->counters, PC_KERNEL_ERRORS);
			answer(pr, *id, ENOMEM);
			return (false);
		}
		p->requests.v = r;
		p->requests.cap = cap;
	}
	p->requests.v[p->requests.n].role = pr->role;
	p->requests.v[p->requests.n++].id = *id;
	*id = (uint32_t)p->requests.n;
	event_active(p->kern_commit_ev, EV_TIMEOUT, 0);
	return (true);
}

/* Once it may be: to the kernel contract; if no answer comes, that is it. */
static void
ask(struct proc *pr, enum msg_type type, const void *m, uint32_t *id)
{
	int	 e;

	if (begin_request(pr, id) &&
	    (e = kern_ask(pr->parent->kern, type, m)) != 0)
		request_done(pr->parent, *id, e);
}

static const struct conf_home *
home_of_mn(const struct parent *p, const struct in6_addr *a)
{
	size_t	 i;

	if (p->conf->mn == NULL)
		return (NULL);
	for (i = 0; i < p->conf->mn->nhomes; i++)
		if (IN6_ARE_ADDR_EQUAL(&p->conf->mn->homes[i].address, a))
			return (&p->conf->mn->homes[i]);
	return (NULL);
}

static bool
is_agent_of_mn(const struct parent *p, const struct in6_addr *a)
{
	size_t	 i;

	for (i = 0; p->conf->mn != NULL && i < p->conf->mn->nhomes; i++)
		if (IN6_ARE_ADDR_EQUAL(&p->conf->mn->homes[i].agent, a))
			return (true);
	return (false);
}

/* Is mn to use that interface?  One that has just gone the kernel refuses. */
static bool
is_link_of_mn(const struct parent *p, uint32_t ifindex)
{
	char	 name[IF_NAMESIZE];
	size_t	 i;

	if (p->conf->mn == NULL || ifindex == 0)
		return (false);
	if (if_indextoname(ifindex, name) == NULL)
		return (true);
	for (i = 0; i < p->conf->mn->ninterfaces; i++)
		if (strcmp(p->conf->mn->interfaces[i].name, name) == 0)
			return (true);
	return (false);
}

/*
 * mn: MSG_DEPRECATE.  An address of a link of mn's, as hosts have them for
 * other hosts; home addresses are nowhere to be deprecated.
 */
static bool
may_deprecate(struct parent *p, union msg *m)
{
	const struct msg_deprecate	*d = &m->u_DEPRECATE;

	if (!d->on)
		return (kern_has(p->kern, MSG_DEPRECATE, d));
	return (is_link_of_mn(p, d->ifindex) &&
	    d->ifindex != p->tun.ifindex &&
	    !IN6_IS_ADDR_UNSPECIFIED(&d->addr) &&
	    !IN6_IS_ADDR_LOOPBACK(&d->addr) &&
	    !IN6_IS_ADDR_MULTICAST(&d->addr) &&
	    !IN6_IS_ADDR_LINKLOCAL(&d->addr) &&
	    home_of_mn(p, &d->addr) == NULL);
}

/* Is that the prefix of a virtual home link, as a whole? */
static bool
is_virtual_prefix(const struct conf_ha *ha, const struct msg_home_route *m)
{
	const struct conf_home_link	*l;
	size_t				 i, j;

	for (i = 0; i < ha->nlinks; i++) {
		l = &ha->links[i];
		for (j = 0; l->interface[0] == '\0' && j < l->nprefixes; j++)
			if (m->plen == l->prefixes[j].len && in6_prefix_eq(
			    &l->prefixes[j].addr, &m->home, m->plen))
				return (true);
	}
	return (false);
}

/*
 * ha: MSG_HOME_ROUTE.  A node of a home prefix, or a virtual home prefix whole.
 * A link-local home address (L bit) is one node's as well.
 */
static bool
may_route_home(struct parent *p, union msg *m)
{
	const struct msg_home_route	*r = &m->u_HOME_ROUTE;
	const struct conf_ha		*ha = p->conf->ha;

	if (r->plen > 128)
		return (false);
	if (!r->add && kern_has(p->kern, MSG_HOME_ROUTE, r))
		return (true);
	if (ha == NULL)
		return (false);
	if (r->plen == 128 && (IN6_IS_ADDR_LINKLOCAL(&r->home) ||
	    conf_home_link(ha, &r->home) != NULL))
		return (true);
	return (is_virtual_prefix(ha, r));
}

/*
 * mn: MSG_HOME_POLICY, of its home address; the length of the prefix is known
 * here.
 */
static bool
may_lead_home(struct parent *p, union msg *m)
{
	struct msg_home_policy	*h = &m->u_HOME_POLICY;
	const struct conf_home	*c = home_of_mn(p, &h->home);

	if (c == NULL && (h->active || !kern_has(p->kern, MSG_HOME_POLICY, h)))
		return (false);
	h->plen = c == NULL ? 128 : c->prefix.len;
	return (true);
}

/*
 * That a router of the kernel's is out of reach, mn alone can tell; one of its
 * choice where the kernel finds none.
 */
static bool
default_allowed(const struct parent *p, const struct msg_path *m, bool router)
{
	if (m->add)
		return (router && p->conf->mn->form_addresses);
	return (router || IN6_IS_ADDR_UNSPECIFIED(&m->router));
}

/* mn: MSG_PATH, to a home agent that is configured. */
static bool
may_lead_path(struct parent *p, union msg *msg)
{
	const struct msg_path	*m = &msg->u_PATH;
	bool			 router = IN6_IS_ADDR_LINKLOCAL(&m->router) &&
				    is_link_of_mn(p, m->ifindex);

	if (IN6_IS_ADDR_UNSPECIFIED(&m->agent))
		return (default_allowed(p, m, router));
	if (m->add)
		return (router && is_agent_of_mn(p, &m->agent));
	return (is_agent_of_mn(p, &m->agent) || kern_has(p->kern, MSG_PATH, m));
}

/*
 * mn: MSG_ADDR_SET.  Its home addresses anywhere; anything else only where it
 * is to form care-of addresses itself.
 */
static bool
may_assign(struct parent *p, union msg *m)
{
	struct msg_addr_set	*a = &m->u_ADDR_SET;
	const struct conf_mn	*mn = p->conf->mn;
	bool			 forms;

	forms = mn != NULL && mn->form_addresses &&
	    is_link_of_mn(p, a->ifindex);
	if (a->ifindex == 0)
		a->ifindex = p->tun.ifindex;
	return (a->plen <= 128 && (home_of_mn(p, &a->addr) != NULL ||
	    (a->add ? forms : kern_has(p->kern, MSG_ADDR_SET, a))));
}

/*
 * Requests that are passed on if a check allows them, which also fills in what
 * only the parent knows.
 */
static const struct asked {
	enum msg_type	 type;
	size_t		 id;		/* where the message has its number */
	bool		(*may)(struct parent *, union msg *);
	const char	*denied;	/* what it asked for, if it may not */
} requests[] = {
	{ MSG_ADDR_SET, offsetof(struct msg_addr_set, id), may_assign,
	    "address that is not its to assign" },
	{ MSG_DEPRECATE, offsetof(struct msg_deprecate, id), may_deprecate,
	    "lifetime of what is not its to deprecate" },
	{ MSG_HOME_ROUTE, offsetof(struct msg_home_route, id), may_route_home,
	    "route outside its home prefixes" },
	{ MSG_HOME_POLICY, offsetof(struct msg_home_policy, id), may_lead_home,
	    "policy for what is not its home address" },
	{ MSG_PATH, offsetof(struct msg_path, id), may_lead_path,
	    "path to what is not its home agent" },
};

/*
 * A message of a child that may be such a request; false: it is another.  What
 * may not be is answered with EACCES, and counted.
 */
bool
request_message(struct proc *pr, enum msg_type type, const union msg *m)
{
	const struct asked	*a = requests;
	union msg		 r = *m;
	uint32_t		*id;

	while (a->type != type)
		if (++a == requests + sizeof(requests) / sizeof(requests[0]))
			return (false);
	id = (uint32_t *)(void *)((char *)&r + a->id);
	if (a->may(pr->parent, &r))
		ask(pr, type, &r, id);
	else
		deny(pr, *id, a->denied);
	return (true);
}

/*
 * A peer's home address: not of a node that we serve ourselves, nor on the way
 * of our own signalling, and no more of them than there may be bindings.
 */
static bool
peer_allowed(const struct parent *p, const struct msg_peer_route *m)
{
	return (p->conf->cn != NULL && in6_is_routable(&m->home) &&
	    in6_is_routable(&m->own) &&
	    conf_home_link(p->conf->ha, &m->home) == NULL &&
	    home_of_mn(p, &m->home) == NULL && !is_agent_of_mn(p, &m->home) &&
	    p->peers_routed < p->conf->cn->max_bindings);
}

/*
 * A correspondent that has gone leaves no route: nobody knows of the bindings
 * any more, and packets of this host go by the home agents.
 */
void
kernel_child_gone(struct proc *pr)
{
	struct parent	*p = pr->parent;

	if (pr->role != ROLE_CN || p->peers_routed == 0 || p->kern == NULL)
		return;
	kern_forget_peers(p->kern);
	p->peers_routed = 0;
	event_active(p->kern_commit_ev, EV_TIMEOUT, 0);
}

/*
 * cn: MSG_PEER_ROUTE, of which there are only so many; of what its predecessor
 * had there is no route.
 */
void
kernel_peer_route(struct proc *pr, const union msg *m)
{
	struct parent		*p = pr->parent;
	struct msg_peer_route	 r = m->u_PEER_ROUTE;
	bool			 had = kern_has(p->kern, MSG_PEER_ROUTE, &r);

	if (!had && !r.add) {
		answer(pr, r.id, 0);
		return;
	}
	if (!had && !peer_allowed(p, &r)) {
		deny(pr, r.id, "route to what is no peer of its");
		return;
	}
	ask(pr, MSG_PEER_ROUTE, &r, &r.id);
	if (kern_has(p->kern, MSG_PEER_ROUTE, &r) != had)
		p->peers_routed += had ? -1U : 1U;
}
