/* Internal to kern/linux*.c. */
#ifndef MIP6D_KERN_LINUX_H
#define MIP6D_KERN_LINUX_H

#include <stdbool.h>
#include <stddef.h>

#include "kern/keep.h"
#include "kern/linux_nl.h"

/* Our tag on routes, rules and addresses, and our metric. */
#define PROTO_TAG	106
#define PROTO_STALE	107	/* of an address that we have deprecated */
#define ROUTE_METRIC	1

#ifndef IFA_PROTO
#define IFA_PROTO	11
#endif

#define TUN_NAME	"mip6"

struct kern {
	struct kern_events	 cb;
	struct nl		 nl;
	int			 events;	/* descriptor */
	bool			 settings;	/* may have changed */
	bool			 forgery_told;
	struct keep		 keep;
};

/* linux_caps.c */
int	 linux_sysctl(const char *interface, const char *name,
	    const char *value, char *old, size_t oldlen);
int	 linux_begin_optimistic(struct kern *, const struct row *, bool add,
	    uint32_t token);
int	 linux_list_optimistic(struct kern *);
void	 linux_look_at_optimistic(struct kern *);
void	 linux_optimistic_link(struct kern *, const struct msg_link *);
const char *linux_lacks_optimistic(void);

/* linux_closed.c */
int	 linux_closed(struct kern *, struct in6_addr **homes, size_t *n);

/* linux_filter.c */
int	 linux_filter(struct kern *, enum kern_filter);
bool	 linux_filtered(struct kern *);
int	 linux_begin_filter(struct kern *, const struct row *, bool add,
	    uint32_t token);
void	 linux_look_at_filter(struct kern *);
int	 linux_filter_leftovers(struct kern *);
void	 linux_filter_read(struct kern *);
void	 linux_filter_close(void);
uint64_t linux_filter_forged(void);
enum kern_suppress linux_filter_in_use(void);
void	 linux_filter_home(const struct in6_addr *home, bool away);

/* linux_rows.c */
extern const struct keep_ops	 linux_ops;

void	 linux_rows_event(struct kern *, const struct nlmsghdr *);
void	 linux_rows_link(struct kern *, const struct msg_link *);
void	 linux_look_at_settings(struct kern *);

/* linux_stale.c */
uint32_t linux_addr_flags(const struct nlmsghdr *, uint8_t *proto);
int	 linux_begin_stale(struct kern *, const struct row *, bool add,
	    uint32_t token);
void	 linux_stale_event(struct kern *, const struct nlmsghdr *,
	    uint32_t ifindex, const struct in6_addr *);

#endif
