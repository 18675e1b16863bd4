/*
 * The raw sockets and the tun as sources of packets: set up when the parent
 * passes the descriptor, and each read gives a batch of packets, with what the
 * kernel says of each beside its payload (RFC 3542).  Which of these functions
 * are for which descriptor the rows of transport.c say.  A source owns its
 * descriptor and closes it; fds.c has the sources.
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

/* Of ICMPv6 what is of interest; false and errno. */
bool
source_open_icmp6(struct source *s)
{
	struct icmp6_filter	 f;
	size_t			 i;

	ICMP6_FILTER_SETBLOCKALL(&f);
	for (i = 0; i < sizeof(icmp6_wanted); i++)
		ICMP6_FILTER_SETPASS(icmp6_wanted[i], &f);
	return (setsockopt(s->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &f,
	    sizeof(f)) != -1);
}

bool
source_open_capture(struct source *s)
{
	return (capture_open(&s->capture, s->fd, s->ifindex,
	    (s->flags & FDF_HOME_LINK) != 0));
}

bool
source_open_tun(struct source *s)
{
	if ((s->flags & FDF_VNET_HDR) != 0)
		s->front = VNET_LEN;
	else if ((s->flags & FDF_FAMILY) != 0)
		s->front = 4;
	return (true);
}

static bool
set_options(const struct source *s)
{
	const struct transport_option	*o = s->row->options;

	for (; o != NULL && o->level != 0; o++)
		if (setsockopt(s->fd, o->level, o->option, &o->value,
		    sizeof(o->value)) == -1 && o->needed)
			return (false);
	return (true);
}

/*
 * Take over a descriptor from the parent and set it up as its row says.  False
 * and errno; then it is closed.
 */
bool
source_open(struct source *s, const struct transport *row,
    const struct msg_fd *m, int fd)
{
	int	 e;

	memset(s, 0, sizeof(*s));
	s->row = row;
	s->kind = m->kind;
	s->fd = fd;
	s->flags = m->flags;
	s->ifindex = m->arg;
	snprintf(s->name, sizeof(s->name), "%s", m->name);
	if (set_options(s) && (row->open == NULL || row->open(s)))
		return (true);
	e = errno;
	close(fd);
	errno = e;
	return (false);
}

void
source_close_capture(struct source *s)
{
	capture_close(&s->capture);
}

void
source_close(struct source *s)
{
	if (s->row->close != NULL)
		s->row->close(s);
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

/* Of a raw socket; what the kernel says of a packet goes with it. */
int
source_recv(struct source *s, struct batch *b, batch_take *take, void *arg)
{
	uint8_t		 marks = s->row->marks;
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
		ancillary(&b->msg[i].msg_hdr, &r);
		pkt_init(&p, batch_buf(b, i), PKT_HEADROOM, batch_len(b, i, 0));
		take(arg, &r, &p, NULL, r.ifindex);
	}
	return (n);
}

int
source_read_tun(struct source *s, struct batch *b, batch_take *take, void *arg)
{
	size_t		 front = s->front;
	struct vnet	 v;
	struct pkt	 p;
	int		 i, n;

	n = batch_read(b, s->fd, front);
	for (i = 0; i < n; i++) {
		pkt_init(&p, batch_buf(b, i), PKT_HEADROOM,
		    batch_len(b, i, front));
		if (front == VNET_LEN)
			vnet_get(&v, b->front[i]);
		take(arg, NULL, &p, front == VNET_LEN ? &v : NULL, 0);
	}
	return (n);
}

int
source_read_capture(struct source *s, struct batch *b, batch_take *take,
    void *arg)
{
	return (capture_read(&s->capture, b, take, arg));
}

/*
 * Read one batch and have each packet taken with arg; how many there were, or
 * -1 and errno.  The packets stay where they are until the next batch is read.
 */
int
source_read(struct source *s, struct batch *b, void *arg)
{
	return (s->row->read(s, b, s->row->take, arg));
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
