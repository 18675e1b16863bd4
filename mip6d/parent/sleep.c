/*
 * Notices that the host has slept, and tells everybody.  Monotonic time has
 * gone on and libevent's clock has not, so timers are late; links may have
 * come and gone without a word.  It is looked for each second, and at once
 * where the system tells that the wall clock was set.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <event2/event.h>
#include <unistd.h>

#include "core/clock.h"
#include "kern/compat.h"
#include "parent/kernel.h"
#include "parent/parent.h"

/* Read the kernel again for all; engines look at their timers and links. */
static void
woke(struct parent *p, int64_t slept)
{
	struct msg_woke	 m = { (uint32_t)((slept + NS_PER_SEC / 2) /
			    NS_PER_SEC) };
	struct proc	*pr;
	unsigned int	 r;

	log_info("the host has slept for %u s, or its clock was set: looking "
	    "at everything again", m.seconds);
	COUNT(&p->counters, PC_WOKE);
	FOREACH_ROLE(r) {
		pr = &p->procs[r];
		if (pr->state != PROC_READY)
			continue;
		snapshot_give(pr);
		if (role_is_engine(pr->role))
			ipc_send(pr->ipc, MSG_WOKE, &m);
	}
}

/* Has it slept since the last look? */
void
sleep_look(struct parent *p)
{
	int64_t	 slept = clock_slept(&p->sleep);

	if (slept > 0)
		woke(p, slept);
}

static void
on_jump(int fd, short what, void *arg)
{
	(void)what;
	if (compat_clock_jumped(fd))
		sleep_look(arg);
}

/* Begin to look; without a descriptor it is done with each tick alone. */
void
sleep_start(struct parent *p)
{
	int	 fd = compat_clock_open();

	sleep_look(p);
	if (fd == -1)
		return;
	p->jump = event_new(p->base, fd, EV_READ | EV_PERSIST, on_jump, p);
	if (p->jump == NULL || event_add(p->jump, NULL) == -1)
		fatalx("out of memory");
}
