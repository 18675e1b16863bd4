/*
 * A BSD kernel for tests of mip6d/kern: interfaces, addresses, routes and tun
 * devices, by the calls that the files there make, with the refusals that
 * running kernels were seen to answer by.  It says nothing when the flags or
 * lifetimes of an address change, as FreeBSD does not.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/time.h>

#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_tun.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet6/in6_var.h>
#if defined(__FreeBSD__)
#include <netinet6/nd6.h>
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mono.h"
#include "regress/bsd/fake/fake.h"

#define MAX	64
#define FD_TUN	100		/* + the index of the device */
#define FD_OTHER 1000
#define TAG	(RTF_PROTO1 | RTF_PROTO2)
#define ROUND(n) (((n) + 7) & ~(size_t)7)

struct link {
	uint32_t	 index;
	char		 name[IFNAMSIZ];
	char		 text[64];
	int		 flags, mtu;
	unsigned int	 nd_flags;
	unsigned int	 opened;
	bool		 is_tun;
};

struct address {
	struct in6_addr	 addr;
	uint32_t	 ifindex;
	int		 flags;
	uint32_t	 valid, preferred;
	time_t		 until;
};

struct entry {
	struct in6_addr	 dst, gateway;
	unsigned int	 plen;
	uint32_t	 ifindex;
	int		 flags;
};

/* A default router by its advertisements. */
struct router {
	struct in6_addr	 addr;
	uint32_t	 ifindex;
	bool		 reachable, chosen;
};

struct setting {
	char	 name[64];
	int	 value;
};

unsigned int	 fake_devices, fake_hung, fake_asked;

static struct link	 links[MAX];
static struct address	 addresses[MAX];
static struct entry	 entries[MAX];
static struct setting	 settings[MAX];
static struct router	 routers[MAX];
static size_t		 nlinks, naddresses, nentries, nsettings, nrouters;
static uint32_t		 last_index;
static struct mono	 now;
static int		 last_fd;
static uint8_t		 queue[8192];
static size_t		 queued;

/* The number is that of the library below, by which it reports. */
extern int	*__errno_location(void);

int *
bsd_errno(void)
{
	return (__errno_location());
}

/* What the headers of a system have as macros. */
int
bsd_in6_equal(const struct in6_addr *a, const struct in6_addr *b)
{
	return (memcmp(a, b, sizeof(*a)) == 0);
}

int
bsd_in6_unspecified(const struct in6_addr *a)
{
	static const struct in6_addr	 none;

	return (bsd_in6_equal(a, &none));
}

int
bsd_in6_linklocal(const struct in6_addr *a)
{
	return (a->s6_addr[0] == 0xfe && (a->s6_addr[1] & 0xc0) == 0x80);
}

int
bsd_in6_mc_linklocal(const struct in6_addr *a)
{
	return (a->s6_addr[0] == 0xff && (a->s6_addr[1] & 0x0f) == 2);
}

static int
refuse(int e)
{
	errno = e;
	return (-1);
}

/* What tests ask. */

void
fake_begin(void)
{
	nlinks = naddresses = nentries = nsettings = nrouters = queued = 0;
	last_index = fake_devices = fake_hung = fake_asked = 0;
	last_fd = FD_OTHER;
	now.ns = SEC(1000);
	fake_ipfw_flush();
	fake_setting("net.link.tun.devfs_cloning", 1);
}

void
fake_pass(int64_t ns)
{
	now.ns += ns;
}

struct mono
fake_mono_now(void)
{
	return (now);
}

static struct link *
new_link(uint32_t ifindex, const char *name)
{
	struct link	*l = &links[nlinks++];

	if (nlinks > MAX)
		abort();
	memset(l, 0, sizeof(*l));
	l->index = ifindex;
	l->mtu = 1500;
	l->flags = IFF_UP | IFF_RUNNING;
	snprintf(l->name, sizeof(l->name), "%s", name);
	if (ifindex > last_index)
		last_index = ifindex;
	return (l);
}

void
fake_link(uint32_t ifindex, const char *name)
{
	new_link(ifindex, name);
}

static struct link *
by_name(const char *name)
{
	size_t	 i;

	for (i = 0; i < nlinks; i++)
		if (strcmp(links[i].name, name) == 0)
			return (&links[i]);
	return (NULL);
}

