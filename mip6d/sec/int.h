/*
 * The nodes with IPsec and the jobs that are done for them.  Internal to
 * mip6d/sec, whose files are here in their order: each calls those before it.
 */
#ifndef MIP6D_SEC_INT_H
#define MIP6D_SEC_INT_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/msg.h"
#include "core/wheel.h"
#include "sec/node.h"
#include "sec/prim.h"
#include "sec/sec.h"
#include "sec/spd.h"

struct prim_ask;

/* A question of net. */
struct sec_ask {
	struct sec	*sec;
	uint32_t	 spi;		/* 0: free */
	struct in6_addr	 home;
};

struct leftover;
struct orphans;
struct secwatch;

/* A dump that may be asked for at any time. */
struct sec_dump {
	struct sec	*sec;
	enum prim	 op;
	void		(*begun)(struct sec *);
	void		(*row)(struct sec *, const struct prim_result *);
	void		(*done)(struct sec *);	/* all rows were told */
	bool		 under_way, again;
};

struct sec {
	struct sec_env	 env;
	struct wheel	 wheel;
	struct wheel_timer retry_timer, minute_timer, orphan_timer;
	struct prim_ask	*asked;		/* primitives under way, by number */
	uint32_t	 nasked, free_ask;
	struct htab	 by_home;
	struct sec_nodes nodes, ready;
	struct sec_nodes waiting;	/* with a job that lacks memory */
	struct sec_job	 jobs[SEC_JOBS_MAX], *free_jobs;
	bool		 incomplete;	/* nodes are missing */
	struct sec_node	**order;	/* of show sa; NULL: it has gone */
	size_t		 norder, corder, nholes;
	struct reqids	 reqids;
	struct sec_node	*by_reqid[(REQID_LAST + 1) / 2];
	bool		 compared;	/* a dump told what is there */
	struct sec_dump	 policies, sas;
	bool		 net_aged;	/* its SPIs, until we know ours */
	bool		 rows_begun;	/* of the dump of policies */
	bool		 saved_dirty;
	bool		 refused;	/* something of some node */
	size_t		 without;	/* nodes that got no reqid */
	bool		 reqid_freed;	/* one of them can have one */
	unsigned int	 njobs;
	struct prim_policy *strays;	/* that nobody has */
	size_t		 nstrays, cstrays, stray_flight;
	struct sec_ask	 asks[SEC_ASKS_MAX];
	unsigned int	 nasks;
	struct leftover	*leftovers;	/* that wait */
	size_t		 nleftovers;	/* these, and those under way */
	struct orphans	*orphans;
	struct secwatch	*watch;
};

typedef void	 prim_fn(void *, const struct prim_result *);

/* ask.c */
void	 sec_ask(struct sec *, const struct prim_request *, prim_fn *,
	    void *);
bool	 sec_is_short(const struct prim_result *);
void	 sec_asks_free(struct sec *);
void	 sec_soon(struct sec *);
void	 sec_timer(struct sec *, struct wheel_timer *, struct mono);
void	 sec_timer_stop(struct sec *, struct wheel_timer *);
void	 sec_retry(struct sec *);
bool	 sec_retries(const struct sec *);
void	 sec_count(struct sec *, enum sec_counter);
struct mono sec_now(const struct sec *);

/* node.c */
struct sec_node *sec_find(const struct sec *, enum role,
	    const struct in6_addr *);
struct sec_node *sec_by_reqid(const struct sec *, uint32_t);
struct sec_node *sec_node_new(struct sec *, enum role,
	    const struct in6_addr *);
bool	 sec_node_sas(struct sec_node *, const struct sec_conf *);
void	 sec_node_free(struct sec_node *);
void	 sec_queue(struct sec_node *);
bool	 sec_manual(const struct sec_node *);
bool	 sec_manual_use(const struct sec_node *, size_t, enum conf_sa_use);

/* reqid.c */
void	 reqid_range(struct reqids *, uint32_t first, uint32_t last);
bool	 reqid_is_in(const struct reqids *, uint32_t);
bool	 reqid_take(struct reqids *, uint32_t);
uint32_t reqid_new(struct reqids *);
void	 reqid_free(struct reqids *, uint32_t);
void	 reqid_release(struct sec_node *);
void	 reqid_save(struct sec *);

