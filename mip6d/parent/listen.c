/*
 * The control sockets: the parent makes them, as that takes root, and gives
 * the control process copies each time that it starts.  A path that something
 * else has, or at which another mip6d answers, is left alone.  Owns the
 * listening descriptors and their paths; parent.c has them opened at the start
 * and removed at the end.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/parent.h"

#define BACKLOG	64

/*
 * Does somebody answer there?  Then it is not ours to remove.  One that is
 * stopped has a full queue, for which nobody waits.
 */
static bool
is_alive(const struct sockaddr_un *sun)
{
	bool	 alive;
	int	 fd, r;

	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (false);
	r = fcntl(fd, F_SETFL, O_NONBLOCK);
	if (r != -1)
		r = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	/* Linux says EAGAIN of a full queue, the BSDs refuse. */
	alive = r == 0 || errno == EAGAIN || errno == EINPROGRESS;
	close(fd);
	return (alive);
}

static int
open_one(const struct conf_socket *s, char *why, size_t cap)
{
	struct sockaddr_un	 sun;
	struct stat		 st;
	mode_t			 mask;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(s->path) >= sizeof(sun.sun_path)) {
		snprintf(why, cap, "%s: path too long", s->path);
		return (-1);
	}
	strcpy(sun.sun_path, s->path);
	if (lstat(s->path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode)) {
			snprintf(why, cap, "%s: is not a socket", s->path);
			return (-1);
		}
		if (is_alive(&sun)) {
			snprintf(why, cap, "%s: another mip6d is running",
			    s->path);
			return (-1);
		}
		unlink(s->path);
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		goto fail;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	/* Root alone, or for a restricted one its group and others too. */
	mask = umask(s->restricted ? 0111 : 0177);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		umask(mask);
		goto fail;
	}
	umask(mask);
	if (listen(fd, BACKLOG) == -1)
		goto fail;
	return (fd);
fail:
	snprintf(why, cap, "%s: %s", s->path, strerror(errno));
	if (fd != -1)
		close(fd);
	return (-1);
}

/* -s: the first control socket is at another place than configured. */
void
listen_override(struct conf *c, const char *path)
{
	if (c->global.nsockets == 0) {
		c->global.sockets = calloc(1, sizeof(struct conf_socket));
		if (c->global.sockets == NULL)
			fatalx("out of memory");
		c->global.nsockets = 1;
	}
	snprintf(c->global.sockets[0].path,
	    sizeof(c->global.sockets[0].path), "%s", path);
}

/* To be called before anything else: no socket is open yet. */
void
listen_init(struct parent *p)
{
	size_t	 i;

	for (i = 0; i < SOCKETS_MAX; i++)
		p->listeners[i] = -1;
}

/* Open what the configuration names; -1 and why. */
int
listen_open(struct parent *p, char *why, size_t cap)
{
	const struct conf_global	*g = &p->conf->global;
	size_t				 i;

	if (g->nsockets > SOCKETS_MAX) {
		snprintf(why, cap, "more than %d control sockets", SOCKETS_MAX);
		return (-1);
	}
	for (i = 0; i < g->nsockets; i++)
		if ((p->listeners[i] = open_one(&g->sockets[i], why, cap)) ==
		    -1)
			return (-1);
	return (0);
}

/* Give control copies of them, each time that it starts. */
int
listen_give(struct proc *pr)
{
	struct parent	*p = pr->parent;
	struct msg_fd	 m;
	size_t		 i;
	int		 fd;

	for (i = 0; i < p->conf->global.nsockets; i++) {
		fd = fcntl(p->listeners[i], F_DUPFD_CLOEXEC, 0);
		if (fd == -1)
			return (-1);
		memset(&m, 0, sizeof(m));
		m.kind = FD_LISTEN;
		m.arg = p->conf->global.sockets[i].restricted;
		ipc_send_fd(pr->ipc, MSG_FD, &m, fd);
	}
	return (0);
}

/* At the end: close the sockets and remove their paths. */
void
listen_close(struct parent *p)
{
	size_t	 i;

	for (i = 0; i < p->conf->global.nsockets && i < SOCKETS_MAX; i++) {
		if (p->listeners[i] == -1)
			continue;
		close(p->listeners[i]);
		unlink(p->conf->global.sockets[i].path);
		p->listeners[i] = -1;
	}
}
