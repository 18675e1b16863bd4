/*
 * The captures of net.  Where one sees all interfaces net has that one, and a
 * few of those that the configuration names have one of their own beside it,
 * so that a flood elsewhere can't fill theirs; other systems need one for each
 * interface.  Interfaces that are named come first, what can't be captured is
 * tried again, and net is never given more descriptors than it may have.
 */
#include <sys/types.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/htab.h"
#include "core/report.h"
#include "core/timer.h"
#include "kern/kern.h"
#include "parent/kernel.h"
#include "parent/parent.h"

#define AT_ONCE		32	/* given before others get a turn */
#define SOON		2	/* ms, until the next ones */
#define FULL		50	/* ms, while the pipe takes no more */
#define RETRY_FIRST	1000	/* ms, after a failure */
#define RETRY_MAX	60000
#define MTU_FIRST	1500	/* until there is a link */

enum state {
	UNWANTED,		/* loopback, tun, or seen by the one for all */
	WANTED,
	FAILED,			/* to be tried again */
	GIVEN
};

/* An interface of this system. */
struct interface {
	struct hlink		 link;
	TAILQ_ENTRY(interface)	 entry;		/* of the list of its state */
	uint32_t		 ifindex;
	char			 name[MSG_NAME_MAX];
	uint8_t			 flags;		/* LINK_* */
	uint32_t		 mtu;
	enum state		 state;
	bool			 named;		/* by the configuration */
	bool			 seen;		/* in this snapshot */
	bool			 told;		/* that it can't be captured */
	bool			 home; /* given as that of a home link */
};
TAILQ_HEAD(interfaces, interface);

struct captures {
	struct parent		*parent;
	struct htab		 tab;		/* by index */
	struct interfaces	 list[GIVEN + 1];	/* by state */
	size_t			 n[GIVEN + 1];
	size_t			 named_given;
	char			(*names)[CONF_NAME_MAX];	/* sorted */
	size_t			 nnames;
	size_t			 limit;		/* descriptors of a process */
	size_t			 groups;	/* sockets for groups, of net */
	bool			 all;		/* one sees all interfaces */
	bool			 group_wanted;
	bool			 told;		/* that there are too few */
	uint32_t		 retry;		/* ms */
	uint32_t		 mtu;		/* the smallest */
	bool			 mtu_due;	/* that may be another */
	struct event		*ev;
};

static void	 pump(int, short, void *);

/* Before the kernel tells of interfaces; -1: out of memory. */
int
captures_open(struct parent *p)
{
	struct captures	*c = calloc(1, sizeof(*c));
	int		 i;

	if (c == NULL || !htab_init(&c->tab, 64)) {
		free(c);
		return (-1);
	}
	p->captures = c;
	c->parent = p;
	for (i = UNWANTED; i <= GIVEN; i++)
		TAILQ_INIT(&c->list[i]);
	c->limit = parent_files();
	c->retry = RETRY_FIRST;
	c->mtu = MTU_FIRST;
	c->ev = event_new(p->base, -1, 0, pump, c);
	return (c->ev == NULL ? -1 : 0);
}

static uint64_t
hash_of(uint32_t ifindex)
{
	return (ifindex * UINT64_C(0x9e3779b97f4a7c15) >> 16);
}

static bool
match(const struct hlink *l, const void *key)
{
	return (((const struct interface *)(const void *)l)->ifindex ==
	    *(const uint32_t *)key);
}

static struct interface *
find(const struct captures *c, uint32_t ifindex)
{
	return ((struct interface *)(void *)htab_find(&c->tab,
	    hash_of(ifindex), match, &ifindex));
}

/* In the next round of the event loop, when all that is new is known. */
static void
soon(struct captures *c)
{
	timer_in(c->ev, 0);
}

