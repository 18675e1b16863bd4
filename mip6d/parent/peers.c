/*
 * Pipes between children.  net comes first: an engine gets its pipe to it
 * before it begins to work, and a new one whenever net is a new process.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "parent/parent.h"
#include "parent/peers.h"

/*
 * Give two children a pipe between them.  What could not be made is tried
 * again by the next tick.
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
	fcntl(sv[0], F_SETFD, FD_CLOEXEC);
	fcntl(sv[1], F_SETFD, FD_CLOEXEC);
	memset(&m, 0, sizeof(m));
	m.kind = FD_PIPE;
	m.peer = (uint8_t)b->role;
	ipc_send_fd(a->ipc, MSG_FD, &m, sv[0]);
	m.peer = (uint8_t)a->role;
	ipc_send_fd(b->ipc, MSG_FD, &m, sv[1]);
	a->pipe_due = false;
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
	return (role_is_engine(pr->role) && pr->configured && !pr->begun);
}

/*
 * A child has its configuration and its descriptors.  Tell it to start; an
 * engine when net is ready, and before it hears of net, what its former life
 * left: it must not take again what that has taken.
 */
void
peers_start(struct proc *pr)
{
	struct msg_empty	 none = { 0 };

	if (role_is_engine(pr->role) && !net_is_ready(pr->parent))
		return;
	ipc_send(pr->ipc, MSG_START, &none);
	pr->begun = true;
	if (!role_is_engine(pr->role))
		return;
	state_load(pr);
	connect_pair(pr, &pr->parent->procs[ROLE_NET]);
}

/* net is there, or is there again. */
void
peers_net_ready(struct parent *p)
{
	struct proc	*pr;
	enum role	 r;

	suspect_forget(p->suspicions);
	FOREACH_ENGINE(r) {
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
	enum role	 r;

	if (!net_is_ready(p))
		return;
	FOREACH_ENGINE(r) {
		pr = &p->procs[r];
		if (!proc_running(pr) || !pr->configured)
			continue;
		if (!pr->begun)
			peers_start(pr);
		else if (pr->pipe_due)
			connect_pair(pr, &p->procs[ROLE_NET]);
	}
}

/* The engine of an accusation, or NULL: they have no pipe. */
static struct proc *
engine_of(struct proc *accuser, uint8_t peer)
{
	struct parent	*p = accuser->parent;
	struct proc	*other;

	if (peer >= ROLE_MAX || peer == ROLE_PARENT)
		return (NULL);
	other = &p->procs[peer];
	if (!proc_running(other))
		return (NULL);
	if (role_is_engine(accuser->role) && peer == ROLE_NET)
		return (accuser);
	return (accuser->role == ROLE_NET && role_is_engine(other->role) ?
	    other : NULL);
}

/* MSG_PEER_BAD: a child says that its peer sent what is malformed. */
void
peers_accused(struct proc *accuser, const union msg *m)
{
	const struct msg_peer_bad	*b = &m->u_PEER_BAD;
	struct parent			*p = accuser->parent;
	struct proc			*engine = engine_of(accuser, b->peer);
	char				 text[112];

	if (engine == NULL) {
		parent_denied(accuser, "accusation of a peer it has not");
		return;
	}
	COUNT(&p->counters, PC_ACCUSED);
	snprintf(text, sizeof(text), "%s says that %s sent it what is bad: %s",
	    role_name(accuser->role), role_name((enum role)b->peer),
	    b->reason);
	parent_event(p, accuser->role, LL_ERROR, "peer-accused", text);
	switch (suspect(p->suspicions, engine->role, accuser == engine,
	    mono_now())) {
	case SUSPECT_PIPE:
		log_error("%s: both get a new pipe", text);
		connect_pair(engine, &p->procs[ROLE_NET]);
		break;
	case SUSPECT_ENGINE:
		proc_kill(engine, text);
		break;
	case SUSPECT_NET:
		proc_kill(&p->procs[ROLE_NET], text);
		break;
	}
}

/*
 * MSG_PEER_LOST: a child has lost something on its pipe to a peer.  They get
 * another one, and tell each other everything again; not again and again.
 */
void
peers_lost(struct proc *pr, const union msg *m)
{
	struct parent	*p = pr->parent;
	struct proc	*engine = engine_of(pr, m->u_PEER_LOST.peer);

	if (engine == NULL) {
		parent_denied(pr, "pipe to a peer it has not");
		return;
	}
	COUNT(&p->counters, PC_PIPES_LOST);
	if (!limit_lines(&pr->lost_limit, mono_now(), 1, NULL))
		proc_kill(pr, "it loses its pipes");
	else
		connect_pair(engine, &p->procs[ROLE_NET]);
}