static struct link *
by_index(uint32_t ifindex)
{
	size_t	 i;

	for (i = 0; i < nlinks; i++)
		if (links[i].index == ifindex)
			return (&links[i]);
	return (NULL);
}

bool
fake_there(const char *name)
{
	return (by_name(name) != NULL);
}

void
fake_foreign_tun(const char *name, const char *text, bool is_open)
{
	struct link	*l = new_link(last_index + 1, name);

	l->is_tun = true;
	l->opened = is_open;
	snprintf(l->text, sizeof(l->text), "%s", text);
}

/* Whoever has a tun device open ends. */
void
fake_net_ends(void)
{
	size_t	 i;

	for (i = 0; i < nlinks; i++)
		links[i].opened = 0;
}

void
fake_setting(const char *name, int value)
{
	struct setting	*s = &settings[nsettings++];

	if (nsettings > MAX)
		abort();
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->value = value;
}

static struct in6_addr
unscoped(const struct in6_addr *a)
{
	struct in6_addr	 r = *a;

	if (IN6_IS_ADDR_LINKLOCAL(&r))
		r.s6_addr[2] = r.s6_addr[3] = 0;
	return (r);
}

static struct address *
find_address(uint32_t ifindex, const struct in6_addr *addr)
{
	struct in6_addr	 a = unscoped(addr);
	size_t		 i;

	for (i = 0; i < naddresses; i++)
		if ((ifindex == 0 || addresses[i].ifindex == ifindex) &&
		    IN6_ARE_ADDR_EQUAL(&addresses[i].addr, &a))
			return (&addresses[i]);
	return (NULL);
}

void
fake_address(uint32_t ifindex, const struct in6_addr *addr, unsigned int flags,
    uint32_t valid)
{
	struct address	*a = &addresses[naddresses++];

	if (naddresses > MAX)
		abort();
	a->addr = unscoped(addr);
	a->ifindex = ifindex;
	a->flags = (int)flags;
	a->valid = a->preferred = valid;
	a->until = (time_t)(now.ns / NS_PER_SEC) + (time_t)valid;
}

void
fake_address_is(const struct in6_addr *addr, unsigned int flags,
    uint32_t valid)
{
	struct address	*a = find_address(0, addr);

	a->flags = (int)flags;
	a->valid = a->preferred = valid;
	a->until = (time_t)(now.ns / NS_PER_SEC) + (time_t)valid;
}

uint32_t
fake_address_preferred(const struct in6_addr *addr)
{
	return (find_address(0, addr)->preferred);
}

int
fake_address_flags(const struct in6_addr *addr)
{
	return (find_address(0, addr)->flags);
}

uint32_t
fake_address_on(const struct in6_addr *addr)
{
	struct address	*a = find_address(0, addr);

	return (a == NULL ? 0 : a->ifindex);
}

static struct entry *
find_entry(const struct in6_addr *dst, unsigned int plen)
{
	size_t	 i;

	for (i = 0; i < nentries; i++)
		if (entries[i].plen == plen &&
		    IN6_ARE_ADDR_EQUAL(&entries[i].dst, dst))
			return (&entries[i]);
	return (NULL);
}

static struct entry *
new_entry(void)
{
	if (nentries == MAX)
		abort();
	return (&entries[nentries++]);
}

void
fake_route(const struct in6_addr *dst, unsigned int plen,
    const struct in6_addr *router, uint32_t ifindex, bool ours)
{
	struct entry	*e = new_entry();

	memset(e, 0, sizeof(*e));
	e->dst = *dst;
	e->plen = plen;
	e->ifindex = ifindex;
	if (router != NULL)
		e->gateway = *router;
	e->flags = RTF_UP | (router != NULL ? RTF_GATEWAY : 0) |
	    (ours ? TAG : 0) | (plen == 128 ? RTF_HOST : 0);
}

/* The interface that a route leads by; 0: there is none. */
uint32_t
fake_route_by(const struct in6_addr *dst, unsigned int plen)
{
	struct entry	*e = find_entry(dst, plen);

	return (e == NULL ? 0 : e->ifindex);
}

const struct in6_addr *
fake_route_via(const struct in6_addr *dst, unsigned int plen)
{
	struct entry	*e = find_entry(dst, plen);

	return (e == NULL ? &in6addr_any : &e->gateway);
}

