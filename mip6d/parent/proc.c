/*
 * The table of children: what each is at, who may signal whom, what it was
 * refused, and its end when it did what it must not.  When one is gone,
 * whoever struct proc_hooks names is told.  Which are started, and when, is in
 * children.c.
 */
#include <sys/types.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/sandbox.h"
#include "parent/parent.h"

const char *
proc_state_name(enum proc_state s)
{
	static const char *const	 names[] = { "none", "waiting",
	    "starting", "ready", "ending" };

	return (names[s]);
}

/* A child asked for what it must not have. */
void
parent_denied(struct proc *pr, const char *what)
{
	static struct log_limit	 limit;

	pr->denied++;
	COUNT(&pr->parent->counters, PC_DENIED);
	if (limit_lines(&limit, mono_now(), 5, NULL))
		log_error("%s: denied: %s", role_name(pr->role), what);
}

/* Nobody can talk to it any more; who waits for a word of it is told. */
void
proc_gone(struct proc *pr)
{
	const struct proc_hooks	*hooks = pr->parent->hooks;
	size_t			 i;

	if (pr->ipc != NULL) {
		ipc_close(pr->ipc);
		pr->ipc = NULL;
	}
	pr->sandbox[0] = '\0';
	pr->configured = pr->begun = false;
	pr->pipes_due = 0;
	pr->snapshot_due = false;
	for (i = 0; i < PROC_GONE_MAX && hooks->gone[i] != NULL; i++)
		hooks->gone[i](pr);
	pr->conf_gen = 0;
	pr->in_reload = false;
}

/*
 * Who has home links is to be told all again, as they may be on other
 * interfaces: with the next snapshot_retry().
 */
void
proc_links_due(struct parent *p)
{
	unsigned int	 r;

	FOREACH_ROLE_WITH(r, HAS_LINKS)
		p->procs[r].snapshot_due = p->procs[r].state == PROC_READY;
}

/* Kill a child for a reason; it is started again after its back-off. */
void
proc_kill(struct proc *pr, const char *reason)
{
	log_error("%s: killed: %s", role_name(pr->role), reason);
	snprintf(pr->why, sizeof(pr->why), "killed: %s", reason);
	if (pr->pid > 0)
		kill(pr->pid, SIGKILL);
	proc_gone(pr);
}

/* The same for one that hangs; SIGKILL ends one that is stopped, too. */
void
proc_hung(struct proc *pr, const char *reason)
{
	log_error("%s: %s: killed", role_name(pr->role), reason);
	COUNT(&pr->parent->counters, PC_HUNG);
	parent_event(pr->parent, pr->role, LL_ERROR, "process-hung", reason);
	snprintf(pr->why, sizeof(pr->why), "hung");
	if (pr->pid > 0)
		kill(pr->pid, SIGKILL);
	proc_gone(pr);
}

/*
 * What confines a child, and who can do what to it: the kernel lets each
 * process of a user signal the others, unless a sandbox keeps it from that.
 */
void
proc_sandbox(const struct proc *pr, char *buf, size_t cap)
{
	const struct proc	*other = NULL, *o;
	unsigned int		 r, n = 0;

	snprintf(buf, cap, "%s", pr->sandbox);
	if (pr->sandbox[0] == '\0')
		return;
	FOREACH_CHILD(r) {
		o = &pr->parent->procs[r];
		if (o == pr || o->uid != pr->uid || o->sandbox[0] == '\0' ||
		    strstr(o->sandbox, SANDBOX_NO_SIGNALS) != NULL)
			continue;
		other = o;
		n++;
	}
	if (n > 0)
		snprintf(buf + strlen(buf), cap - strlen(buf),
		    "; %s can signal it", n == 1 ? role_name(other->role) :
		    "others");
}
