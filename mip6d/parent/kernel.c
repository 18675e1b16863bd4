/*
 * The kernel contract (kern/kern.h) is opened here, asked whether this system
 * can do what is configured, given what the configuration wants of filter and
 * interfaces, and undone at the end; and net gets the descriptors that it
 * works with.  What the kernel tells is in snapshot.c, what engines ask of it
 * in request.c.  Called by parent.c, children.c and reload.c.
 */
#include <event2/event.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "kern/kern.h"
#include "parent/kernel.h"
#include "parent/parent.h"
#include "wire/rewrite.h"

#define TUN_NAME	PARENT_TUN
#define CLAIM_TIMES	50
#define CLAIM_EVERY	100	/* ms */

/* A line about what is in the kernel, and who meddles with it. */
static void
on_say(void *arg, bool warn, const char *text)
{
	if (!warn) {
		log_info("%s", text);
		return;
	}
	log_warn("%s", text);
	parent_event(arg, ROLE_PARENT, LL_WARN, EVENT_LOG, text);
}

static void
on_kern(int fd, short what, void *arg)
{
	struct parent	*p = arg;

	(void)fd;
	(void)what;
	kern_read(p->kern);
	tun_follow_mtu(p);
	request_arm(p);
}

/* A rival is one until it has left the filter alone for long. */
static void
filter_trouble(struct parent *p, enum row_trouble what)
{
	if (what == ROW_TROUBLE_RIVAL)
		why_set(&p->whys, clock_now(), WHY_FILTER_RIVAL, "filter",
		    "mip6d", NULL);
	else if (what == ROW_TROUBLE_OVER)
		why_clear(&p->whys, clock_now(), WHY_FILTER_RIVAL, "filter");
}

static void
on_trouble(void *arg, enum row_trouble what, enum row_kind kind,
    const char *row, const char *why)
{
	struct parent	*p = arg;

	/* That it can't be put back has a reason of its own: tell_filter(). */
	if (kind == ROW_FILTER) {
		filter_trouble(p, what);
		return;
	}
	switch (what) {
	case ROW_TROUBLE_RIVAL:
		why_set(&p->whys, clock_now(), WHY_KERNEL_RIVAL, row, row,
		    NULL);
		break;
	case ROW_TROUBLE_REFUSED:
		why_set(&p->whys, clock_now(), WHY_KERNEL_REFUSED, row, row,
		    why, NULL);
		break;
	case ROW_TROUBLE_OVER:
		why_clear(&p->whys, clock_now(), WHY_KERNEL_RIVAL, row);
		/* FALLTHROUGH */
	case ROW_TROUBLE_TAKEN_BACK:
		why_clear(&p->whys, clock_now(), WHY_KERNEL_REFUSED, row);
		break;
	}
}

/* What is protected comes by sockets of its own. */
static int
give_ipsec(struct proc *pr)
{
	static const struct {
		int		 kind;
		const char	*name;
	} raws[] = {
		{ FD_RAW_MH_IPSEC, "protected mobility header" },
		{ FD_RAW_MH_TUNNEL, "tunnelled mobility header" },
	};
	size_t	 i;
	int	 fd;

	for (i = 0; i < sizeof(raws) / sizeof(raws[0]); i++) {
		fd = kern_raw(pr->parent->kern, raws[i].kind);
		/* Where mobile nodes optimize no routes nobody needs it. */
		if (fd == -1 && errno == EPROTONOSUPPORT &&
		    raws[i].kind == FD_RAW_MH_TUNNEL)
			continue;
		if (fd == -1)
			log_error("socket with an IPsec policy: %s",
			    strerror(errno));
		if (proc_give(pr, raws[i].kind, 0, 0, raws[i].name, fd) == -1)
			return (-1);
	}
	pr->parent->ipsec_socket = true;
	return (0);
}

/* Every descriptor that net works with; -1: one could not be had. */
int
kernel_give_net(struct proc *pr)
{
	static const struct {
		int		 kind;
		const char	*name;
	} raws[] = {
		{ FD_RAW_MH, "mobility header" },
		{ FD_RAW_ICMP6, "icmp6" },
		{ FD_RAW_TUNNEL, "tunnel" },
		{ FD_RAW_SEND, "send" },
	};
	size_t	 i;
	int	 fd;

	pr->parent->ipsec_socket = false;
	if (tun_give(pr) == -1)
		return (-1);
	for (i = 0; i < sizeof(raws) / sizeof(raws[0]); i++) {
		fd = kern_raw(pr->parent->kern, raws[i].kind);
		/* Only Linux sends whole packets; net has other ways. */
		if (fd == -1 && errno == EPROTONOSUPPORT &&
		    raws[i].kind == FD_RAW_SEND)
			continue;
		if (fd == -1)
			log_error("%s socket: %s", raws[i].name,
			    strerror(errno));
		if (proc_give(pr, raws[i].kind, 0, 0, raws[i].name, fd) ==
		    -1)
			return (-1);
	}
	if (captures_start(pr) == -1)
		return (-1);
	return (role_wanted(ROLE_SEC, pr->parent->conf) ? give_ipsec(pr) : 0);
}

