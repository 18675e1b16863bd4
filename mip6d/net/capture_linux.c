/*
 * Linux: packet sockets.  One sees all interfaces, and the filter in front of
 * it leaves out those that have one of their own, the tun and the loopback.
 * Those see their interface alone: the kernel shows a socket of a device below
 * also what goes on to a VLAN or a bond on it.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <errno.h>
#include <string.h>

#include "core/encap.h"
#include "net/capture.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING	23
#endif

#define EXCLUDE_MAX	(CAPTURES_OWN_MAX + 1)	/* and the tun */
#define LOAD(what)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,		\
			    (unsigned int)(SKF_AD_OFF + (what)))

/* Only what is for this host; SKF_NET_OFF finds the header on any link. */
static const struct sock_filter	 for_host[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
	    (unsigned int)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
};
static const struct sock_filter	 link_local[] = {
	CAPTURE_LINK_LOCAL((unsigned int)SKF_NET_OFF)
};
static const struct sock_filter	 filter[] = {
	CAPTURE_FILTER((unsigned int)SKF_NET_OFF)
};
#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))
#define TUNNELS_MAX	(3 + ENCAP_MAX * 2)

static struct sock_filter *
append(struct sock_filter *p, const struct sock_filter *f, size_t n)
{
	memcpy(p, f, n * sizeof(*f));
	return (p + n);
}

/*
 * Not a tunnel packet with an encapsulation limit: a destination options header
 * of eight octets in front of what is tunnelled is all of it.
 */
static struct sock_filter *
no_tunnels(struct sock_filter *p)
{
	struct sock_filter	*jump;
	enum encap_id		 id;

	*p++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
	    (unsigned int)SKF_NET_OFF + 6);
	jump = p++;
	*p++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
	    (unsigned int)SKF_NET_OFF + 40);
	for (id = 0; id < ENCAP_MAX; id++) {
		if (!encap_is_tunnel(id))
			continue;
		*p++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    (unsigned int)encap_forms[id].proto << 8, 0, 1);
		*p++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	}
	*jump = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 60, 0,
	    (uint8_t)(p - jump - 1));
	return (p);
}

/*
 * Capture all interfaces but these, of which no more than EXCLUDE_MAX count.
 * False and errno; then all goes on as before.
 */
bool
capture_exclude(struct capture *c, const uint32_t *ifindex, size_t n)
{
	struct sock_filter	 f[EXCLUDE_MAX * 2 + 7 + LENGTH(for_host) +
	    LENGTH(link_local) + TUNNELS_MAX + LENGTH(filter)], *p = f;
	struct sock_fprog	 prog;
	size_t			 i;

	*p++ = (struct sock_filter)LOAD(SKF_AD_IFINDEX);
	if (c->ifindex != 0) {
		*p++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    c->ifindex, 1, 0);
		*p++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	} else {
		for (i = 0; i < n && i < EXCLUDE_MAX; i++) {
			*p++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ |
			    BPF_K, ifindex[i], 0, 1);
			*p++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
		}
		*p++ = (struct sock_filter)LOAD(SKF_AD_HATYPE);
		*p++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    ARPHRD_LOOPBACK, 0, 1);
		*p++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	}
	p = append(p, for_host, LENGTH(for_host));
	if (c->home_link)
		p = append(p, link_local, LENGTH(link_local));
	p = append(no_tunnels(p), filter, LENGTH(filter));
	prog.len = (unsigned short)(p - f);
	prog.filter = f;
	return (setsockopt(c->fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
	    sizeof(prog)) != -1);
}

/*
 * Make the packet socket fd capture what comes in by the interface, or if it is
 * 0 by all of them; of a home link also what goes to link-local addresses.  It
 * belongs to c then.  False and errno; then it is the caller's to close.
 */
bool
capture_open(struct capture *c, int fd, uint32_t ifindex, bool home_link)
{
	struct sockaddr_ll	 sll;
	int			 on = 1;

	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->ifindex = ifindex;
	c->home_link = home_link;
	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(ETH_P_IPV6);
	sll.sll_ifindex = (int)ifindex;
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	c->vnet = setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on,
	    sizeof(on)) == 0;
	return (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on,
	    sizeof(on)) != -1 && capture_exclude(c, NULL, 0) &&
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)) != -1);
}

/* Free what is the capture's; its descriptor is the caller's to close. */
void
capture_close(struct capture *c)
{
	(void)c;
}

/* Where the IPv6 header begins, or SIZE_MAX. */
static size_t
network_offset(struct msghdr *h)
{
	struct tpacket_auxdata	 aux;
	struct cmsghdr		*c;

	for (c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c))
		if (c->cmsg_level == SOL_PACKET &&
		    c->cmsg_type == PACKET_AUXDATA &&
		    c->cmsg_len >= CMSG_LEN(sizeof(aux))) {
			memcpy(&aux, CMSG_DATA(c), sizeof(aux));
			return (aux.tp_net);
		}
	return (SIZE_MAX);
}

/* By which interface it came. */
static uint32_t
arrived_by(const struct msghdr *h)
{
	struct sockaddr_ll	 sll;

	if (h->msg_namelen < sizeof(sll))
		return (0);
	memcpy(&sll, h->msg_name, sizeof(sll));
	return ((uint32_t)sll.sll_ifindex);
}

static void
one_packet(struct capture *c, struct batch *b, int i, batch_take *take,
    void *arg)
{
	size_t		 front = c->vnet ? VNET_LEN : 0, net;
	size_t		 len = batch_len(b, i, front);
	uint32_t	 ifindex = arrived_by(&b->msg[i].msg_hdr);
	struct vnet	 v;
	struct pkt	 p;

	net = network_offset(&b->msg[i].msg_hdr);
	if (net >= len || batch_truncated(b, i))
		return;
	pkt_init(&p, batch_buf(b, i), PKT_HEADROOM + net, len - net);
	if (!c->vnet) {
		take(arg, NULL, &p, NULL, ifindex);
		return;
	}
	vnet_get(&v, b->front[i]);
	if ((v.flags & VNET_NEEDS_CSUM) != 0)
		v.csum_start = (uint16_t)(v.csum_start - net);
	if (v.gso_type != 0)
		v.hdr_len = (uint16_t)(v.hdr_len - net);
	take(arg, NULL, &p, &v, ifindex);
}

/* Have what waits taken; how many, or -1 and errno. */
int
capture_read(struct capture *c, struct batch *b, batch_take *take, void *arg)
{
	int	 i, n;

	n = batch_recv(b, c->fd, c->vnet ? VNET_LEN : 0);
	for (i = 0; i < n; i++)
		one_packet(c, b, i, take, arg);
	return (n);
}

/* FD_RAW_SEND takes every packet, so that this way is not needed here. */
int
capture_send(const struct capture *c, const uint8_t *p, size_t len)
{
	(void)c;
	(void)p;
	(void)len;
	return (EOPNOTSUPP);
}
