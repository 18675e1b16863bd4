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
#include "kern/kinds.h"
#include "kern/rows.h"

/*
 * The number that the tun has as what rows live on; those of interfaces that
 * are known by their names go down from the next one.
 */
#define KEEP_TUN	UINT32_MAX
#define KEEP_NAMED	(UINT32_MAX - 1)

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
	OWN_PEER,		/* a correspondent's, to a peer */
	OWN_FILTER,
	OWN_OPTIMISTIC
};

struct keep;

#define KEEP_LATER	(-1)

/* What a system does about a kind of rows; a member that is NULL: nothing. */
struct kind_ops {
	/*
	 * Put or take a row: 0, an errno, or KEEP_LATER: keep_result() with
	 * that token follows, at the latest by flush().
	 */
	int	(*begin)(struct kern *, const struct row *, bool put,
		    uint32_t token);
	/*
	 * Tell rows_seen() of all there are that bear our mark; 0 or an errno,
	 * EAGAIN: changed meanwhile.  What it does not tell is not there, so
	 * what a crash has left is found by it, unless some is set.  One that
	 * is several kinds' is called once.
	 */
	int	(*list)(struct kern *);
	bool	some;
	/* The same of those wanted of which no event tells, each KEEP_LOOK. */
	void	(*look)(struct kern *);
	/* Why there can be none at present, in words, or NULL. */
	const char *(*lacks)(void);
	/* The same if that is so for good, and the rest is NULL. */
	const char *never;
};

struct keep_ops {
	struct kind_ops	 kinds[ROW_KINDS];
	/* What is begun with rows for the route of one binding. */
	int	(*host)(struct kern *, const struct in6_addr *, bool add,
		    uint32_t token);
	void	(*flush)(struct kern *);
	/* To look at more, as often as at rows or when keep_look_in() said. */
	void	(*look)(struct kern *);
	/* What a former life has left and no list tells of goes; or NULL. */
	int	(*leftovers)(struct kern *);
	/* The name of our device. */
	const char *(*tun)(const struct kern *);
	/* Rows that the device needs besides its own. */
	const struct row_spec *device;
	size_t	 ndevice;
	/* Is told what was asked for, by tests. */
	void	(*record)(const char *what, enum msg_type, const void *);
	struct mono (*now)(void);
};

struct keep_request;
struct keep_flight;

struct keep {
	struct rows		 rows;
	struct hosts		 hosts;
	struct hosts		 closed;	/* by a former life */
	struct kern		*kern;
	uint32_t		 tun;		/* index; 0: none yet */
	uint32_t		 named;		/* of KEEP_NAMED, ever */
	const struct keep_ops	*ops;
	const struct kern_events *cb;
	struct keep_request	*requests;	/* to be answered */
	size_t			 nrequests, crequests;
	struct keep_flight	*flight;
	size_t			 nflight, cflight;
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
int		 keep_take(struct keep *, uint32_t id, const struct row_spec *);
int		 keep_direct(struct keep *, uint32_t id, uint32_t *token);
int		 keep_host(struct keep *, const struct msg_home_route *);
void		 keep_host_seen(struct keep *, const struct in6_addr *);
void		 keep_host_gone(struct keep *, const struct in6_addr *);
void		 keep_hosts_lost(struct keep *);
void		 keep_result(struct keep *, uint32_t token, int error);
bool		 keep_can(const struct keep *, enum row_kind);
bool		 keep_looks(const struct keep *);
void		 keep_seen(struct keep *, const struct row_spec *, bool mark);
int		 keep_deprecate(struct keep *, const void *);
bool		 keep_has_deprecated(const struct keep *, const void *);
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

/* want.c */
struct row_rule	 rule_closed(const struct keep *, const struct in6_addr *home);
int		 keep_ask(struct keep *, enum msg_type, const void *);
bool		 keep_has(struct keep *, enum msg_type, const void *);
void		 keep_forget_peers(struct keep *);
int		 keep_ipsec(struct keep *, bool on);
int		 keep_link_local(struct keep *, const char *interface);
int		 keep_filter(struct keep *, enum kern_filter);
bool		 keep_wants_filter(const struct keep *);
int		 keep_filter_error(const struct keep *);
void		 keep_filter_changed(struct keep *);
int		 keep_optimistic(struct keep *, const char *interface);
void		 keep_optimistic_seen(struct keep *, const struct row *,
		    int is);
const struct row *keep_optimistic_row(const struct keep *,
		    const char *interface);
int		 keep_want_tun(struct keep *, uint32_t mtu);
int		 keep_tun_error(const struct keep *);
void		 keep_rule_seen(struct keep *, const struct row_rule *,
		    bool mark);

#endif
