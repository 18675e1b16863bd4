/*
 * The first and last words of a process: one message, written or read
 * blocking.  They are needed before there is an event loop, and when there is
 * none any more.  core/ipc.c does everything in between.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "core/ipc.h"
#include "wire/buf.h"

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
	ipc_put_header(mem, n, t, false);
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
