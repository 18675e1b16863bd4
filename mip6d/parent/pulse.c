/*
 * What the parent does every second: it asks each child whether it is alive,
 * and ends the one that is not, for which watch.c counts; and it looks at what
 * nobody tells it of, a row of every_second[] for each.  And the signs of its
 * own life, for a service manager that wants them.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "core/busy.h"
#include "core/clock.h"
#include "parent/guard.h"
#include "parent/kernel.h"
#include "parent/notify.h"
#include "parent/parent.h"
#include "parent/peers.h"

/* Is it the child's own fault that it is not ready? */
static bool
must_get_ready(const struct proc *pr)
{
	return (pr->state == PROC_STARTING && !peers_awaited(pr));
}

/*
 * What a child says is not read while it lets too much of ours lie.  That it
 * takes some of it, or says something, is a sign of life, then.
 */
static void
note_progress(struct proc *pr)
{
	uint64_t	 moved = ipc_moved(pr->ipc);

	if (pr->ipc->holding && moved != pr->moved)
		watch_heard(&pr->watch, true);
	pr->moved = moved;
}

static void
look_at(struct proc *pr, bool on_time)
{
	struct msg_empty	 none = { 0 };
	enum watch_verdict	 v;

	note_progress(pr);
	v = watch_tick(&pr->watch, on_time, must_get_ready(pr));
	if (v == WATCH_ASK)
		ipc_send(pr->ipc, MSG_PING, &none);
	else if (v != WATCH_FINE)
		proc_hung(pr, watch_text(v));
}

/* Which processes are there, in a line; told when it is another. */
static void
tell_status(struct parent *p)
{
	static char	 last[288];
	char		 up[128] = "", down[128] = "", line[288];
	const struct proc *pr;
	unsigned int	 r;
	char		*to;

	FOREACH_CHILD(r) {
		pr = &p->procs[r];
		if (pr->state == PROC_NONE)
			continue;
		to = pr->state == PROC_READY ? up : down;
		snprintf(to + strlen(to), sizeof(up) - strlen(to), " %s",
		    role_name((enum role)r));
	}
	snprintf(line, sizeof(line), "%s%s%s%s", up[0] == '\0' ? "" : "ready:",
	    up, down[0] == '\0' ? "" : up[0] == '\0' ? "not ready:" :
	    "; not ready:", down);
	if (strcmp(line, last) == 0)
		return;
	snprintf(last, sizeof(last), "%s", line);
	notify("STATUS=%s", line);
}

static void
look_at_forwarding(struct parent *p)
{
	if (forward_look(p))
		snapshot_home_links(p);
}

/* What is done every second, in this order, besides looking at the children. */
static void	 (*const every_second[])(struct parent *) = {
	sleep_look,
	peers_retry,
	snapshot_retry,
	look_at_forwarding,
	drops_look,
	advert_look,
	tell_status,
};

static void
on_tick(int fd, short what, void *arg)
{
	struct parent	*p = arg;
	bool		 on_time = watch_on_time(&p->watch, mono_now());
	unsigned int	 r;
	size_t		 i;

	(void)fd;
	(void)what;
	if (!on_time)
		COUNT(&p->counters, PC_LATE_TICKS);
	FOREACH_ROLE(r)
		if (proc_running(&p->procs[r]))
			look_at(&p->procs[r], on_time);
	for (i = 0; i < sizeof(every_second) / sizeof(every_second[0]); i++)
		every_second[i](p);
}

static void
on_watchdog(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	notify("WATCHDOG=1");
}

/* The parent works, on a large configuration for instance. */
static void
on_busy(void *arg)
{
	(void)arg;
	notify("WATCHDOG=1");
}

/* Twice as often as the service manager expects it. */
static void
feed_watchdog(struct parent *p, uint64_t usec)
{
	struct timeval	 tv = { (time_t)(usec / 2 / 1000000),
			    (suseconds_t)(usec / 2 % 1000000) };

	if (usec / 2 == 0)
		return;
	p->watchdog = event_new(p->base, -1, EV_PERSIST, on_watchdog, NULL);
	if (p->watchdog == NULL || event_add(p->watchdog, &tv) == -1)
		fatalx("out of memory");
	busy_to(on_busy, NULL);
}

/* Begin to watch the children, and to be watched. */
void
pulse_start(struct parent *p)
{
	struct timeval	 tv = { WATCH_TICK / NS_PER_SEC, 0 };

	feed_watchdog(p, notify_open());
	sleep_start(p);
	watch_on_time(&p->watch, mono_now());
	p->pulse = event_new(p->base, -1, EV_PERSIST, on_tick, p);
	if (p->pulse == NULL || event_add(p->pulse, &tv) == -1)
		fatalx("out of memory");
}
