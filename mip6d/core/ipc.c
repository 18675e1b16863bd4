#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/ipc.h"
#include "wire/buf.h"

#define FLAG_FD		0x01
#define IN_CHUNK	(64 * 1024)
#define ROUNDS_PER_EVENT 16

static void	 on_read(int, short, void *);
static void	 on_write(int, short, void *);

/*
 * Take over fd (made non-blocking) as a pipe between two roles.  Returns NULL
 * and errno when out of memory; fd then still belongs to the caller.
 */
struct ipc *
ipc_new(struct event_base *base, int fd, enum role self, enum role peer,
    ipc_handler *handler, ipc_dead *dead, void *arg)
{
	struct ipc	*ipc;

	if ((ipc = calloc(1, sizeof(*ipc))) == NULL)
		return (NULL);
	ipc->fd = fd;
	ipc->self = self;
	ipc->peer = peer;
	ipc->base = base;
	ipc->handler = handler;
	ipc->dead = dead;
	ipc->arg = arg;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	ipc->ev_read = event_new(base, fd, EV_READ | EV_PERSIST, on_read, ipc);
	ipc->ev_write = event_new(base, fd, EV_WRITE, on_write, ipc);
	if (ipc->ev_read == NULL || ipc->ev_write == NULL ||
	    event_add(ipc->ev_read, NULL) == -1) {
		if (ipc->ev_read != NULL)
			event_free(ipc->ev_read);
		if (ipc->ev_write != NULL)
			event_free(ipc->ev_write);
		free(ipc);
		errno = ENOMEM;
		return (NULL);
	}
	return (ipc);
}

/* Close the pipe and what waits in it. Inside a handler it is put off. */
void
ipc_close(struct ipc *ipc)
{
	unsigned int	 i;

	if (ipc == NULL)
		return;
	if (ipc->ev_read != NULL) {
		event_free(ipc->ev_read);
		event_free(ipc->ev_write);
		ipc->ev_read = ipc->ev_write = NULL;
		close(ipc->fd);
		ipc->fd = -1;
		ipc->is_dead = true;
		for (i = 0; i < ipc->n_in_fds; i++)
			close(ipc->in_fds[i]);
		for (i = 0; i < ipc->n_out_fds; i++)
			close(ipc->out_fds[i].fd);
		ipc->n_in_fds = ipc->n_out_fds = 0;
	}
	if (ipc->in_handler)
		return;
	free(ipc->in);
	free(ipc->out);
	free(ipc);
}

/* More is waiting than is good; senders that can hold back should. */
bool
ipc_congested(const struct ipc *ipc)
{
	return (ipc->out_len - ipc->out_off > IPC_HIGH_WATER);
}

static bool
reserve(uint8_t **p, size_t *cap, size_t want)
{
	uint8_t	*q;
	size_t	 n = *cap == 0 ? 4096 : *cap;

	if (want <= *cap)
		return (true);
	while (n < want)
		n *= 2;
	if ((q = realloc(*p, n)) == NULL)
		return (false);
	*p = q;
	*cap = n;
	return (true);
}

static void
compact_out(struct ipc *ipc)
{
	unsigned int	 i;

	if (ipc->out_off == 0)
		return;
	memmove(ipc->out, ipc->out + ipc->out_off, ipc->out_len - ipc->out_off);
	for (i = 0; i < ipc->n_out_fds; i++)
		ipc->out_fds[i].at -= ipc->out_off;
	ipc->out_len -= ipc->out_off;
	ipc->out_off = 0;
}

static void
put_header(uint8_t *p, size_t len, enum msg_type t, bool with_fd)
{
	struct wbuf	 w;

	wbuf_init(&w, p, IPC_HEADER);
	wbuf_u32(&w, (uint32_t)(len + IPC_HEADER));
	wbuf_u16(&w, (uint16_t)t);
	wbuf_u8(&w, with_fd ? FLAG_FD : 0);
	wbuf_u8(&w, 0);
}

