/*
 * A pipe with a hostile other end.  The first two octets are the roles, then
 * come pieces of the stream: an octet with their length (0 to 127; the top
 * bit: with two descriptors), and the octets.  Whoever reads answers questions
 * and acknowledges configurations, so that its own queue is in use, too.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <event2/event.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/ipc.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct ipc	*pipe_end;

static void
on_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	static uint8_t		 rows[16000];
	struct msg_conf_ack	 ack;
	struct msg_report	 r;

	(void)arg;
	if (!msg_allowed(t, ipc->peer, ipc->self) ||
	    msg_has_fd(t) != (fd != -1))
		abort();
	if (fd != -1)
		close(fd);
	if (t == MSG_QUERY) {
		memset(&r, 0, sizeof(r));
		r.conn = m->u_QUERY.conn;
		r.rows.p = rows;
		r.rows.len = sizeof(rows);
		ipc_send(ipc, MSG_REPORT, &r);
	} else if (t == MSG_CONF) {
		memset(&ack, 0, sizeof(ack));
		ack.gen = m->u_CONF.gen;
		ipc_send(ipc, MSG_CONF_ACK, &ack);
	} else if (t == MSG_SHUTDOWN) {
		pipe_end = NULL;
		ipc_close(ipc);
	}
}

static void
on_dead(void *arg, struct ipc *ipc, const char *reason)
{
	(void)arg;
	if (ipc->fault == IPC_ALIVE || reason == NULL)
		abort();
	pipe_end = NULL;
	ipc_close(ipc);
}

static void
send_piece(int fd, const uint8_t *p, size_t len, bool with_fds)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(sizeof(int) * 2)];
	}		 c;
	struct iovec	 iov = { (void *)(uintptr_t)p, len };
	struct msghdr	 mh;
	struct cmsghdr	*cm;
	int		 fds[2] = { fd, fd };

	memset(&mh, 0, sizeof(mh));
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	if (with_fds) {
		memset(&c, 0, sizeof(c));
		mh.msg_control = c.buf;
		mh.msg_controllen = sizeof(c.buf);
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(fds));
		memcpy(CMSG_DATA(cm), fds, sizeof(fds));
	}
	if (len > 0 && sendmsg(fd, &mh, MSG_NOSIGNAL) == -1)
		return;
}

/* The lowest descriptor that is free: the same before and after. */
static int
lowest(void)
{
	int	 fd = dup(0);

	if (fd != -1)
		close(fd);
	return (fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static struct event_base	*base;
	int				 sv[2], before;
	size_t				 n;
	bool				 fds;

	if (len < 2 || p[0] >= ROLE_MAX || p[1] >= ROLE_MAX)
		return (0);
	if (base == NULL && (base = event_base_new()) == NULL)
		return (0);
	before = lowest();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		return (0);
	pipe_end = ipc_new(base, sv[0], p[0], p[1], on_message, on_dead, NULL);
	if (pipe_end == NULL)
		abort();
	fcntl(sv[1], F_SETFL, O_NONBLOCK);
	for (p += 2, len -= 2; len > 0 && pipe_end != NULL; p += n, len -= n) {
		n = *p & 0x7f;
		fds = (*p & 0x80) != 0;
		p++;
		len--;
		if (n > len)
			n = len;
		send_piece(sv[1], p, n, fds);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	close(sv[1]);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_loop(base, EVLOOP_NONBLOCK);
	if (pipe_end != NULL)
		ipc_close(pipe_end);
	if (lowest() != before)
		abort();
	return (0);
}
