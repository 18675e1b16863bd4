/*
 * Connects children to sockets that only root may use, such as charon's for
 * VICI.  The child names the socket, the configuration says where that is, and
 * the child gets the connected descriptor; not a byte is read or written here.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "parent/parent.h"

#define INTERVAL	MS(50)	/* between two connections at the least */

/*
 * Connect to the socket of that path; returns a non-blocking descriptor, or -1
 * and errno.  A local socket is connected at once or not at all: a listener
 * that has its queue full is an error, too.
 */
static int
connect_to(const char *path)
{
	struct sockaddr_un	 sun;
	int			 fd, e;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	strcpy(sun.sun_path, path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (-1);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		e = errno;
		close(fd);
		errno = e;
		return (-1);
	}
	return (fd);
}

/* MSG_CONNECT: to where the configuration says, not where a child would. */
void
connect_request(struct proc *pr, const union msg *m)
{
	role_place		*places = role_def(pr->role)->places;
	const char		*path = places == NULL ? NULL :
				    places(pr->parent->conf,
				    m->u_CONNECT.place);
	struct mono		 now = mono_now();
	struct msg_fd		 give;
	struct msg_result	 r = { .id = m->u_CONNECT.id };
	int			 fd = -1;

	if (path == NULL)
		r.error = ENOENT;
	else if (pr->connected.ns != 0 &&
	    mono_diff(now, pr->connected) < INTERVAL)
		r.error = EAGAIN;
	else if ((fd = connect_to(path)) == -1)
		r.error = (uint32_t)errno;
	pr->connected = now;
	if (fd == -1) {
		ipc_send(pr->ipc, MSG_RESULT, &r);
		return;
	}
	memset(&give, 0, sizeof(give));
	give.kind = FD_CONNECTED;
	give.arg = r.id;
	ipc_send_fd(pr->ipc, MSG_FD, &give, fd);
}
