/*
 * Between the children and the kernel contract (kern/kern.h): what the kernel
 * tells goes to the children that want it, and net gets the descriptors that
 * it works with.  Opens the kernel, claims the tun device and undoes it all at
 * the end.  Called by parent.c and proc.c, and by the kernel's callbacks.
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
#include "core/report.h"
#include "kern/kern.h"
#include "parent/guard.h"
#include "parent/parent.h"
#include "wire/rewrite.h"

#define TUN_NAME	PARENT_TUN
#define CLAIM_TIMES	50
#define CLAIM_EVERY	100	/* ms */

/* Whom a dump is for; NULL: all. */
static struct proc	*snapshot_of;

static void	 open_tun(struct parent *);
static void	 follow_mtu(struct parent *);

static void
tell(struct parent *p, enum msg_type t, const void *m)
{
	unsigned int	 r;

	if (snapshot_of != NULL) {
		ipc_send(snapshot_of->ipc, t, m);
		return;
	}
	FOREACH_ROLE(r)
		if (p->procs[r].state == PROC_READY &&
		    role_def((enum role)r)->world)
			proc_send(p, (enum role)r, t, m);
}

static void
on_link(void *arg, const struct msg_link *m)
{
	struct parent	*p = arg;
	struct msg_link	 l = *m;

	if (l.ifindex == p->tun_ifindex)
		l.flags |= LINK_TUN;
	if (forward_is_off(p, &l))
		l.flags |= LINK_NO_FORWARDING;
	captures_link(p, &l);
	tell(p, MSG_LINK, &l);
	guard_link(p, &l);
}

static void
on_address(void *arg, const struct msg_address *m)
{
	tell(arg, MSG_ADDRESS, m);
}

static void
on_router(void *arg, const struct msg_router *m)
{
	tell(arg, MSG_ROUTER, m);
}

/* Who asked for routes knows which; root remembers none of them. */
static void
tell_routes_lost(struct parent *p)
{
	struct msg_empty	 none = { 0 };
	enum role		 r = msg_to(MSG_ROUTES_LOST, ROLE_PARENT);

	/* While it starts it is to be told at the end of that. */
	p->routes_lost = p->procs[r].state != PROC_READY;
	if (!p->routes_lost)
		proc_tell(p, MSG_ROUTES_LOST, &none);
}

/*
 * All that the kernel has, between brackets, to one child.  They stay open if
 * it could not be read whole: what was not told is not gone.
 */
void
kernel_snapshot(struct proc *pr)
{
	struct parent		*p = pr->parent;
	struct msg_empty	 none = { 0 };
	int			 e;

	if (!role_def(pr->role)->world || p->kern == NULL || pr->ipc == NULL)
		return;
	snapshot_of = pr;
	ipc_send(pr->ipc, MSG_SNAPSHOT, &none);
	captures_snapshot(p, true);
	e = kern_dump(p->kern);
	snapshot_of = NULL;
	if (e != 0) {
		if (!pr->snapshot_due)
			log_error("%s: what the kernel has can't be read: %s",
			    role_name(pr->role), strerror(e));
		pr->snapshot_due = true;
		return;
	}
	captures_snapshot(p, false);
	follow_mtu(p);
	ipc_send(pr->ipc, MSG_SNAPSHOT_END, &none);
	pr->snapshot_due = false;
	if (p->routes_lost &&
	    msg_allowed(MSG_ROUTES_LOST, ROLE_PARENT, pr->role))
		tell_routes_lost(p);
}

/*
 * The same to who has home links, as they may be on other interfaces: now, or
 * with the next kernel_retry().
 */
void
kernel_home_links(struct parent *p, bool now)
{
	struct proc	*pr;
	unsigned int	 r;

	FOREACH_ROLE_WITH(r, HAS_LINKS) {
		pr = &p->procs[r];
		if (!now)
			pr->snapshot_due = pr->state == PROC_READY;
		else if (pr->state == PROC_READY)
			kernel_snapshot(pr);
	}
}

