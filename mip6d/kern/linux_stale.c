/*
 * Linux: an address is deprecated, or has its preferred lifetime again.  Both
 * replace its lifetimes as a whole, so it is looked at first, and all else
 * stays as it is.  What is deprecated by us bears a mark of its own, where the
 * kernel keeps that (Linux 5.18), by which a later life of ours finds it.
 * With it goes the kernel's route by which its prefix would be on the link.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include <linux/if_addr.h>

#include "kern/kern.h"
#include "kern/linux.h"
#include "wire/ip6.h"

#define PROTO_RA	2		/* IFAPROT_KERNEL_RA */
/* With this a lifetime is no end that one sees, and the address is dynamic. */
#define VALID_LONG	(UINT32_MAX - 1)
/* What a replacement would clear. */
#define FLAGS_KEPT	(IFA_F_NODAD | IFA_F_HOMEADDRESS | \
	IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE)

/* An address as the kernel has it. */
struct found {
	struct row_addr		 key;
	bool			 there;
	bool			 follows;	/* another of its prefix */
	bool			 shared;	/* a static one of it */
	uint8_t			 plen, proto;
	uint32_t		 flags, preferred, valid;
};

/* What is looked for among the routes of the kernel itself. */
struct prefix_route {
	const struct found	*of;
	bool			 there;
};

static bool
get(const struct nlmsghdr *h, size_t body, int type, void *p, size_t n)
{
	const void	*data;
	size_t		 len;

	if (!nl_find(h, body, type, &data, &len) || len < n)
		return (false);
	memcpy(p, data, n);
	return (true);
}

/* Flags and mark of an address, of its message. */
uint32_t
linux_addr_flags(const struct nlmsghdr *h, uint8_t *proto)
{
	const struct ifaddrmsg	*ifa = NLMSG_DATA(h);
	uint32_t		 flags = ifa->ifa_flags;

	*proto = 0;
	get(h, sizeof(*ifa), IFA_FLAGS, &flags, sizeof(flags));
	get(h, sizeof(*ifa), IFA_PROTO, proto, sizeof(*proto));
	return (flags);
}

static void
found_address(void *arg, const struct nlmsghdr *h)
{
	const struct ifaddrmsg	*ifa = NLMSG_DATA(h);
	struct found		*f = arg;
	struct ifa_cacheinfo	 ci;
	struct in6_addr		 a;
	uint32_t		 flags;
	uint8_t			 proto;

	if (h->nlmsg_type != RTM_NEWADDR ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(*ifa)) ||
	    ifa->ifa_family != AF_INET6 || ifa->ifa_index != f->key.ifindex)
		return;
	if ((!get(h, sizeof(*ifa), IFA_LOCAL, &a, sizeof(a)) &&
	    !get(h, sizeof(*ifa), IFA_ADDRESS, &a, sizeof(a))) ||
	    !get(h, sizeof(*ifa), IFA_CACHEINFO, &ci, sizeof(ci)))
		return;
	flags = linux_addr_flags(h, &proto);
	if (memcmp(&a, &f->key.addr, 8) == 0) {
		f->follows = f->follows || (flags & IFA_F_MANAGETEMPADDR) != 0;
		f->shared = f->shared || (flags & IFA_F_PERMANENT) != 0;
	}
	if (!IN6_ARE_ADDR_EQUAL(&a, &f->key.addr))
		return;
	f->there = true;
	f->plen = ifa->ifa_prefixlen;
	f->flags = flags;
	f->proto = proto;
	f->preferred = ci.ifa_prefered;
	f->valid = ci.ifa_valid;
}

static void
found_route(void *arg, const struct nlmsghdr *h)
{
	const struct rtmsg	*rt = NLMSG_DATA(h);
	struct prefix_route	*r = arg;
	struct in6_addr		 dst;
	uint32_t		 oif;

	if (h->nlmsg_type != RTM_NEWROUTE ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(*rt)) ||
	    rt->rtm_family != AF_INET6 || rt->rtm_table != RT_TABLE_MAIN ||
	    rt->rtm_protocol != RTPROT_KERNEL ||
	    rt->rtm_dst_len != r->of->plen ||
	    !get(h, sizeof(*rt), RTA_DST, &dst, sizeof(dst)) ||
	    !get(h, sizeof(*rt), RTA_OIF, &oif, sizeof(oif)) ||
	    oif != r->of->key.ifindex)
		return;
	r->there = r->there || in6_prefix_eq(&dst, &r->of->key.addr,
	    rt->rtm_dst_len);
}

/* Whoever can't be asked has it. */
static bool
has_prefix_route(struct kern *k, const struct found *f)
{
	struct prefix_route	 r = { f, false };
	struct rtmsg		 rt;

	memset(&rt, 0, sizeof(rt));
	rt.rtm_family = AF_INET6;
	rt.rtm_table = RT_TABLE_MAIN;
	rt.rtm_protocol = RTPROT_KERNEL;
	return (nl_dump(&k->nl, RTM_GETROUTE, &rt, sizeof(rt), found_route,
	    &r) != 0 || r.there);
}

