/* The parent: root, the kernel, the children.  Internal to mip6d/parent. */
#ifndef MIP6D_PARENT_PARENT_H
#define MIP6D_PARENT_PARENT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "core/clock.h"
#include "core/counter.h"
#include "core/ipc.h"
#include "core/log.h"
#include "core/msg.h"
#include "core/role.h"
#include "core/why.h"
#include "parent/suspect.h"
#include "parent/watch.h"

struct captures;
struct event;
struct event_base;
struct guard;
struct ipsec;
struct kern;
struct parent;
struct planner;
struct report;
struct shown;
struct statefile;
struct store;

enum proc_state {
	PROC_NONE,		/* not wanted */
	PROC_WAITING,		/* for the end of its back-off */
	PROC_STARTING,		/* spawned, not ready */
	PROC_READY,
	PROC_ENDING		/* told to end */
};

#define QUERIES_MAX	64	/* of control, outstanding with one child */

struct proc {
	struct parent		*parent;
	enum role		 role;
	enum proc_state		 state;
	pid_t			 pid;
	struct ipc		*ipc;
	struct event		*timer;		/* back-off, end by force */
	unsigned int		 restarts;
	uint32_t		 backoff;	/* ms, of the next restart */
	struct mono		 retry; /* WAITING: when it is started */
	char			 last_exit[64];
	struct mono		 exited;	/* then; 0: never */
	char			 why[64]; /* we killed it; "": we did not */
	struct mono		 since;
	struct watch		 watch;
	uint64_t		 moved;		/* ipc_moved(), a tick ago */
	bool			 configured; /* has its first configuration */
	bool			 begun;		/* was told to start */
	bool			 pipe_due;	/* engine: to net, not given */
	bool			 snapshot_due;	/* it was not whole */
	uid_t			 uid;		/* whom it becomes */
	gid_t			 gid;
	char			 sandbox[128];
	struct store		*store; /* HAS_STATE; outlives its lives */
	uint64_t		 denied;
	uint32_t		 conf_gen; /* that it has not ended, or 0 */
	bool			 in_reload, acked; /* the one under way */
	struct mono		 connected;	/* by MSG_CONNECT, at last */
	struct query {
		uint32_t	 conn;
		bool		 reported;
	}			 queries[QUERIES_MAX];
	unsigned int		 nqueries;
	struct log_limit	 log_limit, event_limit, lost_limit;
};

/* A reload under way. */
struct reload {
	bool			 active;
	uint32_t		 conn;		/* 0: by signal */
	struct conf		*conf;
	struct event		*timer;		/* since the last progress */
	struct mono		 begun;
};

enum parent_counter {
	PC_RESTARTS, PC_DENIED, PC_RELOADS, PC_RELOADS_FAILED,
	PC_KERNEL_REQUESTS, PC_KERNEL_ERRORS, PC_KERNEL_LOST,
	PC_QUERIES_REFUSED, PC_STATE_SAVED, PC_STATE_ERRORS,
	PC_IPSEC_DUMPS, PC_IPSEC_ERRORS, PC_IPSEC_LOST, PC_POLICIES,
	PC_IPSEC_BACK, PC_PUT_BACK, PC_MIGRATIONS, PC_MIGRATION_ERRORS,
	PC_HEALED, PC_ORPHANS,
	PC_HUNG, PC_LATE_TICKS, PC_WOKE, PC_ACCUSED,
	PC_LATE_ACKS, PC_PIPES_LOST, PC_LOGS_DROPPED, PC_EVENTS_DROPPED,
	PC_ROWS_REMOVED, PC_ROWS_PUT_BACK, PC_ROWS_FOUGHT, PC_ROWS_REFUSED,
	PC_ROWS_TAKEN, PC_KERNEL_FORGED,
	PC_CAPTURE_ERRORS, PC_CAPTURES_FULL, PC_GROUP_SOCKETS_FULL,
	PC_SPIS_FORGOTTEN, PC_SPI_ASKS_FULL,
	PC_MAX
};

