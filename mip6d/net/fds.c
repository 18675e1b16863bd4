/*
 * The descriptors of net: taken over from the parent, kept where they can be
 * found, read when something is there, closed when another takes their place
 * or they are of no more use.  Called by net.c and libevent.
 */
#include <sys/types.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "net/state.h"

#define ROUNDS		8	/* batches read before others get a turn */

static bool
match_capture(const struct hlink *l, const void *key)
{
	return (((const struct net_fd *)(const void *)l)->s.ifindex ==
	    *(const uint32_t *)key);
}

/* The capture of that interface, or of all (0); NULL: it has none. */
struct net_fd *
fds_capture(const struct net *net, uint32_t ifindex)
{
	return ((struct net_fd *)(void *)htab_find(&net->captures, ifindex,
	    match_capture, &ifindex));
}

/* The capture of an interface failed, which may be there all the same. */
static void
capture_lost(struct net *net, uint32_t ifindex, int error)
{
	struct msg_capture_lost	 m;

	log_debug("net: capture of interface %u: %s", ifindex,
	    strerror(error));
	net_count(net, NC_CAPTURE_LOST);
	memset(&m, 0, sizeof(m));
	m.ifindex = ifindex;
	child_send(net->ch, ROLE_PARENT, MSG_CAPTURE_LOST, &m);
}

static void
lost(struct net *net, struct net_fd *f)
{
	uint32_t	 ifindex = f->s.ifindex;
	int		 e = errno;

	if (f->s.kind != FD_CAPTURE || ifindex == 0) {
		log_error("net: %s: %s", f->s.name, strerror(e));
		fatalx("net: a descriptor is of no more use");
	}
	fds_drop(net, f);
	capture_lost(net, ifindex, e);
}

static void
drain(struct net *net, struct net_fd *f)
{
	int	 i, n;

	for (i = 0; i < ROUNDS; i++) {
		net->now = child_now().mono;
		n = source_read(&f->s, &net->batch, &input_ops, net);
		output_flush(&net->out);
		if (n == -1 && errno != ENETDOWN && errno != ENOBUFS) {
			lost(net, f);
			return;
		}
		if (n < BATCH)
			return;
	}
}

static void
on_readable(int fd, short what, void *arg)
{
	struct net_fd	*f = arg, *protected;

	(void)fd;
	(void)what;
	/* Protected ones come by both sockets: note them first. */
	if (f->s.kind == FD_RAW_MH &&
	    (protected = f->net->one[FD_RAW_MH_IPSEC]) != NULL)
		drain(f->net, protected);
	drain(f->net, f);
}

/* As output.h says: put a packet on a link by its capture; 0 or an errno. */
int
fds_send_on_link(void *arg, const uint8_t *p, size_t len, uint32_t ifindex)
{
	struct net	*net = arg;
	struct net_fd	*f = fds_capture(net, ifindex);

	return (f == NULL ? ENODEV : capture_send(&f->s.capture, p, len));
}

/* Where the rest of net looks for a descriptor of this kind. */
static void
set_output(struct net *net, const struct source *s, int fd)
{
	switch (s->kind) {
	case FD_RAW_MH:
		net->out.mh = fd;
		break;
	case FD_RAW_ICMP6:
		net->out.icmp6 = fd;
		break;
	case FD_RAW_TUNNEL:
		net->out.tunnel = fd;
		break;
	case FD_RAW_SEND:
		net->out.send = fd;
		net->dp.whole_packets = fd != -1;
		break;
	case FD_TUN:
		net->out.tun = fd;
		net->tun = fd == -1 ? 0 : s->ifindex;
		net->tun_name = fd == -1 ? "" : s->name;
		net->out.tun_front = (s->flags & FDF_VNET_HDR) != 0 ?
		    VNET_LEN : (s->flags & FDF_FAMILY) != 0 ? 4 : 0;
		break;
	default:
		break;
	}
}

/*
 * Keep the capture of all interfaces from the tun, and from interfaces that
 * have a capture of their own.
 */
static void
divide_captures(struct net *net)
{
	uint32_t	 own[1 + CAPTURES_OWN_MAX];
	struct net_fd	*all = fds_capture(net, 0), *f;
	size_t		 n = 0;

	if (all == NULL)
		return;
	own[n++] = net->tun;
	LIST_FOREACH(f, &net->capture_list, entry)
		if (f != all && n <= CAPTURES_OWN_MAX)
			own[n++] = f->s.ifindex;
	if (!capture_exclude(&all->s.capture, own, n))
		log_warn("net: filter of the capture: %s", strerror(errno));
}

/* Close a descriptor and forget it. */
void
fds_drop(struct net *net, struct net_fd *f)
{
	if (f->ev != NULL)
		event_free(f->ev);
	set_output(net, &f->s, -1);
	join_drop(net, f);
	if (f->s.kind == FD_CAPTURE) {
		htab_remove(&net->captures, &f->link);
		LIST_REMOVE(f, entry);
		divide_captures(net);
	} else
		net->one[f->s.kind] = NULL;
	source_close(&f->s);
	free(f);
}

/* Close the descriptor in whose place the one that m tells of is to be. */
static void
replace(struct net *net, const struct msg_fd *m)
{
	struct net_fd	*f = m->kind == FD_CAPTURE ?
	    fds_capture(net, m->arg) : net->one[m->kind];

	if (f != NULL)
		fds_drop(net, f);
}

static void
keep_fd(struct net *net, struct net_fd *f)
{
	switch (f->s.kind) {
	case FD_CAPTURE:
		htab_insert(&net->captures, &f->link, f->s.ifindex);
		LIST_INSERT_HEAD(&net->capture_list, f, entry);
		net->dp.capturing = true;
		break;
	case FD_GROUP:
		if (!join_got(net, f))
			fds_drop(net, f);
		return;
	case FD_RAW_ICMP6:
		net->one[f->s.kind] = f;
		join_got(net, f);
		break;
	default:
		net->one[f->s.kind] = f;
		break;
	}
	if (f->s.kind == FD_CAPTURE || f->s.kind == FD_TUN)
		divide_captures(net);
}

/* The parent gives a descriptor, which belongs to net now. */
void
fds_got(struct net *net, const struct msg_fd *m, int fd)
{
	struct net_fd	*f;

	if (m->kind < FD_RAW_MH || m->kind > FD_GROUP || m->kind == FD_VICI) {
		close(fd);
		return;
	}
	output_flush(&net->out);
	if (m->kind != FD_GROUP)
		replace(net, m);
	if ((f = calloc(1, sizeof(*f))) == NULL)
		fatalx("net: out of memory");
	f->net = net;
	if (!source_open(&f->s, m, fd)) {
		if (m->kind == FD_CAPTURE && m->arg != 0)
			capture_lost(net, m->arg, errno);
		else
			log_error("net: %s: %s", m->name, strerror(errno));
		free(f);
		return;
	}
	set_output(net, &f->s, fd);
	keep_fd(net, f);
	if (m->kind == FD_RAW_SEND || m->kind == FD_GROUP)
		return;
	f->ev = event_new(net->ch->base, fd, EV_READ | EV_PERSIST, on_readable,
	    f);
	if (f->ev == NULL || event_add(f->ev, NULL) == -1)
		fatalx("net: out of memory");
}
