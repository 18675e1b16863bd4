/*
 * The data plane: what becomes of a packet.  Pure: a packet goes in with the
 * time, and out comes a verdict, the packet changed in place, perhaps an
 * answer to its sender and perhaps something to tell an engine.  Sockets,
 * batches and logging are elsewhere.
 */
#ifndef MIP6D_NET_DP_H
#define MIP6D_NET_DP_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limit.h"
#include "core/msg.h"
#include "net/addrs.h"
#include "net/defend.h"
#include "net/encap.h"
#include "net/forward.h"
#include "net/homes.h"
#include "net/observe.h"
#include "net/plane.h"
#include "net/protect.h"
#include "net/reason.h"
#include "net/reply.h"
#include "net/spi.h"
#include "net/vnet.h"
#include "wire/rewrite.h"

struct conf;

struct dp {
	const struct conf	*conf;	/* the owner's */
	unsigned int		 roles;	/* bits of the engines configured */
	/* ... that have told all they bind */
	unsigned int		 complete;
	bool			 capturing;	/* HAO and RH2 come that way */
	bool			 whole_packets;	/* sent as they are: fragment */
	struct planes		 planes;	/* what is bound */
	struct fwd_table	 forward;	/* of the first of them */
	struct observe		 observe;
	struct addrs		 addrs;
	struct defends		 defends;	/* of the home agent */
	struct homes		 homes;	/* with IPsec */
	struct protect		 sent, seen;	/* see protect.h */
	struct {
		unsigned int	 n;		/* of the last, all in vain */
		struct mono	 since;
		struct in6_addr	 home;		/* of the last one */
	}			 handed; /* ESP, to the kernel by the tun */
	struct spis		 spis;
	struct limiter		 errors, too_big, binding_errors;
	struct dp_copies	*copies;	/* NULL: nobody asked so far */
	uint32_t		 frag_id;
	/* Tunnel Encapsulation Limit, -1: none */
	int16_t			 limit;
};

enum dp_verdict {
	DP_DROP,	/* counted under why */
	DP_PASS,	/* not ours: the kernel has it anyway */
	DP_INJECT,	/* write it to the tun */
	DP_SEND,	/* send it through ifindex */
	DP_KERNEL,	/* have the kernel protect it: send what is behind
			 * its IPv6 header by the raw socket of its protocol
			 * into the tun, from which it comes back as ESP */
	DP_KERNEL_TUNNEL,	/* the same, by a tunnel of ESP that the kernel
			 * has for it: as its routes say */
	DP_HOLD,	/* kept in dp->spis until the parent has answered */
	DP_ENGINE	/* tell mh or icmp6 to engine(s) to */
};

/* Room for the second of two fragments, with the headers that both have. */
#define DP_SECOND_MAX	IP6_MINMTU

/* Room for the copy of a packet by one more path, and what is put before. */
#define DP_COPY_MAX	(PKT_HEADROOM + 65536 + 256)

/* A copy of what is sent, or a fragment of one; good until the next packet. */
struct dp_piece {
	const uint8_t		*p;
	size_t			 len;
	uint32_t		 ifindex;
};

/* Memory for copies. */
struct dp_copies {
	uint8_t			 buf[BIND_PATHS_MAX - 1][DP_COPY_MAX];
	uint8_t			 second[BIND_PATHS_MAX - 1][DP_SECOND_MAX];
};

struct dp_out {
	enum net_counter	 why;		/* of the verdict */
	uint32_t		 ifindex;
	struct vnet		 vnet;		/* DP_INJECT */
	unsigned int		 to;		/* DP_ENGINE: role bits */
	enum msg_type		 type;		/* MSG_MH_IN or MSG_ICMP6_IN */
	struct msg_mh_in	 mh;
	struct msg_icmp6_in	 icmp6;
	enum role		 tunnel_to;	/* ROLE_MAX: nothing to tell */
	struct msg_tunnel	 tunnel;
	enum net_counter	 reply_why;	/* what to count for reply */
	enum net_counter	 observe_why;	/* ... and for observe */
	/* Of a packet to where nobody has shown that the node is: */
	enum net_counter	 credit_why;	/* ... what to count */
	size_t			 credit_len;	/* ... and its octets */
	struct in6_addr		 credit_home, credit_careof;
	/* Interface that it goes out of, 0: whichever. */
	uint32_t		 reply_by;
	struct reply		 reply;		/* len 0: none */
	bool			 asks;		/* DP_HOLD: ask the parent */
	struct msg_spi		 ask;		/* this; also of NC_WRONG_SPI */
	size_t			 second_len;	/* DP_SEND: to go after it */
	uint8_t			 second[DP_SECOND_MAX];
	bool			 copying;	/* not the packet, a copy */
	unsigned int		 ncopies;	/* DP_SEND: these go, too */
	unsigned int		 npieces;	/* ... which are so many */
	struct dp_piece		 pieces[2 * (BIND_PATHS_MAX - 1)];
};