/* spi.c */
struct sec_node *spi_node(struct sec *, const struct pfkey_sa *);
bool	 spi_is_inbound(const struct sec_node *, const struct pfkey_sa *);
bool	 spi_known(const struct sec_node *, uint32_t);
void	 spi_tell(struct sec *, uint32_t, const struct in6_addr *,
	    enum spi_what);
void	 spi_learn(struct sec_node *, uint32_t);
void	 spi_forget(struct sec_node *, uint32_t);
void	 spi_manual(struct sec_node *);
void	 spi_node_gone(struct sec_node *);
void	 spi_flushed(struct sec *);
void	 spi_age(struct sec *);
void	 spi_forget_old(struct sec *);
void	 spi_net_ready(struct sec *);

/* leftover.c */
void	 leftover_remove(struct sec_node *, const struct prim_sa *);
void	 leftover_retry(struct sec *);
void	 leftover_free(struct sec *);

/* orphan.c */
bool	 orphan_start(struct sec *);
void	 orphan_stop(struct sec *);
void	 orphan_time(struct sec *);
void	 orphan_suspect(struct sec_node *);
void	 orphan_told(struct sec *, const struct msg_sa_spis *);
void	 orphan_node_gone(struct sec_node *);

/* plan.c */
uint32_t plan_all(const struct spd_node *);
uint32_t plan_missing(const struct sec_node *);
bool	 plan_needs_install(const struct sec_node *);
bool	 plan_is_about(const struct sec_node *, const struct pfkey_policy *);
void	 plan_ready(struct sec_node *);
void	 plan_insert(struct sec_job *, const struct sec_step *);
void	 plan_install(struct sec_node *);
void	 plan_remove(struct sec_node *);
void	 plan_request(struct sec_node *);
void	 plan_heal(struct sec_node *);

/* dump.c */
void	 dump_begin(struct sec_dump *);
void	 dump_go(struct sec_dump *);

/* compare.c */
void	 compare_start(struct sec *);
void	 compare_begin(struct sec *);
void	 compare_go(struct sec *);
bool	 compare_is_ours(struct sec *, const struct pfkey_policy *);
void	 compare_end(struct sec *);

/* heal.c */
void	 heal_step(struct sec_node *, const struct sec_step *, int error);
void	 heal_later(struct sec_node *);
void	 heal_time(struct sec_node *);
void	 heal_tunnel_ends(struct sec_node *, const struct in6_addr *,
	    const struct in6_addr *);

/* job.c */
void	 job_start(struct sec *);
void	 job_refused(struct sec *);
void	 job_retry(struct sec *);
bool	 job_begin(struct sec_node *);
void	 job_answer(struct sec_node *, uint32_t id, int error);

/* request.c */
void	 request_cancel(struct sec_node *);
void	 request_take(struct sec *, enum role, const struct msg_ipsec *);

/* heard.c */
void	 heard_sa(struct sec *, enum prim_event, const struct pfkey_sa *);
void	 heard_start(struct sec *);
void	 heard_begin(struct sec *);
void	 heard_dump(struct sec *);
void	 heard_ask(struct sec *, const struct msg_spi *);

/* keys.c */
void	 keys_tell_node(struct sec_node *, bool gone);
void	 keys_told(struct sec *);
void	 keys_ike_ready(struct sec *);
void	 keys_past(struct sec_node *);
void	 keys_want(struct sec *, enum role, const struct msg_key_want *);
void	 keys_relay(struct sec *, const struct msg_key_state *);

/* watch.c */
struct secwatch *secwatch_new(struct sec *);
void	 secwatch_free(struct secwatch *);
void	 secwatch_time(struct secwatch *);
void	 secwatch_heard(struct sec *, enum prim_event,
	    const struct pfkey_policy *, const struct pfkey_sa *);

/* configure.c */
void	 configure_rest(struct sec *);
void	 configure_reqids(struct sec *);
void	 configure_without(const struct sec *);
void	 configure_pass_on(struct sec *);
void	 configure_all(struct sec *, uint32_t first, uint32_t last);

#endif
