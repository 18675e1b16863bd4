/*
 * Descriptors as sources of packets: taken over from the parent, set up as
 * their row of transports says, closed.  A source owns its descriptor; fds.c
 * has the sources, join.c has groups joined on some.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/sockets.h"

static bool
set_options(const struct source *s)
{
	const struct transport_option	*o = s->row->options;

	for (; o != NULL && o->level != 0; o++)
		if (setsockopt(s->fd, o->level, o->option, &o->value,
		    sizeof(o->value)) == -1 && o->needed)
			return (false);
	return (true);
}

/*
 * Take over a descriptor from the parent and set it up as its row says.  False
 * and errno; then it is closed.
 */
bool
source_open(struct source *s, const struct transport *row,
    const struct msg_fd *m, int fd)
{
	int	 e;

	memset(s, 0, sizeof(*s));
	s->row = row;
	s->kind = m->kind;
	s->fd = fd;
	s->flags = m->flags;
	s->ifindex = m->arg;
	snprintf(s->name, sizeof(s->name), "%s", m->name);
	if (set_options(s) && (row->open == NULL || row->open(s)))
		return (true);
	e = errno;
	close(fd);
	errno = e;
	return (false);
}

void
source_close(struct source *s)
{
	if (s->row->close != NULL)
		s->row->close(s);
	close(s->fd);
	s->fd = -1;
}

/* Join or leave a group on the socket of s; 0 or an errno. */
int
source_group(const struct source *s, const struct msg_group *m)
{
	struct ipv6_mreq	 mr;

	memset(&mr, 0, sizeof(mr));
	mr.ipv6mr_multiaddr = m->group;
	mr.ipv6mr_interface = m->ifindex;
	if (setsockopt(s->fd, IPPROTO_IPV6, m->join ? IPV6_JOIN_GROUP :
	    IPV6_LEAVE_GROUP, &mr, sizeof(mr)) == -1)
		return (errno);
	return (0);
}