static void
unchoose(struct router *r)
{
	struct entry	*e = find_entry(&in6addr_any, 0);

	r->chosen = false;
	if (e != NULL && e->ifindex == r->ifindex &&
	    IN6_ARE_ADDR_EQUAL(&e->gateway, &r->addr))
		*e = entries[--nentries];
}

/* defrouter_select_fib() of sys/netinet6/nd6_rtr.c */
static void
choose(void)
{
	struct router	*best = NULL, *old = NULL, *r;

	for (r = routers; r < routers + nrouters; r++) {
		if (best == NULL && r->reachable)
			best = r;
		if (r->chosen)
			old = r;
	}
	if (best == NULL)
		best = old == NULL || old + 1 == routers + nrouters ?
		    routers : old + 1;
	else if (old != NULL && old->reachable)
		best = old;
	if (best == old || nrouters == 0)
		return;
	if (old != NULL)
		unchoose(old);
	best->chosen = true;
	if (find_entry(&in6addr_any, 0) == NULL)
		fake_route(&in6addr_any, 0, &best->addr, best->ifindex, false);
}

/* A Router Advertisement of one that is new. */
void
fake_advertises(const struct in6_addr *router, uint32_t ifindex)
{
	if (nrouters == MAX)
		abort();
	routers[nrouters++] = (struct router){ *router, ifindex, true, false };
	choose();
}

static int
forget_neighbour(const struct in6_addr *addr)
{
	struct router	*r;

	for (r = routers; r < routers + nrouters; r++)
		if (r->reachable && IN6_ARE_ADDR_EQUAL(&r->addr, addr)) {
			r->reachable = false;
			return (0);
		}
	return (refuse(ESRCH));
}

/* Messages of the routing socket. */

static void
put_sa(uint8_t *p, size_t *len, const void *sa, size_t n)
{
	memset(p + *len, 0, ROUND(n));
	memcpy(p + *len, sa, n);
	*len += ROUND(n);
}

static void
put_in6(uint8_t *p, size_t *len, const struct in6_addr *a, uint32_t scope)
{
	struct sockaddr_in6	 s;

	memset(&s, 0, sizeof(s));
	s.sin6_len = sizeof(s);
	s.sin6_family = AF_INET6;
	s.sin6_addr = *a;
	if (IN6_IS_ADDR_LINKLOCAL(a)) {
		s.sin6_addr.s6_addr[2] = (uint8_t)(scope >> 8);
		s.sin6_addr.s6_addr[3] = (uint8_t)scope;
	}
	put_sa(p, len, &s, sizeof(s));
}

static void
put_mask(uint8_t *p, size_t *len, unsigned int plen)
{
	struct in6_addr	 a;
	unsigned int	 i;

	memset(&a, 0, sizeof(a));
	for (i = 0; i < plen; i++)
		a.s6_addr[i / 8] |= (uint8_t)(0x80 >> i % 8);
	put_in6(p, len, &a, 0);
}

static size_t
put_route(uint8_t *p, int type, const struct entry *e)
{
	struct rt_msghdr	 h;
	struct sockaddr_dl	 dl;
	size_t			 len = sizeof(h);

	memset(&h, 0, sizeof(h));
	h.rtm_version = RTM_VERSION;
	h.rtm_type = (unsigned char)type;
	h.rtm_index = (unsigned short)e->ifindex;
	h.rtm_flags = e->flags;
	h.rtm_addrs = RTA_DST | RTA_GATEWAY;
	put_in6(p, &len, &e->dst, 0);
	if ((e->flags & RTF_GATEWAY) != 0 ||
	    !IN6_IS_ADDR_UNSPECIFIED(&e->gateway))
		put_in6(p, &len, &e->gateway, e->ifindex);
	else {
		memset(&dl, 0, sizeof(dl));
		dl.sdl_len = sizeof(dl);
		dl.sdl_family = AF_LINK;
		dl.sdl_index = (unsigned short)e->ifindex;
		put_sa(p, &len, &dl, sizeof(dl));
	}
	if (e->plen < 128) {
		h.rtm_addrs |= RTA_NETMASK;
		put_mask(p, &len, e->plen);
	}
	h.rtm_msglen = (unsigned short)len;
	memcpy(p, &h, sizeof(h));
	return (len);
}