/* What could not be read whole is read again. */
void
kernel_retry(struct parent *p)
{
	unsigned int	 r;

	FOREACH_ROLE(r)
		if (p->procs[r].snapshot_due)
			kernel_snapshot(&p->procs[r]);
}

static void
on_lost(void *arg)
{
	struct parent	*p = arg;
	unsigned int	 r;

	COUNT(&p->counters, PC_KERNEL_LOST);
	log_warn("kernel events were lost: reading everything again");
	FOREACH_ROLE(r)
		if (p->procs[r].state == PROC_READY)
			kernel_snapshot(&p->procs[r]);
}

static void
on_kern(int fd, short what, void *arg)
{
	struct parent	*p = arg;

	(void)fd;
	(void)what;
	kern_read(p->kern);
	follow_mtu(p);
	request_arm(p);
}

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
on_trouble(void *arg, enum row_trouble what, const char *row, const char *why)
{
	struct parent	*p = arg;

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

static void
on_routes_lost(void *arg)
{
	tell_routes_lost(arg);
}

/* Somebody deleted the device: another one, and net begins with that. */
static void
on_tun_lost(void *arg)
{
	struct parent	*p = arg;

	if (p->tun_fd == -1)
		return;
	log_warn("somebody removed the tun device %s: it is made again",
	    TUN_NAME);
	close(p->tun_fd);
	p->tun_fd = -1;
	p->tun_ifindex = 0;
	open_tun(p);
	if (proc_running(&p->procs[ROLE_NET]))
		proc_kill(&p->procs[ROLE_NET], "its tun device was removed");
}

/*
 * Send a child a descriptor, which is ours no more; net/net.h has what flags
 * and arg mean.  -1: there is none.
 */
int
kernel_give(struct proc *pr, int kind, uint8_t flags, uint32_t arg,
    const char *name, int fd)
{
	struct msg_fd	 m;

	if (fd == -1)
		return (-1);
	memset(&m, 0, sizeof(m));
	m.kind = (uint8_t)kind;
	m.flags = flags;
	m.arg = arg;
	snprintf(m.name, sizeof(m.name), "%s", name);
	ipc_send_fd(pr->ipc, MSG_FD, &m, fd);
	return (0);
}

/*
 * The parent keeps the tun: the device outlives the net process.  One that was
 * removed, and could not be made again at once, is made now.
 */
static int
give_tun(struct proc *pr)
{
	struct parent	*p = pr->parent;

	open_tun(p);
	if (p->tun_fd == -1)
		return (-1);
	return (kernel_give(pr, FD_TUN, kern_tun_flags, p->tun_ifindex,
	    TUN_NAME, fcntl(p->tun_fd, F_DUPFD_CLOEXEC, 0)));
}

/* What is protected comes by a socket of its own. */
static int
give_ipsec(struct proc *pr)
{
	int	 fd = kern_raw(pr->parent->kern, FD_RAW_MH_IPSEC);

	if (fd == -1)
		log_error("socket with an IPsec policy: %s", strerror(errno));
	if (kernel_give(pr, FD_RAW_MH_IPSEC, 0, 0,
	    "protected mobility header", fd) == -1)
		return (-1);
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
	if (give_tun(pr) == -1)
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
		if (kernel_give(pr, raws[i].kind, 0, 0, raws[i].name, fd) ==
		    -1)
			return (-1);
	}
	if (captures_start(pr) == -1)
		return (-1);
	return (ipsec_wanted(pr->parent->conf) ? give_ipsec(pr) : 0);
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
	return (ipsec_wanted(c) ? FILTER_ESP : FILTER_ON);
}

/*
 * Does this system have what the configured roles need?  If not, text names
 * what is missing and the remedy.
 */
