/*
 * What engines ask of the kernel.  It is checked against the configuration
 * before any system call; what is to be removed is checked as well: it must
 * be what the configuration would allow to put there, or has allowed before.
 */
#include <sys/socket.h>

#include <net/if.h>

#include <event2/event.h>
#include <errno.h>
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

/* The kernel contract has no answer to come: that is the answer. */
static void
begun(struct parent *p, uint32_t id, int error)
{
	if (error != 0)
		request_done(p, id, error);
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
 * An address of a link of mn's, as hosts have them for other hosts; home
 * addresses are nowhere to be deprecated.
 */
static bool
deprecation_allowed(const struct parent *p, const struct msg_deprecate *m)
{
	return (is_link_of_mn(p, m->ifindex) &&
	    m->ifindex != p->tun.ifindex &&
	    !IN6_IS_ADDR_UNSPECIFIED(&m->addr) &&
	    !IN6_IS_ADDR_LOOPBACK(&m->addr) &&
	    !IN6_IS_ADDR_MULTICAST(&m->addr) &&
	    !IN6_IS_ADDR_LINKLOCAL(&m->addr) &&
	    home_of_mn(p, &m->addr) == NULL);
}

/* mn: MSG_DEPRECATE. */
void
kernel_deprecate(struct proc *pr, const union msg *m)
{
	struct parent		*p = pr->parent;
	struct msg_deprecate	 d = m->u_DEPRECATE;

	if (d.on ? !deprecation_allowed(p, &d) :
	    !kern_has(p->kern, MSG_DEPRECATE, &d)) {
		deny(pr, d.id, "lifetime of what is not its to deprecate");
		return;
	}
	if (begin_request(pr, &d.id))
		begun(p, d.id, kern_ask(p->kern, MSG_DEPRECATE, &d));
}

/* A route of ha: a node of a home prefix, or a virtual home prefix whole. */
static bool
route_allowed(const struct parent *p, const struct msg_home_route *m)
{
	const struct conf_home_link	*l;
	size_t				 i, j;

	if (p->conf->ha == NULL)
		return (false);
	for (i = 0; i < p->conf->ha->nlinks; i++) {
		l = &p->conf->ha->links[i];
		for (j = 0; j < l->nprefixes; j++) {
			if (!in6_prefix_eq(&l->prefixes[j].addr, &m->home,
			    l->prefixes[j].len))
				continue;
			if (m->plen == 128 ||
			    (l->interface[0] == '\0' &&
			    m->plen == l->prefixes[j].len))
				return (true);
		}
	}
	/* A link-local home address (L bit) is one node's as well. */
	return (m->plen == 128 && IN6_IS_ADDR_LINKLOCAL(&m->home));
}

/* ha: MSG_HOME_ROUTE. */
void
kernel_home_route(struct proc *pr, const union msg *m)
{
	struct parent		*p = pr->parent;
	struct msg_home_route	 r = m->u_HOME_ROUTE;

	if (r.plen > 128 || (!route_allowed(p, &r) &&
	    (r.add || !kern_has(p->kern, MSG_HOME_ROUTE, &r)))) {
		deny(pr, r.id, "route outside its home prefixes");
		return;
	}
	if (begin_request(pr, &r.id))
		begun(p, r.id, kern_ask(p->kern, MSG_HOME_ROUTE, &r));
}

static bool
in_home_link(const struct parent *p, const struct in6_addr *a)
{
	const struct conf_home_link	*l;
	size_t				 i, j;

	for (i = 0; p->conf->ha != NULL && i < p->conf->ha->nlinks; i++) {
		l = &p->conf->ha->links[i];
		for (j = 0; j < l->nprefixes; j++)
			if (in6_prefix_eq(&l->prefixes[j].addr, a,
			    l->prefixes[j].len))
				return (true);
	}
	return (false);
}

/*
 * A peer's home address: not of a node that we serve ourselves, nor on the way
 * of our own signalling, and no more of them than there may be bindings.
 */
static bool
peer_allowed(const struct parent *p, const struct msg_peer_route *m)
{
	return (p->conf->cn != NULL && in6_is_routable(&m->home) &&
	    in6_is_routable(&m->own) && !in_home_link(p, &m->home) &&
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

/* cn: MSG_PEER_ROUTE; of what its predecessor had there is no route. */
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
	if (!begin_request(pr, &r.id))
		return;
	begun(p, r.id, kern_ask(p->kern, MSG_PEER_ROUTE, &r));
	if (kern_has(p->kern, MSG_PEER_ROUTE, &r) != had)
		p->peers_routed += had ? -1U : 1U;
}

/* mn: MSG_HOME_POLICY. */
void
kernel_home_policy(struct proc *pr, const union msg *m)
{
	struct parent		*p = pr->parent;
	struct msg_home_policy	 h = m->u_HOME_POLICY;
	const struct conf_home	*c = home_of_mn(p, &h.home);

	if (c == NULL && (h.active ||
	    !kern_has(p->kern, MSG_HOME_POLICY, &h))) {
		deny(pr, h.id, "policy for what is not its home address");
		return;
	}
	h.plen = c == NULL ? 128 : c->prefix.len;
	if (begin_request(pr, &h.id))
		begun(p, h.id, kern_ask(p->kern, MSG_HOME_POLICY, &h));
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

static bool
path_allowed(const struct parent *p, const struct msg_path *m)
{
	bool	 router = IN6_IS_ADDR_LINKLOCAL(&m->router) &&
	    is_link_of_mn(p, m->ifindex);

	if (IN6_IS_ADDR_UNSPECIFIED(&m->agent))
		return (default_allowed(p, m, router));
	if (m->add)
		return (router && is_agent_of_mn(p, &m->agent));
	return (is_agent_of_mn(p, &m->agent) || kern_has(p->kern, MSG_PATH, m));
}

/* mn: MSG_PATH, to a home agent that is configured. */
void
kernel_path(struct proc *pr, const union msg *m)
{
	struct parent	*p = pr->parent;
	struct msg_path	 path = m->u_PATH;

	if (!path_allowed(p, &path)) {
		deny(pr, path.id, "path to what is not its home agent");
		return;
	}
	if (begin_request(pr, &path.id))
		begun(p, path.id, kern_ask(p->kern, MSG_PATH, &path));
}

/*
 * mn: MSG_ADDR_SET.  Its home addresses anywhere; anything else only where it
 * is to form care-of addresses itself.
 */
void
kernel_addr_set(struct proc *pr, const union msg *m)
{
	struct parent		*p = pr->parent;
	struct msg_addr_set	 a = m->u_ADDR_SET;
	const struct conf_mn	*mn = p->conf->mn;
	bool			 forms;

	forms = mn != NULL && mn->form_addresses &&
	    is_link_of_mn(p, a.ifindex);
	if (a.ifindex == 0)
		a.ifindex = p->tun.ifindex;
	if (a.plen > 128 || (home_of_mn(p, &a.addr) == NULL &&
	    !(a.add ? forms : kern_has(p->kern, MSG_ADDR_SET, &a)))) {
		deny(pr, a.id, "address that is not its to assign");
		return;
	}
	if (begin_request(pr, &a.id))
		begun(p, a.id, kern_ask(p->kern, MSG_ADDR_SET, &a));
}