/* Those that are named wait in front of the others. */
static void
put(struct captures *c, struct interface *i, enum state s)
{
	i->state = s;
	c->n[s]++;
	if (s == GIVEN && i->named)
		c->named_given++;
	if (s == WANTED && i->named)
		TAILQ_INSERT_HEAD(&c->list[s], i, entry);
	else
		TAILQ_INSERT_TAIL(&c->list[s], i, entry);
}

static void
take(struct captures *c, struct interface *i)
{
	TAILQ_REMOVE(&c->list[i->state], i, entry);
	c->n[i->state]--;
	if (i->state == GIVEN && i->named)
		c->named_given--;
}

static void
move(struct captures *c, struct interface *i, enum state s)
{
	take(c, i);
	put(c, i, s);
}

static int
by_name(const void *a, const void *b)
{
	return (strcmp(a, b));
}

static bool
is_named(const struct captures *c, const char *name)
{
	return (c->nnames > 0 && bsearch(name, c->names, c->nnames,
	    sizeof(c->names[0]), by_name) != NULL);
}

static bool
is_home_link(const struct conf *conf, const char *name)
{
	size_t	 i;

	for (i = 0; conf->ha != NULL && i < conf->ha->nlinks; i++)
		if (strcmp(conf->ha->links[i].interface, name) == 0)
			return (true);
	return (false);
}

/* What an interface should have: a capture of its own, or none. */
static void
judge(struct captures *c, struct interface *i)
{
	bool	 want = (i->flags & (LINK_LOOPBACK | LINK_TUN)) == 0 &&
	    (i->named || !c->all);

	/* Another one takes the place of that which net has. */
	if (i->state == GIVEN && want &&
	    i->home != is_home_link(c->parent->conf, i->name)) {
		move(c, i, WANTED);
		soon(c);
	}
	if (want == (i->state != UNWANTED) || i->state == GIVEN)
		return;
	move(c, i, want ? WANTED : UNWANTED);
	if (want)
		soon(c);
}

static void
set_named(struct captures *c, struct interface *i)
{
	enum state	 s = i->state;

	take(c, i);
	i->named = is_named(c, i->name);
	put(c, i, s);
	judge(c, i);
}

/* What a link has to say about the MTU of tunnels; 0: nothing. */
static uint32_t
mtu_of(const struct interface *i)
{
	return ((i->flags & (LINK_LOOPBACK | LINK_TUN)) != 0 ||
	    (i->flags & LINK_UP) == 0 ? 0 : i->mtu);
}

static uint32_t
smallest_mtu(const struct captures *c, bool named)
{
	const struct interface	*i;
	uint32_t		 least = 0, mtu;
	int			 s;

	for (s = UNWANTED; s <= GIVEN; s++)
		TAILQ_FOREACH(i, &c->list[s], entry) {
			mtu = named && !i->named ? 0 : mtu_of(i);
			if (mtu != 0 && (least == 0 || mtu < least))
				least = mtu;
		}
	return (least);
}

/*
 * The smallest MTU of the links that tunnels may lead over; while there is
 * none, what it was.  A mobile node that was told which interfaces are its
 * goes by these alone.
 */
uint32_t
captures_mtu(struct parent *p)
{
	struct captures	*c = p->captures;
	uint32_t	 mtu;

	if (c->mtu_due) {
		c->mtu_due = false;
		mtu = smallest_mtu(c, c->nnames > 0 && p->conf->ha == NULL);
		if (mtu != 0)
			c->mtu = mtu;
	}
	return (c->mtu);
}

static void
forget(struct captures *c, struct interface *i)
{
	c->mtu_due = true;
	/* net closes its capture by itself when it hears of this. */
	if (i->state == GIVEN && (c->n[WANTED] > 0 || c->group_wanted))
		soon(c);
	take(c, i);
	htab_remove(&c->tab, &i->link);
	free(i);
}