/* No memory for it: the route stays, which is no worse than before. */
static void
take_prefix_route(struct kern *k, const struct found *f)
{
	struct rtmsg	 rt;

	memset(&rt, 0, sizeof(rt));
	rt.rtm_family = AF_INET6;
	rt.rtm_dst_len = f->plen;
	rt.rtm_table = RT_TABLE_MAIN;
	rt.rtm_protocol = RTPROT_KERNEL;
	rt.rtm_scope = RT_SCOPE_NOWHERE;
	if (nl_begin(&k->nl, RTM_DELROUTE, 0, &rt, sizeof(rt), 0) == NULL)
		return;
	nl_attr(&k->nl, RTA_DST, &f->key.addr, sizeof(f->key.addr));
	nl_attr_u32(&k->nl, RTA_OIF, f->key.ifindex);
}

/*
 * With these lifetimes.  The kernel makes a route of the address's prefix then;
 * it stays if it was there and the prefix is still on the link.
 */
static int
replace(struct kern *k, const struct found *f, uint32_t preferred,
    uint8_t proto, bool on_link, uint32_t token)
{
	struct ifa_cacheinfo	 ci;
	struct ifaddrmsg	 ifa;
	bool			 stays = on_link && has_prefix_route(k, f);

	memset(&ifa, 0, sizeof(ifa));
	ifa.ifa_family = AF_INET6;
	ifa.ifa_prefixlen = f->plen;
	ifa.ifa_index = f->key.ifindex;
	if (nl_begin(&k->nl, RTM_NEWADDR, NLM_F_REPLACE, &ifa, sizeof(ifa),
	    token) == NULL)
		return (ENOMEM);
	nl_attr(&k->nl, IFA_LOCAL, &f->key.addr, sizeof(f->key.addr));
	nl_attr(&k->nl, IFA_ADDRESS, &f->key.addr, sizeof(f->key.addr));
	nl_attr_u32(&k->nl, IFA_FLAGS, f->flags & FLAGS_KEPT);
	nl_attr_u8(&k->nl, IFA_PROTO, proto);
	memset(&ci, 0, sizeof(ci));
	ci.ifa_prefered = preferred;
	ci.ifa_valid = f->valid;
	nl_attr(&k->nl, IFA_CACHEINFO, &ci, sizeof(ci));
	if (!stays)
		take_prefix_route(k, f);
	return (KEEP_LATER);
}

/* It has what it had before, unless an advertisement has given it more. */
static int
restore(struct kern *k, const struct row *row, const struct found *f,
    uint32_t token)
{
	bool	 deprecated = (f->flags & IFA_F_DEPRECATED) != 0;
	bool	 of_ra = (f->flags & (IFA_F_MANAGETEMPADDR |
	    IFA_F_TEMPORARY | IFA_F_STABLE_PRIVACY)) != 0;

	if (!deprecated && f->proto != PROTO_STALE)
		return (0);
	return (replace(k, f, deprecated ? keep_former(&k->keep, row,
	    f->valid) : f->preferred, of_ra ? PROTO_RA : 0, true, token));
}

/* Put or take a row: 0, an errno, or KEEP_LATER. */
int
linux_begin_stale(struct kern *k, const struct row *row, bool add,
    uint32_t token)
{
	struct found		 f;
	struct ifaddrmsg	 ifa;
	int			 e;

	k->nl.interrupted = false;
	memset(&f, 0, sizeof(f));
	memcpy(&f.key, row->key, sizeof(f.key));
	memset(&ifa, 0, sizeof(ifa));
	ifa.ifa_family = AF_INET6;
	ifa.ifa_index = f.key.ifindex;
	if ((e = nl_dump(&k->nl, RTM_GETADDR, &ifa, sizeof(ifa), found_address,
	    &f)) != 0)
		return (e == ENODEV ? 0 : e);
	/* Whoever asked is told that it has gone. */
	if (!f.there)
		return (k->nl.interrupted ? EAGAIN : 0);
	/*
	 * The kernel gives a privacy address the lifetimes of the one that it
	 * is of; deprecated by itself it would only be followed by a new one.
	 */
	if (f.follows && (f.flags & IFA_F_TEMPORARY) != 0)
		return (0);
	if (f.valid == UINT32_MAX && (f.flags & IFA_F_PERMANENT) == 0)
		f.valid = VALID_LONG;
	if (!add)
		return (restore(k, row, &f, token));
	/* The operator's own is not ours to touch. */
	if ((f.flags & IFA_F_PERMANENT) != 0)
		return (EPERM);
	/*
	 * Hosts of its prefix are behind a router by now: with the route they
	 * would be looked for on this link, in vain.  An advertisement of the
	 * prefix has the kernel make it again.  An operator's address of the
	 * same prefix says that it is on the link.
	 */
	return (replace(k, &f, 0, PROTO_STALE, f.shared, token));
}

/* An event, or a row of a dump, about the address of that interface. */
void
linux_stale_event(struct kern *k, const struct nlmsghdr *h, uint32_t ifindex,
    const struct in6_addr *addr)
{
	uint8_t		 proto;
	uint32_t	 flags = linux_addr_flags(h, &proto);

	if (h->nlmsg_type == RTM_DELADDR)
		keep_stale_gone(&k->keep, ifindex, addr);
	else
		keep_stale_seen(&k->keep, ifindex, addr,
		    (flags & IFA_F_DEPRECATED) != 0, proto == PROTO_STALE);
}
