/*
 * What the kernel has, as children are told of it: links, addresses and
 * routers as they change, and all of them between two brackets when a child is
 * new or something was missed.  Called with what kernel.c hears, and by who
 * finds out that a child has to be told everything again.
 */
#include <string.h>

#include "core/clock.h"
#include "kern/kern.h"
#include "parent/guard.h"
#include "parent/kernel.h"
#include "parent/parent.h"

/* Whom a dump is for; NULL: all. */
static struct proc	*snapshot_of;

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

/* An interface came, changed or went (struct kern_events). */
void
snapshot_link(void *arg, const struct msg_link *m)
{
	struct parent	*p = arg;
	struct msg_link	 l = *m;

	if (l.ifindex == p->tun.ifindex)
		l.flags |= LINK_TUN;
	if (forward_is_off(p, &l))
		l.flags |= LINK_NO_FORWARDING;
	captures_link(p, &l);
	tell(p, MSG_LINK, &l);
}

/* The same of an address. */
void
snapshot_address(void *arg, const struct msg_address *m)
{
	tell(arg, MSG_ADDRESS, m);
}

/* The same of a router. */
void
snapshot_router(void *arg, const struct msg_router *m)
{
	tell(arg, MSG_ROUTER, m);
}

/*
 * Somebody removed routes that ha had asked for (struct kern_events).  It
 * knows which; root remembers none of them.
 */
void
snapshot_routes_lost(void *arg)
{
	struct parent		*p = arg;
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
snapshot_give(struct proc *pr)
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
	tun_follow_mtu(p);
	ipc_send(pr->ipc, MSG_SNAPSHOT_END, &none);
	pr->snapshot_due = false;
	if (p->routes_lost &&
	    msg_allowed(MSG_ROUTES_LOST, ROLE_PARENT, pr->role))
		snapshot_routes_lost(p);
}

/*
 * All again to who has home links, as they may be on other interfaces: at
 * once; capture.c, which hears of a new name in the midst of a dump, says
 * proc_links_due() instead.
 */
void
snapshot_home_links(struct parent *p)
{
	unsigned int	 r;

	FOREACH_ROLE_WITH(r, HAS_LINKS)
		if (p->procs[r].state == PROC_READY)
			snapshot_give(&p->procs[r]);
}

/* What could not be read whole is read again. */
void
snapshot_retry(struct parent *p)
{
	unsigned int	 r;

	FOREACH_ROLE(r)
		if (p->procs[r].snapshot_due)
			snapshot_give(&p->procs[r]);
}

/* Some of what the kernel told was lost (struct kern_events). */
void
snapshot_lost(void *arg)
{
	struct parent	*p = arg;
	unsigned int	 r;

	COUNT(&p->counters, PC_KERNEL_LOST);
	log_warn("kernel events were lost: reading everything again");
	FOREACH_ROLE(r)
		if (p->procs[r].state == PROC_READY)
			snapshot_give(&p->procs[r]);
}
