/*
 * Internal messages about packets, the tunnel and the kernel's interfaces,
 * addresses and routes.  Part of core/msg.h, which includes it.
 */
#ifndef MIP6D_CORE_MSG_NET_H
#define MIP6D_CORE_MSG_NET_H

/* Sockets for multicast groups that net is given, one by one. */
#define GROUP_SOCKETS_MAX	512
/* Interfaces with a capture of their own beside one that sees them all. */
#define CAPTURES_OWN_MAX	256
/* Descriptors of net for all but captures and groups: sockets, pipes. */
#define NET_FDS_OTHER		32

#define PKT_HAO		0x01	/* home: address of the Home Address option */
#define PKT_RH2		0x02	/* home: address of the type 2 routing header */
#define PKT_PROTECTED	0x04	/* came out of the IPsec-only socket */
#define PKT_TUNNEL	0x08	/* came out of a tunnel; icmp6_out: a ping to
				 * ourselves, to go into it */
#define PKT_OUTERR	0x10 /* icmp6: quotes a packet that we sent outside */

/*
 * net -> engine: a Mobility Header with valid checksum.  src and dst are those
 * on the wire: with PKT_HAO src is the care-of address and home the home
 * address; with PKT_RH2 dst is the care-of address.
 */
struct msg_mh_in {
	struct in6_addr	 src, dst, home;
	uint32_t	 ifindex;
	uint8_t		 hlim;
	uint8_t		 flags;
	struct blob	 mh;
};

/*
 * engine -> net: send a Mobility Header (checksum in place) from src to dst;
 * with PKT_HAO or PKT_RH2 home goes into that header.  ifindex 0: any.
 */
struct msg_mh_out {
	struct in6_addr	 src, dst, home;
	uint32_t	 ifindex;
	uint8_t		 flags;
	struct blob	 mh;
};

/* ICMPv6 whole, from its type on; checksum verified or filled in by net. */
struct msg_icmp6_in {
	struct in6_addr	 src, dst, home;
	uint32_t	 ifindex;
	uint8_t		 hlim;
	uint8_t		 flags;
	struct blob	 icmp6;
};

/* src :: is sent as it is (DAD); hlim 255 for neighbour discovery. */
struct msg_icmp6_out {
	struct in6_addr	 src, dst, home;
	uint32_t	 ifindex;
	uint32_t	 id;		/* of ICMP6_SENT; 0: none is wanted */
	uint8_t		 hlim;
	uint8_t		 flags;
	struct blob	 icmp6;
};

/* net -> engine: now that message is on its way, or was dropped. */
struct msg_icmp6_sent {
	uint32_t	 id, ifindex;
};

#define BIND_ACTIVE	0x01	/* else known, but packets are dropped */
#define BIND_NOTIFY	0x02	/* report the first packet each way */

/* Octets of what an engine has net keep with a tunnel. */
#define BIND_OWNER_MAX	64

/*
 * engine -> net: tunnel the traffic of home between peer and local.  On a home
 * agent peer is the care-of address and local its own address; on a mobile
 * node peer is the home agent and local the care-of address on ifindex.  owner
 * is the engine's own record of the binding: net does not look into it.
 *
 * BOUND, net -> engine, is the same message handed back to an engine that is
 * new, for all that the one before it had bound; BOUND_END was the last one.
 * Then the engine binds again what it takes up of it, and RESYNC_END.
 */
struct msg_bind {
	struct in6_addr	 home, local, peer;
	uint32_t	 ifindex;
	uint8_t		 flags;
	struct blob	 owner;		/* at most BIND_OWNER_MAX */
};

struct msg_unbind {
	struct in6_addr	 home;
};

enum tunnel_event {
	TUNNEL_FIRST_IN = 1,	/* first packet since bind, with BIND_NOTIFY */
	TUNNEL_FIRST_OUT,
	TUNNEL_ERROR,		/* ICMPv6 error code for the outer packet */
	TUNNEL_NO_BINDING,	/* a packet for home that has no binding */
	TUNNEL_SILENT,		/* value packets went in, none came out */
	TUNNEL_HEARD		/* ... and now one has */
};

struct msg_tunnel {
	struct in6_addr	 home, peer;
	uint8_t		 event;
	uint8_t		 icmp6_type, icmp6_code;
	uint32_t	 value;		/* MTU; packets */
	uint32_t	 age;		/* TUNNEL_SILENT: for so many ms */
};

/* net -> parent: the capture of an interface failed; another one, please. */
struct msg_capture_lost {
	uint32_t	 ifindex;
};