/* An interface came, changed or went; LINK_TUN is set already. */
void
captures_link(struct parent *p, const struct msg_link *m)
{
	struct captures		*c = p->captures;
	struct interface	*i = find(c, m->ifindex);
	uint32_t		 was;

	if ((m->flags & LINK_GONE) != 0) {
		if (i != NULL)
			forget(c, i);
		return;
	}
	if (i == NULL) {
		if ((i = calloc(1, sizeof(*i))) == NULL) {
			COUNT(&p->counters, PC_CAPTURE_ERRORS);
			log_error("%s: can't capture: out of memory", m->name);
			return;
		}
		i->ifindex = m->ifindex;
		htab_insert(&c->tab, &i->link, hash_of(i->ifindex));
		put(c, i, UNWANTED);
	}
	i->seen = true;
	was = mtu_of(i);
	i->flags = m->flags;
	i->mtu = m->mtu;
	if (mtu_of(i) != was)
		c->mtu_due = true;
	if (strcmp(i->name, m->name) != 0) {
		/* Whom its new name concerns knows none of its addresses. */
		if (i->name[0] != '\0')
			proc_links_due(p);
		memcpy(i->name, m->name, sizeof(i->name));
		i->told = false;
		set_named(c, i);
		c->mtu_due = true;
	}
	judge(c, i);
}

/* Before and after a full list of interfaces: what it did not name is gone. */
void
captures_snapshot(struct parent *p, bool begin)
{
	struct captures		*c = p->captures;
	struct interface	*i, *next;
	int			 s;

	for (s = UNWANTED; s <= GIVEN; s++)
		for (i = TAILQ_FIRST(&c->list[s]); i != NULL; i = next) {
			next = TAILQ_NEXT(i, entry);
			if (!begin && !i->seen)
				forget(c, i);
			else
				i->seen = false;
		}
}

/* Which interfaces the configuration names; false: out of memory. */
static bool
read_names(struct captures *c, const struct conf *conf)
{
	size_t	 i, n = 0, max = 1;
	char	(*names)[CONF_NAME_MAX];

	max += conf->ha == NULL ? 0 : conf->ha->nlinks;
	max += conf->mn == NULL ? 0 : conf->mn->ninterfaces;
	if ((names = calloc(max, sizeof(*names))) == NULL)
		return (false);
	for (i = 0; conf->ha != NULL && i < conf->ha->nlinks; i++)
		if (conf->ha->links[i].interface[0] != '\0')
			memcpy(names[n++], conf->ha->links[i].interface,
			    sizeof(names[0]));
	for (i = 0; conf->mn != NULL && i < conf->mn->ninterfaces; i++)
		memcpy(names[n++], conf->mn->interfaces[i].name,
		    sizeof(names[0]));
	qsort(names, n, sizeof(*names), by_name);
	free(c->names);
	c->names = names;
	c->nnames = n;
	return (true);
}

static void
move_all(struct captures *c, enum state from, enum state to)
{
	while (!TAILQ_EMPTY(&c->list[from]))
		move(c, TAILQ_FIRST(&c->list[from]), to);
}

/* The configuration is another one. */
void
captures_configured(struct parent *p)
{
	struct captures		*c = p->captures;
	struct interfaces	 all;
	struct interface	*i, *next;
	int			 s;

	if (!read_names(c, p->conf))
		log_error("out of memory: the interfaces of the former "
		    "configuration come first");
	c->mtu_due = true;
	TAILQ_INIT(&all);
	for (s = UNWANTED; s <= GIVEN; s++)
		TAILQ_CONCAT(&all, &c->list[s], entry);
	memset(c->n, 0, sizeof(c->n));
	c->named_given = 0;
	for (i = TAILQ_FIRST(&all); i != NULL; i = next) {
		next = TAILQ_NEXT(i, entry);
		i->named = is_named(c, i->name);
		put(c, i, i->state);
		judge(c, i);
	}
}

