/*
 * What values the fields of the messages of core/msg_net.def have, and how much
 * of what they are about there may be.  Part of core/msg.h, which includes it.
 */
#ifndef MIP6D_CORE_MSG_NET_H
#define MIP6D_CORE_MSG_NET_H

/* Sockets for multicast groups that net is given, one by one. */
#define GROUP_SOCKETS_MAX	512
/* Interfaces with a capture of their own beside one that sees them all. */
#define CAPTURES_OWN_MAX	256
/* Descriptors of net for all but captures and groups: sockets, pipes. */
#define NET_FDS_OTHER		32

/* MH_IN, MH_OUT, ICMP6_IN, ICMP6_OUT */
#define PKT_HAO		0x01	/* home: address of the Home Address option */
#define PKT_RH2		0x02	/* home: address of the type 2 routing header */
#define PKT_PROTECTED	0x04	/* came out of the IPsec-only socket */
#define PKT_TUNNEL	0x08	/* came out of a tunnel, ours or one of ESP;
				 * icmp6_out: a ping to ourselves, mh_out: a
				 * Home Test Init, to go into it */
#define PKT_OUTERR	0x10 /* icmp6: quotes a packet that we sent outside */

/* BIND */
#define BIND_ACTIVE	0x01	/* else known, but packets are dropped */
#define BIND_NOTIFY	0x02	/* report the first packet each way */
/* Of a correspondent's pair: nobody has shown that the node is at peer. */
#define BIND_UNVERIFIED	0x08

/*
 * How the paths of one home share its packets: the one of the lowest bid that
 * is active has them all, or, with this, each has a part by its weight.
 */
#define BIND_WEIGHTED	0x04
/* ... or, with this, each path that is active has a copy of each of them. */
#define BIND_ALL	0x10
#define BIND_PATHS_MAX	8	/* of one home, or pair */

/* FLOW */
enum flow_action {
	FLOW_FORWARD,		/* by each of bids, with a copy */
	FLOW_DISCARD,		/* ours: RFC 6089 has none */
	FLOW_ACTIONS
};
#define BIND_FLOWS_MAX	16	/* of one home, or pair */
#define FLOW_BY_SRC	0x01	/* these ranges count */
#define FLOW_BY_DST	0x02
#define FLOW_BY_SPI	0x04	/* of ESP */
#define FLOW_BY_LABEL	0x08
#define FLOW_BY_SPORT	0x10
#define FLOW_BY_DPORT	0x20
#define FLOW_BY_TCLASS	0x40	/* the six bits of its DSCP */
#define FLOW_BY_PROTO	0x80	/* behind all extension headers */

/* Octets of what an engine has net keep with a tunnel. */
#define BIND_OWNER_MAX	64

enum tunnel_event {
	TUNNEL_FIRST_IN = 1,	/* first packet since bind, with BIND_NOTIFY */
	TUNNEL_FIRST_OUT,
	TUNNEL_ERROR,		/* ICMPv6 error code for the outer packet */
	TUNNEL_NO_BINDING,	/* a packet for home that has no binding */
	TUNNEL_SILENT,		/* value packets went in, none came out */
	TUNNEL_HEARD,		/* ... and now one has */
	TUNNEL_OBSERVED		/* value packets with other, see OBSERVE */
};

/* LINK */
#define LINK_UP		0x01	/* administratively */
#define LINK_RUNNING	0x02	/* carrier */
#define LINK_GONE	0x04
#define LINK_LOOPBACK	0x08
#define LINK_TUN	0x10	/* our own */
#define LINK_NO_FORWARDING 0x20	/* of a home agent: packets end here */

/* ADDRESS, ADDR_SET */
#define ADDR_GONE	0x01
#define ADDR_TENTATIVE	0x02	/* can't receive */
#define ADDR_OPTIMISTIC	0x04	/* tentative, but usable (RFC 4429) */
#define ADDR_DUPLICATE	0x08
#define ADDR_DEPRECATED	0x10
#define ADDR_TEMPORARY	0x20
#define ADDR_OURS	0x40	/* put there by mip6d */
#define ADDR_NODAD	0x80	/* addr_set: assign without DAD */

#endif