static bool
append(struct ipc *ipc, enum msg_type t, const void *m, bool with_fd)
{
	size_t		 n, room;

	if (ipc->out_off > IPC_HIGH_WATER / 4)
		compact_out(ipc);
	for (room = 1024; room <= IPC_FRAME_MAX; room *= 2) {
		if (!reserve(&ipc->out, &ipc->out_cap, ipc->out_len + room))
			return (false);
		n = msg_pack(ipc->out + ipc->out_len + IPC_HEADER,
		    room - IPC_HEADER, t, m);
		if (n == SIZE_MAX)
			continue;
		put_header(ipc->out + ipc->out_len, n, t, with_fd);
		ipc->out_len += n + IPC_HEADER;
		return (true);
	}
	return (false);
}

/*
 * Queue a message with a descriptor, which is closed once it was sent (and
 * also if it could not be queued).
 */
bool
ipc_send_fd(struct ipc *ipc, enum msg_type t, const void *m, int fd)
{
	size_t	 at = ipc->out_len;

	if (ipc->is_dead || (fd != -1 && ipc->n_out_fds == IPC_FDS_MAX) ||
	    ipc->out_len - ipc->out_off > IPC_LIMIT) {
		ipc->stats.dropped++;
		if (fd != -1)
			close(fd);
		return (false);
	}
	if (ipc->out_off > IPC_HIGH_WATER / 4) {
		compact_out(ipc);
		at = ipc->out_len;
	}
	if (!append(ipc, t, m, fd != -1)) {
		ipc->stats.dropped++;
		if (fd != -1)
			close(fd);
		return (false);
	}
	if (fd != -1) {
		ipc->out_fds[ipc->n_out_fds].at = at;
		ipc->out_fds[ipc->n_out_fds++].fd = fd;
	}
	ipc->stats.sent++;
	if (ipc_congested(ipc)) {
		if (!ipc->was_congested)
			ipc->stats.congested++;
		ipc->was_congested = true;
	} else
		ipc->was_congested = false;
	if (!ipc->writing) {
		event_add(ipc->ev_write, NULL);
		ipc->writing = true;
	}
	return (true);
}

/*
 * Queue a message; frames queued in one round of the event loop leave
 * together.  False if it was dropped: the other end is gone, does not read, or
 * memory is short.
 */
bool
ipc_send(struct ipc *ipc, enum msg_type t, const void *m)
{
	return (ipc_send_fd(ipc, t, m, -1));
}

/*
 * Write some of what waits.  A descriptor goes with the first byte of its
 * frame, so a write never reaches into the frame of the next one.
 */
static ssize_t
write_some(struct ipc *ipc)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(sizeof(int))];
	}		 c;
	struct msghdr	 mh;
	struct iovec	 iov;
	struct cmsghdr	*cm;
	size_t		 end = ipc->out_len;
	bool		 with_fd;
	ssize_t		 n;

	with_fd = ipc->n_out_fds > 0 && ipc->out_fds[0].at == ipc->out_off;
	if (ipc->n_out_fds > 0 && !with_fd)
		end = ipc->out_fds[0].at;
	else if (ipc->n_out_fds > 1)
		end = ipc->out_fds[1].at;
	memset(&mh, 0, sizeof(mh));
	iov.iov_base = ipc->out + ipc->out_off;
	iov.iov_len = end - ipc->out_off;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	if (with_fd) {
		memset(&c, 0, sizeof(c));
		mh.msg_control = c.buf;
		mh.msg_controllen = sizeof(c.buf);
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &ipc->out_fds[0].fd, sizeof(int));
	}
	n = sendmsg(ipc->fd, &mh, MSG_NOSIGNAL);
	if (n > 0 && with_fd) {
		close(ipc->out_fds[0].fd);
		ipc->n_out_fds--;
		memmove(&ipc->out_fds[0], &ipc->out_fds[1],
		    ipc->n_out_fds * sizeof(ipc->out_fds[0]));
	}
	return (n);
}

