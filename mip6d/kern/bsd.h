/*
 * Internal to the BSD files: bsd_*.c have what these systems share, one file
 * a system the rest.
 */
#ifndef MIP6D_KERN_BSD_H
#define MIP6D_KERN_BSD_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <net/if.h>
#if defined(__FreeBSD__)
#include <net/if_var.h>
#endif
#include <net/route.h>
#include <netinet/in.h>
#include <netinet6/in6_var.h>

#include <time.h>

#include "kern/hosts.h"
#include "kern/keep.h"
#include "kern/kern.h"

/*
 * Our tag on routes.  Routing daemons have RTF_PROTO1 to themselves, so it
 * takes a second flag that none of them sets.
 */
#if defined(__OpenBSD__)
#define BSD_TAG		(RTF_PROTO1 | RTF_PROTO3)
#else
#define BSD_TAG		(RTF_PROTO1 | RTF_PROTO2)
#endif

/* Without it the device does nothing on NetBSD; also what routes point to. */
#define BSD_TUN_ADDR	{ { {						\
	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'm', 'i', 'p', '6' } } }

/* Octets in front of the sockaddrs. */
#if defined(__OpenBSD__)
#define BSD_HDRLEN(h, field)	((h).field)
#else
#define BSD_HDRLEN(h, field)	sizeof(h)
#endif

struct bsd_router {
	struct in6_addr	 addr;
	uint32_t	 ifindex;
};

struct bsd_routers {
	struct bsd_router	*v;
	size_t			 n, cap;
};

/* What was told of addresses; bsd_addrs.c. */
struct bsd_addr;
struct bsd_addrs {
	struct hash_key		 key;
	struct htab		 tab;		/* by address and interface */
	struct bsd_addr		*first;
	struct mono		 all_at; /* when all are asked for again */
	bool			 doubt;		/* now */
};

struct kern {
	struct kern_events	 cb;
	int			 events;	/* routing socket, read only */
	int			 requests;	/* routing socket, write only */
	int			 inet6;		/* for ioctl(2) */
	int			 seq;
	char			 tun_name[IFNAMSIZ];
	struct bsd_routers	 routers;	/* announced */
	struct bsd_addrs	 addrs;
	struct keep		 keep;
};

/* A message of the routing socket, taken apart. */
struct bsd_msg {
	uint8_t		 type;
	const uint8_t	*p;
	size_t		 len;
	const uint8_t	*sa[RTAX_MAX];	/* sockaddrs, not aligned, or NULL */
	size_t		 salen[RTAX_MAX];
};

/* bsd_msg.c */
bool	 bsd_msg_next(const uint8_t **, size_t *, struct bsd_msg *);
void	 bsd_msg_addresses(struct bsd_msg *, size_t hdrlen, int mask);
bool	 bsd_sa_in6(const struct bsd_msg *, int, struct in6_addr *,
	    uint32_t *scope);
bool	 bsd_sa_link(const struct bsd_msg *, int, struct msg_link *);
uint8_t	 bsd_sa_plen(const struct bsd_msg *, int);
void	 bsd_sin6(struct sockaddr_in6 *, const struct in6_addr *,
	    uint32_t scope);
void	 bsd_mask(struct sockaddr_in6 *, unsigned int plen);
uint8_t	*bsd_fetch(int family, int what, int arg, size_t *len);

typedef void bsd_route_row(struct kern *, const struct bsd_msg *,
		const struct rt_msghdr *);
int	 bsd_each_route(struct kern *, int flags, bsd_route_row *);

/* bsd_caps.c */
bool	 bsd_has_pfkey(void);
bool	 bsd_is_forwarding(void);

/* bsd_route.c */
extern const struct in6_addr	 bsd_tun_addr;

int	 bsd_route(struct kern *, int type, const struct in6_addr *dst,
	    unsigned int plen, const struct bsd_router *);

/* bsd_router.c */
int	 bsd_routers_dump(struct kern *);
void	 bsd_routers_compare(struct kern *);
void	 bsd_routers_free(struct kern *);
int	 bsd_begin_router(struct kern *, const struct row *, bool, uint32_t);