bool
kernel_check(struct parent *p, const struct conf *c, char *text, size_t cap)
{
	struct kern_caps	 caps;

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
	if (c->mn != NULL && !caps.source_routing)
		log_warn("no routing by source address here: all traffic "
		    "goes through the tunnel while away from home");
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
	if (ipsec_wanted(c) && !caps.ipsec) {
		snprintf(text, cap, "authentication ipsec: %s", caps.no_ipsec);
		return (false);
	}
	return (true);
}

/*
 * So that what the kernel puts into the tun need not be cut or refused
 * (RFC 2473 section 7.1).
 */
static uint32_t
tun_mtu(struct parent *p)
{
	uint32_t	 outer = IP6_HDRLEN, mtu = captures_mtu(p);

	if (p->conf == NULL || !p->conf->global.no_encapsulation_limit)
		outer += RW_LIMIT_LEN;
	return (mtu < IP6_MINMTU + outer ? IP6_MINMTU : mtu - outer);
}

/* The links that tunnels lead over may have another MTU now. */
static void
follow_mtu(struct parent *p)
{
	uint32_t	 mtu;
	int		 e;

	if (p->tun_fd == -1 || (mtu = tun_mtu(p)) == p->tun_mtu)
		return;
	p->tun_mtu = mtu;
	log_info("%s: its MTU is %u now, for links of %u", TUN_NAME, mtu,
	    captures_mtu(p));
	if ((e = kern_tun_mtu(p->kern, mtu)) != 0)
		log_error("%s: MTU %u: %s", TUN_NAME, mtu, strerror(e));
	event_active(p->kern_commit_ev, EV_TIMEOUT, 0);
}

