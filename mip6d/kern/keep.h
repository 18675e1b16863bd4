/*
 * What all systems have in common around their rows: the requests of engines
 * that wait for an answer, what is being put or taken, the routes of bindings
 * and what is to be told.  Internal to kern/: a system's struct kern has one,
 * and kern_keep() finds it.
 */
#ifndef MIP6D_KERN_KEEP_H
#define MIP6D_KERN_KEEP_H

#include "kern/hosts.h"
#include "kern/kern.h"
#include "kern/rows.h"

/* The number that the tun has as what rows live on. */
#define KEEP_TUN	UINT32_MAX

/* How often to look at what a system has no events for. */
#define KEEP_LOOK	SEC(5)
/* When to compare again if the kernel could not be read. */
#define KEEP_AGAIN	SEC(1)

/* Who wants a row. */
enum keep_owner {
	OWN_TUN = 1,		/* the device itself */
	OWN_AWAY,		/* of a home address on the tun */
	OWN_FORMER,		/* the same, of the life before */
	OWN_POLICY,		/* of a home address with a binding */
	OWN_PATH,		/* to a home agent */
	OWN_ADDRESS,		/* on another link */
	OWN_PREFIX,		/* of a virtual home link */
	OWN_HOSTS,		/* of the routes of bindings */
	OWN_IPSEC,
	OWN_HOME_LINKS,
	OWN_DEPRECATED,		/* of an address of a link that was left */
	OWN_OTHER		/* from here on: of those who add kinds */
};

/* Key and value of a row of the kind ROW_DEPRECATED, zeroed in their gaps. */
struct row_stale {
	uint32_t		 ifindex;
	struct in6_addr		 addr;
};

#define FORMER_UNKNOWN	0
#define FORMER_ALWAYS	(-1)

struct row_former {
	int64_t			 until;	/* it was preferred, or FORMER_ */
	uint8_t			 deprecated, gap[7];
};

struct keep;

#define KEEP_LATER	(-1)

struct keep_ops {
	/*
	 * Put or take a row: 0, an errno, or KEEP_LATER: keep_result() with
	 * that token follows, at the latest by flush().
	 */
	int	(*begin)(struct kern *, const struct row *, enum row_op,
		    uint32_t token);
	/* The same for the route of one binding. */
	int	(*host)(struct kern *, const struct in6_addr *, bool add,
		    uint32_t token);
	void	(*flush)(struct kern *);
	/* Tell rows_seen() all there is that could be a row; 0 or an errno. */
	int	(*list)(struct kern *);
	/*
	 * The same of what there are no events for, each KEEP_LOOK and when
	 * keep_look_in() said; NULL: there are for all.
	 */
	void	(*look)(struct kern *);
	struct mono (*now)(void);
	/* What a row is, for people. */
	void	(*text)(const struct kern *, const struct row *, char *,
		    size_t);
};

struct keep_request;
struct keep_flight;

struct keep {
	struct rows		 rows;
	struct hosts		 hosts;
	struct kern		*kern;
	const struct keep_ops	*ops;
	const struct kern_events *cb;
	struct keep_request	*requests;	/* to be answered */
	size_t			 nrequests, crequests;
	struct keep_flight	*flight;
	size_t			 nflight, cflight;
	unsigned int		 compared;	/* kinds that list() told */
	bool			 compare;	/* all, at look_at */
	bool			 hosts_lost;
	size_t			 hosts_seen;
	struct mono		 look_at;
	/* Where the last page of kern_rows() ended: there, of rows.mark. */
	uint64_t		 page_at;
	unsigned int		 page_kind;
};

struct keep	*kern_keep(struct kern *);

int		 keep_init(struct keep *, struct kern *,
		    const struct keep_ops *, const struct kern_events *);
void		 keep_free(struct keep *);

struct row_owner keep_owner(enum keep_owner, const struct in6_addr *,
		    uint32_t n);
int		 keep_answer(struct keep *, uint32_t id,
		    const struct row_owner *, int error);
int		 keep_direct(struct keep *, uint32_t id, uint32_t *token);
int		 keep_host(struct keep *, const struct msg_home_route *);
void		 keep_host_seen(struct keep *, const struct in6_addr *);
void		 keep_host_gone(struct keep *, const struct in6_addr *);
void		 keep_hosts_lost(struct keep *);
void		 keep_result(struct keep *, uint32_t token, int error);
int		 keep_deprecate(struct keep *, const struct msg_deprecate *);
bool		 keep_has_deprecated(const struct keep *,
		    const struct msg_deprecate *);
bool		 keep_is_stale(const struct keep *, uint32_t ifindex,
		    const struct in6_addr *);
void		 keep_stale_seen(struct keep *, uint32_t ifindex,
		    const struct in6_addr *, bool deprecated, bool mark);
void		 keep_stale_gone(struct keep *, uint32_t ifindex,
		    const struct in6_addr *);
uint32_t	 keep_former(const struct keep *, const struct row *,
		    uint32_t valid);
void		 keep_commit(struct keep *, void (*done)(void *, uint32_t, int),
		    void *);
void		 keep_lost(struct keep *);
void		 keep_look_in(struct keep *, int64_t ns);
int		 keep_compare(struct keep *);
void		 keep_settle(struct keep *);
void		 keep_tell(struct keep *);
void		 keep_row_text(const struct keep *, const struct row *, char *,
		    size_t);

#endif