static size_t
put_link(uint8_t *p, const struct link *l)
{
	struct if_msghdr	 h;
	struct sockaddr_dl	 dl;
	size_t			 len = sizeof(h);

	memset(&h, 0, sizeof(h));
	h.ifm_version = RTM_VERSION;
	h.ifm_type = RTM_IFINFO;
	h.ifm_addrs = RTA_IFP;
	h.ifm_flags = l->flags;
	h.ifm_index = (unsigned short)l->index;
	h.ifm_data.ifi_mtu = (unsigned int)l->mtu;
	h.ifm_data.ifi_link_state = 2;
	memset(&dl, 0, sizeof(dl));
	dl.sdl_len = sizeof(dl);
	dl.sdl_family = AF_LINK;
	dl.sdl_index = h.ifm_index;
	dl.sdl_nlen = (unsigned char)strlen(l->name);
	memcpy(dl.sdl_data, l->name, dl.sdl_nlen);
	put_sa(p, &len, &dl, sizeof(dl));
	h.ifm_msglen = (unsigned short)len;
	memcpy(p, &h, sizeof(h));
	return (len);
}

static size_t
put_address(uint8_t *p, const struct address *a)
{
	struct ifa_msghdr	 h;
	size_t			 len = sizeof(h);

	memset(&h, 0, sizeof(h));
	h.ifam_version = RTM_VERSION;
	h.ifam_type = RTM_NEWADDR;
	h.ifam_addrs = RTA_NETMASK | 1 << RTAX_IFA;
	h.ifam_index = (unsigned short)a->ifindex;
	put_mask(p, &len, 64);
	put_in6(p, &len, &a->addr, a->ifindex);
	h.ifam_msglen = (unsigned short)len;
	memcpy(p, &h, sizeof(h));
	return (len);
}

/* An interface comes or goes; one that is renamed does both. */
static void
announce(const struct link *l, int what)
{
	struct if_announcemsghdr	 h;

	memset(&h, 0, sizeof(h));
	h.ifan_msglen = sizeof(h);
	h.ifan_version = RTM_VERSION;
	h.ifan_type = RTM_IFANNOUNCE;
	h.ifan_index = (unsigned short)l->index;
	h.ifan_what = (unsigned short)what;
	snprintf(h.ifan_name, sizeof(h.ifan_name), "%s", l->name);
	memcpy(queue + queued, &h, sizeof(h));
	queued += sizeof(h);
}

/* Somebody destroys an interface. */
void
fake_destroy(const char *name)
{
	struct link	*l = by_name(name);

	announce(l, IFAN_DEPARTURE);
	*l = links[--nlinks];
}

/* The kernel tells that it has a new route, without having one. */
void
fake_tell_route(const struct in6_addr *dst, unsigned int plen,
    const struct in6_addr *router, uint32_t ifindex)
{
	struct entry	 e = { *dst, *router, plen, ifindex,
	    RTF_UP | RTF_GATEWAY };

	queued += put_route(queue + queued, RTM_ADD, &e);
}

ssize_t
fake_recv(int fd, void *buf, size_t cap, int flags)
{
	size_t	 n = queued;

	(void)fd;
	(void)flags;
	if (n == 0 || n > cap)
		return (refuse(EAGAIN));
	memcpy(buf, queue, n);
	queued = 0;
	return ((ssize_t)n);
}

static int
list_all(const int *mib, uint8_t *p, size_t *len)
{
	size_t	 i;

	*len = 0;
	for (i = 0; mib[4] == NET_RT_FLAGS && i < nentries; i++)
		if ((entries[i].flags & mib[5]) != 0)
			*len += put_route(p + *len, RTM_GET, &entries[i]);
	for (i = 0; mib[4] == NET_RT_IFLIST && i < nlinks; i++)
		if (mib[5] == 0 || links[i].index == (uint32_t)mib[5])
			*len += put_link(p + *len, &links[i]);
	for (i = 0; mib[4] == NET_RT_IFLIST && i < naddresses; i++)
		if (mib[5] == 0 || addresses[i].ifindex == (uint32_t)mib[5])
			*len += put_address(p + *len, &addresses[i]);
	return (0);
}

int
fake_sysctl(const int *mib, unsigned int n, void *old, size_t *len,
    const void *new, size_t newlen)
{
	static uint8_t	 all[65536];
	size_t		 need;

	(void)new;
	(void)newlen;
	if (n != 6)
		return (refuse(ENOENT));
	list_all(mib, all, &need);
	if (old != NULL && *len < need)
		return (refuse(ENOMEM));
	if (old != NULL)
		memcpy(old, all, need);
	*len = need;
	return (0);
}

