/*
 * Captures as sources of packets: one of all interfaces, or one of each, by
 * which the shim sees what the kernel is to give up.  How they are opened and
 * read capture_linux.c and capture_bpf.c know; the row is one of transport.c.
 */
#include "net/handed.h"
#include "net/state.h"

static bool
open_capture(struct source *s)
{
	return (capture_open(&s->capture, s->fd, s->ifindex,
	    (s->flags & FDF_HOME_LINK) != 0));
}

static void
close_capture(struct source *s)
{
	capture_close(&s->capture);
}

static void
use(struct net *net, struct net_fd *f, bool there)
{
	(void)f;
	if (there)
		net->dp.capturing = true;
}

static int
read_capture(struct source *s, struct batch *b, batch_take *take, void *arg)
{
	return (capture_read(&s->capture, b, take, arg));
}

static enum dp_verdict
judge(struct net *net, const struct dp_raw *r, struct pkt *p,
    const struct vnet *vnet, uint32_t ifindex)
{
	(void)r;
	net_count(net, NC_CAPTURED);
	return (dp_capture(&net->dp, p, vnet, ifindex, net->now, &net->o));
}

/* What was stripped may have been ESP, for the kernel to decrypt. */
static void
judged(struct net *net)
{
	if (net->o.why == NC_REWRITTEN)
		handed_look(net);
}

const struct transport	 capture_row = {
	.name = "capture",
	.flags = TP_EACH_LINK | TP_DIVIDES,
	.open = open_capture,
	.close = close_capture,
	.use = use,
	.read = read_capture,
	.judge = judge,
	.judged = judged,
	.refused = NC_SEND_FAILED,
	.lost = NC_CAPTURE_LOST,
};
