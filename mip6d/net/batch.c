/*
 * Reads up to 32 packets with one call of the kernel, or one by one from a
 * device, into buffers with room in front of each for headers that are added
 * later.  Owns one arena, which net.c makes once and all descriptors of net
 * share.  Called by raw.c, tun.c and the captures; what was read stays until
 * the next read.  The virtio-net header that Linux puts in front of some
 * packets is taken apart here too.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/batch.h"

bool
batch_init(struct batch *b)
{
	memset(b, 0, sizeof(*b));
	b->mem = malloc((size_t)BATCH * BATCH_SIZE);
	return (b->mem != NULL);
}

/* The buffer of packet i; its data begins PKT_HEADROOM octets in. */
uint8_t *
batch_buf(struct batch *b, int i)
{
	return (b->mem + (size_t)i * BATCH_SIZE);
}

static void
prepare(struct batch *b, int i, size_t front)
{
	struct msghdr	*h = &b->msg[i].msg_hdr;

	memset(h, 0, sizeof(*h));
	b->iov[i][0].iov_base = b->front[i];
	b->iov[i][0].iov_len = front;
	b->iov[i][1].iov_base = batch_buf(b, i) + PKT_HEADROOM;
	b->iov[i][1].iov_len = BATCH_SIZE - PKT_HEADROOM;
	h->msg_iov = &b->iov[i][front == 0 ? 1 : 0];
	h->msg_iovlen = front == 0 ? 1 : 2;
	h->msg_name = &b->from[i];
	h->msg_namelen = sizeof(b->from[i]);
	h->msg_control = b->control[i].buf;
	h->msg_controllen = sizeof(b->control[i].buf);
}

/*
 * Receive what waits at a socket.  The first front octets (no more than
 * VNET_LEN) of each packet go to b->front, the rest to its buffer.  Returns
 * how many came, 0 if none waits, -1 and errno.
 */
int
batch_recv(struct batch *b, int fd, size_t front)
{
	int	 i, n;

	for (i = 0; i < BATCH; i++)
		prepare(b, i, front);
	n = (int)recvmmsg(fd, b->msg, BATCH, MSG_DONTWAIT, NULL);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK ||
	    errno == EINTR))
		return (0);
	return (n);
}

/* The same for a device, which gives a packet for each read. */
int
batch_read(struct batch *b, int fd, size_t front)
{
	ssize_t	 r;
	int	 n;

	for (n = 0; n < BATCH; n++) {
		prepare(b, n, front);
		r = readv(fd, b->msg[n].msg_hdr.msg_iov,
		    (int)b->msg[n].msg_hdr.msg_iovlen);
		if (r == -1 && errno == EINTR)
			break;
		if (r == -1 && errno != EAGAIN && errno != EWOULDBLOCK &&
		    n == 0)
			return (-1);
		if (r <= 0)
			break;
		b->msg[n].msg_len = (unsigned int)r;
	}
	return (n);
}

/* Octets of packet i without its front. */
size_t
batch_len(const struct batch *b, int i, size_t front)
{
	size_t	 n = b->msg[i].msg_len;

	return (n < front ? 0 : n - front);
}

/* It was longer than its buffer. */
bool
batch_truncated(const struct batch *b, int i)
{
	return ((b->msg[i].msg_hdr.msg_flags & MSG_TRUNC) != 0);
}

/* A virtio-net header at p, which is in the host's byte order. */
void
vnet_get(struct vnet *v, const uint8_t *p)
{
	v->flags = p[0];
	v->gso_type = p[1];
	memcpy(&v->hdr_len, p + 2, 2);
	memcpy(&v->gso_size, p + 4, 2);
	memcpy(&v->csum_start, p + 6, 2);
	memcpy(&v->csum_offset, p + 8, 2);
}

void
vnet_put(uint8_t *p, const struct vnet *v)
{
	p[0] = v->flags;
	p[1] = v->gso_type;
	memcpy(p + 2, &v->hdr_len, 2);
	memcpy(p + 4, &v->gso_size, 2);
	memcpy(p + 6, &v->csum_start, 2);
	memcpy(p + 8, &v->csum_offset, 2);
}