/* engine -> net: join or leave a multicast group. */
struct msg_group {
	struct in6_addr	 group;
	uint32_t	 ifindex;
	bool		 join;
};

/*
 * ha -> net: answer Neighbor Solicitations for an address of a mobile node that
 * is away, from the home agent's address (RFC 6275 10.4.1), or no longer; addr
 * :: and off: for none on that interface.
 */
struct msg_defend {
	struct in6_addr	 addr, source;
	uint32_t	 ifindex;
	bool		 on;
};

#define LINK_UP		0x01	/* administratively */
#define LINK_RUNNING	0x02	/* carrier */
#define LINK_GONE	0x04
#define LINK_LOOPBACK	0x08
#define LINK_TUN	0x10	/* our own */
#define LINK_NO_FORWARDING 0x20	/* of a home agent: packets end here */

/* parent -> engine, net: an interface as the kernel has it. */
struct msg_link {
	uint32_t	 ifindex;
	char		 name[MSG_NAME_MAX];
	uint8_t		 flags;
	uint32_t	 mtu;
	uint8_t		 lladdr[8];
	uint8_t		 lladdrlen;
};

#define ADDR_GONE	0x01
#define ADDR_TENTATIVE	0x02	/* can't receive */
#define ADDR_OPTIMISTIC	0x04	/* tentative, but usable (RFC 4429) */
#define ADDR_DUPLICATE	0x08
#define ADDR_DEPRECATED	0x10
#define ADDR_TEMPORARY	0x20
#define ADDR_OURS	0x40	/* put there by mip6d */
#define ADDR_NODAD	0x80	/* addr_set: assign without DAD */

struct msg_address {
	uint32_t	 ifindex;
	struct in6_addr	 addr;
	uint8_t		 plen;
	uint8_t		 flags;
	uint32_t	 preferred, valid;	/* seconds; ~0: infinite */
	bool		 dynamic;	/* of an RA or a lease */
	bool		 stale;		/* DEPRECATE asks for that */
};

/*
 * parent -> engine: a default router that the kernel uses, or no longer, or
 * whom it has found silent.
 */
struct msg_router {
	uint32_t	 ifindex;
	struct in6_addr	 addr;
	bool		 gone, silent;
};

/* engine -> parent: assign or remove an address; ifindex 0: the tun. */
struct msg_addr_set {
	uint32_t	 id; /* comes back in result; 0: none wanted */
	uint32_t	 ifindex;
	struct in6_addr	 addr;
	uint8_t		 plen;
	uint8_t		 flags;
	bool		 add;
	uint32_t	 preferred, valid;
};

/*
 * mn -> parent: this address is of a link that was left, so no program is to
 * begin with it (RFC 6275 11.5.4), or, without on, as before.
 */
struct msg_deprecate {
	uint32_t	 id;
	uint32_t	 ifindex;
	struct in6_addr	 addr;
	uint32_t	 preferred;	/* what it had left, in seconds; on */
	bool		 on;
};

/* ha -> parent: route home/plen into the tun, or not any more. */
struct msg_home_route {
	uint32_t	 id;
	struct in6_addr	 home;
	uint8_t		 plen;
	bool		 add;
};

/*
 * mn -> parent: traffic from home goes into the tun, and applications prefer
 * home as their source (active), or no longer.  on_link: the interface is on
 * the home link again, so the home prefix is not to be led into the tunnel
 * while the rest still is; where rules choose by source (Linux) it isn't.
 */
struct msg_home_policy {
	uint32_t	 id;
	struct in6_addr	 home;
	uint8_t		 plen;		/* of its prefix; the parent knows */
	bool		 active, on_link;
};

/*
 * mn -> parent: the way to a home agent is by this router, whatever else the
 * kernel believes; or, without add, no longer.  With agent :: and without add
 * the default route that an RA of this router made is to go.
 */
struct msg_path {
	uint32_t	 id;
	struct in6_addr	 agent, router;
	uint32_t	 ifindex;
	bool		 add;
};

struct msg_result {
	uint32_t	 id;
	uint32_t	 error;		/* 0 or an errno */
};

/*
 * engine -> parent -> engine of the next life: opaque, small.  A SAVE with an
 * id is answered by RESULT when it is safe from the death of all processes.
 * A LOAD is exact if it is all that was ever saved, and the host has not begun
 * anew since then.
 */
struct msg_state {
	uint32_t	 id;
	struct in6_addr	 home;
	bool		 exact;
	struct blob	 data;
};

#endif