/* Nodes have IPsec, or none has any more: routes, and a socket for net. */
void
kernel_ipsec(struct parent *p, bool on)
{
	struct proc	*net = &p->procs[ROLE_NET];
	int		 e;

	if ((e = kern_ipsec(p->kern, on)) != 0)
		log_error("IPsec: routes: %s", strerror(e));
	event_active(p->kern_commit_ev, EV_TIMEOUT, 0);
	if (on && !p->ipsec_socket && proc_running(net) && net->configured &&
	    give_ipsec(net) == -1)
		log_error("IPsec: net has no socket for what is protected");
}

static enum kern_filter
filter_wanted(const struct conf *c)
{
	if (!role_wanted(ROLE_NET, c))
		return (FILTER_OFF);
	return (role_wanted(ROLE_SEC, c) ? FILTER_ESP : FILTER_ON);
}

/*
 * Does this system have what the configured roles need?  If not, text names
 * what is missing and the remedy.
 */
bool
kernel_check(struct parent *p, const struct conf *c, char *text, size_t cap)
{
	struct kern_caps	 caps;
	const char		*lacks;

	kern_caps(p->kern, &caps);
	p->sends_by_tun = caps.sends_by_tun;
	if (!conf_supported(c, text, cap))
		return (false);
	if (role_wanted(ROLE_NET, c) && !caps.tun) {
		snprintf(text, cap, "no tun device: %s", caps.no_tun);
		return (false);
	}
	if (role_wanted(ROLE_NET, c) && !caps.capture) {
		snprintf(text, cap, "packets can't be captured: %s",
		    caps.no_capture);
		return (false);
	}
	lacks = kern_lacks(p->kern, ROW_RULE);
	if (c->mn != NULL && lacks != NULL)
		log_warn("%s: all traffic goes through the tunnel while away "
		    "from home", lacks);
	if (c->ha != NULL && !caps.forwarding) {
		snprintf(text, cap, "a home agent must forward packets: %s",
		    caps.no_forwarding);
		return (false);
	}
	if (role_wanted(ROLE_NET, c) && caps.sends_by_tun && !caps.forwarding) {
		snprintf(text, cap, "packets with mobility options are sent "
		    "by forwarding here: %s", caps.no_forwarding);
		return (false);
	}
	if (role_wanted(ROLE_SEC, c) && !caps.ipsec) {
		snprintf(text, cap, "authentication ipsec: %s", caps.no_ipsec);
		return (false);
	}
	return (true);
}

/*
 * RFC 6275 10.4.2: what is for a link-local address of a node is not forwarded.
 */
static void
close_link_local(struct parent *p)
{
	const struct conf_ha	*ha = p->conf->ha;
	size_t			 i;
	int			 e;

	kern_link_local(p->kern, NULL);
	for (i = 0; ha != NULL && i < ha->nlinks; i++)
		if (ha->links[i].interface[0] != '\0' &&
		    (e = kern_link_local(p->kern, ha->links[i].interface)) !=
		    0 && e != EOPNOTSUPP)
			log_error("%s: link-local addresses: %s",
			    ha->links[i].interface, strerror(e));
	event_active(p->kern_commit_ev, EV_TIMEOUT, 0);
}

/* Optimistic DAD is on where the configuration has it, and nowhere else. */
static void
set_optimistic(struct parent *p)
{
	const struct conf_mn	*mn = p->conf->mn;
	const char		*name;
	size_t			 i;
	int			 e;

	kern_optimistic(p->kern, NULL);
	for (i = 0; mn != NULL && mn->optimistic_dad && i < mn->ninterfaces;
	    i++) {
		name = mn->interfaces[i].name;
		if ((e = kern_optimistic(p->kern, name)) != 0 &&
		    e != EOPNOTSUPP)
			log_error("%s: optimistic DAD: %s", name, strerror(e));
	}
}

static void
want_filter(struct parent *p)
{
	int	 e;

	if ((e = kern_filter(p->kern, filter_wanted(p->conf))) != 0)
		log_error("filter: %s", strerror(e));
}

static void
stands(struct parent *p, bool is, enum why_id id, const char *remedy)
{
	if (is)
		why_set(&p->whys, clock_now(), id, "filter", remedy, NULL);
	else
		why_clear(&p->whys, clock_now(), id, "filter");
}