/* A packet that a raw socket gave, without its IPv6 header. */
struct dp_raw {
	struct in6_addr	 src, dst;
	uint32_t	 ifindex;
	uint8_t		 hlim, tclass;
	uint8_t		 proto;		/* of the socket */
	uint8_t		 flags;		/* PKT_PROTECTED; PKT_HAO, PKT_RH2: it
					 * had one and the kernel took it off */
};

bool		 dp_init(struct dp *, const uint64_t [2]);
void		 dp_free(struct dp *);
bool		 dp_configure(struct dp *, const struct conf *);

void		 dp_out_init(struct dp_out *);
enum dp_verdict	 dp_drop(struct dp_out *, enum net_counter);

/* shim.c: from the capture */
enum dp_verdict	 dp_capture(struct dp *, struct pkt *, const struct vnet *,
		    uint32_t ifindex, struct mono, struct dp_out *);

/* mh.c: Mobility Headers in and out */
enum dp_verdict	 dp_raw_mh(struct dp *, const struct dp_raw *, const uint8_t *,
		    size_t, struct mono, struct dp_out *);
enum dp_verdict	 dp_mh(struct dp *, const struct msg_mh_in *,
		    const uint8_t *packet, size_t packet_len, struct mono,
		    struct dp_out *);
enum dp_verdict	 dp_mh_out(struct dp *, enum role, const struct msg_mh_out *,
		    struct pkt *, size_t cap, struct mono, struct dp_out *);

/* icmp.c: ICMPv6 in and out, errors relayed */
enum dp_verdict	 dp_icmp6(struct dp *, const struct dp_raw *, const uint8_t *,
		    size_t, struct mono, struct dp_out *);
enum dp_verdict	 dp_icmp6_out(struct dp *, enum role,
		    const struct msg_icmp6_out *, struct pkt *, size_t cap,
		    struct mono, struct dp_out *);

/* owner.c: whose address it is, whose entry a packet is for, or was */
bool		 dp_is_home(const struct dp *, const struct in6_addr *);
bool		 dp_in_home_prefix(const struct dp *, const struct in6_addr *);
bool		 dp_is_ha_anycast(const struct dp *, const struct in6_addr *);
bool		 dp_is_ha_address(const struct dp *, const struct in6_addr *);
bool		 owner_may_bind(const struct dp *, enum role,
		    const struct msg_bind *, struct fwd_key *);
struct fwd_entry *owner_out(const struct dp *, const struct in6_addr *src,
		    const struct in6_addr *dst);
void		 owner_sides(const struct dp *, const struct in6_addr *src,
		    const struct in6_addr *dst, struct fwd_entry *[FWD_SIDES]);
struct fwd_entry *owner_of(const struct dp *, enum encap_id,
		    const struct in6_addr *src, const struct in6_addr *dst,
		    const struct in6_addr *local,
		    const struct in6_addr *remote, struct fwd_path **);
struct fwd_entry *owner_end(const struct dp *, enum fwd_side,
		    const struct in6_addr *home, const struct in6_addr *other,
		    const struct in6_addr *end, unsigned int flags,
		    struct fwd_path **);

/* sent.c: what went out with an HAO or RH2, as it was before */
struct sent {
	struct fwd_entry	*by[FWD_SIDES];	/* that it took, or NULL */
	struct fwd_path		*path[FWD_SIDES];	/* of these */
	struct pkt		 plain;		/* in buf */
	size_t			 added;		/* octets put in */
	uint8_t			 buf[REPLY_MAX];
};

bool		 sent_find(const struct dp *, const uint8_t *, size_t,
		    const struct ip6_walk *, struct sent *);
enum fwd_side	 sent_by(const struct sent *);
bool		 sent_at(const struct sent *, const struct ip6_walk *,
		    uint32_t *at);
