/*
 * Pipes between children.  net comes first: an engine gets its pipe to it
 * before it begins to work, and a new one whenever net is a new process.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "parent/parent.h"

/*
 * Give two children a pipe between them.  One that gets none because its own
 * pipe is full is tried again by the next tick.
 */
static void
connect_pair(struct proc *a, struct proc *b)
{
	struct msg_fd	 m;
	int		 sv[2];

	if (!proc_running(a) || !proc_running(b))
		return;
	a->pipe_due = true;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1) {
		log_error("%s - %s: socketpair: %s", role_name(a->role),
		    role_name(b->role), strerror(errno));
		return;
	}
	memset(&m, 0, sizeof(m));
	m.kind = FD_PIPE;
	m.peer = (uint8_t)b->role;
	if (!ipc_send_fd(a->ipc, MSG_FD, &m, sv[0])) {
		close(sv[1]);
		return;
	}
	m.peer = (uint8_t)a->role;
	a->pipe_due = !ipc_send_fd(b->ipc, MSG_FD, &m, sv[1]);
}

static bool
is_engine(const struct proc *pr)
{
	return ((ROLE_BIT(pr->role) & ROLES_ENGINE) != 0);
}

static bool
net_is_ready(const struct parent *p)
{
	return (p->procs[ROLE_NET].state == PROC_READY &&
	    p->procs[ROLE_NET].ipc != NULL);
}

/* It could start, but engines do nothing without net. */
bool
peers_awaited(const struct proc *pr)
{
	return (is_engine(pr) && pr->configured && !pr->begun);
}

/*
 * A child has its configuration and its descriptors.  Tell it to start; an
 * engine when net is ready, with its pipe to net in hand.
 */
void
peers_start(struct proc *pr)
{
	struct msg_empty	 none = { 0 };

	if (is_engine(pr)) {
		if (!net_is_ready(pr->parent))
			return;
		connect_pair(pr, &pr->parent->procs[ROLE_NET]);
	}
	pr->begun = ipc_send(pr->ipc, MSG_START, &none);
}

/* net is there, or is there again. */
void
peers_net_ready(struct parent *p)
{
	struct proc	*pr;
	unsigned int	 r;

	for (r = ROLE_HA; r <= ROLE_CN; r++) {
		pr = &p->procs[r];
		if (!proc_running(pr) || !pr->configured)
			continue;
		if (pr->begun)
			connect_pair(pr, &p->procs[ROLE_NET]);
		else
			peers_start(pr);
	}
}

/* What could not be done at once. */
void
peers_retry(struct parent *p)
{
	struct proc	*pr;
	unsigned int	 r;

	if (!net_is_ready(p))
		return;
	for (r = ROLE_HA; r <= ROLE_CN; r++) {
		pr = &p->procs[r];
		if (!proc_running(pr) || !pr->configured)
			continue;
		if (!pr->begun)
			peers_start(pr);
		else if (pr->pipe_due)
			connect_pair(pr, &p->procs[ROLE_NET]);
	}
}
