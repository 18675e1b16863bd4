/*
 * What the parent does every second: it asks each child whether it is alive,
 * and ends the one that is not.  watch.c does the counting.
 */
#include <event2/event.h>
#include <string.h>

#include "core/clock.h"
#include "parent/parent.h"

/* Is it the child's own fault that it is not ready? */
static bool
must_get_ready(const struct proc *pr)
{
	return (pr->state == PROC_STARTING && !peers_awaited(pr));
}

static void
look_at(struct proc *pr, bool on_time)
{
	struct msg_empty	 none = { 0 };
	enum watch_verdict	 v;

	v = watch_tick(&pr->watch, on_time, must_get_ready(pr));
	if (v == WATCH_ASK)
		ipc_send(pr->ipc, MSG_PING, &none);
	else if (v != WATCH_FINE)
		proc_hung(pr, watch_text(v));
}

static void
on_tick(int fd, short what, void *arg)
{
	struct parent	*p = arg;
	bool		 on_time = watch_on_time(&p->watch, mono_now());
	unsigned int	 r;

	(void)fd;
	(void)what;
	if (!on_time)
		COUNT(&p->counters, PC_LATE_TICKS);
	for (r = 0; r < ROLE_MAX; r++)
		if (proc_running(&p->procs[r]))
			look_at(&p->procs[r], on_time);
	peers_retry(p);
}

/* Begin to watch the children. */
void
pulse_start(struct parent *p)
{
	struct timeval	 tv = { WATCH_TICK / NS_PER_SEC, 0 };

	watch_on_time(&p->watch, mono_now());
	p->pulse = event_new(p->base, -1, EV_PERSIST, on_tick, p);
	if (p->pulse == NULL || event_add(p->pulse, &tv) == -1)
		fatalx("out of memory");
}
