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

struct bsd_router {
	struct in6_addr	 addr;
	uint32_t	 ifindex;
};

struct bsd_routers {
	struct bsd_router	*v;
	size_t			 n, cap;
};

/* Keys and values of rows, zeroed where they have gaps. */
struct row_route {
	uint32_t	 plen;
	struct in6_addr	 dst;
};

struct row_way {			/* of a route */
	uint32_t	 ifindex;	/* 0: the tun */
	struct in6_addr	 gateway;
};

struct row_addr {
	uint32_t	 ifindex;	/* 0: the tun */
	struct in6_addr	 addr;
};

struct row_life {			/* of an address */
	uint32_t	 preferred, valid;
	uint8_t		 plen, flags, gap[2];
};

struct row_tun {			/* the only one, its key is its name */
	uint32_t	 mtu, up;
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
	uint32_t		 tun;		/* index, 0: none yet */
	char			 tun_name[IFNAMSIZ];
	struct bsd_routers	 routers;	/* announced */
	struct bsd_addrs	 addrs;
	struct hosts		 closed;	/* by a former life */
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

/* bsd_events.c */
typedef void bsd_route_row(struct kern *, const struct bsd_msg *,
		const struct rt_msghdr *);
int	 bsd_each_route(struct kern *, int flags, bsd_route_row *);

bool	 bsd_address_flags(struct kern *, const struct msg_address *, int *);
bool	 bsd_address_details(struct kern *, struct msg_address *);
void	 bsd_tell_address(struct kern *, struct msg_address *);
bool	 bsd_is_default_router(struct kern *, const struct in6_addr *,
	    uint32_t ifindex);

/* bsd_addrs.c */
int	 bsd_addrs_init(struct kern *);
void	 bsd_addrs_free(struct kern *);
void	 bsd_addrs_told(struct kern *, const struct msg_address *);
void	 bsd_addrs_doubt(struct kern *);
uint8_t	 bsd_addrs_plen(const struct kern *, const struct msg_address *);
void	 bsd_addrs_look(struct kern *);

/* bsd_route.c */
int	 bsd_route(struct kern *, int type, const struct in6_addr *dst,
	    unsigned int plen, const struct bsd_router *);
int	 bsd_address(struct kern *, const struct msg_addr_set *);

extern const struct in6_addr	 bsd_tun_addr;

/* bsd_stale.c */
int	 bsd_begin_stale(struct kern *, const struct row *, bool add);

/* bsd_rows.c */
extern const struct keep_ops	 bsd_ops;

int	 bsd_want_tun(struct kern *, uint32_t mtu);
void	 bsd_row_route(struct kern *, const struct bsd_msg *,
	    const struct rt_msghdr *);
void	 bsd_row_address(struct kern *, const struct msg_address *);
void	 bsd_row_link(struct kern *, const struct msg_link *);

#define BSD_DESCR_MAX	64	/* no shorter than IFDESCRSIZE */

/* bsd_fd.c */
int	 bsd_tun_up(struct kern *, int fd, const char *name, uint32_t mtu,
	    uint32_t *ifindex);
void	 bsd_tun_destroy(struct kern *, const char *name);
bool	 bsd_is_marked(struct kern *, const char *name, pid_t *);
int	 bsd_tun_claim(struct kern *);

/* bsd_caps.c */
bool	 bsd_has_pfkey(void);
bool	 bsd_is_forwarding(void);

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

/* Does a process have the tun device open?  In bsd_units.c for two of them. */
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
extern const char	 bsd_no_fail_closed[];

bool	 bsd_has_filter(void);
int	 bsd_filter_answers(bool on);
bool	 bsd_answers_filtered(void);
int	 bsd_close(struct kern *, const struct in6_addr *home, bool on);
bool	 bsd_is_closed(struct kern *, const struct in6_addr *home);
int	 bsd_each_closed(struct kern *,
	    void (*)(struct kern *, const struct in6_addr *));

#endif
