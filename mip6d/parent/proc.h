/* The children, and what is said to them.  Internal to mip6d/parent. */
#ifndef MIP6D_PARENT_PROC_H
#define MIP6D_PARENT_PROC_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/ipc.h"
#include "core/log.h"
#include "core/msg.h"
#include "core/role.h"
#include "parent/watch.h"

struct conf;
struct event;
struct parent;

enum proc_state {
	PROC_NONE,		/* not wanted */
	PROC_WAITING,		/* for the end of its back-off */
	PROC_STARTING,		/* spawned, not ready */
	PROC_READY,
	PROC_ENDING		/* told to end */
};

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
	uint32_t		 pipes_due;	/* PIPE()s, not given yet */
	bool			 snapshot_due;	/* it was not whole */
	uid_t			 uid;		/* whom it becomes */
	gid_t			 gid;
	char			 sandbox[128];
	uint64_t		 denied;
	uint32_t		 conf_gen; /* that it has not ended, or 0 */
	bool			 in_reload, acked; /* the one under way */
	struct mono		 connected;	/* by MSG_CONNECT, at last */
	struct log_limit	 log_limit, lost_limit;
};

#define PROC_GONE_MAX	6

/* What a child says, and who waits for one that may be gone. */
struct proc_hooks {
	ipc_handler	*heard;
	void		(*gone[PROC_GONE_MAX])(struct proc *);
};

/* tell.c */
bool	 proc_running(const struct proc *);
void	 proc_send(struct parent *, enum role, enum msg_type, const void *);
void	 proc_tell(struct parent *, enum msg_type, const void *);
int	 proc_give(struct proc *, int kind, uint8_t flags, uint32_t arg,
	    const char *name, int fd);
void	 parent_event(struct parent *, enum role, enum log_level,
	    const char *name, const char *text);
void	 query_end(struct parent *, uint32_t conn, int status,
	    const char *text);

/* proc.c */
const char *proc_state_name(enum proc_state);
void	 proc_sandbox(const struct proc *, char *, size_t);
void	 proc_gone(struct proc *);
void	 proc_kill(struct proc *, const char *reason);
void	 proc_hung(struct proc *, const char *reason);
void	 proc_links_due(struct parent *);
void	 parent_denied(struct proc *, const char *what);

/* confsend.c */
bool	 proc_send_conf(struct proc *, const struct conf *);
void	 proc_end_conf(struct proc *, bool take);

/* children.c */
void	 proc_init(struct parent *, const struct proc_hooks *);
void	 proc_start_wanted(struct parent *);
void	 proc_configured(struct proc *);
void	 proc_ready(struct proc *, const char *sandbox);
void	 proc_end(struct proc *);
void	 proc_reap(struct parent *);
void	 parent_end(struct parent *, int status);

#endif
