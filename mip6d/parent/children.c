/*
 * The life of children: started, told who to be, started again when they end,
 * and ended in their order.  One that had lived long enough is started again
 * at once, one that keeps ending ever more slowly.  Called by parent.c and
 * reload.c, and by verbs.c when a child says that it is ready.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/timer.h"
#include "kern/compat.h"
#include "parent/kernel.h"
#include "parent/notify.h"
#include "parent/parent.h"
#include "parent/peers.h"

#define BACKOFF_FIRST	100		/* ms, after one restart at once */
#define BACKOFF_MAX	60000
#define STABLE		SEC(60)		/* up for so long: forgiven */
#define END_GRACE	3		/* seconds until SIGKILL */
#define END_TIME	SEC(5)		/* for all children to end */

static void	 spawn(struct proc *);

static void
set_timer(struct proc *pr, uint32_t ms)
{
	pr->retry = mono_add(mono_now(), MS(ms));
	timer_at(pr->timer, pr->retry);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct proc	*pr = arg;

	(void)fd;
	(void)what;
	if (pr->state == PROC_WAITING)
		spawn(pr);
	else if (pr->pid > 0) {
		log_warn("%s: does not end, killed", role_name(pr->role));
		kill(pr->pid, SIGKILL);
	}
}

static void
end_by_force(int fd, short what, void *arg)
{
	struct parent	*p = arg;
	unsigned int	 r;

	(void)fd;
	(void)what;
	FOREACH_ROLE(r)
		if (p->procs[r].pid > 0)
			kill(p->procs[r].pid, SIGKILL);
}

/* Make the process table; who hears what children say and that one is gone. */
void
proc_init(struct parent *p, const struct proc_hooks *hooks)
{
	unsigned int	 r;

	p->hooks = hooks;
	FOREACH_ROLE(r) {
		p->procs[r].parent = p;
		p->procs[r].role = (enum role)r;
		p->procs[r].timer = event_new(p->base, -1, 0, on_timer,
		    &p->procs[r]);
		if (p->procs[r].timer == NULL)
			fatalx("out of memory");
	}
	p->end_timer = event_new(p->base, -1, 0, end_by_force, p);
	if (p->end_timer == NULL)
		fatalx("out of memory");
}

/* Start what the configuration wants and is not there; end what it doesn't. */
void
proc_start_wanted(struct parent *p)
{
	struct proc	*pr;
	unsigned int	 r;

	FOREACH_CHILD(r) {
		pr = &p->procs[r];
		if (role_wanted(pr->role, p->conf)) {
			if (pr->state == PROC_NONE)
				spawn(pr);
		} else if (pr->state != PROC_NONE)
			proc_end(pr);
	}
}

/* The pipe broke: the process has ended or is to be ended. */
static void
pipe_dead(void *arg, struct ipc *ipc, const char *reason)
{
	struct proc	*pr = arg;

	if (pr->ipc != ipc) {
		ipc_close(ipc);
		return;
	}
	if (strcmp(reason, "closed") == 0) {
		/* It ends, or is made to. */
		if (pr->state != PROC_ENDING)
			set_timer(pr, END_GRACE * 1000);
	} else {
		log_error("%s: %s: killed", role_name(pr->role), reason);
		parent_event(pr->parent, pr->role, LL_ERROR,
		    ipc->fault == IPC_THEIRS ? "bad-frame" : "pipe-broken",
		    reason);
		snprintf(pr->why, sizeof(pr->why), "killed: %s", reason);
		kill(pr->pid, SIGKILL);
	}
	proc_gone(pr);
}

static void
exec_child(struct proc *pr, int fd)
{
	char	*argv[] = { NULL, NULL, NULL, NULL };

	argv[0] = strdup("mip6d");
	argv[1] = strdup("-P");
	argv[2] = strdup(role_name(pr->role));
	if (argv[0] == NULL || argv[1] == NULL || argv[2] == NULL ||
	    dup2(fd, 3) == -1)
		_exit(127);
	closefrom(4);
	execv(pr->parent->program, argv);
	fprintf(stderr, "mip6d: %s: %s\n", pr->parent->program,
	    strerror(errno));
	_exit(127);
}