static void
open_tun(struct parent *p)
{
	if (p->tun_fd != -1 || !role_wanted(ROLE_NET, p->conf))
		return;
	p->tun_mtu = tun_mtu(p);
	p->tun_fd = kern_tun(p->kern, TUN_NAME, p->tun_mtu, &p->tun_ifindex);
	if (p->tun_fd == -1)
		log_error("tun device %s: %s", TUN_NAME, strerror(errno));
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

static void
stands(struct parent *p, bool is, enum why_id id, const char *remedy)
{
	if (is)
		why_set(&p->whys, clock_now(), id, "filter", remedy, NULL);
	else
		why_clear(&p->whys, clock_now(), id, "filter");
}

/* What would take a filter that is not there; error: why ours is not, or 0. */
void
kernel_tell_filter(struct parent *p, int error)
{
	struct kern_caps	 c;
	bool			 mn = p->conf->mn != NULL;

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

/* After a reload: filter and interface settings follow the configuration. */
void
kernel_reconfigured(struct parent *p)
{
	int	 e;

	open_tun(p);
	close_link_local(p);
	captures_configured(p);
	follow_mtu(p);
	e = kern_suppress(p->kern, filter_wanted(p->conf));
	guard_configured(p, filter_wanted(p->conf), e);
	kernel_tell_filter(p, e);
}

/* Open the kernel, which changes nothing. */
int
kernel_open(struct parent *p, char *why, size_t cap)
{
	static struct kern_events	 cb;
	int				 e;

	p->tun_fd = -1;
	p->kern_ours = false;
	cb = (struct kern_events){ on_link, on_address, on_router, on_lost,
	    on_say, on_trouble, on_routes_lost, on_tun_lost, p };
	if ((e = kern_open(&p->kern, &cb)) != 0) {
		snprintf(why, cap, "kernel: %s", strerror(e));
		return (-1);
	}
	p->kern_ev = event_new(p->base, kern_fd(p->kern), EV_READ | EV_PERSIST,
	    on_kern, p);
	p->kern_commit_ev = event_new(p->base, -1, 0, request_commit, p);
	if (p->kern_ev == NULL || p->kern_commit_ev == NULL ||
	    captures_open(p) == -1) {
		snprintf(why, cap, "out of memory");
		return (-1);
	}
	return (0);
}

static bool
is_dead(pid_t pid)
{
	return (pid > 0 && kill(pid, 0) == -1 && errno == ESRCH);
}

/*
 * The tun device, as the lock that it is; -1 and who has it.  Children of a
 * parent that was killed hold it for the moment that they take to end.
 */
int
kernel_claim(struct parent *p, char *why, size_t cap)
{
	struct timespec		 nap = { 0, CLAIM_EVERY * NS_PER_MS };
	struct kern_caps	 caps;
	unsigned int		 i;
	pid_t			 pid = 0;

	kern_caps(p->kern, &caps);
	if (p->undo ? !caps.tun : !role_wanted(ROLE_NET, p->conf))
		return (0);
	for (i = 0; i < CLAIM_TIMES; i++) {
		p->tun_mtu = tun_mtu(p);
		p->tun_fd = kern_tun(p->kern, TUN_NAME, p->tun_mtu,
		    &p->tun_ifindex);
		if (p->tun_fd != -1)
			return (0);
		if (errno != EBUSY) {
			snprintf(why, cap, "tun device %s: %s", TUN_NAME,
			    strerror(errno));
			return (-1);
		}
		pid = kern_tun_holder(p->kern, TUN_NAME);
		if (pid > 0 && !is_dead(pid))
			break;
		nanosleep(&nap, NULL);
	}
	if (pid == 0)
		snprintf(why, cap, "another program has the tun device %s",
		    TUN_NAME);
	else if (is_dead(pid))
		snprintf(why, cap, "the tun device %s is held by what is left "
		    "of mip6d, pid %ld, which is dead: end its children",
		    TUN_NAME, (long)pid);
	else
		snprintf(why, cap, "another mip6d is running here, pid %ld: "
		    "it has the tun device %s", (long)pid, TUN_NAME);
	return (-1);
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

/* This is the only daemon here: what a crash left goes, ours comes. */
int
kernel_begin(struct parent *p, char *why, size_t cap)
{
	int	 e;

	if (event_add(p->kern_ev, NULL) == -1 || !guard_open(p)) {
		snprintf(why, cap, "out of memory");
		return (-1);
	}
	keep_closed(p);
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
	guard_close(p);
	if (p->kern_ours) {
		request_commit(-1, 0, p);
		kern_suppress(p->kern, FILTER_OFF);
		kern_withdraw(p->kern);
	}
	captures_close(p);
	free(p->requests);
	p->requests = NULL;
	p->crequests = 0;
	if (p->tun_fd != -1)
		close(p->tun_fd);
	p->tun_fd = -1;
	kern_close(p->kern);
	p->kern = NULL;
}

static void
row(struct report *rep, const char *name, const char *value)
{
	report_row(rep, "global");
	report_str(rep, "name", name);
	report_str(rep, "value", value);
	report_end(rep);
}

/* What the kernel can do, for show globals. */
void
kernel_rows(struct parent *p, struct report *rep)
{
	static const char *const	 how[] = { "not at all", "nf_tables",
	    "ip6tables", "ipfw", "the kernel drops silently",
	    "a rule of yours" };
	struct kern_caps		 c;
	size_t				 interfaces, without;
	char				 text[48];

	kern_caps(p->kern, &c);
	row(rep, "kernel mobile ipv6", c.mip6 ? "yes" : "no");
	row(rep, "kernel pf_key", c.pfkey ? "yes" : "no");
	row(rep, "kernel pf_key migrate", c.pfkey_migrate ? "yes" : "no");
	row(rep, "kernel ipsec", c.ipsec ? "yes" : "no");
	row(rep, "kernel optimistic dad", c.optimistic_dad ? "yes" : "no");
	row(rep, "kernel forwarding", c.forwarding ? "on" : "off");
	if (p->conf->mn != NULL)
		row(rep, "from home without mip6d", c.fail_closed ?
		    "unreachable" : "in clear: not fail-closed here");
	row(rep, "parameter problems suppressed by", how[c.suppress]);
	captures_count(p, &interfaces, &without);
	snprintf(text, sizeof(text), "%zu of %zu", interfaces - without,
	    interfaces);
	row(rep, "interfaces seen", text);
}
