/*
 * Multicast groups at the kernel: which socket joins what net/groups.c says is
 * wanted, and one more socket asked for when all are full.  Groups that nobody
 * wants are left in small steps.  Called by net.c for messages and by fds.c
 * when a socket comes or goes.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "core/log.h"
#include "net/state.h"

#define LEAVE_STEP	16	/* groups left before others get a turn */

/* Groups that nobody wants are left in the background. */
void
join_leave_soon(struct net *net)
{
	static const struct timeval	 soon = { 0, 1000 };

	if (groups_to_leave(&net->groups) && !event_pending(net->ev_leave,
	    EV_TIMEOUT, NULL))
		event_add(net->ev_leave, &soon);
}

/* The timer of join_leave_soon(). */
void
join_on_leave(int fd, short what, void *arg)
{
	struct net	*net = arg;

	(void)fd;
	(void)what;
	groups_sweep(&net->groups, LEAVE_STEP, join_change, net);
	join_leave_soon(net);
}

/* Does this say that the socket has no room for one more group?  By system. */
static bool
no_room(int error)
{
	return (error == ENOMEM || error == ETOOMANYREFS || error == ENOBUFS);
}

static void
group_failed(struct net *net, const struct in6_addr *group, int error)
{
	unsigned int	 not_said;
	char		 text[INET6_ADDRSTRLEN];

	net_count(net, NC_GROUP_FAILED);
	if (!limit_lines(&net->limits[NC_GROUP_FAILED], net->now, LOG_RATE,
	    &not_said))
		return;
	inet_ntop(AF_INET6, group, text, sizeof(text));
	log_warn("net: joining group %s: %s (%u others failed)", text,
	    strerror(error), not_said);
}

/*
 * Join or leave a group at the kernel.  Which socket joins does not matter,
 * the ICMPv6 one hears all groups of the host, and a socket has room for some
 * hundreds or thousands.  No socket that sends may be one of them: on Linux
 * control messages need the room that groups take.
 */
int
join_change(void *arg, const struct msg_group *m, int where)
{
	struct net	*net = arg;
	struct msg_empty none = { 0 };
	int		 e = ENOBUFS;

	if (!m->join) {
		source_group(&net->group_fds[where]->s, m);
		if ((size_t)where < net->group_at)
			net->group_at = (size_t)where;
		return (GROUP_FAILED);
	}
	for (; net->group_at < net->ngroup_fds; net->group_at++) {
		if (net->group_fds[net->group_at] == NULL)
			continue;
		e = source_group(&net->group_fds[net->group_at]->s, m);
		if (!no_room(e))
			break;
	}
	if (e == 0 || e == EADDRINUSE)
		return ((int)net->group_at);
	if (!no_room(e)) {
		group_failed(net, &m->group, e);
		return (GROUP_FAILED);
	}
	net_count(net, NC_GROUP_NO_ROOM);
	if (!net->group_asked) {
		child_send(net->ch, ROLE_PARENT, MSG_GROUPS_FULL, &none);
		net->group_asked = true;
	}
	return (GROUP_NO_ROOM);
}

/*
 * One more socket for groups; the ICMPv6 one is the first.  It takes the place
 * of one that has been closed.  False: there are as many as there may be.
 */
bool
join_got(struct net *net, struct net_fd *f)
{
	size_t	 i;

	for (i = 0; i < net->ngroup_fds && net->group_fds[i] != NULL; i++)
		continue;
	if (i == sizeof(net->group_fds) / sizeof(net->group_fds[0]))
		return (false);
	net->group_fds[i] = f;
	if (i == net->ngroup_fds)
		net->ngroup_fds++;
	if (i < net->group_at)
		net->group_at = i;
	net->group_asked = false;
	groups_missing(&net->groups, join_change, net);
	return (true);
}

/* A descriptor is to be closed: the groups joined on it are no longer. */
void
join_drop(struct net *net, const struct net_fd *f)
{
	size_t	 i;

	for (i = 0; i < net->ngroup_fds; i++)
		if (net->group_fds[i] == f) {
			net->group_fds[i] = NULL;
			groups_socket_gone(&net->groups, (int)i);
		}
}