/* Where this system has a capture of all interfaces, net gets it; or -1. */
static int
give_all(struct proc *net)
{
	struct captures	*c = net->parent->captures;
	int		 fd = kern_capture_all(net->parent->kern);

	c->all = fd != -1;
	if (fd != -1)
		return (proc_give(net, FD_CAPTURE, 0, 0,
		    "all interfaces", fd));
	if (errno == EOPNOTSUPP)
		return (0);
	log_error("capture: %s", strerror(errno));
	return (-1);
}

/*
 * net is new, and has none of what the one before it had; -1: what it can't do
 * without is not to be had.
 */
int
captures_start(struct proc *net)
{
	struct captures	*c = net->parent->captures;

	c->groups = 0;
	c->group_wanted = c->told = false;
	c->retry = RETRY_FIRST;
	move_all(c, GIVEN, UNWANTED);
	move_all(c, FAILED, UNWANTED);
	if (give_all(net) == -1)
		return (-1);
	captures_configured(net->parent);
	/* Also for those that have waited for a net. */
	soon(c);
	return (0);
}

/*
 * May net have one more?  Room for interfaces that the configuration names
 * and that may appear any time is not for others.
 */
static bool
room_for(const struct captures *c, bool named)
{
	size_t	 used = NET_FDS_OTHER + c->groups + c->n[GIVEN];

	if (!named && c->nnames > c->named_given)
		used += c->nnames - c->named_given;
	if (c->all && c->n[GIVEN] >= CAPTURES_OWN_MAX)
		return (false);
	return (used < c->limit);
}

static bool
is_shortage(int e)
{
	return (e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM);
}

/* Once until all have what they want: what is short, and the remedy. */
static void
say_short(struct captures *c, const char *why)
{
	COUNT(&c->parent->counters, PC_CAPTURES_FULL);
	if (c->told)
		return;
	c->told = true;
	log_warn("%s, of which net may have %zu; %zu interfaces have no "
	    "capture%s: let mip6d have more (ulimit -n, LimitNOFILE=)", why,
	    c->limit, c->n[WANTED], c->all ? " of their own" : "");
}

static void
retry_later(struct captures *c)
{
	timer_in(c->ev, MS(c->retry));
	c->retry = c->retry * 2 > RETRY_MAX ? RETRY_MAX : c->retry * 2;
}

/* It may have vanished, or been renamed, which an event is to tell. */
static void
failed(struct captures *c, struct interface *i, int error)
{
	COUNT(&c->parent->counters, PC_CAPTURE_ERRORS);
	if (!i->told)
		log_warn("%s: can't capture: %s; tried again", i->name,
		    strerror(error));
	i->told = true;
	move(c, i, FAILED);
}

/* Give net the capture of this interface; 0, or an errno if there is none. */
static int
give_one(struct captures *c, struct proc *net, struct interface *i)
{
	uint32_t	 ifindex = 0;
	int		 fd;

	/* What waits on the pipe takes descriptors of our own. */
	if (net->ipc->out_fds.n >= AT_ONCE)
		return (EAGAIN);
	if ((fd = kern_capture(c->parent->kern, i->name, &ifindex)) == -1)
		return (errno != 0 ? errno : EIO);
	if (ifindex != i->ifindex) {
		close(fd);
		return (ENXIO);
	}
	i->home = is_home_link(c->parent->conf, i->name);
	proc_give(net, FD_CAPTURE, i->home ? FDF_HOME_LINK : 0, ifindex,
	    i->name, fd);
	i->told = false;
	move(c, i, GIVEN);
	return (0);
}

static void	 give_group(struct captures *);

/*
 * A round: some captures of those that are wanted.  After a failure or for
 * want of descriptors it goes on later; when the pipe is full, soon.
 */
