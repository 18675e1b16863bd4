/*
 * The kernel under an engine, as far as it refuses things: that of a BSD,
 * which routes by destination alone, so that what satisfies it satisfies
 * others.  While a home address is away everything that has no route of its
 * own is led into the tun.  A packet whose interface is named is refused if
 * its route leads elsewhere, and an address that one interface has is refused
 * on another.  Requests of routes count from their answer on, as packets go
 * another way than they do.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "run.h"
#include "wire/ip6.h"

#define MAX	64

struct wish {
	enum msg_type		 type;
	uint32_t		 id;
	struct msg_home_policy	 policy;
	struct msg_path		 path;
};

struct place {
	struct in6_addr	 addr;
	uint32_t	 ifindex;
};

static struct wish		 wishes[MAX];
static size_t			 nwishes;
static struct msg_home_policy	 policies[MAX];
static size_t			 npolicies;
static struct msg_path		 paths[MAX];
static size_t			 npaths;
static struct place		 places[MAX];
static size_t			 nplaces;

static void
put_policy(const struct msg_home_policy *m)
{
	size_t	 i;

	for (i = 0; i < npolicies; i++)
		if (in6_eq(&policies[i].home, &m->home))
			break;
	if (i == MAX)
		errx(1, "too many home addresses");
	policies[i] = *m;
	if (i == npolicies)
		npolicies++;
}

static void
put_path(const struct msg_path *m)
{
	size_t	 i;

	if (in6_is_unspecified(&m->agent))
		return;
	for (i = 0; i < npaths; i++)
		if (in6_eq(&paths[i].agent, &m->agent))
			break;
	if (i == MAX)
		errx(1, "too many home agents");
	paths[i] = *m;
	if (i == npaths)
		npaths++;
}

static void
grant(const struct wish *w)
{
	if (w->type == MSG_HOME_POLICY)
		put_policy(&w->policy);
	else
		put_path(&w->path);
}

/* The request of that id is answered; granted: the kernel has done it. */
void
routes_answered(uint32_t id, bool granted)
{
	size_t	 i, n = 0;

	for (i = 0; i < nwishes; i++) {
		if (wishes[i].id != id)
			wishes[n++] = wishes[i];
		else if (granted)
			grant(&wishes[i]);
	}
	nwishes = n;
}

/* The kernel says where an address is, or that it is there no more. */
void
routes_address(const struct in6_addr *addr, uint32_t ifindex, bool there)
{
	size_t	 i;

	for (i = 0; i < nplaces; i++)
		if (places[i].ifindex == ifindex &&
		    in6_eq(&places[i].addr, addr))
			break;
	if (!there && i < nplaces)
		places[i] = places[--nplaces];
	if (!there || i < nplaces)
		return;
	if (nplaces == MAX)
		errx(1, "too many addresses");
	places[nplaces++] = (struct place){ *addr, ifindex };
}

static void
want_address(const struct line *l, const struct msg_addr_set *m)
{
	char	 a[INET6_ADDRSTRLEN];
	size_t	 i;

	for (i = 0; m->add && i < nplaces; i++)
		if (places[i].ifindex != m->ifindex &&
		    in6_eq(&places[i].addr, &m->addr))
			fail(l, "EEXIST: %s is asked for on interface %u and "
			    "still on %u", inet_ntop(AF_INET6, &m->addr, a,
			    sizeof(a)), m->ifindex, places[i].ifindex);
	routes_address(&m->addr, m->ifindex, m->add);
}

/* Does the route to dst lead into the tun? */
static bool
into_tun(const struct runner *r, const struct in6_addr *dst)
{
	const struct conf_mn	*mn = r->conf->mn;
	size_t			 i, j;
	bool			 any = false, prefix = false, link = false;

	for (i = 0; i < npolicies; i++) {
		if (!policies[i].active)
			continue;
		any = true;
		for (j = 0; j < mn->nhomes; j++) {
			if (!in6_eq(&mn->homes[j].address, &policies[i].home) ||
			    !in6_prefix_eq(dst, &mn->homes[j].prefix.addr,
			    mn->homes[j].prefix.len))
				continue;
			prefix = prefix || !policies[i].on_link;
			link = true;
		}
	}
	return (prefix || (any && !link));
}

/*
 * Correspondents are out of reach of a system that routes by destination alone,
 * where all but home agents are behind the tun: there nothing is optimized.
 */
static bool
is_for_agent(const struct conf_mn *mn, const struct in6_addr *dst)
{
	size_t	 i;

	for (i = 0; i < mn->nhomes; i++)
		if (in6_eq(&mn->homes[i].agent, dst))
			return (true);
	return (false);
}

static void
send_out(const struct runner *r, const struct msg_mh_out *m)
{
	char	 a[INET6_ADDRSTRLEN];
	size_t	 i;

	if (m->ifindex == 0 || r->conf->mn == NULL ||
	    !is_for_agent(r->conf->mn, &m->dst))
		return;
	for (i = 0; i < npaths; i++)
		if (paths[i].add && in6_eq(&paths[i].agent, &m->dst))
			break;
	if (i < npaths && paths[i].ifindex == m->ifindex)
		return;
	if (i < npaths || into_tun(r, &m->dst))
		fail(r->line, "EHOSTUNREACH: to %s by interface %u, where no "
		    "route leads", inet_ntop(AF_INET6, &m->dst, a, sizeof(a)),
		    m->ifindex);
}

/* An engine asks for something; it may be refused at once. */
void
routes_asked(const struct runner *r, enum msg_type type, const void *m,
    bool answered)
{
	struct wish	 w;

	memset(&w, 0, sizeof(w));
	w.type = type;
	if (type == MSG_ADDR_SET)
		want_address(r->line, m);
	else if (type == MSG_MH_OUT)
		send_out(r, m);
	if (type != MSG_HOME_POLICY && type != MSG_PATH)
		return;
	if (type == MSG_HOME_POLICY) {
		memcpy(&w.policy, m, sizeof(w.policy));
		w.id = w.policy.id;
	} else {
		memcpy(&w.path, m, sizeof(w.path));
		w.id = w.path.id;
	}
	if (!answered) {
		grant(&w);
		return;
	}
	if (nwishes == MAX)
		errx(1, "too many requests");
	wishes[nwishes++] = w;
}

/* The engine has died, and its requests are carried out nevertheless. */
void
routes_all(void)
{
	size_t	 i;

	for (i = 0; i < nwishes; i++)
		grant(&wishes[i]);
	nwishes = 0;
}
