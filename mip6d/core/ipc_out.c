/*
 * What waits in a pipe to be written: frames in one piece of memory, and the
 * descriptors that go with some of them.  Memory is the only limit here.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/ipc.h"
#include "wire/buf.h"

#define FRAME_FIRST	1024		/* room that most frames fit in */
#define KEPT		(256 * 1024)	/* memory kept when all is written */

void	*(*ipc_realloc)(void *, size_t) = realloc;

/* At least want bytes at *p, doubled as it grows; false: out of memory. */
bool
ipc_reserve(uint8_t **p, size_t *cap, size_t want)
{
	uint8_t	*q;
	size_t	 n = *cap == 0 ? 4096 : *cap;

	if (want <= *cap)
		return (true);
	while (n < want)
		n *= 2;
	if ((q = ipc_realloc(*p, n)) == NULL)
		return (false);
	*p = q;
	*cap = n;
	return (true);
}

/* Add a descriptor at the end; false when out of memory, it stays open. */
bool
ipc_fds_put(struct ipc_fds *f, uint64_t at, int fd)
{
	struct ipc_fd	*v;
	size_t		 cap;

	if (f->first > 0 && f->first + f->n == f->cap) {
		memmove(f->v, f->v + f->first, f->n * sizeof(*f->v));
		f->first = 0;
	}
	if (f->n == f->cap) {
		cap = f->cap == 0 ? 16 : f->cap * 2;
		if ((v = ipc_realloc(f->v, cap * sizeof(*v))) == NULL)
			return (false);
		f->v = v;
		f->cap = cap;
	}
	f->v[f->first + f->n].at = at;
	f->v[f->first + f->n++].fd = fd;
	return (true);
}

/* Take the oldest one out; there must be one. */
int
ipc_fds_take(struct ipc_fds *f)
{
	int	 fd = f->v[f->first].fd;

	f->n--;
	f->first = f->n == 0 ? 0 : f->first + 1;
	return (fd);
}

/* Close all that wait. */
void
ipc_fds_free(struct ipc_fds *f)
{
	while (f->n > 0)
		close(ipc_fds_take(f));
	free(f->v);
	memset(f, 0, sizeof(*f));
}

/* Forget what waits. */
void
ipc_out_free(struct ipc *ipc)
{
	ipc_fds_free(&ipc->out_fds);
	free(ipc->out);
	ipc->out = NULL;
	ipc->out_off = ipc->out_len = ipc->out_cap = ipc->tried = 0;
}

/* Bytes that wait to be written. */
size_t
ipc_queued(const struct ipc *ipc)
{
	return (ipc->out_len - ipc->out_off);
}

/* What is written makes room, when that is no more work than writing was. */
static void
compact(struct ipc *ipc)
{
	if (ipc->out_off == 0 || ipc->out_off < ipc_queued(ipc))
		return;
	memmove(ipc->out, ipc->out + ipc->out_off, ipc_queued(ipc));
	ipc->out_base += ipc->out_off;
	ipc->out_len -= ipc->out_off;
	ipc->out_off = 0;
}

/* The header of a frame with a message of len bytes. */
void
ipc_put_header(uint8_t *p, size_t len, enum msg_type t, bool with_fd)
{
	struct wbuf	 w;

	wbuf_init(&w, p, IPC_HEADER);
	wbuf_u32(&w, (uint32_t)(len + IPC_HEADER));
	wbuf_u16(&w, (uint16_t)t);
	wbuf_u8(&w, with_fd ? 1 : 0);
	wbuf_u8(&w, 0);
}

/* Put a frame behind what waits; false and *why if that can't be done. */
bool
ipc_append(struct ipc *ipc, enum msg_type t, const void *m, int fd,
    const char **why)
{
	size_t	 n, room;

	compact(ipc);
	for (room = FRAME_FIRST; room <= IPC_FRAME_MAX; room *= 2) {
		*why = "out of memory";
		if (!ipc_reserve(&ipc->out, &ipc->out_cap, ipc->out_len + room))
			return (false);
		*why = "message too long";
		n = msg_pack(ipc->out + ipc->out_len + IPC_HEADER,
		    room - IPC_HEADER, t, m);
		if (n == SIZE_MAX)
			continue;
		*why = "out of memory";
		if (fd != -1 && !ipc_fds_put(&ipc->out_fds,
		    ipc->out_base + ipc->out_len, fd))
			return (false);
		ipc_put_header(ipc->out + ipc->out_len, n, t, fd != -1);
		ipc->out_len += n + IPC_HEADER;
		return (true);
	}
	return (false);
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
	}			 c;
	struct ipc_fds		*f = &ipc->out_fds;
	const struct ipc_fd	*v = f->v + f->first;
	uint64_t		 at = ipc->out_base + ipc->out_off;
	struct msghdr		 mh;
	struct iovec		 iov;
	struct cmsghdr		*cm;
	size_t			 end = ipc->out_len;
	bool			 with_fd = f->n > 0 && v[0].at == at;
	ssize_t			 n;

	if (f->n > 0 && !with_fd)
		end = (size_t)(v[0].at - ipc->out_base);
	else if (f->n > 1)
		end = (size_t)(v[1].at - ipc->out_base);
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
		memcpy(CMSG_DATA(cm), &v[0].fd, sizeof(int));
	}
	n = sendmsg(ipc->fd, &mh, MSG_NOSIGNAL);
	if (n > 0 && with_fd)
		close(ipc_fds_take(f));
	return (n);
}

/*
 * Write until all is gone or the socket is full.  0 when empty, 1 when some
 * is left, -1 and errno when the other end is gone.  ipc->starved: it is not
 * the socket that is full, so that it won't tell when there is room.
 */
int
ipc_flush(struct ipc *ipc)
{
	ssize_t	 n;

	ipc->starved = false;
	while (ipc_queued(ipc) > 0) {
		n = write_some(ipc);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		/* Too many descriptors are on their way, or memory is short. */
		if (n == -1 && (errno == ENOBUFS || errno == ENOMEM ||
		    errno == ETOOMANYREFS)) {
			ipc->starved = true;
			break;
		}
		if (n <= 0)
			return (-1);
		ipc->out_off += (size_t)n;
	}
	ipc->tried = ipc_queued(ipc);
	if (ipc->tried > 0)
		return (1);
	ipc->out_base += ipc->out_len;
	ipc->out_off = ipc->out_len = 0;
	if (ipc->out_cap > KEPT) {
		free(ipc->out);
		ipc->out = NULL;
		ipc->out_cap = 0;
	}
	return (0);
}
