/*
 * Pipes between children, of the pairs that core/role.def names.  Two get one
 * when both have begun to work, and a new one whenever either is a new process.
 * Who awaits another, as engines do net, begins when that is ready, and gets
 * its pipe to it after that.
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

static bool
is_ready(const struct proc *pr)
{
	return (pr->state == PROC_READY && pr->ipc != NULL);
}

/* Is it as far as to talk to that one? */
static bool
may_meet(const struct proc *pr, const struct proc *other)
{
	return (proc_running(pr) && pr->begun &&
	    (!role_awaits(pr->role, other->role) || is_ready(other)));
}

static struct suspicion *
suspicion_of(const struct proc *client, const struct proc *server)
{
	return (&client->parent->suspicions[server->role][client->role]);
}

/* Have they accused each other too often to get a pipe now? */
static bool
are_apart(const struct proc *client, const struct proc *server)
{
	return (suspect_apart(suspicion_of(client, server),
	    role_awaits(client->role, server->role), mono_now()));
}

/* That they are is told of each pair by itself. */
static void
tell_apart(const struct proc *client, const struct proc *server, bool apart)
{
	struct whys	*whys = &client->parent->whys;
	const char	*one = role_name(client->role);
	const char	*other = role_name(server->role);
	char		 pair[64];

	snprintf(pair, sizeof(pair), "%s and %s", one, other);
	if (apart)
		why_set(whys, clock_now(), WHY_PIPE_APART, pair, one, other,
		    NULL);
	else
		why_clear(whys, clock_now(), WHY_PIPE_APART, pair);
}

/*
 * Give two children the pipe that the row of the first one names.  What could
 * not be made is tried again by the next tick.
 */
static void
connect_pair(struct proc *client, struct proc *server)
{
	struct msg_fd	 m;
	int		 sv[2];
	bool		 apart;

	if (!may_meet(client, server) || !may_meet(server, client))
		return;
	client->pipes_due |= ROLE_BIT(server->role);
	apart = are_apart(client, server);
	tell_apart(client, server, apart);
	if (apart)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1) {
		log_error("%s - %s: socketpair: %s", role_name(client->role),
		    role_name(server->role), strerror(errno));
		return;
	}
	fcntl(sv[0], F_SETFD, FD_CLOEXEC);
	fcntl(sv[1], F_SETFD, FD_CLOEXEC);
	memset(&m, 0, sizeof(m));
	m.kind = FD_PIPE;
	m.peer = (uint8_t)server->role;
	ipc_send_fd(client->ipc, MSG_FD, &m, sv[0]);
	m.peer = (uint8_t)client->role;
	ipc_send_fd(server->ipc, MSG_FD, &m, sv[1]);
	client->pipes_due &= ~ROLE_BIT(server->role);
}

/* All pipes of a child: those to whom it awaits, or all the others. */
static void
connect_all(struct proc *pr, bool awaited)
{
	struct proc	*other;
	unsigned int	 r;

	FOREACH_CHILD(r) {
		other = &pr->parent->procs[r];
		if (role_awaits(pr->role, other->role) != awaited)
			continue;
		if (role_names(pr->role, other->role))
			connect_pair(pr, other);
		else if (role_names(other->role, pr->role))
			connect_pair(other, pr);
	}
}

/* Is all there that it awaits? */
static bool
may_start(const struct proc *pr)
{
	unsigned int	 r;

	FOREACH_CHILD(r)
		if (role_awaits(pr->role, (enum role)r) &&
		    !is_ready(&pr->parent->procs[r]))
			return (false);
	return (true);
}

/* It could start, but does nothing without those that it awaits. */
bool
peers_awaited(const struct proc *pr)
{
	return (pr->configured && !pr->begun && !may_start(pr));
}

/*
 * A child has its configuration and its descriptors.  Tell it to start, if all
 * is there that it awaits.
 */
void
peers_start(struct proc *pr)
{
	struct msg_empty	 none = { 0 };

	if (!may_start(pr))
		return;
	pr->begun = true;
	connect_all(pr, false);
	ipc_send(pr->ipc, MSG_START, &none);
	connect_all(pr, true);
}

