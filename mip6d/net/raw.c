/*
 * Raw sockets: of Mobility Headers, three of them as what IPsec has let through
 * comes by some of its own, of ICMPv6, and of tunnel packets.  What comes is
 * given to the data plane with what the kernel says of its header beside it
 * (RFC 3542); where no socket takes whole packets (the BSDs) what leaves is
 * taken apart for the one of its protocol.  The rows are those of transport.c,
 * and only input.c, output.c and fds.c call them.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/icmp6.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "net/handed.h"
#include "net/state.h"
#include "wire/ip6.h"

static const struct transport_option	 mh_options[] = {
	/* Linux would drop what has octets behind its Mobility Header. */
	{ IPPROTO_IPV6, IPV6_CHECKSUM, -1, false },
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, true },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, false },
	{ IPPROTO_IPV6, IPV6_RECVDSTOPTS, 1, false },
	{ IPPROTO_IPV6, IPV6_RECVRTHDR, 1, false },
#ifdef IPV6_FREEBIND
	/* A home address may be on its way to the tun still. */
	{ IPPROTO_IPV6, IPV6_FREEBIND, 1, false },
#endif
	{ 0, 0, 0, false }
};

static const struct transport_option	 protected_options[] = {
	{ IPPROTO_IPV6, IPV6_CHECKSUM, -1, false },
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, true },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, false },
	{ IPPROTO_IPV6, IPV6_RECVDSTOPTS, 1, false },
	{ IPPROTO_IPV6, IPV6_RECVRTHDR, 1, false },
	{ 0, 0, 0, false }
};

static const struct transport_option	 icmp6_options[] = {
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, true },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, true },
	{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, true },
	{ 0, 0, 0, false }
};

static const struct transport_option	 tunnel_options[] = {
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, true },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, false },
	{ IPPROTO_IPV6, IPV6_RECVTCLASS, 1, false },
	{ 0, 0, 0, false }
};

static const uint8_t	 icmp6_wanted[] = { 1, 2, 3, 4, 129, 133, 134, 135, 136,
    144, 145, 146, 147 };

/* Of ICMPv6 what is of interest; false and errno. */
static bool
open_icmp6(struct source *s)
{
	struct icmp6_filter	 f;
	size_t			 i;

	ICMP6_FILTER_SETBLOCKALL(&f);
	for (i = 0; i < sizeof(icmp6_wanted); i++)
		ICMP6_FILTER_SETPASS(icmp6_wanted[i], &f);
	return (setsockopt(s->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &f,
	    sizeof(f)) != -1);
}

