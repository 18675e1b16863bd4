/*
 * The table of transports.  What net does with a descriptor (fds.c), with the
 * packets that it brings (input.c) and with those that leave by it (output.c)
 * goes by its row here, so another transport is another row.  The columns are
 * explained in transport.h, how the parent opens each descriptor in net.h.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

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

static const struct transport_option	 send_options[] = {
	{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, true },
	{ 0, 0, 0, false }
};

/* A raw socket sends what is of its protocol. */
static void
use_raw(struct net *net, struct net_fd *f, bool there)
{
	net->out.raw[f->s.row->proto] = there ? f->s.fd : -1;
}

/* Whole packets have a socket: it sends all, and may send fragments. */
static void
use_send(struct net *net, struct net_fd *f, bool there)
{
	output_whole_by(&net->out, there ? f->s.fd : -1);
	net->dp.whole_packets = there;
}

static void
use_tun(struct net *net, struct net_fd *f, bool there)
{
	net->out.tun = there ? f->s.fd : -1;
	net->out.tun_front = f->s.front;
	net->tun = there ? f->s.ifindex : 0;
	net->tun_name = there ? f->s.name : "";
}

static void
use_capture(struct net *net, struct net_fd *f, bool there)
{
	(void)f;
	if (there)
		net->dp.capturing = true;
}

static const struct transport	 rows[FD_MAX] = {
	[FD_RAW_MH] = {
		.name = "raw 135",
		.options = mh_options,
		.use = use_raw,
		.read = source_recv,
		.take = input_mh,
		/* Protected ones come by both sockets: note them first. */
		.after = FD_RAW_MH_IPSEC,
		.write = output_apart,
		.again = output_apart_again,
		.proto = IP6_P_MH,
		.refused = NC_SEND_FAILED,
		.lost = NC_MAX,
	},
	[FD_RAW_MH_IPSEC] = {
		.name = "raw 135, protected",
		.options = protected_options,
		.read = source_recv,
		.take = input_mh_protected,
		.marks = PKT_PROTECTED,
		.refused = NC_MAX,
		.lost = NC_MAX,
	},
	[FD_RAW_ICMP6] = {
		.name = "raw 58",
		.flags = TP_JOINS,
		.options = icmp6_options,
		.open = source_open_icmp6,
		.use = use_raw,
		.read = source_recv,
		.take = input_icmp6,
		.write = output_apart,
		.again = output_apart_again,
		.proto = IP6_P_ICMPV6,
		.refused = NC_SEND_FAILED,
		.lost = NC_MAX,
	},
	[FD_RAW_TUNNEL] = {
		.name = "raw 41",
		.options = tunnel_options,
		.use = use_raw,
		.read = source_recv,
		.take = input_tunnel,
		.write = output_apart,
		.again = output_apart_again,
		.proto = IP6_P_IPV6,
		.refused = NC_SEND_FAILED,
		.lost = NC_MAX,
	},
	[FD_RAW_SEND] = {
		.name = "whole packets",
		.options = send_options,
		.use = use_send,
		.write = output_whole,
		.again = output_whole_again,
		.refused = NC_SEND_FAILED,
		.lost = NC_MAX,
	},
	[FD_CAPTURE] = {
		.name = "capture",
		.flags = TP_EACH_LINK | TP_DIVIDES,
		.open = source_open_capture,
		.close = source_close_capture,
		.use = use_capture,
		.read = source_read_capture,
		.take = input_capture,
		.refused = NC_SEND_FAILED,
		.lost = NC_CAPTURE_LOST,
	},
	[FD_TUN] = {
		.name = "tun",
		.flags = TP_DIVIDES,
		.open = source_open_tun,
		.use = use_tun,
		.read = source_read_tun,
		.take = input_tun,
		.refused = NC_INJECT_FAILED,
		.lost = NC_MAX,
	},
	[FD_GROUP] = {
		.name = "multicast groups",
		.flags = TP_MANY | TP_JOINS,
		.refused = NC_MAX,
		.lost = NC_MAX,
	},
};

/* The row of this kind of descriptor; NULL: it is none of net's. */
const struct transport *
transport_row(unsigned int kind)
{
	if (kind >= FD_MAX || rows[kind].name == NULL)
		return (NULL);
	return (&rows[kind]);
}
