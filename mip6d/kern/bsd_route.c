/*
 * BSD: how a route is put or taken by the routing socket.  What is to be put
 * when is in bsd_rows.c.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <net/if_dl.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kern/bsd.h"

const struct in6_addr	 bsd_tun_addr = BSD_TUN_ADDR;

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
	uint32_t		 ifindex = r == NULL ? k->keep.tun : r->ifindex;
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
	bsd_sin6(&sin6, r == NULL ? &bsd_tun_addr : &r->addr, ifindex);
	/* Of several default routes the one by this router is to go. */
	if (type != RTM_DELETE || r != NULL)
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

/* The route that was found to be in the way; is it ours? */
static struct row_route	 sought;
static bool		 is_ours;

static void
seek(struct kern *k, const struct bsd_msg *m, const struct rt_msghdr *h)
{
	struct in6_addr	 dst;
	uint32_t	 scope;
	unsigned int	 plen = (h->rtm_flags & RTF_HOST) != 0 ? 128 :
	    bsd_sa_plen(m, RTAX_NETMASK);

	(void)k;
	if ((h->rtm_flags & BSD_TAG) == BSD_TAG && plen == sought.plen &&
	    bsd_sa_in6(m, RTAX_DST, &dst, &scope) &&
	    IN6_ARE_ADDR_EQUAL(&dst, &sought.dst))
		is_ours = true;
}

/* A connected route or another's is not ours to change. */
static bool
may_change(struct kern *k, const struct in6_addr *dst, unsigned int plen)
{
	sought.dst = *dst;
	sought.plen = plen;
	is_ours = false;
	return (bsd_each_route(k, RTF_PROTO1, seek) == 0 && is_ours);
}

/*
 * The same, but to add what is there replaces it if it is ours, and to delete
 * what is not there is no error.
 */
int
bsd_route(struct kern *k, int type, const struct in6_addr *dst,
    unsigned int plen, const struct bsd_router *r)
{
	int	 e;

	if (type != RTM_DELETE && r == NULL && k->keep.tun == 0)
		return (ENXIO);
	e = route_request(k, type, dst, plen, r);
	if (type == RTM_ADD && e == EEXIST && may_change(k, dst, plen))
		e = route_request(k, RTM_CHANGE, dst, plen, r);
	return (type == RTM_DELETE && e == ESRCH ? 0 : e);
}