static void
first_words(struct proc *pr)
{
	struct parent	*p = pr->parent;
	struct msg_init	 m;

	memset(&m, 0, sizeof(m));
	m.role = (uint8_t)pr->role;
	m.uid = pr->uid;
	m.gid = pr->gid;
	if (role_def(pr->role)->files)
		statedir_take(pr);
	snprintf(m.chroot, sizeof(m.chroot), "%s", role_def(pr->role)->files &&
	    p->state_dir[0] != '\0' ? p->state_dir : p->conf->global.chroot);
	m.debug = p->debug;
	m.verbose = p->verbose;
	ipc_send(pr->ipc, MSG_INIT, &m);
	if (!proc_send_conf(pr, p->conf))
		proc_kill(pr, "it has no configuration");
}

static void
retry_later(struct proc *pr)
{
	pr->state = PROC_WAITING;
	set_timer(pr, pr->backoff);
	pr->backoff = pr->backoff == 0 ? BACKOFF_FIRST : pr->backoff * 2;
	if (pr->backoff > BACKOFF_MAX)
		pr->backoff = BACKOFF_MAX;
}

static void
spawn(struct proc *pr)
{
	struct parent	*p = pr->parent;
	int		 sv[2];

	event_del(pr->timer);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1) {
		log_error("%s: socketpair: %s", role_name(pr->role),
		    strerror(errno));
		retry_later(pr);
		return;
	}
	switch (pr->pid = fork()) {
	case -1:
		log_error("%s: fork: %s", role_name(pr->role), strerror(errno));
		close(sv[0]);
		close(sv[1]);
		retry_later(pr);
		return;
	case 0:
		exec_child(pr, sv[1]);
	}
	close(sv[1]);
	/* A program that is run for the filter has no business with it. */
	fcntl(sv[0], F_SETFD, FD_CLOEXEC);
	pr->state = PROC_STARTING;
	pr->since = mono_now();
	pr->why[0] = '\0';
	memset(&pr->watch, 0, sizeof(pr->watch));
	pr->ipc = ipc_new(p->base, sv[0], ROLE_PARENT, pr->role,
	    p->hooks->heard, pipe_dead, pr);
	if (pr->ipc == NULL) {
		log_error("%s: out of memory", role_name(pr->role));
		close(sv[0]);
		kill(pr->pid, SIGKILL);
		return;
	}
	first_words(pr);
}

/*
 * A child that starts has taken its first configuration: now it gets its
 * descriptors and may enter its sandbox.
 */
void
proc_configured(struct proc *pr)
{
	static int	 (*const give[FDS_MAX])(struct proc *) = {
		[FDS_LISTEN] = listen_give,
		[FDS_KERNEL] = kernel_give_net,
	};
	const enum role_fds	 fds = role_def(pr->role)->fds;

	if (give[fds] != NULL && give[fds](pr) == -1) {
		proc_kill(pr, "its descriptors could not be opened");
		return;
	}
	peers_start(pr);
}

/* All that was wanted is up: whoever started us may go on. */
static void
maybe_up(struct parent *p)
{
	unsigned int	 r;

	if (p->up)
		return;
	FOREACH_CHILD(r)
		if (role_wanted((enum role)r, p->conf) &&
		    p->procs[r].state != PROC_READY)
			return;
	p->up = true;
	log_info("up");
	notify("READY=1\nMAINPID=%ld", (long)getpid());
	log_copy_errors(-1);
	if (p->ready_fd == -1)
		return;
	if (write(p->ready_fd, "", 1) == -1)
		log_debug("nobody waits: %s", strerror(errno));
	close(p->ready_fd);
	p->ready_fd = -1;
}

