/*
 * The IPv6 header and its extension headers (RFC 8200; RFC 6275 6.3, 6.4).
 * Pure: no allocation, no I/O, no globals.
 *
 * Offsets are in octets from the first octet of the IPv6 header; 0 means that
 * there is no such header.  Addresses are in network byte order, everything
 * else in host byte order.
 */
#ifndef MIP6D_WIRE_IP6_H
#define MIP6D_WIRE_IP6_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IP6_MINMTU	1280		/* RFC 8200 5 */

/* Protocol numbers (IANA). */
enum {
	IP6_P_HOPOPTS = 0,
	IP6_P_IPV4 = 4,
	IP6_P_TCP = 6,
	IP6_P_UDP = 17,
	IP6_P_IPV6 = 41,
	IP6_P_ROUTING = 43,
	IP6_P_FRAGMENT = 44,
	IP6_P_ESP = 50,
	IP6_P_AH = 51,
	IP6_P_ICMPV6 = 58,
	IP6_P_NONE = 59,
	IP6_P_DSTOPTS = 60,
	IP6_P_MH = 135
};

/* Option types of hop-by-hop and destination options headers. */
enum {
	IP6_OPT_PAD1 = 0,
	IP6_OPT_PADN = 1,
	IP6_OPT_TUNNEL_LIMIT = 4,	/* RFC 2473 4.1.1 */
	IP6_OPT_ROUTER_ALERT = 5,	/* RFC 2711 */
	IP6_OPT_HAO = 0xc9,		/* RFC 6275 6.3 */
	IP6_OPT_MUST = 0xc0,		/* not 0: not to be skipped */
	IP6_OPT_TELL = 0x80		/* ... and the sender is told */
};

#define	IP6_HDRLEN	40		/* of the IPv6 header */
#define	IP6_MAXLEN	(40 + 65535)	/* of a packet without jumbo option */
#define	IP6_OFF_PLEN	4		/* Payload Length */
#define	IP6_OFF_NEXT	6		/* Next Header */
#define	IP6_OFF_HLIM	7		/* Hop Limit */
#define	IP6_OFF_SRC	8
#define	IP6_OFF_DST	24

#define	IP6_HAO_HDRLEN	24	/* destination options header with HAO only */
#define	IP6_RH2_LEN	24	/* type 2 routing header */
#define	IP6_MAXHDRS	16	/* extension headers the walker follows */

/* Why a packet can't be walked. */
enum ip6_err {
	IP6_OK,
	IP6_E_SHORT,		/* fewer than 40 octets */
	IP6_E_VERSION,		/* Version is not 6 */
	IP6_E_LENGTH,		/* Payload Length exceeds what is there */
	IP6_E_TRUNCATED,	/* an extension header exceeds the packet */
	IP6_E_HBH_PLACE,	/* hop-by-hop options not in first place */
	IP6_E_CHAIN,		/* more than IP6_MAXHDRS headers */
	IP6_E_OPTION,		/* an option exceeds its header */
	IP6_E_HAO_LENGTH,	/* HAO: length is not 16 */
	IP6_E_HAO_TWICE,	/* HAO: more than one */
	IP6_E_HAO_PLACE,	/* HAO: before a routing header, or behind a
				 * fragment or AH header */
	IP6_E_HAO_ADDRESS,	/* HAO: not unicast routable */
	IP6_E_RH_SEGMENTS,	/* routing header of another type: Segments
				 * Left is not 0 */
	IP6_E_RH2_LENGTH,	/* RH2: Hdr Ext Len is not 2 */
	IP6_E_RH2_SEGMENTS,	/* RH2: Segments Left is not 1 */
	IP6_E_RH2_TWICE,	/* RH2: more than one */
	IP6_E_RH2_PLACE,	/* RH2: behind a fragment or AH header */
	IP6_E_RH2_ADDRESS,	/* RH2: not unicast routable */
	IP6_NERR
};

/*
 * What ip6_walk() found.  hao and rh2 are set, after an error too, only if the
 * option or header is there in full and has its right length.
 */