int
fake_sysctlbyname(const char *name, void *old, size_t *len, const void *new,
    size_t newlen)
{
	size_t	 i;

	(void)new;
	(void)newlen;
	for (i = nsettings; i > 0; i--)
		if (strcmp(settings[i - 1].name, name) == 0) {
			memcpy(old, &settings[i - 1].value, sizeof(int));
			*len = sizeof(int);
			return (0);
		}
	return (refuse(ENOENT));
}

/* What a request is about, for a route that is made of it. */
static void
take_apart(const uint8_t *p, struct entry *e)
{
	struct rt_msghdr	 h;
	struct sockaddr_in6	 s;
	const uint8_t		*sa = p + sizeof(h);
	int			 i, j;

	memcpy(&h, p, sizeof(h));
	memset(e, 0, sizeof(*e));
	e->flags = h.rtm_flags;
	e->ifindex = h.rtm_index;
	e->plen = (h.rtm_flags & RTF_HOST) != 0 ? 128 : 0;
	for (i = 0; i < RTAX_MAX; i++) {
		if ((h.rtm_addrs & 1 << i) == 0)
			continue;
		memset(&s, 0, sizeof(s));
		memcpy(&s, sa, sa[0] < sizeof(s) ? sa[0] : sizeof(s));
		if (i == RTAX_DST)
			e->dst = s.sin6_addr;
		else if (i == RTAX_GATEWAY)
			e->gateway = unscoped(&s.sin6_addr);
		for (j = 0; i == RTAX_NETMASK && j < 128; j++)
			e->plen += (s.sin6_addr.s6_addr[j / 8] &
			    0x80 >> j % 8) != 0;
		sa += ROUND((size_t)sa[0]);
	}
}

ssize_t
fake_write(int fd, const void *p, size_t n)
{
	struct rt_msghdr	 h;
	struct entry		 e, *old;

	(void)fd;
	memcpy(&h, p, sizeof(h));
	take_apart(p, &e);
	if ((h.rtm_flags & RTF_LLDATA) != 0) {
		e.dst = unscoped(&e.dst);
		return (forget_neighbour(&e.dst) == 0 ? (ssize_t)n : -1);
	}
	old = find_entry(&e.dst, e.plen);
	if (h.rtm_type == RTM_ADD && old != NULL)
		return (refuse(EEXIST));
	if (h.rtm_type != RTM_ADD && old == NULL)
		return (refuse(ESRCH));
	if (h.rtm_type != RTM_DELETE && by_index(e.ifindex) == NULL)
		return (refuse(ENETUNREACH));
	if (h.rtm_type == RTM_DELETE)
		*old = entries[--nentries];
	else if (h.rtm_type == RTM_ADD)
		*new_entry() = e;
	else {
		/* Whosoever it was. */
		old->gateway = e.gateway;
		old->ifindex = e.ifindex;
	}
	return ((ssize_t)n);
}

/* Interfaces. */

int
fake_link_mtu(uint32_t ifindex)
{
	const struct link	*l = by_index(ifindex);

	return (l == NULL ? 0 : l->mtu);
}

unsigned int
fake_if_nametoindex(const char *name)
{
	struct link	*l = by_name(name);

	return (l == NULL ? 0 : l->index);
}

char *
fake_if_indextoname(unsigned int ifindex, char *name)
{
	struct link	*l = by_index(ifindex);

	if (l == NULL)
		return (NULL);
	memcpy(name, l->name, IFNAMSIZ);
	return (name);
}

struct if_nameindex *
fake_if_nameindex(void)
{
	struct if_nameindex	*v = calloc(nlinks + 1, sizeof(*v));
	size_t			 i;

	for (i = 0; v != NULL && i < nlinks; i++) {
		v[i].if_index = links[i].index;
		v[i].if_name = links[i].name;
	}
	return (v);
}

void
fake_if_freenameindex(struct if_nameindex *v)
{
	free(v);
}

/* FreeBSD does whatever the flags of an address say (in6if_do_dad()). */
static bool
tests_addresses(const struct link *l)
{
#if defined(__FreeBSD__)
	return ((l->nd_flags & ND6_IFF_NO_DAD) == 0);
#else
	return (false);
#endif
}