/*
 * Write until all is gone or the socket is full.  0 when empty, 1 when some
 * is left, -1 and errno when the other end is gone.
 */
int
ipc_flush(struct ipc *ipc)
{
	ssize_t	 n;

	while (ipc->out_off < ipc->out_len) {
		n = write_some(ipc);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK ||
		    errno == ENOBUFS))
			return (1);
		if (n <= 0)
			return (-1);
		ipc->out_off += (size_t)n;
	}
	ipc->out_off = ipc->out_len = 0;
	if (ipc->out_cap > IPC_HIGH_WATER) {
		free(ipc->out);
		ipc->out = NULL;
		ipc->out_cap = 0;
	}
	return (0);
}

static void
die(struct ipc *ipc, const char *reason)
{
	if (ipc->is_dead)
		return;
	ipc->is_dead = true;
	event_del(ipc->ev_read);
	event_del(ipc->ev_write);
	ipc->dead(ipc->arg, ipc, reason);
}

static void
on_write(int fd, short what, void *arg)
{
	struct ipc	*ipc = arg;

	(void)fd;
	(void)what;
	ipc->writing = false;
	switch (ipc_flush(ipc)) {
	case 1:
		event_add(ipc->ev_write, NULL);
		ipc->writing = true;
		break;
	case -1:
		/* What the other end said last is still to be read. */
		if (errno != EPIPE && errno != ECONNRESET)
			die(ipc, "write error");
		break;
	}
}

static int
take_fds(struct ipc *ipc, struct msghdr *mh)
{
	struct cmsghdr	*cm;
	size_t		 i, n;
	int		 fd, r = 0;

	for (cm = CMSG_FIRSTHDR(mh); cm != NULL; cm = CMSG_NXTHDR(mh, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cm) + i * sizeof(int),
			    sizeof(fd));
			/* Only the parent has descriptors to give. */
			if (ipc->peer != ROLE_PARENT ||
			    ipc->n_in_fds == IPC_FDS_MAX) {
				close(fd);
				r = -1;
				continue;
			}
			fcntl(fd, F_SETFD, FD_CLOEXEC);
			ipc->in_fds[ipc->n_in_fds++] = fd;
		}
	}
	return (r);
}

static ssize_t
read_some(struct ipc *ipc)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(sizeof(int) * 8)];
	}		 c;
	struct msghdr	 mh;
	struct iovec	 iov;
	ssize_t		 n;

	if (!reserve(&ipc->in, &ipc->in_cap, ipc->in_len + IN_CHUNK)) {
		errno = ENOMEM;
		return (-1);
	}
	memset(&mh, 0, sizeof(mh));
	iov.iov_base = ipc->in + ipc->in_len;
	iov.iov_len = ipc->in_cap - ipc->in_len;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = c.buf;
	mh.msg_controllen = sizeof(c.buf);
	n = recvmsg(ipc->fd, &mh, 0);
	if (n > 0) {
		ipc->in_len += (size_t)n;
		if (take_fds(ipc, &mh) == -1) {
			errno = EPROTO;
			return (-1);
		}
	}
	return (n);
}

static int
pop_fd(struct ipc *ipc)
{
	int	 fd = ipc->in_fds[0];

	ipc->n_in_fds--;
	memmove(&ipc->in_fds[0], &ipc->in_fds[1],
	    ipc->n_in_fds * sizeof(ipc->in_fds[0]));
	return (fd);
}

/*
 * Deliver the frame at p if it is whole: bytes used, 0 if more is needed, -1
 * and *why if it must not be.
 */
