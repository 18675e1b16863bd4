/*
 * Internal messages about security associations between mobile node and home
 * agent (RFC 4877).  Part of core/msg.h, which includes it.
 *
 * An engine says what it needs; the parent owns the policies, the ike process
 * (or the configuration) the associations.  Nobody is told a key.
 */
#ifndef MIP6D_CORE_MSG_IPSEC_H
#define MIP6D_CORE_MSG_IPSEC_H

/*
 * ike -> parent: the contents of a file that the configuration names (a
 * certificate, a private key); the answer is IKE_DATA with the same id.
 */
struct msg_ike_file {
	uint32_t	 id;
	char		 path[MSG_PATH_MAX];
};

struct msg_ike_data {
	uint32_t	 id;
	uint32_t	 error;		/* 0 or an errno */
	struct blob	 data;
};

/*
 * parent -> ike: the reqids of a node with IKE: reqid for what is anchored on
 * the home address (Binding Updates, prefix discovery), reqid + 1 for the
 * tunnel.  They do not change as long as the node is configured.  All nodes
 * are told after START and after a reload, then SA_NODE_END.
 */
struct msg_sa_node {
	struct in6_addr	 home;
	uint32_t	 reqid;
	uint64_t	 seen;		/* last registration, s since 1970; 0 */
	bool		 gone;		/* no longer configured */
};

enum key_op {
	KEY_NEED = 1,		/* have associations, from local to remote */
	KEY_RENEW,		/* the IKE_SA anew: it could not move (K = 0) */
	KEY_END,		/* terminate what there is */
	KEY_DISCARD		/* ... later, of what leads to remote by now */
};

/* ha, mn -> parent -> ike.  On a home agent remote may be ::, any. */
struct msg_key_want {
	struct in6_addr	 home, local, remote;
	uint8_t		 op;
};

enum key_state {
	KEY_DOWN = 1,		/* there is none, nobody asked for one */
	KEY_PENDING,		/* asked for, or charon is away */
	KEY_UP, /* the association of Binding Updates is there */
	KEY_FAILED		/* text tells why; it is tried again */
};

/* ike, or parent for manual ones, -> parent -> ha, mn; also when it changes. */
struct msg_key_state {
	struct in6_addr	 home;
	struct in6_addr	 at; /* its IKE_SA's mobile end then, or :: */
	uint8_t		 state;
	bool		 tunnel;	/* that of the tunnel is there, too */
	char		 text[128];
};

/*
 * parent -> ike: which associations does charon have of a home address?  It is
 * asked before this is answered by SA_SPIS: all SPIs, both directions, each in
 * network byte order, with the id of the question.  Without known that can't be
 * told.
 */
struct msg_sa_ask {
	uint32_t	 id;
	struct in6_addr	 home;
};

struct msg_sa_spis {
	uint32_t	 id;
	struct in6_addr	 home;
	bool		 known;
	struct blob	 spis;
};

#define IPSEC_TUNNEL	0x01	/* tunnel policies, local to peer; else none */
#define IPSEC_KM	0x02	/* the IKE_SA's endpoints follow, too */

/*
 * ha, mn -> parent: the endpoints of a home address's tunnel are now these:
 * local and peer are home agent address and care-of address on a home agent,
 * care-of address and home agent address on a mobile node.  The policies are
 * made, migrated or made inactive, whatever is needed; RESULT says whether it
 * went well.  At home (without IPSEC_TUNNEL) the home address stands for the
 * care-of address.
 */
struct msg_ipsec {
	uint32_t	 id;
	struct in6_addr	 home, local, peer;
	uint8_t		 flags;
};

enum spi_what {
	SPI_IS = 1,		/* inbound and of home */
	SPI_GONE,
	SPI_UNKNOWN		/* in answer to SPI_ASK: of no node */
};

/*
 * parent -> net: the ESP SPI of an inbound transport association belongs to a
 * home address.  net -> parent (SPI_ASK): whose is it?  The answer is SPI_IS
 * or SPI_UNKNOWN.
 */
struct msg_spi {
	uint32_t	 spi;		/* host byte order */
	struct in6_addr	 home;
	uint8_t		 what;
};

#endif
