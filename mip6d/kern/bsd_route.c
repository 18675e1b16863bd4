/* BSD: routes and addresses that are asked for. */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if_dl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/bsd.h"

/* Without it the device does nothing on NetBSD; also what routes point to. */
static const struct in6_addr	 tun_addr = { { {
	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'm', 'i', 'p', '6' } } };

struct request {
	struct rt_msghdr	 h;
	uint8_t			 data[512];
};

static void
append(struct request *q, size_t *len, int bit, const void *sa, size_t n)
{
	/* Each begins where the largest unit of these systems would. */
	memcpy((uint8_t *)q + *len, sa, n);
	*len += (n + 7) & ~(size_t)7;
	q->h.rtm_addrs |= bit;
}

/*
 * RTM_ADD, RTM_CHANGE or RTM_DELETE dst/plen by the router, NULL: into the
 * tun.  0 or an errno.
 */
static int
route_request(struct kern *k, int type, const struct in6_addr *dst,
    unsigned int plen, const struct bsd_router *r)
{
	struct request		 q;
	struct sockaddr_in6	 sin6;
	struct sockaddr_dl	 sdl;
	uint32_t		 ifindex = r == NULL ? k->tun : r->ifindex;
	size_t			 len = sizeof(q.h);

	memset(&q, 0, sizeof(q));
	q.h.rtm_version = RTM_VERSION;
	q.h.rtm_type = (uint8_t)type;
	q.h.rtm_index = (uint16_t)ifindex;
	q.h.rtm_seq = ++k->seq;
	q.h.rtm_flags = RTF_UP | RTF_STATIC | (int)BSD_TAG;
	if (plen == 128)
		q.h.rtm_flags |= RTF_HOST;
	if (r != NULL)
		q.h.rtm_flags |= RTF_GATEWAY;
#if defined(__OpenBSD__)
	q.h.rtm_hdrlen = sizeof(q.h);
#endif
	bsd_sin6(&sin6, dst, ifindex);
	append(&q, &len, RTA_DST, &sin6, sizeof(sin6));
	bsd_sin6(&sin6, r == NULL ? &tun_addr : &r->addr, ifindex);
	if (type != RTM_DELETE)
		append(&q, &len, RTA_GATEWAY, &sin6, sizeof(sin6));
	if (plen < 128) {
		bsd_mask(&sin6, plen);
		append(&q, &len, RTA_NETMASK, &sin6, sizeof(sin6));
	}
	if (type != RTM_DELETE) {
		memset(&sdl, 0, sizeof(sdl));
		sdl.sdl_len = sizeof(sdl);
		sdl.sdl_family = AF_LINK;
		sdl.sdl_index = (uint16_t)ifindex;
		append(&q, &len, RTA_IFP, &sdl, sizeof(sdl));
	}
	q.h.rtm_msglen = (uint16_t)len;
	return (write(k->requests, &q, len) == -1 ? errno : 0);
}

/*
 * The same, but to add what is there replaces it, and to delete what is not
 * there is no error.
 */
int
bsd_route(struct kern *k, int type, const struct in6_addr *dst,
    unsigned int plen, const struct bsd_router *r)
{
	int	 e;

	if (type != RTM_DELETE && r == NULL && k->tun == 0)
		return (ENXIO);
	e = route_request(k, type, dst, plen, r);
	if (type == RTM_ADD && e == EEXIST)
		e = route_request(k, RTM_CHANGE, dst, plen, r);
	return (type == RTM_DELETE && e == ESRCH ? 0 : e);
}

