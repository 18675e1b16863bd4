/*
 * The raw sockets and the tun as sources of packets: options are set when the
 * parent passes the descriptor, and each read gives a batch of packets, with
 * what the kernel says of each beside its payload (RFC 3542).  A source owns
 * its descriptor and closes it.  Called by fds.c; captures are passed on to
 * capture_linux.c or capture_bpf.c.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/icmp6.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/sockets.h"
#include "wire/ip6.h"

static const uint8_t	 icmp6_wanted[] = { 1, 2, 3, 4, 129, 133, 134, 135, 136,
    144, 145, 146, 147 };

/* Socket options by kind.  A kernel may lack any of them; we need some. */
static const struct {
	int	 kind, level, option, value;
	bool	 needed;
} options[] = {
	/* Linux would drop what has octets behind its Mobility Header. */
	{ FD_RAW_MH, IPPROTO_IPV6, IPV6_CHECKSUM, -1, false },
	{ FD_RAW_MH_IPSEC, IPPROTO_IPV6, IPV6_CHECKSUM, -1, false },
	{ FD_RAW_MH, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, true },
	{ FD_RAW_MH, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, false },
	{ FD_RAW_MH, IPPROTO_IPV6, IPV6_RECVDSTOPTS, 1, false },
	{ FD_RAW_MH, IPPROTO_IPV6, IPV6_RECVRTHDR, 1, false },
#ifdef IPV6_FREEBIND
	/* A home address may be on its way to the tun still. */
	{ FD_RAW_MH, IPPROTO_IPV6, IPV6_FREEBIND, 1, false },
#endif
	{ FD_RAW_MH_IPSEC, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, true },
	{ FD_RAW_MH_IPSEC, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, false },
	{ FD_RAW_MH_IPSEC, IPPROTO_IPV6, IPV6_RECVDSTOPTS, 1, false },
	{ FD_RAW_MH_IPSEC, IPPROTO_IPV6, IPV6_RECVRTHDR, 1, false },
	{ FD_RAW_ICMP6, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, true },
	{ FD_RAW_ICMP6, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, true },
	{ FD_RAW_ICMP6, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, true },
	{ FD_RAW_TUNNEL, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, true },
	{ FD_RAW_TUNNEL, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, false },
	{ FD_RAW_TUNNEL, IPPROTO_IPV6, IPV6_RECVTCLASS, 1, false },
	{ FD_RAW_SEND, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, true },
};

static bool
set_filter(int fd)
{
	struct icmp6_filter	 f;
	size_t			 i;

	ICMP6_FILTER_SETBLOCKALL(&f);
	for (i = 0; i < sizeof(icmp6_wanted); i++)
		ICMP6_FILTER_SETPASS(icmp6_wanted[i], &f);
	return (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof(f)) !=
	    -1);
}

/*
 * Take over a descriptor from the parent and set it up.  False and errno;
 * then it is closed.
 */
bool
source_open(struct source *s, const struct msg_fd *m, int fd)
{
	size_t	 i;
	int	 e;

	memset(s, 0, sizeof(*s));
	s->kind = m->kind;
	s->fd = fd;
	s->flags = m->flags;
	s->ifindex = m->arg;
	snprintf(s->name, sizeof(s->name), "%s", m->name);
	if (s->kind == FD_CAPTURE)
		return (capture_open(&s->capture, fd, s->ifindex,
		    (s->flags & FDF_HOME_LINK) != 0));
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].kind == s->kind && setsockopt(fd,
		    options[i].level, options[i].option, &options[i].value,
		    sizeof(options[i].value)) == -1 && options[i].needed)
			goto fail;
	if (s->kind == FD_RAW_ICMP6 && !set_filter(fd))
		goto fail;
	return (true);
fail:
	e = errno;
	close(fd);
	errno = e;
	return (false);
}

void
source_close(struct source *s)
{
	if (s->kind == FD_CAPTURE)
		capture_close(&s->capture);
	else
		close(s->fd);
	s->fd = -1;
}

/* Is there a Home Address option in the destination options at p? */
static bool
has_hao(const uint8_t *p, size_t len)
{
	size_t	 i = 2, end;

	if (len < 8)
		return (false);
	end = (p[1] + 1u) * 8;
	if (end > len)
		end = len;
	while (i + 1 < end && p[i] != IP6_OPT_HAO)
		i += p[i] == IP6_OPT_PAD1 ? 1 : 2u + p[i + 1];
	return (i + 1 < end);
}

