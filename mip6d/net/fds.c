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

struct fd_key {
	int		 kind;
	uint32_t	 ifindex;
};

static bool
match(const struct hlink *l, const void *key)
{
	const struct net_fd	*f = (const struct net_fd *)(const void *)l;
	const struct fd_key	*k = key;

	return (f->s.kind == k->kind && f->ifindex == k->ifindex);
}

static uint64_t
hash(const struct fd_key *k)
{
	return ((uint64_t)k->ifindex + (unsigned int)k->kind);
}

/* The descriptor of this kind; of those of interfaces, that of this one. */
static struct net_fd *
find(const struct net *net, int kind, uint32_t ifindex)
{
	struct fd_key	 k = { kind, ifindex };

	return ((struct net_fd *)(void *)htab_find(&net->fds, hash(&k), match,
	    &k));
}

/*
 * Keep the capture of all interfaces from the tun, and from interfaces that
 * have a capture of their own.
 */
static void
divide_captures(struct net *net)
{
	uint32_t	 own[1 + CAPTURES_OWN_MAX];
	struct net_fd	*all = find(net, FD_CAPTURE, 0), *f;
	size_t		 n = 0;

	if (all == NULL)
		return;
	own[n++] = net->tun;
	LIST_FOREACH(f, &net->fd_list, entry)
		if (f->s.kind == FD_CAPTURE && f != all &&
		    n <= CAPTURES_OWN_MAX)
			own[n++] = f->ifindex;
	if (!capture_exclude(&all->s.capture, own, n))
		log_warn("net: filter of the capture: %s", strerror(errno));
}

/* Close a descriptor and forget it. */
static void
drop(struct net *net, struct net_fd *f)
{
	const struct transport	*row = f->s.row;

	if (f->ev != NULL)
		event_free(f->ev);
	if (row->use != NULL)
		row->use(net, f, false);
	if ((row->flags & TP_JOINS) != 0)
		join_drop(net, f);
	LIST_REMOVE(f, entry);
	if ((row->flags & TP_MANY) == 0)
		htab_remove(&net->fds, &f->link);
	if ((row->flags & TP_DIVIDES) != 0)
		divide_captures(net);
	source_close(&f->s);
	free(f);
}

/* What is of an interface failed, which may be there all the same. */
static void
ask_again(struct net *net, const struct transport *row, uint32_t ifindex,
    int error)
{
	struct msg_capture_lost	 m;

	log_debug("net: %s of interface %u: %s", row->name, ifindex,
	    strerror(error));
	net_count(net, row->lost);
	memset(&m, 0, sizeof(m));
	m.ifindex = ifindex;
	child_send(net->ch, ROLE_PARENT, MSG_CAPTURE_LOST, &m);
}

static void
lost(struct net *net, struct net_fd *f)
{
	const struct transport	*row = f->s.row;
	uint32_t		 ifindex = f->ifindex;
	int			 e = errno;

	if (row->lost == NC_MAX || ifindex == 0) {
		log_error("net: %s: %s", f->s.name, strerror(e));
		fatalx("net: a descriptor is of no more use");
	}
	drop(net, f);
	ask_again(net, row, ifindex, e);
}

static void
drain(struct net *net, struct net_fd *f)
{
	int	 i, n;

	for (i = 0; i < ROUNDS; i++) {
		net->now = child_now().mono;
		n = f->s.row->read(&f->s, &net->batch, input_take, f);
		output_flush(&net->out);
		if (n == -1 && errno != ENETDOWN && errno != ENOBUFS) {
			lost(net, f);
			return;
		}
		if (n < BATCH)
			return;
	}
}

/* What is to be read before it, first; no row is before itself. */
static void
drain_in_order(struct net *net, struct net_fd *f, unsigned int depth)
{
	struct net_fd	*first;

	if (f->s.row->after != 0 && depth < FD_MAX &&
	    (first = find(net, f->s.row->after, 0)) != NULL)
		drain_in_order(net, first, depth + 1);
	drain(net, f);
}

static void
on_readable(int fd, short what, void *arg)
{
	struct net_fd	*f = arg;

	(void)fd;
	(void)what;
	drain_in_order(f->net, f, 0);
}

/* As output.h says: put a packet on a link by its capture; 0 or an errno. */
int
fds_send_on_link(void *arg, const uint8_t *p, size_t len, uint32_t ifindex)
{
	struct net	*net = arg;
	struct net_fd	*f = find(net, FD_CAPTURE, ifindex);

	return (f == NULL ? ENODEV : capture_send(&f->s.capture, p, len));
}

/* An interface has gone, and what is of it alone. */
void
fds_link_gone(struct net *net, uint32_t ifindex)
{
	const struct transport	*row;
	struct net_fd		*f;
	int			 kind;

	for (kind = 0; ifindex != 0 && kind < FD_MAX; kind++)
		if ((row = transport_row((unsigned int)kind)) != NULL &&
		    (row->flags & TP_EACH_LINK) != 0 &&
		    (f = find(net, kind, ifindex)) != NULL)
			drop(net, f);
}

/* Tell gone() of each interface that has a descriptor and is not known. */
void
fds_links_gone(struct net *net, void (*gone)(void *, uint32_t))
{
	struct net_fd	*f, *next;

	for (f = LIST_FIRST(&net->fd_list); f != NULL; f = next) {
		next = LIST_NEXT(f, entry);
		if (f->ifindex != 0 &&
		    !addrs_has_link(&net->dp.addrs, f->ifindex))
			gone(net, f->ifindex);
	}
}

/* Where it is found, and what it is of use for. */
static void
keep(struct net *net, struct net_fd *f)
{
	const struct transport	*row = f->s.row;
	struct fd_key		 k = { f->s.kind, f->ifindex };

	LIST_INSERT_HEAD(&net->fd_list, f, entry);
	if ((row->flags & TP_MANY) == 0)
		htab_insert(&net->fds, &f->link, hash(&k));
	if (row->use != NULL)
		row->use(net, f, true);
	if ((row->flags & TP_DIVIDES) != 0)
		divide_captures(net);
	if (row->read == NULL)
		return;
	f->ev = event_new(net->ch->base, f->s.fd, EV_READ | EV_PERSIST,
	    on_readable, f);
	if (f->ev == NULL || event_add(f->ev, NULL) == -1)
		fatalx("net: out of memory");
}

/*
 * The parent gives a descriptor, which belongs to net now.  It takes the place
 * of the one before; one that is not net's, or one too many, is closed.
 */
void
fds_got(struct net *net, const struct msg_fd *m, int fd)
{
	const struct transport	*row = transport_row(m->kind);
	struct net_fd		*f;
	uint32_t		 ifindex;

	if (row == NULL) {
		close(fd);
		return;
	}
	ifindex = (row->flags & TP_EACH_LINK) != 0 ? m->arg : 0;
	output_flush(&net->out);
	if ((row->flags & TP_MANY) == 0 &&
	    (f = find(net, m->kind, ifindex)) != NULL)
		drop(net, f);
	if ((f = calloc(1, sizeof(*f))) == NULL)
		fatalx("net: out of memory");
	f->net = net;
	f->ifindex = ifindex;
	if (!source_open(&f->s, row, m, fd)) {
		if (row->lost != NC_MAX && ifindex != 0)
			ask_again(net, row, ifindex, errno);
		else
			log_error("net: %s: %s", m->name, strerror(errno));
		free(f);
		return;
	}
	keep(net, f);
	if ((row->flags & TP_JOINS) != 0 && !join_got(net, f) &&
	    (row->flags & TP_MANY) != 0)
		drop(net, f);
}