uint32_t	 sent_mtu(const struct dp *, const struct sent *, struct mono);
uint32_t	 sent_lower(const struct dp *, const struct sent *,
		    uint32_t mtu, struct mono);
void		 dp_too_big(struct dp *, const struct in6_addr *src,
		    const uint8_t *, size_t, size_t mtu, enum net_counter,
		    struct mono, struct dp_out *);
void		 sent_too_big(struct dp *, const struct sent *, size_t mtu,
		    enum net_counter, struct mono, struct dp_out *);
void		 inner_too_big(struct dp *, const struct in6_addr *src,
		    const uint8_t *, size_t, size_t mtu, enum net_counter,
		    struct mono, struct dp_out *);

/* tell.c: what engines hear of their tunnels, and ICMPv6 */
void		 dp_tell_first(struct fwd_entry *, const struct fwd_path *,
		    bool in, struct dp_out *);
void		 dp_observe(struct dp *, const struct fwd_entry *,
		    const struct ip6_walk *, const struct in6_addr *other,
		    struct mono, struct dp_out *);
void		 dp_tell_silence(const struct fwd_entry *, enum tunnel_event,
		    struct mono, struct dp_out *);
void		 dp_tell_error(const struct fwd_entry *,
		    const struct fwd_path *, uint8_t type, uint8_t code,
		    uint32_t param, struct dp_out *);

enum dp_verdict	 dp_tell_icmp6(struct dp_out *, unsigned int to,
		    const struct dp_raw *, const uint8_t *, size_t,
		    uint8_t flags, const struct in6_addr *home);

/* entry_point.c: into tunnels */
enum dp_verdict	 dp_tun(struct dp *, struct pkt *, const struct vnet *,
		    struct mono, struct dp_out *);
enum dp_verdict	 dp_ping_self(struct dp *, struct pkt *, struct mono,
		    struct dp_out *);
void		 dp_send_too_big(struct dp *, const uint8_t *, size_t,
		    struct mono, struct dp_out *);

/* exit_point.c: out of them */
enum dp_verdict	 dp_tunnel(struct dp *, const struct dp_raw *, struct pkt *,
		    struct mono, struct dp_out *);

/* ipsec.c: what IPsec is to protect */
enum dp_verdict	 dp_protect(struct dp *, enum role, uint8_t flags,
		    const struct in6_addr *src, const struct in6_addr *dst,
		    const struct in6_addr *home, uint32_t ifindex, struct mono,
		    struct dp_out *);
const struct protect_pair *
		 dp_sent(const struct dp *, const struct in6_addr *src,
		    const struct in6_addr *dst, struct mono);
void		 dp_handed(struct dp *, const struct in6_addr *, struct mono);
bool		 dp_handed_in_vain(const struct dp *, struct mono);
const struct protect_pair *
		 dp_seen(const struct dp *, const struct in6_addr *src,
		    const struct in6_addr *dst, struct mono);
bool		 dp_clear_signalling(const struct dp *,
		    const struct in6_addr *src, const struct in6_addr *dst);
bool		 dp_clear_test(const struct dp *, const struct in6_addr *home);
bool		 dp_clear_payload(const struct dp *, enum role,
		    const struct in6_addr *home, const struct pkt *, bool out);

/* bind.c: what engines ask for */
bool		 dp_bind(struct dp *, enum role, const struct msg_bind *,
		    struct mono, struct dp_out *);
bool		 dp_unbind(struct dp *, enum role, const struct msg_unbind *);
bool		 dp_flow(struct dp *, enum role, const struct msg_flow *,
		    struct dp_out *);
bool		 dp_unflow(struct dp *, enum role, const struct msg_unflow *);
void		 dp_resync(struct dp *, enum role);
void		 dp_resync_end(struct dp *, enum role);
bool		 dp_sweep(struct dp *, uint32_t);
bool		 dp_defend(struct dp *, enum role, const struct msg_defend *,
		    struct dp_out *);
bool		 dp_set_observe(struct dp *, enum role,
		    const struct msg_observe *, struct dp_out *);

/* Also in bind.c: may an answer of this kind be sent now? */
bool		 dp_answer(struct dp *, struct dp_out *, struct limiter *,
		    struct mono, enum net_counter);
void		 dp_unreachable(struct dp *, const struct in6_addr *,
		    const uint8_t *, size_t, struct mono, struct dp_out *);

#endif