/* A child is ready: those that awaited it may go on. */
void
peers_ready(struct proc *pr)
{
	struct proc	*other;
	unsigned int	 r;

	suspect_forget(pr->parent->suspicions[pr->role]);
	FOREACH_CHILD(r) {
		other = &pr->parent->procs[r];
		if (!role_awaits(other->role, pr->role) ||
		    !proc_running(other) || !other->configured)
			continue;
		if (other->begun)
			connect_pair(other, pr);
		else
			peers_start(other);
	}
}

/* What could not be done at once. */
void
peers_retry(struct parent *p)
{
	struct proc	*pr;
	unsigned int	 r, o;

	FOREACH_CHILD(r) {
		pr = &p->procs[r];
		if (!proc_running(pr) || !pr->configured)
			continue;
		if (!pr->begun)
			peers_start(pr);
		FOREACH_CHILD(o)
			if ((pr->pipes_due & ROLE_BIT(o)) != 0)
				connect_pair(pr, &p->procs[o]);
	}
}

/* A child is no more: it lacks no pipe, and nobody one to it. */
void
peers_gone(struct proc *pr)
{
	struct proc	*other;
	unsigned int	 r;

	FOREACH_CHILD(r) {
		other = &pr->parent->procs[r];
		if (role_names(pr->role, other->role))
			tell_apart(pr, other, false);
		else if (role_names(other->role, pr->role))
			tell_apart(other, pr, false);
	}
}

/* Two that have a pipe. */
struct pair {
	struct proc	*client, *server;
};

/* Those of an accusation; false: they have no pipe. */
static bool
pair_of(struct proc *accuser, uint8_t peer, struct pair *v)
{
	struct proc	*other;

	if (peer >= ROLE_MAX)
		return (false);
	other = &accuser->parent->procs[peer];
	if (role_names(accuser->role, other->role))
		*v = (struct pair){ accuser, other };
	else if (role_names(other->role, accuser->role))
		*v = (struct pair){ other, accuser };
	else
		return (false);
	return (proc_running(other));
}

/*
 * MSG_PEER_BAD: a child says that its peer sent what is malformed.  While they
 * are apart they have no pipe by which that could be: it is counted, and they
 * are together again no later for it.
 */
void
peers_accused(struct proc *accuser, const union msg *m)
{
	const struct msg_peer_bad	*b = &m->u_PEER_BAD;
	struct parent			*p = accuser->parent;
	struct pair			 v;
	char				 text[112];
	bool				 needs;

	if (!pair_of(accuser, b->peer, &v)) {
		parent_denied(accuser, "accusation of a peer it has not");
		return;
	}
	COUNT(&p->counters, PC_ACCUSED);
	if (are_apart(v.client, v.server))
		return;
	snprintf(text, sizeof(text), "%s says that %s sent it what is bad: %s",
	    role_name(accuser->role), role_name((enum role)b->peer),
	    b->reason);
	parent_event(p, accuser->role, LL_ERROR, "peer-accused", text);
	needs = role_awaits(v.client->role, v.server->role);
	switch (suspect(p->suspicions[v.server->role], v.client->role,
	    accuser == v.client, needs, mono_now())) {
	case SUSPECT_PIPE:
		log_error("%s: both get a new pipe", text);
		connect_pair(v.client, v.server);
		break;
	case SUSPECT_APART:
		log_error("%s: they get none for a minute", text);
		connect_pair(v.client, v.server);	/* after that */
		break;
	case SUSPECT_CLIENT:
		proc_kill(v.client, text);
		break;
	case SUSPECT_SERVER:
		proc_kill(v.server, text);
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
	struct pair	 v;

	if (!pair_of(pr, m->u_PEER_LOST.peer, &v)) {
		parent_denied(pr, "pipe to a peer it has not");
		return;
	}
	COUNT(&pr->parent->counters, PC_PIPES_LOST);
	if (!limit_lines(&pr->lost_limit, mono_now(), 1, NULL))
		proc_kill(pr, "it loses its pipes");
	else
		connect_pair(v.client, v.server);
}