/* bsd_address.c */
bool	 bsd_address_flags(struct kern *, const struct msg_address *, int *);
bool	 bsd_address_details(struct kern *, struct msg_address *);
int	 bsd_address(struct kern *, const struct msg_addr_set *);

/* bsd_rows.c: of struct kind_ops, and what events tell. */
int	 bsd_begin_closed(struct kern *, const struct row *, bool, uint32_t);
int	 bsd_list_closed(struct kern *);
void	 bsd_look_at_closed(struct kern *);
int	 bsd_begin_filter(struct kern *, const struct row *, bool, uint32_t);
void	 bsd_look_at_filter(struct kern *);
int	 bsd_begin_tun(struct kern *, const struct row *, bool, uint32_t);
void	 bsd_look_at_tun(struct kern *);
int	 bsd_begin_route(struct kern *, const struct row *, bool, uint32_t);
int	 bsd_begin_host(struct kern *, const struct in6_addr *, bool,
	    uint32_t);
int	 bsd_list_routes(struct kern *);
int	 bsd_begin_address(struct kern *, const struct row *, bool, uint32_t);
void	 bsd_look_at_addresses(struct kern *);
void	 bsd_row_route(struct kern *, const struct bsd_msg *,
	    const struct rt_msghdr *);
void	 bsd_row_address(struct kern *, const struct msg_address *);
void	 bsd_row_link(struct kern *, const struct msg_link *);

/* bsd_addrs.c */
int	 bsd_addrs_init(struct kern *);
void	 bsd_addrs_free(struct kern *);
void	 bsd_tell_address(struct kern *, struct msg_address *);
void	 bsd_addrs_doubt(struct kern *);
uint8_t	 bsd_addrs_plen(const struct kern *, const struct msg_address *);
void	 bsd_addrs_look(struct kern *);

/* bsd_stale.c */
int	 bsd_begin_stale(struct kern *, const struct row *, bool, uint32_t);

#define BSD_DESCR_MAX	64	/* no shorter than IFDESCRSIZE */

/* bsd_fd.c */
void	 bsd_tun_destroy(struct kern *, const char *name);
int	 bsd_leftovers(struct kern *);

/* One file a system. */

/* What the expiry times of SIOCGIFALIFETIME_IN6 are counted by. */
extern const clockid_t	bsd_lifetime_clock;

/*
 * Have the kernel test what addresses the interface gets from now on for
 * duplicates, or not.  True if that is a change; false also where a kernel
 * can't be told (bsd_units.c).
 */
bool	 bsd_test_addresses(struct kern *, const char *name, bool on);

/* Flags of an address that the kernel takes from a program, to keep them. */
extern const int	bsd_settable;

/* What an administrator reads of the device: its description. */
void	 bsd_describe(struct kern *, const char *name, char *text);
bool	 bsd_description(struct kern *, const char *name, char *buf, size_t);

/*
 * Open a tun device, of that name where one may choose; is becomes what it has.
 * In bsd_units.c for two of them, as the next one.
 */
int	 bsd_tun_open(struct kern *, const char *name, char is[IFNAMSIZ]);
extern const uint32_t	bsd_tun_mtu_max;

/* Does a process have the tun device open? */
bool	 bsd_tun_is_open(struct kern *, const char *name);

/*
 * The kernel's choice of a default router, which is out of reach, is to be
 * another; in bsd_units.c for those whose kernel has none.
 */
void	 bsd_choose_again(struct kern *, const struct bsd_router *);

/*
 * NetBSD and OpenBSD: 0 if nothing that the shim handles is answered by the
 * kernel, or an errno, which tells one reason from another.
 */
int	 bsd_lets_out(void);

/* What npf(4) lacks for that; NULL: nothing. */
const char *netbsd_npf_remedy(void);

/* Rules of ours: freebsd_ipfw.c, or bsd_filter.c where there are none. */
const char *bsd_lacks_filter(void);
int	 bsd_filter_answers(bool on);
bool	 bsd_answers_filtered(void);
int	 bsd_close(struct kern *, const struct in6_addr *home, bool on);
bool	 bsd_is_closed(struct kern *, const struct in6_addr *home);
int	 bsd_each_closed(struct kern *,
	    void (*)(struct kern *, const struct in6_addr *));

#endif
