/*
 * Packets on their way out: queued while a batch is dealt with, and sent with
 * one call.  Where no socket takes whole packets (the BSDs) each is taken
 * apart for the raw socket of its protocol, or written to the tun for the
 * kernel to forward.  Owns the queue and copies of short packets; the
 * descriptors are those of fds.c, packets come from input.c and net.c.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "net/output.h"
#include "wire/ip6.h"

/* No descriptors yet. */
void
output_init(struct output *o, output_failed *failed, output_link *link,
    void *arg)
{
	size_t	 i;

	memset(o, 0, sizeof(*o));
	o->tun = -1;
	for (i = 0; i < sizeof(o->raw) / sizeof(o->raw[0]); i++)
		o->raw[i] = -1;
	output_whole_by(o, -1);
	o->failed = failed;
	o->link = link;
	o->arg = arg;
}

/*
 * All packets go as they are by the socket fd; without one, -1, each goes by
 * the raw socket of its protocol, whose rows write alike.
 */
void
output_whole_by(struct output *o, int fd)
{
	o->send = fd;
	o->way = transport_row(fd != -1 ? FD_RAW_SEND : FD_RAW_MH);
}

/* Memory for a packet, of OUTPUT_SLOT octets, good until the next flush. */
uint8_t *
output_slot(struct output *o)
{
	if (o->nslots == BATCH || o->n == BATCH)
		output_flush(o);
	return (o->slot[o->nslots++]);
}

static void *
add_control(struct msghdr *h, int type, size_t len)
{
	struct cmsghdr	*c;

	c = (struct cmsghdr *)(void *)((uint8_t *)h->msg_control +
	    h->msg_controllen);
	memset(c, 0, CMSG_SPACE(len));
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	h->msg_controllen += CMSG_SPACE(len);
	return (CMSG_DATA(c));
}

static void
set_destination(struct sockaddr_in6 *sin6, const uint8_t *p, uint32_t ifindex)
{
	memset(sin6, 0, sizeof(*sin6));
	sin6->sin6_family = AF_INET6;
	sin6->sin6_addr = ip6_dst(p);
	if (in6_is_linklocal(&sin6->sin6_addr) ||
	    in6_is_multicast(&sin6->sin6_addr))
		sin6->sin6_scope_id = ifindex;
}

/*
 * Queue the packet of len octets at p, which must stay there until the next
 * flush, for the interface (0: whichever).  with_source: route it by its
 * source address too, which is one of ours.
 */
void
output_add(struct output *o, const uint8_t *p, size_t len, uint32_t ifindex,
    bool with_source)
{
	struct in6_pktinfo	 info;
	struct msghdr		*h;

	if (o->n == BATCH)
		output_flush(o);
	o->detour[o->n] = false;
	h = &o->msg[o->n].msg_hdr;
	memset(h, 0, sizeof(*h));
	set_destination(&o->to[o->n], p, ifindex);
	o->iov[o->n].iov_base = (void *)(uintptr_t)p;
	o->iov[o->n].iov_len = len;
	h->msg_iov = &o->iov[o->n];
	h->msg_iovlen = 1;
	h->msg_name = &o->to[o->n];
	h->msg_namelen = sizeof(o->to[o->n]);
	if (ifindex != 0 || with_source) {
		memset(&info, 0, sizeof(info));
		info.ipi6_ifindex = ifindex;
		/*
		 * Linux is strict about the interface only as long as no
		 * source is given; else a route by the tun would do too.
		 */
		if (with_source && ifindex == 0)
			info.ipi6_addr = ip6_src(p);
		h->msg_control = o->control[o->n].buf;
		memcpy(add_control(h, IPV6_PKTINFO, sizeof(info)), &info,
		    sizeof(info));
	}
	o->n++;
}

