/*
 * BSD: messages of the routing socket, as they come and as sysctl(3) gives
 * them.  Takes them apart within their bounds, and builds addresses and masks
 * as these kernels want them, with the scope inside link-local ones.  Owns
 * nothing but the memory of bsd_fetch() until it is returned.  Called by the
 * other bsd files.
 */
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <net/if_dl.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/bsd.h"

#if defined(__NetBSD__)
#define ROUNDUP(n)	RT_ROUNDUP(n)
#else
#define ROUNDUP(n)	\
	((n) > 0 ? 1 + (((n) - 1) | (sizeof(long) - 1)) : sizeof(long))
#endif

#define TRIES	8

/*
 * Take the next message off *p, of which *len octets are left.  False at the
 * end or when what is left is none.
 */
bool
bsd_msg_next(const uint8_t **p, size_t *len, struct bsd_msg *m)
{
	uint16_t	 n;

	/* Length, version and type are first in messages of every type. */
	if (*len < 4)
		return (false);
	memcpy(&n, *p, sizeof(n));
	if (n < 4 || n > *len)
		return (false);
	memset(m, 0, sizeof(*m));
	m->p = *p;
	m->len = n;
	m->type = m->p[3];
	*p += n;
	*len -= n;
	if (m->p[2] != RTM_VERSION)
		m->type = 0;
	return (true);
}

/* Find the sockaddrs that mask names behind a header of that length. */
void
bsd_msg_addresses(struct bsd_msg *m, size_t hdrlen, int mask)
{
	size_t	 off = hdrlen, n;
	int	 i;

	for (i = 0; i < RTAX_MAX; i++) {
		if ((mask & (1 << i)) == 0)
			continue;
		if (off >= m->len)
			return;
		n = m->p[off];
		if (n > m->len - off)
			return;
		m->sa[i] = m->p + off;
		m->salen[i] = n;
		off += ROUNDUP(n);
	}
}

/*
 * The IPv6 address of sockaddr i; false if it is none.  The scope that these
 * kernels embed in a link-local address is taken out.
 */
bool
bsd_sa_in6(const struct bsd_msg *m, int i, struct in6_addr *a, uint32_t *scope)
{
	struct sockaddr_in6	 sin6;

	if (m->sa[i] == NULL || m->salen[i] < offsetof(struct sockaddr_in6,
	    sin6_addr))
		return (false);
	memset(&sin6, 0, sizeof(sin6));
	memcpy(&sin6, m->sa[i], MIN(m->salen[i], sizeof(sin6)));
	if (sin6.sin6_family != AF_INET6)
		return (false);
	*a = sin6.sin6_addr;
	*scope = sin6.sin6_scope_id;
	if (IN6_IS_ADDR_LINKLOCAL(a) || IN6_IS_ADDR_MC_LINKLOCAL(a)) {
		if (*scope == 0)
			*scope = (uint32_t)a->s6_addr[2] << 8 | a->s6_addr[3];
		a->s6_addr[2] = a->s6_addr[3] = 0;
	}
	return (true);
}

/* Name and link-layer address out of sockaddr i; false if it is no link. */
bool
bsd_sa_link(const struct bsd_msg *m, int i, struct msg_link *l)
{
	struct sockaddr_dl	 sdl;
	size_t			 data = offsetof(struct sockaddr_dl, sdl_data);

	if (m->sa[i] == NULL || m->salen[i] < data)
		return (false);
	memcpy(&sdl, m->sa[i], data);
	if (sdl.sdl_family != AF_LINK ||
	    data + sdl.sdl_nlen + sdl.sdl_alen > m->salen[i])
		return (false);
	snprintf(l->name, sizeof(l->name), "%.*s", (int)sdl.sdl_nlen,
	    (const char *)m->sa[i] + data);
	if (sdl.sdl_alen <= sizeof(l->lladdr)) {
		memcpy(l->lladdr, m->sa[i] + data + sdl.sdl_nlen,
		    sdl.sdl_alen);
		l->lladdrlen = sdl.sdl_alen;
	}
	return (true);
}

/* The prefix length of mask i, which may be cut off after its last set bit. */
uint8_t
bsd_sa_plen(const struct bsd_msg *m, int i)
{
	size_t	 off = offsetof(struct sockaddr_in6, sin6_addr), j;
	uint8_t	 n = 0, b;

	if (m->sa[i] == NULL)
		return (0);
	for (j = off; j < m->salen[i] && j < off + 16; j++) {
		for (b = m->sa[i][j]; (b & 0x80) != 0; b = (uint8_t)(b << 1))
			n++;
		if (m->sa[i][j] != 0xff)
			break;
	}
	return (n);
}

/* A sockaddr as these kernels want it: with the scope embedded. */
void
bsd_sin6(struct sockaddr_in6 *sin6, const struct in6_addr *a, uint32_t scope)
{
	memset(sin6, 0, sizeof(*sin6));
	sin6->sin6_len = sizeof(*sin6);
	sin6->sin6_family = AF_INET6;
	sin6->sin6_addr = *a;
	if (IN6_IS_ADDR_LINKLOCAL(a)) {
		sin6->sin6_addr.s6_addr[2] = (uint8_t)(scope >> 8);
		sin6->sin6_addr.s6_addr[3] = (uint8_t)scope;
	}
}

/* The mask of a prefix of that length, at most 128. */
void
bsd_mask(struct sockaddr_in6 *sin6, unsigned int plen)
{
	memset(sin6, 0, sizeof(*sin6));
	sin6->sin6_len = sizeof(*sin6);
	sin6->sin6_family = AF_INET6;
	memset(&sin6->sin6_addr, 0xff, plen / 8);
	if (plen % 8 != 0)
		sin6->sin6_addr.s6_addr[plen / 8] =
		    (uint8_t)(0xff << (8 - plen % 8));
}

/*
 * All messages of a kind (NET_RT_...) in memory of the caller's, to be freed;
 * NULL and errno.
 */
uint8_t *
bsd_fetch(int family, int what, int arg, size_t *len)
{
	int	 mib[6] = { CTL_NET, PF_ROUTE, 0, family, what, arg }, i;
	size_t	 need;
	uint8_t	*p;

	for (i = 0; i < TRIES; i++) {
		if (sysctl(mib, 6, NULL, &need, NULL, 0) == -1)
			return (NULL);
		/* It may grow meanwhile. */
		need += need / 4 + 1024;
		if ((p = malloc(need)) == NULL)
			return (NULL);
		if (sysctl(mib, 6, p, &need, NULL, 0) == 0) {
			*len = need;
			return (p);
		}
		free(p);
		if (errno != ENOMEM)
			return (NULL);
	}
	errno = EAGAIN;
	return (NULL);
}

/* Call fn for each IPv6 route that has one of the flags; 0 or an errno. */
int
bsd_each_route(struct kern *k, int flags, bsd_route_row *fn)
{
	struct rt_msghdr	 h;
	struct bsd_msg		 m;
	const uint8_t		*p;
	uint8_t			*mem;
	size_t			 len;

	if ((mem = bsd_fetch(AF_INET6, NET_RT_FLAGS, flags, &len)) == NULL)
		return (errno);
	for (p = mem; bsd_msg_next(&p, &len, &m);) {
		if (m.type != RTM_GET || m.len < sizeof(h))
			continue;
		memcpy(&h, m.p, sizeof(h));
		bsd_msg_addresses(&m, BSD_HDRLEN(h, rtm_hdrlen), h.rtm_addrs);
		fn(k, &m, &h);
	}
	free(mem);
	return (0);
}
