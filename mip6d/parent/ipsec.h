/*
 * IPsec of the nodes: policies by PF_KEY, who has keys, whose an SPI is.
 * Internal to mip6d/parent.
 */
#ifndef MIP6D_PARENT_IPSEC_H
#define MIP6D_PARENT_IPSEC_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "core/htab.h"
#include "core/mono.h"
#include "core/msg.h"
#include "core/report.h"
#include "parent/parent.h"
#include "parent/sadb.h"
#include "parent/spd.h"

/* Linux's ENODATA, from MIGRATE that it alone has: others may lack the name. */
#define MIGRATE_OBSTACLE	61

#define REQID_FIRST	1024		/* when none are configured */
#define REQID_LAST	PFKEY_REQID_MAX
#define SEC_STEPS_MAX	64
#define SEC_JOBS_MAX	128		/* nodes that wait for the kernel */
#define SEC_SPIS_MAX	8		/* inbound associations of a node */
#define SEC_ASKS_MAX	64		/* of net, under way */
#define SEC_HEALS_MAX	3
#define SEC_RETRY_MS	100		/* when memory was short */
#define SEC_PATIENCE	SEC(5)		/* so long is it waited for */
#define SEC_HEAL_AFTER	6		/* s; a rekeying is over by then */

/* Even ones: a node has that and the next. */
struct reqids {
	uint32_t	 first, last;
	uint32_t	 next;		/* where to look for a free one */
	bool		 full;		/* none was free, nor is since then */
	uint8_t		 used[(REQID_LAST + 1) / 2];
};

/* What is asked of the kernel one after the other. */
enum sec_op {
	SEC_SET,		/* policy `index' of job.to: add or replace */
	SEC_DELETE,		/* policy `index' of job.from */
	SEC_MOVE, /* policy `index' of job.from to job.to's ends */
	SEC_SAME,		/* policy `index' of job.to to where it is */
	SEC_DUMMY_ADD,		/* replaces a larval association */
	SEC_DUMMY_DELETE,
	SEC_SA_ADD,		/* the manual association `index' */
	SEC_SA_DELETE
};

struct sec_step {
	uint8_t		 op, index;
	bool		 km;		/* key management follows */
	bool		 again;		/* has been healed once */
};

enum sec_why { SEC_INSTALL, SEC_REMOVE, SEC_REQUEST, SEC_HEAL };

struct sec_job {
	struct sec_job	*next;		/* a free one */
	enum sec_why	 why;
	struct spd_node	 from, to;
	struct in6_addr	 km_local, km_remote;
	struct in6_addr	 km_was_local, km_was_remote;
	bool		 km_was;	/* of the node, before the request */
	struct sec_step	 steps[SEC_STEPS_MAX];
	unsigned int	 n, at;
	int		 error;
	bool		 moved, unhealed;
	bool		 undone;	/* given up in the middle */
	uint32_t	 missing;	/* policies of `to', a bit each */
	bool		 sa_refused;	/* some manual association */
	uint32_t	 id;		/* of the request */
	struct mono	 begun;
};

struct sec;

struct sec_node {
	struct hlink	 by_home;	/* first */
	TAILQ_ENTRY(sec_node) ready, all, waiting;
	size_t		 place;		/* in order */
	struct sec	*sec;
	enum role	 role;		/* whose node: ha's or mn's */
	const struct conf_ipsec *conf;
	struct spd_node	 want;		/* as configured; no endpoints */
	struct spd_node	 have;		/* in the kernel */
	uint32_t	 present;	/* policies of have, a bit each */
	uint32_t	 seen_present;	/* by the dump under way */
	bool		 queued, marked, gone;
	bool		 installed;	/* policies and associations of have */
	bool		 has_ends;	/* have.local and peer mean something */
	bool		 strays;	/* associations that end elsewhere: */
	struct in6_addr	 stray_local, stray_peer;
	bool		 sas_up, tunnel_sas_up;	/* manual ones */
	bool		 keys_lost;	/* charon's, and it does not know */
	bool		 unsure;	/* whether all of have is there */
	bool		 sa_refused;	/* a manual one is missing */
	bool		 refused;	/* by the kernel: tried again later */
	struct sec_job	*job;		/* under way */
	bool		 asked;		/* a request waits: */
	struct msg_ipsec request;
	struct in6_addr	 km_local, km_remote;
	bool		 km, heal_due;
	unsigned int	 heals;
	struct event	*heal_ev;
	struct mono	 keyed;		/* last new association of the tunnel */
	struct mono	 rekeyed; /* the same when there was one already */
	bool		 suspect;	/* of having associations too many: */
	struct mono	 suspect_at;	/* it is looked at then */
	bool		 due;		/* a dump for it is under way */
	unsigned int	 nsuspect;	/* how many a dump shows */
	struct msg_key_want key_want;	/* op 0: none */
	uint8_t		 key_state;	/* 0: none told */
	bool		 key_tunnel;
	char		 key_text[128];
	uint32_t	 spis[SEC_SPIS_MAX];
	bool		 spi_old[SEC_SPIS_MAX];
	unsigned int	 nspis;
	uint64_t	 seen;		/* last registration, s since 1970 */
	unsigned int	 moves, errors;
	struct mono	 moved;
	int64_t		 took;		/* ns */
	int		 result;
};

