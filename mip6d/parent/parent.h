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
#include "parent/proc.h"
#include "parent/suspect.h"
#include "parent/watch.h"

struct captures;
struct event;
struct event_base;
struct ipsec;
struct kern;
struct planner;
struct report;
struct shown;

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
	PC_QUERIES_REFUSED,
	PC_IPSEC_DUMPS, PC_IPSEC_ERRORS, PC_IPSEC_LOST,
	PC_HUNG, PC_LATE_TICKS, PC_WOKE, PC_ACCUSED,
	PC_LATE_ACKS, PC_PIPES_LOST, PC_LOGS_DROPPED,
	PC_ROWS_REMOVED, PC_ROWS_PUT_BACK, PC_ROWS_FOUGHT, PC_ROWS_REFUSED,
	PC_ROWS_TAKEN, PC_KERNEL_FORGED,
	PC_CAPTURE_ERRORS, PC_CAPTURES_FULL, PC_GROUP_SOCKETS_FULL,
	PC_MAX
};

/* What children asked of the kernel and wait for: of the batch under way. */
struct requests {
	struct request {
		enum role	 role;
		uint32_t	 id;		/* the child's own */
	}			*v;
	size_t			 n, cap;
};

/* The tun device. */
struct tun {
	int			 fd;		/* -1: there is none */
	uint32_t		 ifindex, mtu;
};

#define SOCKETS_MAX	8
#define PARENT_TUN	"mip6"	/* the device, where it can have a name */

struct parent {
	struct event_base	*base;
	struct proc		 procs[ROLE_MAX];
	const struct proc_hooks	*hooks;
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
	struct suspicion	 suspicions[ROLE_MAX][ROLE_MAX]; /* server's */
	struct event		*end_timer;
	struct kern		*kern;
	char			 dropped_by[64];	/* a setting, drops.c */
	char			 forward_off[128];	/* where; empty: on */
	bool			 kern_ours, sends_by_tun;
	struct event		*kern_ev, *kern_commit_ev, *filter_ev;
	int			 filter_error;	/* why there is none */
	struct tun		 tun;
	struct captures		*captures;	/* those that net has */
	bool			 routes_lost;	/* ha is to be told */
	struct requests		 requests;
	uint32_t		 peers_routed;	/* for cn */
	char			 state_dir[CONF_PATH_MAX]; /* store's */
	struct ipsec		*ipsec;		/* of show spd and sad */
	struct shown		*shown;		/* the configuration as text */
	uint32_t		 conf_number;
	struct planner		*planner;	/* of nodes; NULL: none has */
	bool			 ipsec_socket;	/* net has that one */
};

/* pulse.c, sleep.c */
void	 sleep_start(struct parent *);
void	 sleep_look(struct parent *);
void	 pulse_start(struct parent *);
/* verbs.c */
void	 verbs_from_child(void *, struct ipc *, enum msg_type,
	    const union msg *, int);

/* reload.c */
struct conf *parent_read_conf(struct parent *, char *, size_t);
void	 reload_begin(struct parent *, uint32_t conn);
void	 proc_conf_ack(struct proc *, const struct msg_conf_ack *);
void	 reload_progress(struct parent *);
void	 reload_child_gone(struct proc *);

/* query.c */
void	 query_from_control(struct parent *, const struct msg_query *);
void	 query_child_gone(struct proc *);

/* confrows.c */
uint64_t confrows(struct parent *, struct report *, uint64_t, int *);
void	 confrows_forget(struct parent *);

/* support.c */
bool	 conf_supported(const struct conf *, char *, size_t);
const struct conf_host *parent_host(void);

/* pfkey.c */
void	 ipsec_query(struct parent *, const struct msg_query *);
void	 ipsec_forget(struct parent *);
void	 ipsec_close(struct parent *);

/* keyfile.c, planner.c */
void	 keyfile_open(struct proc *, const union msg *);
void	 keyfile_child_ready(struct proc *);
void	 keyfile_child_gone(struct proc *);
void	 planner_configured(struct parent *);
void	 planner_child_ready(struct proc *);
void	 planner_child_gone(struct proc *);
bool	 planner_message(struct proc *, enum msg_type, const union msg *);
void	 planner_undo(struct parent *);
void	 planner_close(struct parent *);

/* connect.c */
void	 connect_request(struct proc *, const union msg *);

/* statedir.c */
void	 statedir_take(struct proc *);

/* listen.c */
void	 listen_init(struct parent *);
int	 listen_open(struct parent *, char *, size_t);
void	 listen_override(struct conf *, const char *path);
int	 listen_give(struct proc *);
void	 listen_close(struct parent *);

/* openfiles.c */
size_t	 parent_files(void);
bool	 parent_has_files(char *, size_t);

/* parent.c */
bool	 parent_claim(struct parent *, char *, size_t);
void	 parent_cleanup(struct parent *);
int	 parent_run(struct parent *);
void	 parent_dry_run(struct parent *, void (*)(const char *));

/* undo.c */
int	 parent_undo(struct parent *);

extern const struct counter_def parent_counters[];
extern const struct proc_hooks parent_hooks;

#endif