/* What a child asked of the kernel and waits for. */
struct request {
	enum role		 role;
	uint32_t		 id;		/* the child's own */
};

#define SOCKETS_MAX	8
#define PARENT_TUN	"mip6"	/* the device, where it can have a name */

struct parent {
	struct event_base	*base;
	struct proc		 procs[ROLE_MAX];
	struct conf		*conf;
	const char		*conf_path;
	const struct conf_macro	*macros;
	size_t			 nmacros;
	const char		*program;	/* to be executed again */
	const char		*socket; /* -s, instead of the configured */
	char			 pidfile[CONF_PATH_MAX + 8];
	int			 pid_fd;	/* its lock */
	bool			 debug, verbose, up, ending;
	bool			 undo;		/* -u: no life of its own */
	int			 exit_status;
	struct mono		 since;
	struct reload		 reload;
	uint32_t		 conf_gens;	/* given to configurations */
	struct counters		 counters;
	struct whys		 whys;
	int			 listeners[SOCKETS_MAX];
	int			 ready_fd;	/* who waits for us to be up */
	struct event		*pulse, *watchdog, *jump;
	struct watch_clock	 watch;
	struct sleep_clock	 sleep;
	struct suspicion	 suspicions[ROLE_MAX];	/* by engine */
	struct event		*end_timer;
	struct kern		*kern;
	struct guard		*guard;
	char			 dropped_by[64];	/* a setting, drops.c */
	char			 forward_off[128];	/* where; empty: on */
	bool			 kern_ours, sends_by_tun;
	struct event		*kern_ev, *kern_commit_ev;
	int			 tun_fd;
	uint32_t		 tun_ifindex, tun_mtu;
	struct captures		*captures;	/* those that net has */
	bool			 routes_lost;	/* ha is to be told */
	struct request		*requests;	/* of the batch under way */
	size_t			 nrequests, crequests;
	struct statefile	*statefiles;
	struct ipsec		*ipsec;		/* of show spd and sad */
	struct shown		*shown;		/* the configuration as text */
	uint32_t		 conf_number;
	struct planner		*planner;	/* of nodes; NULL: none has */
	bool			 ipsec_socket;	/* net has that one */
};

/* proc.c */
void	 proc_init(struct parent *);
void	 proc_start_wanted(struct parent *);
void	 proc_end_first(struct parent *);
void	 proc_end(struct proc *);
void	 proc_kill(struct proc *, const char *reason);
void	 proc_hung(struct proc *, const char *reason);
void	 proc_reap(struct parent *);
void	 proc_send(struct parent *, enum role, enum msg_type, const void *);
void	 proc_tell(struct parent *, enum msg_type, const void *);
bool	 proc_running(const struct proc *);
void	 proc_ready(struct proc *, const char *sandbox);
void	 proc_configured(struct proc *);
const char *proc_state_name(enum proc_state);
void	 proc_sandbox(const struct proc *, char *, size_t);

/* pulse.c, sleep.c */
void	 sleep_start(struct parent *);
void	 sleep_look(struct parent *);
void	 pulse_start(struct parent *);
/* confsend.c */
bool	 proc_send_conf(struct proc *, const struct conf *);
void	 proc_end_conf(struct proc *, bool take);
void	 proc_conf_ack(struct proc *, const struct msg_conf_ack *);

/* verbs.c */
void	 verbs_from_child(void *, struct ipc *, enum msg_type,
	    const union msg *, int);

/* reload.c */
struct conf *parent_read_conf(struct parent *, char *, size_t);
void	 reload_begin(struct parent *, uint32_t conn);
void	 reload_ack(struct proc *, const struct msg_conf_ack *);
void	 reload_progress(struct parent *);
void	 reload_child_gone(struct proc *);

/* query.c */
void	 query_from_control(struct parent *, const struct msg_query *);
bool	 query_reported(struct proc *, uint32_t conn);
bool	 query_answered(struct proc *, uint32_t conn);
void	 query_child_gone(struct proc *);
void	 query_end(struct parent *, uint32_t conn, enum role, int status,
	    const char *text);