/* What would take a filter that is not there; error: why ours is not, or 0. */
static void
tell_filter(struct parent *p, int error)
{
	struct kern_caps	 c;
	bool			 mn = p->conf->mn != NULL;

	p->filter_error = error;
	memset(&c, 0, sizeof(c));
	if (error != 0 || mn)
		kern_caps(p->kern, &c);
	stands(p, error != 0, WHY_ANSWERED_BY_KERNEL, c.no_suppress != NULL ?
	    c.no_suppress : strerror(error));
	stands(p, mn && error != 0 && c.fail_closed, WHY_GROUPS_IN_CLEAR,
	    c.no_suppress != NULL ? c.no_suppress : strerror(error));
	stands(p, mn && !c.fail_closed, WHY_NOT_FAIL_CLOSED,
	    c.no_fail_closed != NULL ? c.no_fail_closed : "");
}

/* What is due is put into the kernel; also the filter, of which is told. */
void
kernel_commit(int fd, short what, void *arg)
{
	struct parent	*p = arg;
	int		 e;

	request_commit(fd, what, p);
	if ((e = kern_filter_error(p->kern)) != p->filter_error)
		tell_filter(p, e);
}

/* After a reload: filter and interface settings follow the configuration. */
void
kernel_reconfigured(struct parent *p)
{
	tun_open(p);
	close_link_local(p);
	captures_configured(p);
	tun_follow_mtu(p);
	want_filter(p);
	set_optimistic(p);
	request_commit(-1, 0, p);
	tell_filter(p, kern_filter_error(p->kern));
}

/* Open the kernel, which changes nothing. */
int
kernel_open(struct parent *p, char *why, size_t cap)
{
	static struct kern_events	 cb;
	int				 e;

	p->tun.fd = -1;
	p->kern_ours = false;
	cb = (struct kern_events){ snapshot_link, snapshot_address,
	    snapshot_router, snapshot_lost, on_say, on_trouble,
	    snapshot_routes_lost, tun_lost, p };
	if ((e = kern_open(&p->kern, &cb)) != 0) {
		snprintf(why, cap, "kernel: %s", strerror(e));
		return (-1);
	}
	p->kern_ev = event_new(p->base, kern_fd(p->kern), EV_READ | EV_PERSIST,
	    on_kern, p);
	p->kern_commit_ev = event_new(p->base, -1, 0, kernel_commit, p);
	if (p->kern_ev == NULL || p->kern_commit_ev == NULL ||
	    captures_open(p) == -1) {
		snprintf(why, cap, "out of memory");
		return (-1);
	}
	return (0);
}

/* From home addresses nothing leaves in clear until mn knows where they are. */
static void
keep_closed(struct parent *p)
{
	size_t	 i;

	for (i = 0; p->conf->mn != NULL && i < p->conf->mn->nhomes; i++)
		if (kern_keep_closed(p->kern,
		    &p->conf->mn->homes[i].address) != 0)
			log_error("out of memory");
}

/* Is told of changes to filters, where the system tells of them. */
static bool
watch_filters(struct parent *p)
{
	int	 fd = kern_filter_fd(p->kern);

	if (fd == -1)
		return (true);
	p->filter_ev = event_new(p->base, fd, EV_READ | EV_PERSIST, on_kern,
	    p);
	return (p->filter_ev != NULL && event_add(p->filter_ev, NULL) == 0);
}

/*
 * This is the only daemon here: what a crash left goes, ours comes.  The filter
 * is wanted before, so that one that is there is replaced and leaves no gap.
 */
int
kernel_begin(struct parent *p, char *why, size_t cap)
{
	int	 e;

	if (event_add(p->kern_ev, NULL) == -1 || !watch_filters(p)) {
		snprintf(why, cap, "out of memory");
		return (-1);
	}
	keep_closed(p);
	want_filter(p);
	if ((e = kern_reconcile(p->kern)) != 0)
		log_error("what another life left in the kernel can't be "
		    "read: %s", strerror(e));
	kernel_reconfigured(p);
	request_arm(p);
	return (0);
}

/* After a clean stop nothing of ours is left. */
void
kernel_close(struct parent *p)
{
	if (p->kern == NULL)
		return;
	if (p->filter_ev != NULL)
		event_free(p->filter_ev);
	p->filter_ev = NULL;
	if (p->kern_ours) {
		request_commit(-1, 0, p);
		kern_withdraw(p->kern);
	}
	captures_close(p);
	request_free(p);
	tun_close(p);
	kern_close(p->kern);
	p->kern = NULL;
}