static void
pump(int fd, short what, void *arg)
{
	struct captures		*c = arg;
	struct proc		*net = &c->parent->procs[ROLE_NET];
	struct interface	*i;
	int			 e, n;

	(void)fd;
	(void)what;
	if (!proc_running(net))
		return;
	if (c->group_wanted)
		give_group(c);
	for (n = 0; n < AT_ONCE; n++) {
		if ((i = TAILQ_FIRST(&c->list[WANTED])) == NULL)
			break;
		if (!room_for(c, i->named)) {
			if (!c->all)
				say_short(c, "too few descriptors");
			break;
		}
		if ((e = give_one(c, net, i)) == EAGAIN) {
			timer_in(c->ev, MS(FULL));
			return;
		}
		if (is_shortage(e)) {
			say_short(c, strerror(e));
			retry_later(c);
			return;
		}
		if (e != 0)
			failed(c, i, e);
	}
	if ((i = TAILQ_FIRST(&c->list[WANTED])) != NULL &&
	    room_for(c, i->named))
		timer_in(c->ev, MS(SOON));
	else if (!TAILQ_EMPTY(&c->list[FAILED])) {
		move_all(c, FAILED, WANTED);
		retry_later(c);
	} else if (i == NULL) {
		c->told = false;
		c->retry = RETRY_FIRST;
	}
}

/* net: MSG_CAPTURE_LOST.  The interface is there, but its capture failed. */
void
captures_lost(struct proc *pr, const union msg *m)
{
	struct captures		*c = pr->parent->captures;
	struct interface	*i = find(c, m->u_CAPTURE_LOST.ifindex);

	if (i == NULL || i->state != GIVEN)
		return;
	COUNT(&pr->parent->counters, PC_CAPTURE_ERRORS);
	move(c, i, WANTED);
	retry_later(c);
}

/* One more socket to join groups on, or tried again when there is room. */
static void
give_group(struct captures *c)
{
	struct parent	*p = c->parent;
	int		 fd;

	c->group_wanted = true;
	if (!room_for(c, true)) {
		say_short(c, "groups wait for want of descriptors");
		return;
	}
	if ((fd = kern_raw(p->kern, FD_GROUP)) == -1) {
		log_error("group socket: %s", strerror(errno));
		retry_later(c);
		return;
	}
	proc_give(&p->procs[ROLE_NET], FD_GROUP, 0, 0, "group", fd);
	c->group_wanted = false;
	c->groups++;
}

/*
 * net: MSG_GROUPS_FULL.  One more socket to join groups on: systems have room
 * for some hundreds or thousands on each.
 */
void
captures_group_socket(struct proc *pr, const union msg *m)
{
	static struct log_limit	 limit;
	struct captures		*c = pr->parent->captures;

	(void)m;
	if (c->groups >= GROUP_SOCKETS_MAX) {
		COUNT(&pr->parent->counters, PC_GROUP_SOCKETS_FULL);
		if (limit_lines(&limit, mono_now(), 1, NULL))
			log_warn("net has %d sockets for multicast groups, "
			    "which is all: further groups are not joined",
			    GROUP_SOCKETS_MAX);
		return;
	}
	give_group(c);
}

/* For show globals: how many interfaces there are, and without a capture. */
void
captures_count(const struct parent *p, size_t *interfaces, size_t *without)
{
	const struct captures	*c = p->captures;

	*interfaces = c->n[UNWANTED] + c->n[WANTED] + c->n[FAILED] +
	    c->n[GIVEN];
	*without = c->all ? 0 : c->n[WANTED] + c->n[FAILED];
}

void
captures_close(struct parent *p)
{
	struct captures	*c = p->captures;
	int		 s;

	if (c == NULL)
		return;
	for (s = UNWANTED; s <= GIVEN; s++)
		while (!TAILQ_EMPTY(&c->list[s]))
			forget(c, TAILQ_FIRST(&c->list[s]));
	htab_free(&c->tab);
	free(c->names);
	if (c->ev != NULL)
		event_free(c->ev);
	free(c);
	p->captures = NULL;
}