void	 parent_event(struct parent *, enum role, enum log_level,
	    const char *name, const char *text);

/* kernel.c */
int	 kernel_open(struct parent *, char *, size_t);
int	 kernel_claim(struct parent *, char *, size_t);
int	 kernel_begin(struct parent *, char *, size_t);
void	 kernel_close(struct parent *);
bool	 kernel_check(struct parent *, const struct conf *, char *, size_t);
int	 kernel_give_net(struct proc *);
void	 kernel_snapshot(struct proc *);
void	 kernel_home_links(struct parent *, bool);
void	 kernel_retry(struct parent *);
int	 kernel_give(struct proc *, int kind, uint8_t flags, uint32_t arg,
	    const char *name, int fd);
void	 kernel_reconfigured(struct parent *);
void	 kernel_rows(struct parent *, struct report *);
void	 kernel_ipsec(struct parent *, bool);

/* request.c */
void	 request_arm(struct parent *);
void	 request_commit(int, short, void *);
void	 kernel_addr_set(struct proc *, const union msg *);
void	 kernel_deprecate(struct proc *, const union msg *);
void	 kernel_home_route(struct proc *, const union msg *);
void	 kernel_home_policy(struct proc *, const union msg *);
void	 kernel_path(struct proc *, const union msg *);
bool	 in_prefix(const struct conf_prefix *, const struct in6_addr *);

/* confrows.c */
uint64_t confrows(struct parent *, struct report *, uint64_t, int *);
void	 confrows_forget(struct parent *);

/* capture.c */
int	 captures_open(struct parent *);
void	 captures_close(struct parent *);
void	 captures_link(struct parent *, const struct msg_link *);
void	 captures_snapshot(struct parent *, bool begin);
void	 captures_configured(struct parent *);
int	 captures_start(struct proc *);
void	 captures_lost(struct proc *, const union msg *);
void	 captures_group_socket(struct proc *, const union msg *);
uint32_t captures_mtu(struct parent *);
void	 captures_count(const struct parent *, size_t *, size_t *);

/* support.c */
bool	 conf_supported(const struct conf *, char *, size_t);

/* pfkey.c */
void	 ipsec_query(struct parent *, const struct msg_query *);
void	 ipsec_forget(struct parent *);
void	 ipsec_close(struct parent *);

/* owned.c, keyfile.c, planner.c */
bool	 ipsec_wanted(const struct conf *);
void	 keyfile_give(struct proc *, const union msg *);
void	 planner_configured(struct parent *);
void	 planner_child_ready(struct proc *);
void	 planner_message(struct proc *, enum msg_type, const union msg *);
uint64_t planner_rows(struct parent *, struct report *, const char *,
	    uint64_t);
void	 planner_undo(struct parent *);
void	 planner_close(struct parent *);

/* connect.c, state.c */
void	 connect_request(struct proc *, const union msg *);
void	 state_configured(struct parent *);
void	 state_save(struct proc *, const union msg *);
void	 state_load(struct proc *);
void	 state_close(struct parent *);

/* listen.c */
void	 listen_init(struct parent *);
int	 listen_open(struct parent *, char *, size_t);
void	 listen_override(struct conf *, const char *path);
int	 listen_give(struct proc *);
void	 listen_close(struct parent *);

/* parent.c */
void	 parent_end(struct parent *, int status);
const struct conf_host *parent_host(void);
void	 parent_maybe_ready(struct parent *);
void	 parent_denied(struct proc *, const char *what);
size_t	 parent_files(void);
bool	 parent_claim(struct parent *, char *, size_t);
void	 parent_cleanup(struct parent *);
int	 parent_run(struct parent *);
void	 parent_dry_run(struct parent *, void (*)(const char *));

/* undo.c */
int	 parent_undo(struct parent *);

extern const struct counter_def parent_counters[];

#endif