static int
set_address(struct kern *k, const struct msg_addr_set *m)
{
	struct in6_aliasreq	 add;
	struct in6_ifreq	 del;
	char			 name[IFNAMSIZ];

	if (if_indextoname(m->ifindex, name) == NULL)
		return (m->add ? ENXIO : 0);
	if (!m->add) {
		memset(&del, 0, sizeof(del));
		memcpy(del.ifr_name, name, sizeof(del.ifr_name));
		bsd_sin6(&del.ifr_ifru.ifru_addr, &m->addr, m->ifindex);
		if (ioctl(k->inet6, SIOCDIFADDR_IN6, &del) == -1 &&
		    errno != EADDRNOTAVAIL)
			return (errno);
		return (0);
	}
	memset(&add, 0, sizeof(add));
	memcpy(add.ifra_name, name, sizeof(add.ifra_name));
	bsd_sin6(&add.ifra_addr, &m->addr, m->ifindex);
	bsd_mask(&add.ifra_prefixmask, m->plen);
	if ((m->flags & ADDR_NODAD) != 0)
		add.ifra_flags |= bsd_nodad;
	add.ifra_lifetime.ia6t_vltime = m->valid == 0 ? UINT32_MAX : m->valid;
	add.ifra_lifetime.ia6t_pltime = m->preferred == 0 && m->valid == 0 ?
	    UINT32_MAX : m->preferred;
	return (ioctl(k->inet6, SIOCAIFADDR_IN6, &add) == -1 ? errno : 0);
}

/* Give the tun the address that our routes are by; 0 or an errno. */
int
bsd_tun_address(struct kern *k)
{
	struct msg_addr_set	 m;

	memset(&m, 0, sizeof(m));
	m.add = true;
	m.ifindex = k->tun;
	m.addr = tun_addr;
	m.plen = 128;
	m.flags = ADDR_NODAD;
	return (set_address(k, &m));
}

static int
set_home_route(struct kern *k, const struct msg_home_route *m)
{
	/* A link-local one would belong to the link, which the tun is not. */
	if (IN6_IS_ADDR_LINKLOCAL(&m->home))
		return (m->add ? EOPNOTSUPP : 0);
	return (bsd_route(k, m->add ? RTM_ADD : RTM_DELETE, &m->home, m->plen,
	    NULL));
}