/* What the kernel says of a packet beside its payload (RFC 3542). */
static void
ancillary(struct msghdr *h, struct dp_raw *r)
{
	struct in6_pktinfo	 info;
	struct cmsghdr		*c;
	const uint8_t		*p;
	size_t			 len;
	int			 v;

	for (c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		p = CMSG_DATA(c);
		len = c->cmsg_len - CMSG_LEN(0);
		if (c->cmsg_type == IPV6_PKTINFO && len >= sizeof(info)) {
			memcpy(&info, p, sizeof(info));
			r->dst = info.ipi6_addr;
			r->ifindex = (uint32_t)info.ipi6_ifindex;
		} else if (c->cmsg_type == IPV6_HOPLIMIT && len >= sizeof(v)) {
			memcpy(&v, p, sizeof(v));
			r->hlim = (uint8_t)v;
		} else if (c->cmsg_type == IPV6_TCLASS && len >= sizeof(v)) {
			memcpy(&v, p, sizeof(v));
			r->tclass = (uint8_t)v;
		} else if (c->cmsg_type == IPV6_DSTOPTS && has_hao(p, len))
			r->flags |= PKT_HAO;
		else if (c->cmsg_type == IPV6_RTHDR && len >= 8 && p[2] == 2)
			r->flags |= PKT_RH2;
	}
}

static int
read_raw(struct source *s, struct batch *b, const struct source_ops *ops,
    void *arg)
{
	struct dp_raw	 r;
	struct pkt	 p;
	int		 i, n;

	n = batch_recv(b, s->fd, 0);
	for (i = 0; i < n; i++) {
		if (batch_truncated(b, i))
			continue;
		memset(&r, 0, sizeof(r));
		r.src = b->from[i].sin6_addr;
		ancillary(&b->msg[i].msg_hdr, &r);
		if (s->kind == FD_RAW_MH_IPSEC)
			r.flags |= PKT_PROTECTED;
		pkt_init(&p, batch_buf(b, i), PKT_HEADROOM, batch_len(b, i, 0));
		ops->raw(arg, s, &r, &p);
	}
	return (n);
}

static int
read_tun(struct source *s, struct batch *b, const struct source_ops *ops,
    void *arg)
{
	size_t		 front = 0;
	struct vnet	 v;
	struct pkt	 p;
	int		 i, n;

	if ((s->flags & FDF_VNET_HDR) != 0)
		front = VNET_LEN;
	else if ((s->flags & FDF_FAMILY) != 0)
		front = 4;
	n = batch_read(b, s->fd, front);
	for (i = 0; i < n; i++) {
		pkt_init(&p, batch_buf(b, i), PKT_HEADROOM,
		    batch_len(b, i, front));
		if (front == VNET_LEN)
			vnet_get(&v, b->front[i]);
		ops->tun(arg, s, &p, front == VNET_LEN ? &v : NULL);
	}
	return (n);
}

struct capture_arg {
	struct source			*s;
	const struct source_ops		*ops;
	void				*arg;
};

static void
captured(void *arg, struct pkt *p, const struct vnet *v, uint32_t ifindex)
{
	struct capture_arg	*a = arg;

	a->ops->captured(a->arg, a->s, p, v, ifindex);
}

/*
 * Read one batch and give each packet to ops; how many there were, or -1 and
 * errno.  The packets stay where they are until the next batch is read.
 */
int
source_read(struct source *s, struct batch *b, const struct source_ops *ops,
    void *arg)
{
	struct capture_arg	 a = { s, ops, arg };

	if (s->kind == FD_CAPTURE)
		return (capture_read(&s->capture, b, captured, &a));
	if (s->kind == FD_TUN)
		return (read_tun(s, b, ops, arg));
	return (read_raw(s, b, ops, arg));
}

/* Join or leave a group on the socket of s; 0 or an errno. */
int
source_group(const struct source *s, const struct msg_group *m)
{
	struct ipv6_mreq	 mr;

	memset(&mr, 0, sizeof(mr));
	mr.ipv6mr_multiaddr = m->group;
	mr.ipv6mr_interface = m->ifindex;
	if (setsockopt(s->fd, IPPROTO_IPV6, m->join ? IPV6_JOIN_GROUP :
	    IPV6_LEAVE_GROUP, &mr, sizeof(mr)) == -1)
		return (errno);
	return (0);
}