/* The same for a packet that will not stay, of up to OUTPUT_SLOT octets. */
void
output_copy(struct output *o, const uint8_t *p, size_t len, uint32_t ifindex,
    bool with_source)
{
	uint8_t	*slot;

	if (len > OUTPUT_SLOT)
		return;
	slot = output_slot(o);
	memcpy(slot, p, len);
	output_add(o, slot, len, ifindex, with_source);
}

/*
 * If no route leads to the last packet's destination through its interface, it
 * may go through another.
 */
void
output_detour(struct output *o)
{
	if (o->n > 0)
		o->detour[o->n - 1] = true;
}

/* Forget the interface of packet i, if that may be what was refused. */
static bool
take_detour(struct output *o, unsigned int i, int error)
{
	struct in6_pktinfo	 info;
	uint8_t			*data = CMSG_DATA(&o->control[i].align);

	if (!o->detour[i] || (error != ENETUNREACH && error != EHOSTUNREACH) ||
	    o->msg[i].msg_hdr.msg_controllen == 0)
		return (false);
	o->detour[i] = false;
	memcpy(&info, data, sizeof(info));
	info.ipi6_ifindex = 0;
	info.ipi6_addr = ip6_src(o->iov[i].iov_base);
	memcpy(data, &info, sizeof(info));
	return (true);
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
	memcpy(add_control(&b->h, IPV6_PKTINFO, sizeof(*info)), info,
	    sizeof(*info));
	memcpy(add_control(&b->h, IPV6_HOPLIMIT, sizeof(hlim)), &hlim,
	    sizeof(hlim));
	memcpy(add_control(&b->h, IPV6_TCLASS, sizeof(tclass)), &tclass,
	    sizeof(tclass));
	if (w->dst != 0) {
		n = (p[w->dst + 1] + 1u) * 8;
		memcpy(add_control(&b->h, IPV6_DSTOPTS, n), p + w->dst, n);
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
		return (output_tun(o, p, len, NULL) ? 0 : errno);
	b.h.msg_name = &o->to[i];
	b.h.msg_namelen = sizeof(o->to[i]);
	if (sendmsg(b.fd, &b.h, MSG_DONTWAIT) != -1 ||
	    (elsewhere(&b, errno) && sendmsg(b.fd, &b.h, MSG_DONTWAIT) != -1))
		return (0);
	/* Extension headers are root's on some: let the kernel forward it. */
	if (w.nhdrs != 0 && (errno == EPERM || errno == EACCES))
		return (output_tun(o, p, len, NULL) ? 0 : errno);
	return (errno);
}

/*
 * Have the kernel send what is behind the IPv6 header of the packet at p
 * through the interface, at once and by the IPsec policies that it has for the
 * packet's addresses and protocol.  0 or an errno.
 */
int
output_protected(struct output *o, const uint8_t *p, size_t len,
    uint32_t ifindex)
{
	struct by_protocol	 b;
	struct in6_pktinfo	 info;
	struct sockaddr_in6	 to;
	struct ip6_walk		 w;

	memset(&b, 0, sizeof(b));
	memset(&info, 0, sizeof(info));
	if (ifindex == 0)
		return (ENODEV);
	if (ip6_walk(&w, p, len, 0) != IP6_OK)
		return (EINVAL);
	info.ipi6_addr = ip6_src(p);
	info.ipi6_ifindex = ifindex;
	if (w.nhdrs != 0 || !take_apart(o, &b, p, &w, &info))
		return (EPROTONOSUPPORT);
	set_destination(&to, p, ifindex);
	b.h.msg_name = &to;
	b.h.msg_namelen = sizeof(to);
	return (sendmsg(b.fd, &b.h, MSG_DONTWAIT) == -1 ? errno : 0);
}

/*
 * As many as go with one call, whole.  On some errors fewer go than could: the
 * next call says why.
 */
unsigned int
output_whole(struct output *o, unsigned int from, unsigned int n, int *error)
{
	int	 r;

	r = (int)sendmmsg(o->send, &o->msg[from], n, MSG_DONTWAIT);
	if (r > 0)
		return ((unsigned int)r);
	if (errno != EINTR)
		*error = errno;
	return (0);
}

/*
 * Packet i was refused.  An address that the kernel has not, or not yet, as
 * its own is no reason not to send from it.
 */
bool
output_whole_again(struct output *o, unsigned int i, int error)
{
	struct in6_pktinfo	 info;
	uint8_t			*data = CMSG_DATA(&o->control[i].align);

	if (take_detour(o, i, error))
		return (true);
	if (error != EINVAL || o->msg[i].msg_hdr.msg_controllen == 0)
		return (false);
	memcpy(&info, data, sizeof(info));
	if (in6_is_unspecified(&info.ipi6_addr))
		return (false);
	memset(&info.ipi6_addr, 0, sizeof(info.ipi6_addr));
	memcpy(data, &info, sizeof(info));
	return (true);
}

/* One by one, each by the raw socket of its protocol. */
unsigned int
output_apart(struct output *o, unsigned int from, unsigned int n, int *error)
{
	unsigned int	 i;

	for (i = 0; i < n; i++)
		if ((*error = send_by_protocol(o, from + i)) != 0)
			break;
	return (i);
}

bool
output_apart_again(struct output *o, unsigned int i, int error)
{
	return (take_detour(o, i, error));
}

/* Send one packet past the queue; for answers to what the queue met. */
void
output_now(struct output *o, const uint8_t *p, size_t len, bool with_source)
{
	struct sockaddr_in6	 to;
	struct in6_pktinfo	 info;
	struct iovec		 iov = { (void *)(uintptr_t)p, len };
	struct msghdr		 h;
	union {
		uint8_t		 buf[CMSG_SPACE(sizeof(info))];
		struct cmsghdr	 align;
	}			 control;

	memset(&h, 0, sizeof(h));
	memset(&info, 0, sizeof(info));
	set_destination(&to, p, 0);
	h.msg_name = &to;
	h.msg_namelen = sizeof(to);
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
	if (with_source) {
		info.ipi6_addr = ip6_src(p);
		h.msg_control = control.buf;
		memcpy(add_control(&h, IPV6_PKTINFO, sizeof(info)), &info,
		    sizeof(info));
	}
	if (o->send != -1 && sendmsg(o->send, &h, MSG_DONTWAIT) == -1)
		o->failed(o->arg, NULL, 0, errno);
}

/* Send what is queued, in the way that its row has. */
void
output_flush(struct output *o)
{
	unsigned int	 done = 0, n = o->n;
	int		 error;

	/* What fails may queue an answer: that is for the next flush. */
	while (done < n) {
		error = 0;
		done += o->way->write(o, done, n - done, &error);
		if (error == 0 || o->way->again(o, done, error))
			continue;
		o->failed(o->arg, o->iov[done].iov_base, o->iov[done].iov_len,
		    error);
		done++;
	}
	o->n = 0;
	o->nslots = 0;
}

/*
 * Give a packet to the kernel as if it had come in by the tun; v says what is
 * left to be done to it, NULL: nothing.  False and errno if it refuses.
 */
bool
output_tun(struct output *o, const uint8_t *p, size_t len,
    const struct vnet *v)
{
	static const uint8_t	 family[4] = { 0, 0, 0, AF_INET6 };
	uint8_t			 front[VNET_LEN];
	struct iovec		 iov[2];

	if (o->tun == -1) {
		errno = ENODEV;
		return (false);
	}
	memset(front, 0, sizeof(front));
	if (o->tun_front == sizeof(family))
		memcpy(front, family, sizeof(family));
	else if (v != NULL)
		vnet_put(front, v);
	iov[0].iov_base = front;
	iov[0].iov_len = o->tun_front;
	iov[1].iov_base = (void *)(uintptr_t)p;
	iov[1].iov_len = len;
	return (writev(o->tun, iov, 2) != -1);
}
