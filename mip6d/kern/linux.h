/* Internal to kern/linux*.c. */
#ifndef MIP6D_KERN_LINUX_H
#define MIP6D_KERN_LINUX_H

#include <stdbool.h>
#include <stddef.h>

#include "kern/keep.h"
#include "kern/linux_nl.h"

/* Our tag on routes, rules and addresses, our metric and routing table. */
#define PROTO_TAG	106
#define PROTO_STALE	107	/* of an address that we have deprecated */
#define ROUTE_METRIC	1
#define TABLE		0x6d6970

#ifndef IFA_PROTO
#define IFA_PROTO	11
#endif

#define TUN_NAME	"mip6"

/* The rules, in the order in which they are asked. */
enum {
	PREF_LINK_LOCAL = 1056,	/* to another's link-local address, in by a
				   home link: nowhere (RFC 6275 10.4.2) */
	PREF_DEVICE,		/* who names the tun has it */
	PREF_HOME,		/* from a home address: into the tunnel, to
				   its home agent, too (RFC 6275 11.3.1) */
	PREF_CLOSED,		/* and no other way */
	PREF_AGENT,		/* from all others to a home agent: the link */
	PREF_PREFIX,		/* to a home prefix, which the kernel may still
				   take for on-link: the tunnel */
	PREF_SPECIFIC,		/* routes that are no default */
	PREF_SOURCE,		/* who names another source means it */
	PREF_TUNNEL		/* the rest prefers a home address */
};

/* Keys and values of rows, zeroed where they have gaps. */
struct row_rule {
	uint32_t	 pref, table;
	struct in6_addr	 src, dst;
	uint8_t		 slen, dlen;
	uint8_t		 action;
	uint8_t		 specific;	/* no default routes */
	uint8_t		 tun;		/* of what names the tun */
	uint8_t		 gap[3];
	char		 iif[16];	/* of what comes in by this; "": any */
};

struct row_route {
	uint32_t	 table, plen;
	struct in6_addr	 dst;
};

struct row_way {			/* of a route */
	uint32_t	 ifindex;	/* 0: the tun */
	struct in6_addr	 gateway;	/* ::: none */
};

struct row_addr {
	uint32_t	 ifindex;	/* 0: the tun */
	struct in6_addr	 addr;
};

struct row_life {			/* of an address */
	uint32_t	 preferred, valid;
	uint8_t		 plen, flags, gap[2];
};

struct row_tun {			/* the only one, its key is empty */
	uint32_t	 mtu, up;
};

struct kern {
	struct kern_events	 cb;
	struct nl		 nl;
	int			 events;	/* descriptor */
	uint32_t		 tun;		/* index, 0: none yet */
	bool			 settings;	/* may have changed */
	bool			 forgery_told;
	struct keep		 keep;
	struct hosts		 closed;	/* kern_keep_closed() */
};

/* linux_caps.c */
int	 linux_sysctl(const char *interface, const char *name,
	    const char *value, char *old, size_t oldlen);
void	 linux_reset_optimistic(struct kern *);

/* linux_closed.c */
enum row_kind linux_kind_of(const struct row_rule *);
int	 linux_want_rule(struct kern *, const struct row_owner *,
	    const struct row_rule *);
int	 linux_want_closed(struct kern *, const struct row_owner *,
	    const struct in6_addr *home);
void	 linux_adopt_closed(struct kern *, const struct row_rule *);
int	 linux_closed(struct kern *, struct in6_addr **homes, size_t *n);

/* linux_filter.c */
void	 linux_filter_close(void);
uint64_t linux_filter_forged(void);
enum kern_suppress linux_filter_in_use(void);
void	 linux_filter_home(const struct in6_addr *home, bool away);

/* linux_rows.c */
extern const struct keep_ops	 linux_ops;

void	 linux_rows_event(struct kern *, const struct nlmsghdr *);
void	 linux_rows_link(struct kern *, const struct msg_link *);
void	 linux_look(struct kern *);

/* linux_stale.c */
uint32_t linux_addr_flags(const struct nlmsghdr *, uint8_t *proto);
int	 linux_begin_stale(struct kern *, const struct row *, bool add,
	    uint32_t token);
void	 linux_stale_event(struct kern *, const struct nlmsghdr *,
	    uint32_t ifindex, const struct in6_addr *);

/* linux_request.c */
int	 linux_want_tun(struct kern *, uint32_t mtu);
int	 linux_tun_error(struct kern *);

#endif