TAILQ_HEAD(sec_nodes, sec_node);

/* A question of net. */
struct sec_ask {
	struct sec	*sec;
	uint32_t	 spi;		/* 0: free */
	struct in6_addr	 home;
};

struct leftover;
struct orphans;
struct secwatch;
struct statefile;

struct sec {
	struct parent	*parent;
	struct sadb	*sadb;
	struct hash_key	 key;
	struct htab	 by_home;
	struct sec_nodes nodes, ready;
	struct sec_nodes waiting;	/* with a job that lacks memory */
	struct sec_job	 jobs[SEC_JOBS_MAX], *free_jobs;
	struct event	*retry_ev;	/* memory was short: */
	bool		 incomplete;	/* nodes are missing */
	struct sec_node	**order;	/* of show sa; NULL: it has gone */
	size_t		 norder, corder, nholes;
	struct reqids	 reqids;
	struct sec_node	*by_reqid[(REQID_LAST + 1) / 2];
	bool		 migrate;	/* the kernel can */
	bool		 compared;	/* a dump told what is there */
	bool		 dumping, dump_again;
	bool		 sad_dumping, sad_again;
	bool		 saved_dirty;
	bool		 refused;	/* something of some node */
	size_t		 without;	/* nodes that got no reqid */
	bool		 reqid_freed;	/* one of them can have one */
	unsigned int	 njobs;
	struct pfkey_policy *strays;
	size_t		 nstrays, cstrays, stray_flight;
	struct sec_ask	 asks[SEC_ASKS_MAX];
	unsigned int	 nasks;
	struct leftover	*leftovers;	/* that wait */
	size_t		 nleftovers;	/* these, and those under way */
	struct orphans	*orphans;
	struct secwatch	*watch;
	struct event	*orphan_ev;
	struct event	*minute_ev;
	struct statefile *file;		/* of reqids */
};

/* reqid.c */
void	 reqid_range(struct reqids *, const struct conf_global *);
bool	 reqid_take(struct reqids *, uint32_t);
uint32_t reqid_new(struct reqids *);
void	 reqid_free(struct reqids *, uint32_t);
struct statefile *reqid_file(struct sec *);
void	 reqid_load(struct sec *);
void	 reqid_save(struct sec *);

/* ipsec.c */
struct sec_node *sec_find(struct sec *, enum role, const struct in6_addr *);
void	 sec_queue(struct sec_node *);
void	 sec_node_free(struct sec_node *);
bool	 sec_manual(const struct sec_node *);
void	 sec_compare(struct sec *);
void	 sec_retry(struct sec *);
bool	 sec_retries(const struct sec *);
bool	 sec_has(struct sec *, const struct pfkey_policy *);

/* leftover.c */
void	 leftover_remove(struct sec_node *, const struct pfkey_sa *);
void	 leftover_retry(struct sec *);
void	 leftover_free(struct sec *);

/* job.c */
bool	 job_is_short(const struct pfkey_reply *);
void	 job_start(struct sec *);
void	 job_refused(struct sec *);
void	 job_retry(struct sec *);
bool	 job_is_about(const struct sec_node *, const struct pfkey_policy *);
bool	 job_begin(struct sec_node *);
void	 job_ready(struct sec_node *);
void	 job_cancel(struct sec_node *);
void	 job_tunnel_ends(struct sec_node *, const struct in6_addr *,
	    const struct in6_addr *);

/* manual.c */
enum pfkey_error manual_sa(const struct sec_node *, const struct spd_node *,
	    size_t, struct pfkey_sa *);
unsigned int manual_icv_bits(const struct parent *, const struct pfkey_sa *);
bool	 manual_use(const struct sec_node *, size_t, enum conf_sa_use);

/* keys.c */
void	 keys_tell_node(struct sec_node *, bool gone);
void	 keys_told(struct sec *);
void	 keys_ike_ready(struct sec *);

/* spi.c */
void	 spi_heard(struct sec *, const struct pfkey_msg *);
void	 spi_dump(struct sec *);
void	 spi_net_ready(struct sec *);
void	 spi_node_gone(struct sec_node *);
void	 spi_manual(struct sec_node *);
void	 spi_forget(struct sec_node *, uint32_t);

/* secwatch.c */
struct secwatch *secwatch_new(struct sec *);
void	 secwatch_free(struct secwatch *);
void	 secwatch_undo(struct sec *);
void	 secwatch_heard(struct sec *, const struct pfkey_msg *);

/* orphan.c */
bool	 orphan_start(struct sec *);
void	 orphan_stop(struct sec *);
void	 orphan_suspect(struct sec_node *);
void	 orphan_node_gone(struct sec_node *);

#endif
