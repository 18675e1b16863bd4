/*
 * The closed list of what a child may ask of the parent.  core/msg.c says for
 * each message which role may send it; a message out of that list ends the
 * child.  Values are checked against the configuration where they are used.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "parent/kernel.h"
#include "parent/parent.h"
#include "parent/peers.h"

#define LOGS_MAX	1000	/* lines of a child in a second */

typedef void verb_fn(struct proc *, const union msg *);

static void
on_conf_ack(struct proc *pr, const union msg *m)
{
	proc_conf_ack(pr, &m->u_CONF_ACK);
}

static void
on_ready(struct proc *pr, const union msg *m)
{
	proc_ready(pr, m->u_READY.sandbox);
}

static void
on_log(struct proc *pr, const union msg *m)
{
	char		 line[MSG_TEXT_MAX + 16];
	unsigned int	 level = m->u_LOG.level, missing;

	if (!limit_lines(&pr->log_limit, mono_now(), LOGS_MAX, &missing)) {
		COUNT(&pr->parent->counters, PC_LOGS_DROPPED);
		return;
	}
	if (missing > 0)
		log_warn("%s: %u lines of its log were too many in a second "
		    "and are not here", role_name(pr->role), missing);
	if (level > LL_DEBUG)
		level = LL_WARN;
	snprintf(line, sizeof(line), "%s: %s", role_name(pr->role),
	    m->u_LOG.text);
	log_put(level, line);
	if (level <= LL_WARN)
		parent_event(pr->parent, pr->role, level, EVENT_LOG,
		    m->u_LOG.text);
}

static void
on_query(struct proc *pr, const union msg *m)
{
	query_from_control(pr->parent, &m->u_QUERY);
}

static void
on_reload(struct proc *pr, const union msg *m)
{
	reload_begin(pr->parent, m->u_RELOAD.conn);
}

static void
on_set_verbose(struct proc *pr, const union msg *m)
{
	const struct msg_verbose	*v = &m->u_SET_VERBOSE;
	unsigned int			 r;

	pr->parent->verbose = v->on;
	log_verbose(v->on);
	FOREACH_ROLE(r)
		proc_send(pr->parent, (enum role)r, MSG_VERBOSE, v);
	log_info("log %s", v->on ? "verbose" : "brief");
}

/* Whatever a child says shows that it is alive; this says nothing else. */
static void
on_pong(struct proc *pr, const union msg *m)
{
	(void)pr;
	(void)m;
}

static void
on_busy(struct proc *pr, const union msg *m)
{
	(void)m;
	if (pr->in_reload && !pr->acked)
		reload_progress(pr->parent);
}

/* Those of the kernel are in request.c, and those of IPsec in planner.c. */
static const struct {
	enum msg_type	 type;
	verb_fn		*fn;
} verbs[] = {
	{ MSG_CONF_ACK, on_conf_ack },
	{ MSG_READY, on_ready },
	{ MSG_LOG, on_log },
	{ MSG_QUERY, on_query },
	{ MSG_RELOAD, on_reload },
	{ MSG_SET_VERBOSE, on_set_verbose },
	{ MSG_PEER_BAD, peers_accused },
	{ MSG_PEER_LOST, peers_lost },
	{ MSG_GROUPS_FULL, captures_group_socket },
	{ MSG_CAPTURE_LOST, captures_lost },
	{ MSG_PEER_ROUTE, kernel_peer_route },
	{ MSG_CONNECT, connect_request },
	{ MSG_OPEN, keyfile_open },
	{ MSG_PONG, on_pong },
	{ MSG_BUSY, on_busy },
};

/* ipc_handler of all children. */
void
verbs_from_child(void *arg, struct ipc *ipc, enum msg_type t,
    const union msg *m, int fd)
{
	struct proc	*pr = arg;
	size_t		 i;

	if (fd != -1)
		close(fd);
	if (pr->ipc != ipc)
		return;
	watch_heard(&pr->watch, t == MSG_BUSY);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].type == t) {
			verbs[i].fn(pr, m);
			return;
		}
	if (!request_message(pr, t, m) && !planner_message(pr, t, m))
		parent_denied(pr, msg_name(t));
}
