/*
 * The tun: what the kernel routes into it is for a tunnel or to be protected,
 * and what is written to it the kernel takes as if it had come from a network.
 * The descriptor is the parent's device; the row is one of transport.c.  What
 * has come out of tunnels is written by input.c, what no raw socket sends by
 * raw.c.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>

#include "net/state.h"

static bool
open_tun(struct source *s)
{
	if ((s->flags & FDF_VNET_HDR) != 0)
		s->front = VNET_LEN;
	else if ((s->flags & FDF_FAMILY) != 0)
		s->front = 4;
	return (true);
}

static void
use(struct net *net, struct net_fd *f, bool there)
{
	net->out.tun = there ? f->s.fd : -1;
	net->out.tun_front = f->s.front;
	net->tun = there ? f->s.ifindex : 0;
	net->tun_name = there ? f->s.name : "";
}

static int
read_tun(struct source *s, struct batch *b, batch_take *take, void *arg)
{
	size_t		 front = s->front;
	struct vnet	 v;
	struct pkt	 p;
	int		 i, n;

	n = batch_read(b, s->fd, front);
	for (i = 0; i < n; i++) {
		pkt_init(&p, batch_buf(b, i), PKT_HEADROOM,
		    batch_len(b, i, front));
		if (front == VNET_LEN)
			vnet_get(&v, b->front[i]);
		take(arg, NULL, &p, front == VNET_LEN ? &v : NULL, 0);
	}
	return (n);
}

/* What the kernel has routed into the tun. */
static enum dp_verdict
judge(struct net *net, const struct dp_raw *r, struct pkt *p,
    const struct vnet *vnet, uint32_t ifindex)
{
	(void)r;
	(void)ifindex;
	return (dp_tun(&net->dp, p, vnet, net->now, &net->o));
}

/*
 * Give a packet to the kernel as if it had come in by the tun; v says what is
 * left to be done to it, NULL: nothing.  False and errno if it refuses.
 */
bool
tun_write(struct output *o, const uint8_t *p, size_t len,
    const struct vnet *v)
{
	static const uint8_t	 family[4] = { 0, 0, 0, AF_INET6 };
	uint8_t			 front[VNET_LEN];
	struct iovec		 iov[2];

	if (o->tun == -1) {
		errno = ENODEV;
		return (false);
	}
	memset(front, 0, sizeof(front));
	if (o->tun_front == sizeof(family))
		memcpy(front, family, sizeof(family));
	else if (v != NULL)
		vnet_put(front, v);
	iov[0].iov_base = front;
	iov[0].iov_len = o->tun_front;
	iov[1].iov_base = (void *)(uintptr_t)p;
	iov[1].iov_len = len;
	return (writev(o->tun, iov, 2) != -1);
}

const struct transport	 tun_row = {
	.name = "tun",
	.flags = TP_DIVIDES,
	.open = open_tun,
	.use = use,
	.read = read_tun,
	.judge = judge,
	.refused = NC_INJECT_FAILED,
	.lost = NC_MAX,
};