/* It sends what is of its protocol. */
static void
use(struct net *net, struct net_fd *f, bool there)
{
	net->out.raw[f->s.row->proto] = there ? f->s.fd : -1;
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

/* A batch; what the kernel says of a packet goes with it. */
int
raw_read(struct source *s, struct batch *b, batch_take *take, void *arg)
{
	uint8_t		 marks = s->row->marks, proto = s->row->proto;
	struct dp_raw	 r;
	struct pkt	 p;
	int		 i, n;

	n = batch_recv(b, s->fd, 0);
	for (i = 0; i < n; i++) {
		if (batch_truncated(b, i))
			continue;
		memset(&r, 0, sizeof(r));
		r.src = b->from[i].sin6_addr;
		r.flags = marks;
		r.proto = proto;
		ancillary(&b->msg[i].msg_hdr, &r);
		pkt_init(&p, batch_buf(b, i), PKT_HEADROOM, batch_len(b, i, 0));
		take(arg, &r, &p, NULL, r.ifindex);
	}
	return (n);
}

/* How a packet is sent where there is no socket for whole ones. */
struct by_protocol {
	int		 fd;
	struct msghdr	 h;
	struct iovec	 iov;
	union {
		uint8_t		 buf[256];
		struct cmsghdr	 align;
	}		 control;
};

/*
 * A packet taken apart for a raw socket (RFC 3542): false if there is none
 * that can send it.  The address in info is that on the wire.
 */
static bool
take_apart(const struct output *o, struct by_protocol *b, const uint8_t *p,
    const struct ip6_walk *w, const struct in6_pktinfo *info)
{
	int	 hlim = p[IP6_OFF_HLIM], tclass = ip6_tclass(p);
	size_t	 n;

	b->fd = o->raw[w->proto];
	if (b->fd == -1 || w->rh2 != 0 || w->frag != 0 ||
	    w->nhdrs != (w->dst != 0 ? 1 : 0) || (w->dst != 0 &&
	    p[w->dst + 1] > IP6_HAO_HDRLEN / 8 - 1))
		return (false);
	b->h.msg_control = b->control.buf;
	memcpy(output_control(&b->h, IPV6_PKTINFO, sizeof(*info)), info,
	    sizeof(*info));
	memcpy(output_control(&b->h, IPV6_HOPLIMIT, sizeof(hlim)), &hlim,
	    sizeof(hlim));
	memcpy(output_control(&b->h, IPV6_TCLASS, sizeof(tclass)), &tclass,
	    sizeof(tclass));
	if (w->dst != 0) {
		n = (p[w->dst + 1] + 1u) * 8;
		memcpy(output_control(&b->h, IPV6_DSTOPTS, n), p + w->dst, n);
	}
	b->iov.iov_base = (void *)(uintptr_t)(p + w->upper);
	b->iov.iov_len = w->len - w->upper;
	b->h.msg_iov = &b->iov;
	b->h.msg_iovlen = 1;
	return (true);
}

/*
 * FreeBSD sends from an address by the interface that has it only.  On the way
 * home ours is on the tun and its packets go out by the home link: then the
 * routes choose.  False: that is not what was refused.
 */
static bool
elsewhere(struct by_protocol *b, int error)
{
	struct in6_pktinfo	 info;
	uint8_t			*data = CMSG_DATA(&b->control.align);

	memcpy(&info, data, sizeof(info));
	if (error != EADDRNOTAVAIL || info.ipi6_ifindex == 0)
		return (false);
	info.ipi6_ifindex = 0;
	memcpy(data, &info, sizeof(info));
	return (true);
}

/* One packet without a socket for whole ones; 0 or an errno. */
static int
send_by_protocol(struct output *o, unsigned int i)
{
	const uint8_t		*p = o->iov[i].iov_base;
	size_t			 len = o->iov[i].iov_len;
	struct by_protocol	 b;
	struct in6_pktinfo	 info;
	struct ip6_walk		 w;
	enum ip6_err		 e;

	memset(&b, 0, sizeof(b));
	memset(&info, 0, sizeof(info));
	e = ip6_walk(&w, p, len, 0);
	if (e != IP6_OK && e != IP6_E_RH_SEGMENTS)
		return (EINVAL);
	info.ipi6_addr = ip6_src(p);
	if (o->msg[i].msg_hdr.msg_controllen != 0)
		memcpy(&info.ipi6_ifindex, CMSG_DATA(&o->control[i].align) +
		    offsetof(struct in6_pktinfo, ipi6_ifindex),
		    sizeof(info.ipi6_ifindex));
	/* Duplicate address detection: no socket sends from nowhere. */
	if (in6_is_unspecified(&info.ipi6_addr))
		return (o->link(o->arg, p, len, (uint32_t)info.ipi6_ifindex));
	if (!take_apart(o, &b, p, &w, &info))
		return (tun_write(o, p, len, NULL) ? 0 : errno);
	b.h.msg_name = &o->to[i];
	b.h.msg_namelen = sizeof(o->to[i]);
	if (sendmsg(b.fd, &b.h, MSG_DONTWAIT) != -1 ||
	    (elsewhere(&b, errno) && sendmsg(b.fd, &b.h, MSG_DONTWAIT) != -1))
		return (0);
	/* Extension headers are root's on some: let the kernel forward it. */
	if (w.nhdrs != 0 && (errno == EPERM || errno == EACCES))
		return (tun_write(o, p, len, NULL) ? 0 : errno);
	return (errno);
}

/*
 * Have the kernel send what is behind the IPv6 header of the packet at p
 * through the interface (0: as routes say, also for a tunnel that it goes
 * into), at once and by the IPsec policies that it has for the packet's
 * addresses and protocol.  0 or an errno.
 */
int
raw_protected(struct output *o, const uint8_t *p, size_t len,
    uint32_t ifindex)
{
	struct by_protocol	 b;
	struct in6_pktinfo	 info;
	struct sockaddr_in6	 to;
	struct ip6_walk		 w;

	memset(&b, 0, sizeof(b));
	memset(&info, 0, sizeof(info));
	if (ip6_walk(&w, p, len, 0) != IP6_OK)
		return (EINVAL);
	info.ipi6_addr = ip6_src(p);
	info.ipi6_ifindex = ifindex;
	if (w.nhdrs != 0 || !take_apart(o, &b, p, &w, &info))
		return (EPROTONOSUPPORT);
	output_to(&to, p, ifindex);
	b.h.msg_name = &to;
	b.h.msg_namelen = sizeof(to);
	return (sendmsg(b.fd, &b.h, MSG_DONTWAIT) == -1 ? errno : 0);
}

/* One by one, each by the raw socket of its protocol. */
static unsigned int
write_apart(struct output *o, unsigned int from, unsigned int n, int *error)
{
	unsigned int	 i;

	for (i = 0; i < n; i++)
		if ((*error = send_by_protocol(o, from + i)) != 0)
			break;
	return (i);
}

/*
 * A Mobility Header, unless it came by the socket for protected ones too.  One
 * out of a tunnel of ESP is marked: here the system's policies have let it
 * pass, too, which know whose that tunnel is.
 */
static enum dp_verdict
judge_mh(struct net *net, const struct dp_raw *r, struct pkt *p,
    const struct vnet *vnet, uint32_t ifindex)
{
	struct dp_raw	 raw = *r;

	(void)vnet;
	(void)ifindex;
	if (twice_seen(&net->twice, r, pkt_data(p), p->len, net->now))
		return (dp_drop(&net->o, NC_MH_DUPLICATE));
	if (twice_seen(&net->tunnelled, r, pkt_data(p), p->len, net->now))
		raw.flags |= PKT_TUNNEL;
	return (dp_raw_mh(&net->dp, &raw, pkt_data(p), p->len, net->now,
	    &net->o));
}

/* Out of a tunnel of ESP, whosever: the copy by judge_mh() counts. */
static enum dp_verdict
judge_tunnelled(struct net *net, const struct dp_raw *r, struct pkt *p,
    const struct vnet *vnet, uint32_t ifindex)
{
	(void)vnet;
	(void)ifindex;
	twice_note(&net->tunnelled, r, pkt_data(p), p->len, net->now);
	return (DP_PASS);
}

/* The same, and IPsec has let it through. */
static enum dp_verdict
judge_protected(struct net *net, const struct dp_raw *r, struct pkt *p,
    const struct vnet *vnet, uint32_t ifindex)
{
	(void)vnet;
	(void)ifindex;
	twice_note(&net->twice, r, pkt_data(p), p->len, net->now);
	return (dp_raw_mh(&net->dp, r, pkt_data(p), p->len, net->now,
	    &net->o));
}

static enum dp_verdict
judge_icmp6(struct net *net, const struct dp_raw *r, struct pkt *p,
    const struct vnet *vnet, uint32_t ifindex)
{
	(void)vnet;
	(void)ifindex;
	return (dp_icmp6(&net->dp, r, pkt_data(p), p->len, net->now,
	    &net->o));
}

/* What a tunnel packet had inside. */
static enum dp_verdict
judge_tunnel(struct net *net, const struct dp_raw *r, struct pkt *p,
    const struct vnet *vnet, uint32_t ifindex)
{
	(void)vnet;
	(void)ifindex;
	return (dp_tunnel(&net->dp, r, p, net->now, &net->o));
}

const struct transport	 raw_mh_row = {
	.name = "raw 135",
	.options = mh_options,
	.use = use,
	.read = raw_read,
	.judge = judge_mh,
	/* Protected ones come by both sockets: note them first. */
	.after = FD_RAW_MH_IPSEC,
	.write = write_apart,
	.again = output_take_detour,
	.proto = IP6_P_MH,
	.refused = NC_SEND_FAILED,
	.lost = NC_MAX,
};

const struct transport	 raw_mh_ipsec_row = {
	.name = "raw 135, protected",
	.options = protected_options,
	.read = raw_read,
	.judge = judge_protected,
	.judged = handed_look,
	.marks = PKT_PROTECTED,
	.after = FD_RAW_MH_TUNNEL,
	.refused = NC_MAX,
	.lost = NC_MAX,
};

const struct transport	 raw_mh_tunnel_row = {
	.name = "raw 135, tunnelled",
	.options = protected_options,
	.read = raw_read,
	.judge = judge_tunnelled,
	.refused = NC_MAX,
	.lost = NC_MAX,
};

const struct transport	 raw_icmp6_row = {
	.name = "raw 58",
	.flags = TP_JOINS,
	.options = icmp6_options,
	.open = open_icmp6,
	.use = use,
	.read = raw_read,
	.judge = judge_icmp6,
	.write = write_apart,
	.again = output_take_detour,
	.proto = IP6_P_ICMPV6,
	.refused = NC_SEND_FAILED,
	.lost = NC_MAX,
};

const struct transport	 raw_tunnel_row = {
	.name = "raw 41",
	.options = tunnel_options,
	.use = use,
	.read = raw_read,
	.judge = judge_tunnel,
	.write = write_apart,
	.again = output_take_detour,
	.proto = IP6_P_IPV6,
	.refused = NC_SEND_FAILED,
	.lost = NC_MAX,
};
