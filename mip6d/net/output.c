/*
 * Packets on their way out: queued while a batch is dealt with, and sent
 * together in the way of a row of transports (whole.c, raw.c).  Owns the queue
 * and copies of short packets; the descriptors are those of fds.c, packets
 * come from input.c and net.c.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "net/output.h"
#include "wire/ip6.h"

/* No descriptors yet; way is the row by which packets are written. */
void
output_init(struct output *o, const struct transport *way,
    output_failed *failed, output_link *link, void *arg)
{
	size_t	 i;

	memset(o, 0, sizeof(*o));
	o->tun = -1;
	for (i = 0; i < sizeof(o->raw) / sizeof(o->raw[0]); i++)
		o->raw[i] = -1;
	output_whole_by(o, -1, way);
	o->failed = failed;
	o->link = link;
	o->arg = arg;
}

/*
 * The queue is written in the way of this row from now on, and all packets go
 * as they are by the socket fd; -1: there is none, each goes by the raw socket
 * of its protocol.
 */
void
output_whole_by(struct output *o, int fd, const struct transport *way)
{
	o->send = fd;
	o->way = way;
}

/* Memory for a packet, of OUTPUT_SLOT octets, good until the next flush. */
uint8_t *
output_slot(struct output *o)
{
	if (o->nslots == BATCH || o->n == BATCH)
		output_flush(o);
	return (o->slot[o->nslots++]);
}

/* Room for one more control message of h, zeroed but for its head. */
void *
output_control(struct msghdr *h, int type, size_t len)
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

/* Where the packet at p goes, by this interface if it has to be one. */
void
output_to(struct sockaddr_in6 *sin6, const uint8_t *p, uint32_t ifindex)
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
	output_to(&o->to[o->n], p, ifindex);
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
		memcpy(output_control(h, IPV6_PKTINFO, sizeof(info)), &info,
		    sizeof(info));
	}
	o->n++;
}

/*
 * The same for a packet that will not stay.  There is room for OUTPUT_SLOT
 * octets: a longer one, of a link with a large MTU, is sent at once.
 */
void
output_copy(struct output *o, const uint8_t *p, size_t len, uint32_t ifindex,
    bool with_source)
{
	uint8_t	*slot;

	if (len > OUTPUT_SLOT) {
		output_add(o, p, len, ifindex, with_source);
		output_flush(o);
		return;
	}
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

/*
 * For the rows, as again: forget the interface of packet i, if that may be what
 * was refused.
 */
bool
output_take_detour(struct output *o, unsigned int i, int error)
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
	output_to(&to, p, 0);
	h.msg_name = &to;
	h.msg_namelen = sizeof(to);
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
	if (with_source) {
		info.ipi6_addr = ip6_src(p);
		h.msg_control = control.buf;
		memcpy(output_control(&h, IPV6_PKTINFO, sizeof(info)), &info,
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