static ssize_t
deliver(struct ipc *ipc, const uint8_t *p, size_t left, const char **why)
{
	union msg	 m;
	struct rbuf	 r;
	uint32_t	 len;
	uint16_t	 type;
	uint8_t		 flags, zero;
	int		 fd = -1;

	if (left < IPC_HEADER)
		return (0);
	rbuf_init(&r, p, IPC_HEADER);
	len = rbuf_u32(&r);
	type = rbuf_u16(&r);
	flags = rbuf_u8(&r);
	zero = rbuf_u8(&r);
	*why = "malformed frame header";
	if (len < IPC_HEADER || len > IPC_FRAME_MAX || zero != 0 ||
	    (flags & ~FLAG_FD) != 0)
		return (-1);
	if (left < len)
		return (0);
	*why = "message not allowed for its role";
	if (!msg_allowed(type, ipc->peer, ipc->self))
		return (-1);
	*why = "descriptor missing or not wanted";
	if (msg_has_fd(type) != ((flags & FLAG_FD) != 0) ||
	    ((flags & FLAG_FD) != 0 && ipc->n_in_fds == 0))
		return (-1);
	*why = "malformed message";
	if (!msg_unpack(type, p + IPC_HEADER, len - IPC_HEADER, &m))
		return (-1);
	if ((flags & FLAG_FD) != 0)
		fd = pop_fd(ipc);
	ipc->stats.received++;
	ipc->handler(ipc->arg, ipc, type, &m, fd);
	return ((ssize_t)len);
}

static bool
deliver_all(struct ipc *ipc)
{
	const char	*why = NULL;
	size_t		 off = 0;
	ssize_t		 n;

	while (!ipc->is_dead) {
		n = deliver(ipc, ipc->in + off, ipc->in_len - off, &why);
		if (n == -1) {
			die(ipc, why);
			return (false);
		}
		if (n == 0)
			break;
		off += (size_t)n;
	}
	if (ipc->is_dead)
		return (false);
	memmove(ipc->in, ipc->in + off, ipc->in_len - off);
	ipc->in_len -= off;
	return (true);
}

static void
on_read(int fd, short what, void *arg)
{
	struct ipc	*ipc = arg;
	ssize_t		 n;
	int		 i;

	(void)fd;
	(void)what;
	ipc->in_handler = true;
	for (i = 0; i < ROUNDS_PER_EVENT; i++) {
		n = read_some(ipc);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n <= 0) {
			die(ipc, n == 0 || errno == ECONNRESET ? "closed" :
			    errno == EPROTO ? "descriptor from a child" :
			    "read error");
			break;
		}
		if (!deliver_all(ipc))
			break;
	}
	ipc->in_handler = false;
	if (ipc->fd == -1)
		ipc_close(ipc);
}

/*
 * Write one message, blocking, without an event loop: a process that can't
 * go on says why.  0, or -1 and errno.
 */
int
ipc_write_one(int fd, enum msg_type t, const void *m)
{
	uint8_t	 mem[2048];
	size_t	 n;

	n = msg_pack(mem + IPC_HEADER, sizeof(mem) - IPC_HEADER, t, m);
	if (n == SIZE_MAX) {
		errno = EMSGSIZE;
		return (-1);
	}
	put_header(mem, n, t, false);
	n += IPC_HEADER;
	return (send(fd, mem, n, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1);
}

/*
 * Read one message of the type wanted, blocking, before there is an event
 * loop.  Its frame goes into mem.  0, or -1 and errno (EPROTO: another one
 * came, or it is malformed).
 */
int
ipc_read_one(int fd, enum role self, enum role peer, enum msg_type want,
    union msg *m, uint8_t *mem, size_t cap)
{
	struct rbuf	 r;
	size_t		 got = 0, len = IPC_HEADER;
	ssize_t		 n;

	while (got < len) {
		n = read(fd, mem + got, len - got);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EPIPE;
			return (-1);
		}
		got += (size_t)n;
		if (got == IPC_HEADER && len == IPC_HEADER) {
			rbuf_init(&r, mem, IPC_HEADER);
			len = rbuf_u32(&r);
			if (len < IPC_HEADER || len > cap ||
			    rbuf_u16(&r) != want) {
				errno = EPROTO;
				return (-1);
			}
		}
	}
	if (!msg_allowed(want, peer, self) ||
	    !msg_unpack(want, mem + IPC_HEADER, len - IPC_HEADER, m)) {
		errno = EPROTO;
		return (-1);
	}
	return (0);
}