static int
add_address(const struct in6_aliasreq *r)
{
	struct link	*l = by_name(r->ifra_name);
	struct address	*a = find_address(0, &r->ifra_addr.sin6_addr);

	if (l == NULL)
		return (refuse(ENXIO));
	if (a != NULL && a->ifindex != l->index)
		return (refuse(EEXIST));
	if (a == NULL) {
		fake_address(l->index, &r->ifra_addr.sin6_addr,
		    tests_addresses(l) ? FAKE_TENTATIVE : 0,
		    r->ifra_lifetime.ia6t_vltime);
		return (0);
	}
	/* in6_update_ifa() of sys/netinet6/in6.c */
	if (r->ifra_lifetime.ia6t_pltime > r->ifra_lifetime.ia6t_vltime)
		return (refuse(EINVAL));
	a->flags = r->ifra_flags;
	a->valid = r->ifra_lifetime.ia6t_vltime;
	a->preferred = r->ifra_lifetime.ia6t_pltime;
	a->until = (time_t)(now.ns / NS_PER_SEC) + (time_t)a->valid;
	return (0);
}

static int
about_address(unsigned long what, struct in6_ifreq *r)
{
	struct link	*l = by_name(r->ifr_name);
	struct address	*a = l == NULL ? NULL : find_address(l->index,
	    &r->ifr_ifru.ifru_addr.sin6_addr);

	if (a == NULL)
		return (refuse(EADDRNOTAVAIL));
	if (what == SIOCDIFADDR_IN6)
		*a = addresses[--naddresses];
	else if (what == SIOCGIFAFLAG_IN6) {
		fake_asked++;
		r->ifr_ifru.ifru_flags6 = a->flags;
	} else {
		r->ifr_ifru.ifru_lifetime.ia6t_vltime = a->valid;
		r->ifr_ifru.ifru_lifetime.ia6t_pltime = a->preferred;
		r->ifr_ifru.ifru_lifetime.ia6t_expire = a->until;
		r->ifr_ifru.ifru_lifetime.ia6t_preferred = a->until -
		    (time_t)a->valid + (time_t)a->preferred;
	}
	return (0);
}

/* As FreeBSD: it waits until nobody has the device open. */
static int
destroy(struct link *l)
{
	uint32_t	 index = l->index;
	size_t		 i;

	if (l->opened > 0) {
		fake_hung++;
		return (refuse(EBUSY));
	}
	for (i = 0; i < naddresses; i++)
		if (addresses[i].ifindex == index)
			addresses[i--] = addresses[--naddresses];
	*l = links[--nlinks];
	return (0);
}

static int
describe(unsigned long what, struct link *l, struct ifreq *r)
{
#if defined(__FreeBSD__)
	char	*text = r->ifr_buffer.buffer;
	size_t	 n = r->ifr_buffer.length;
#else
	char	*text = r->ifr_buf;
	size_t	 n = r->ifr_buflen;
#endif

	if (what == SIOCSIFDESCR)
		snprintf(l->text, sizeof(l->text), "%.*s", (int)n, text);
	else
		snprintf(text, n, "%s", l->text);
	return (0);
}

static int
about_link(unsigned long what, struct ifreq *r)
{
	struct link	*l = by_name(r->ifr_name);
	const char	*name = r->ifr_data;

	if (l == NULL)
		return (refuse(ENXIO));
	if (what == SIOCGIFFLAGS)
		r->ifr_flags = (short)l->flags;
	else if (what == SIOCSIFFLAGS)
		l->flags = r->ifr_flags;
	else if (what == SIOCSIFMTU)
		l->mtu = r->ifr_mtu;
	else if (what == SIOCGIFMTU)
		r->ifr_mtu = l->mtu;
	else if (what == SIOCIFDESTROY)
		return (destroy(l));
	else if (what == SIOCSIFDESCR || what == SIOCGIFDESCR)
		return (describe(what, l, r));
#if defined(__FreeBSD__)
	else if (what == SIOCSIFNAME) {
		if (by_name(name) != NULL)
			return (refuse(EEXIST));
		announce(l, IFAN_DEPARTURE);
		snprintf(l->name, sizeof(l->name), "%s", name);
		announce(l, IFAN_DEPARTURE - 1);
	}
#endif
	else
		return (refuse(ENOTTY));
	(void)name;
	return (0);
}