/* net/plen into the tun, before all routes for it: as its two halves. */
static int
cover(struct kern *k, bool add, const struct in6_addr *net, unsigned int plen)
{
	struct in6_addr	 half = *net;
	unsigned int	 i;
	int		 e;

	if (plen >= 127)
		return (0);
	for (i = plen; i < 128; i++)
		half.s6_addr[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	if ((e = bsd_route(k, add ? RTM_ADD : RTM_DELETE, &half, plen + 1,
	    NULL)) != 0)
		return (e);
	half.s6_addr[plen / 8] |= (uint8_t)(0x80 >> plen % 8);
	return (bsd_route(k, add ? RTM_ADD : RTM_DELETE, &half, plen + 1,
	    NULL));
}

/*
 * No route depends on the source address here.  So while a home address is
 * away everything but what has a route more specific than the default goes
 * into the tun, and its home prefix too, which the kernel may still believe
 * to be on link.  Home agents have routes of their own by kern_path().
 */
static int
set_home_policy(struct kern *k, const struct msg_home_policy *m)
{
	struct msg_home_policy	 old;
	size_t			 i;
	int			 e;

	for (i = 0; i < k->nhomes; i++)
		if (IN6_ARE_ADDR_EQUAL(&k->homes[i].home, &m->home))
			break;
	if (m->active == (i < k->nhomes))
		return (0);
	if (!m->active) {
		old = k->homes[i];
		k->homes[i] = k->homes[--k->nhomes];
		e = cover(k, false, &old.home, old.plen);
		if (k->nhomes == 0 && e == 0)
			e = cover(k, false, &in6addr_any, 0);
		return (e);
	}
	if (i == BSD_HOMES_MAX)
		return (ENOSPC);
	k->homes[k->nhomes++] = *m;
	if ((e = cover(k, true, &m->home, m->plen)) == 0 && k->nhomes == 1)
		e = cover(k, true, &in6addr_any, 0);
	return (e);
}

/* The way to a home agent past the tun. */
static int
set_path(struct kern *k, const struct msg_path *m)
{
	struct bsd_router	 r = { m->router, m->ifindex };

	return (bsd_route(k, m->add ? RTM_ADD : RTM_DELETE, &m->agent, 128,
	    m->add ? &r : NULL));
}

static struct bsd_request *
enqueue(struct kern *k, enum msg_type type)
{
	struct bsd_request	*q;

	if (k->nqueue == k->cqueue) {
		q = realloc(k->queue, (k->cqueue * 2 + 16) * sizeof(*q));
		if (q == NULL)
			return (NULL);
		k->queue = q;
		k->cqueue = k->cqueue * 2 + 16;
	}
	q = &k->queue[k->nqueue++];
	q->type = type;
	return (q);
}

int
kern_addr_set(struct kern *k, const struct msg_addr_set *m)
{
	struct bsd_request	*q;

	if ((q = enqueue(k, MSG_ADDR_SET)) == NULL)
		return (ENOMEM);
	q->u.addr = *m;
	return (0);
}

int
kern_home_route(struct kern *k, const struct msg_home_route *m)
{
	struct bsd_request	*q;

	if ((q = enqueue(k, MSG_HOME_ROUTE)) == NULL)
		return (ENOMEM);
	q->u.route = *m;
	return (0);
}

/* Not in this version: caps say so. */
int
kern_ipsec(struct kern *k, bool on)
{
	(void)k;
	return (on ? EOPNOTSUPP : 0);
}

/* They have no policies of ours. */
size_t
kern_ipsec_drops(struct kern_drop *v, size_t max)
{
	(void)v;
	(void)max;
	return (0);
}

int
kern_home_policy(struct kern *k, const struct msg_home_policy *m)
{
	struct bsd_request	*q;

	if ((q = enqueue(k, MSG_HOME_POLICY)) == NULL)
		return (ENOMEM);
	q->u.policy = *m;
	return (0);
}

int
kern_path(struct kern *k, const struct msg_path *m)
{
	struct bsd_request	*q;

	if ((q = enqueue(k, MSG_PATH)) == NULL)
		return (ENOMEM);
	q->u.path = *m;
	return (0);
}

static int
carry_out(struct kern *k, const struct bsd_request *q, uint32_t *id)
{
	switch (q->type) {
	case MSG_ADDR_SET:
		*id = q->u.addr.id;
		return (set_address(k, &q->u.addr));
	case MSG_HOME_ROUTE:
		*id = q->u.route.id;
		return (set_home_route(k, &q->u.route));
	case MSG_PATH:
		*id = q->u.path.id;
		return (set_path(k, &q->u.path));
	default:
		*id = q->u.policy.id;
		return (set_home_policy(k, &q->u.policy));
	}
}

int
kern_commit(struct kern *k, void (*done)(void *, uint32_t, int), void *arg)
{
	struct bsd_request	*queue = k->queue;
	size_t			 i, n = k->nqueue;
	uint32_t		 id;
	int			 e;

	/* done() may ask for more. */
	k->queue = NULL;
	k->nqueue = k->cqueue = 0;
	for (i = 0; i < n; i++) {
		e = carry_out(k, &queue[i], &id);
		if (done != NULL)
			done(arg, id, e);
	}
	free(queue);
	return (0);
}

static void
remove_route(struct kern *k, const struct bsd_msg *m,
    const struct rt_msghdr *h)
{
	struct in6_addr	 dst;
	uint32_t	 scope;
	unsigned int	 plen = 128;

	if ((h->rtm_flags & BSD_TAG) != BSD_TAG ||
	    !bsd_sa_in6(m, RTAX_DST, &dst, &scope))
		return;
	if ((h->rtm_flags & RTF_HOST) == 0)
		plen = bsd_sa_plen(m, RTAX_NETMASK);
	bsd_route(k, RTM_DELETE, &dst, plen, NULL);
}

/*
 * Routes by their tag; the device that a former life left, and with it its
 * addresses, by its mark.  Addresses on other links carry no tag: they end
 * with their lifetime, or are taken over as they are.
 */
int
kern_reconcile(struct kern *k)
{
	struct if_nameindex	*list;
	size_t			 i;
	pid_t			 pid;
	int			 e;

	e = bsd_each_route(k, RTF_PROTO1, remove_route);
	k->nhomes = 0;
	if ((list = if_nameindex()) == NULL)
		return (errno);
	for (i = 0; list[i].if_index != 0; i++)
		if (list[i].if_index != k->tun &&
		    bsd_is_marked(k, list[i].if_name, &pid))
			bsd_tun_destroy(k, list[i].if_name);
	if_freenameindex(list);
	return (e);
}