struct ip6_walk {
	const uint8_t	*p;		/* the packet; the caller's */
	uint32_t	 len;		/* 40 + Payload Length */
	uint32_t	 upper;		/* where the walk ended ... */
	uint32_t	 upper_nh;	/* the octet that names it */
	uint8_t		 proto;		/* ... and what is there */
	uint8_t		 nhdrs;		/* extension headers passed */
	bool		 nonfirst;	/* upper is the middle of a payload */
	bool		 frag_more;	/* M flag */
	bool		 cut;		/* quoted packet ends before upper */
	uint16_t	 frag_off;	/* fragment offset, in octets */
	uint8_t		 rh_type;	/* of rh */
	uint8_t		 rh_left;	/* Segments Left of rh */
	uint32_t	 frag;		/* Fragment header */
	uint32_t	 frag_id;	/* Identification */
	uint32_t	 hbh;		/* Hop-by-Hop Options header */
	uint32_t	 dst;		/* last Destination Options header */
	uint32_t	 rh;		/* last routing header but RH2 */
	uint32_t	 left;		/* Routing Type of the first of them
					 * that has segments left */
	uint32_t	 ah;		/* Authentication Header */
	uint32_t	 esp;		/* ESP: the walk ends there */
	uint32_t	 spi;		/* of esp, else of ah */

	uint32_t	 hao;		/* Option Type of the HAO */
	uint32_t	 hao_hdr;	/* destination options it is in */
	uint32_t	 hao_nh;	/* the octet that names that header */
	uint32_t	 rh2;		/* type 2 routing header */
	uint32_t	 rh2_nh;	/* the octet that names it */
	uint32_t	 limit;		/* Tunnel Encapsulation Limit option */
	/* First option but HAO that ends the packet where it isn't known. */
	uint32_t	 unknown;

	uint32_t	 ins;		/* where RH2 and HAO belong */
	uint32_t	 ins_nh;	/* the octet that names what is there */

	uint32_t	 err_off;	/* of the octet found at fault */
};

/* ip6_walk() flags */
#define	IP6_W_QUOTED	0x01	/* may be cut short: quoted by an ICMP error */

enum ip6_err	 ip6_walk(struct ip6_walk *, const void *, size_t, int);
const char	*ip6_err_name(enum ip6_err);
int		 ip6_err_code(enum ip6_err);
const char	*ip6_proto_name(uint8_t);

struct in6_addr	 ip6_src(const void *);
struct in6_addr	 ip6_dst(const void *);
struct in6_addr	 ip6_addr_at(const void *);
struct in6_addr	 ip6_hao_addr(const struct ip6_walk *);
struct in6_addr	 ip6_rh2_addr(const struct ip6_walk *);
uint16_t	 ip6_plen(const void *);
uint8_t		 ip6_tclass(const void *);
uint32_t	 ip6_flow(const void *);
void		 ip6_header(uint8_t *, const struct in6_addr *,
		    const struct in6_addr *, uint8_t, uint16_t, uint8_t,
		    uint8_t, uint32_t);

bool		 in6_eq(const struct in6_addr *, const struct in6_addr *);
bool		 in6_is_unspecified(const struct in6_addr *);
bool		 in6_is_loopback(const struct in6_addr *);
bool		 in6_is_linklocal(const struct in6_addr *);
bool		 in6_is_multicast(const struct in6_addr *);
bool		 in6_is_v4mapped(const struct in6_addr *);
bool		 in6_is_routable(const struct in6_addr *);
bool		 in6_prefix_eq(const struct in6_addr *, const struct in6_addr *,
		    unsigned int);
struct in6_addr	 in6_prefix(const struct in6_addr *, unsigned int);
struct in6_addr	 in6_join(const struct in6_addr *, const struct in6_addr *,
		    unsigned int);
struct in6_addr	 in6_solicited(const struct in6_addr *);
struct in6_addr	 in6_linklocal(const struct in6_addr *);
struct in6_addr	 in6_eui64(const struct in6_addr *, const uint8_t [6]);
struct in6_addr	 in6_ha_anycast(const struct in6_addr *, unsigned int);
bool		 in6_is_solicited(const struct in6_addr *);

extern const struct in6_addr in6_allnodes;	/* ff02::1 */
extern const struct in6_addr in6_allrouters;	/* ff02::2 */

#endif