#if defined(__FreeBSD__)
static int
about_discovery(unsigned long what, struct in6_ndireq *r)
{
	struct link	*l = by_name(r->ifname);

	if (l == NULL)
		return (refuse(ENXIO));
	if (what == SIOCSIFINFO_FLAGS)
		l->nd_flags = r->ndi.flags;
	r->ndi.flags = l->nd_flags;
	return (0);
}
#endif

int
fake_ioctl(int fd, unsigned long what, ...)
{
	__builtin_va_list	 ap;
	void			*arg;
	size_t			 i;
#if defined(__FreeBSD__)
	struct ifstat		*st;
#endif

	__builtin_va_start(ap, what);
	arg = __builtin_va_arg(ap, void *);
	__builtin_va_end(ap);
	if (what == SIOCAIFADDR_IN6)
		return (add_address(arg));
	if (what == SIOCDIFADDR_IN6 || what == SIOCGIFAFLAG_IN6 ||
	    what == SIOCGIFALIFETIME_IN6)
		return (about_address(what, arg));
	if (fd >= FD_TUN && fd < FD_OTHER)
		return (0);
	if (what == SIOCSNDFLUSH_IN6) {
		for (i = 0; i < nrouters; i++)
			unchoose(&routers[i]);
		choose();
		return (0);
	}
#if defined(__FreeBSD__)
	if (what == SIOCGIFINFO_IN6 || what == SIOCSIFINFO_FLAGS)
		return (about_discovery(what, arg));
	if (what == SIOCGIFSTATUS) {
		st = arg;
		if (by_name(st->ifs_name) == NULL)
			return (refuse(ENXIO));
		snprintf(st->ascii, sizeof(st->ascii), "%s",
		    by_name(st->ifs_name)->opened ? "\tOpened by PID 1\n" :
		    "");
		return (0);
	}
#endif
	return (about_link(what, arg));
}

/* Files. */

static int
open_tun(const char *name)
{
	struct link	*l = by_name(name);

	if (l == NULL) {
		l = new_link(last_index + 1, name);
		l->is_tun = true;
	}
	if (l->opened)
		return (refuse(EBUSY));
	l->opened = 1;
	return (FD_TUN + (int)l->index);
}

int
fake_open(const char *path, int flags, ...)
{
	char	 name[IFNAMSIZ];

	(void)flags;
	if (strncmp(path, "/dev/tun", 8) != 0)
		return (refuse(ENOENT));
	if (path[8] != '\0')
		return (open_tun(path + 5));
	snprintf(name, sizeof(name), "tun%u", fake_devices++);
	return (open_tun(name));
}

/* To look for the device makes one. */
int
fake_access(const char *path, int mode)
{
	(void)mode;
	if (strcmp(path, "/dev/tun") == 0)
		fake_devices++;
	return (0);
}

char *
fake_fdevname_r(int fd, char *buf, int cap)
{
	struct link	*l = by_index((uint32_t)(fd - FD_TUN));

	if (l == NULL)
		return (NULL);
	snprintf(buf, (size_t)cap, "%s", l->name);
	return (buf);
}

int
fake_close(int fd)
{
	struct link	*l = fd >= FD_TUN && fd < FD_OTHER ?
	    by_index((uint32_t)(fd - FD_TUN)) : NULL;

	if (l != NULL)
		l->opened = 0;
	return (0);
}

int
fake_socket(int domain, int type, int proto)
{
	(void)domain;
	(void)type;
	(void)proto;
	return (++last_fd);
}

int
fake_setsockopt(int fd, int level, int name, const void *p, socklen_t n)
{
	(void)fd;
	(void)level;
	(void)name;
	(void)p;
	(void)n;
	return (0);
}

int
fake_shutdown(int fd, int how)
{
	(void)fd;
	(void)how;
	return (0);
}

int
fake_nanosleep(const struct timespec *t, struct timespec *left)
{
	(void)left;
	now.ns += t->tv_sec * NS_PER_SEC + t->tv_nsec;
	return (0);
}

int
fake_clock_gettime(clockid_t clock, struct timespec *t)
{
	(void)clock;
	t->tv_sec = (time_t)(now.ns / NS_PER_SEC);
	t->tv_nsec = (long)(now.ns % NS_PER_SEC);
	return (0);
}