/* A child is in its sandbox: tell it what there is. */
void
proc_ready(struct proc *pr, const char *sandbox)
{
	struct parent	*p = pr->parent;

	if (pr->state != PROC_STARTING || !pr->begun)
		return;
	pr->state = PROC_READY;
	snprintf(pr->sandbox, sizeof(pr->sandbox), "%s", sandbox);
	log_info("%s: ready, pid %ld, %s", role_name(pr->role), (long)pr->pid,
	    sandbox);
	/* It knows links and addresses before it has to send from them. */
	snapshot_give(pr);
	peers_ready(pr);
	planner_child_ready(pr);
	keyfile_child_ready(pr);
	parent_event(p, pr->role, LL_INFO, "process-ready", sandbox);
	maybe_up(p);
}

/* Ask a child to end; it is killed if it does not. */
void
proc_end(struct proc *pr)
{
	struct msg_empty	 none = { 0 };

	if (pr->state == PROC_WAITING || pr->pid <= 0) {
		event_del(pr->timer);
		pr->state = PROC_NONE;
		return;
	}
	if (pr->state == PROC_ENDING)
		return;
	if (pr->ipc != NULL)
		ipc_send(pr->ipc, MSG_SHUTDOWN, &none);
	pr->state = PROC_ENDING;
	set_timer(pr, END_GRACE * 1000);
}

static void
note_exit(struct proc *pr, int status)
{
	if (pr->why[0] != '\0')
		snprintf(pr->last_exit, sizeof(pr->last_exit), "%s", pr->why);
	else if (WIFSIGNALED(status))
		snprintf(pr->last_exit, sizeof(pr->last_exit), "signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(pr->last_exit, sizeof(pr->last_exit), "exit %d",
		    WEXITSTATUS(status));
}

static void
log_died(const struct proc *pr)
{
	if (pr->backoff == 0)
		log_error("%s: died: %s; started again at once",
		    role_name(pr->role), pr->last_exit);
	else
		log_error("%s: died: %s; started again in %u ms",
		    role_name(pr->role), pr->last_exit, pr->backoff);
}

static void
end_all(struct parent *p, bool staying)
{
	unsigned int	 r;

	FOREACH_CHILD(r)
		if (role_def((enum role)r)->stays == staying)
			proc_end(&p->procs[r]);
}

/*
 * End: engines first, so that what they undo still finds net and the kernel,
 * then the rest; killed if they linger.
 */
void
parent_end(struct parent *p, int status)
{
	if (p->ending)
		return;
	p->ending = true;
	p->exit_status = status;
	notify("STOPPING=1");
	end_all(p, false);
	timer_in(p->end_timer, END_TIME);
	proc_reap(p);
}

static void
reaped(struct proc *pr, int status)
{
	struct parent	*p = pr->parent;
	bool		 expected = pr->state == PROC_ENDING;

	event_del(pr->timer);
	note_exit(pr, status);
	pr->exited = mono_now();
	pr->pid = 0;
	proc_gone(pr);
	if (expected || p->ending) {
		pr->state = PROC_NONE;
		if (!p->ending)
			proc_start_wanted(p);
		return;
	}
	if (mono_diff(mono_now(), pr->since) > STABLE)
		pr->backoff = 0;
	pr->restarts++;
	COUNT(&p->counters, PC_RESTARTS);
	log_died(pr);
	parent_event(p, pr->role, LL_ERROR, "process-died", pr->last_exit);
	retry_later(pr);
	if (!p->up && pr->restarts >= 3)
		parent_end(p, 1);
}

static bool
any_left(const struct parent *p, bool staying)
{
	unsigned int	 r;

	FOREACH_CHILD(r)
		if (role_def((enum role)r)->stays == staying &&
		    p->procs[r].pid > 0)
			return (true);
	return (false);
}

/* The rest follows when the others have undone what they must. */
static void
end_rest(struct parent *p)
{
	if (any_left(p, false))
		return;
	end_all(p, true);
	if (!any_left(p, true))
		event_base_loopbreak(p->base);
}

/* Collect the children that have ended. */
void
proc_reap(struct parent *p)
{
	unsigned int	 r;
	int		 status;
	pid_t		 pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		FOREACH_ROLE(r)
			if (p->procs[r].pid == pid)
				reaped(&p->procs[r], status);
	}
	if (p->ending)
		end_rest(p);
}
