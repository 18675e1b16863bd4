/*
 * mip6d -u: what a daemon that died left in this network namespace goes.  It
 * takes the same locks as a daemon does, so it never touches what one uses.
 */
#include <sys/types.h>

#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/log.h"
#include "parent/kernel.h"
#include "parent/parent.h"

/*
 * Undo, with p->conf and the flags set.  Policies and associations are found
 * by what is configured, all else by its tag.  Returns the exit status.
 */
int
parent_undo(struct parent *p)
{
	char	 why[512];
	bool	 done;

	p->undo = true;
	p->pid_fd = p->tun.fd = -1;
	listen_init(p);
	if (geteuid() != 0)
		fatalx("-u needs root");
	if (counters_init(&p->counters, parent_counters) == -1 ||
	    (p->base = event_base_new()) == NULL)
		fatalx("out of memory");
	done = kernel_open(p, why, sizeof(why)) == 0 &&
	    parent_claim(p, why, sizeof(why));
	if (!done)
		log_error("nothing is undone: %s", why);
	else
		planner_undo(p);
	/* The end of a daemon's life is all that it takes. */
	parent_cleanup(p);
	return (done ? p->exit_status : 1);
}
