/*
 * What the parent says to its children: messages, descriptors, and to control
 * events and the ends of answers.  A child that does not run is told nothing;
 * when it starts it is told all that there is.  Used by every file that has
 * something to say.
 */
#include <stdio.h>
#include <string.h>

#include "parent/parent.h"

/* Is there a process that can be talked to? */
bool
proc_running(const struct proc *pr)
{
	return (pr->ipc != NULL && (pr->state == PROC_READY ||
	    pr->state == PROC_STARTING));
}

/* Send to a role if it runs; one that starts is told all that there is. */
void
proc_send(struct parent *p, enum role r, enum msg_type t, const void *m)
{
	struct proc	*pr = &p->procs[r];

	if (proc_running(pr))
		ipc_send(pr->ipc, t, m);
}

/* The same to the one child that hears such messages: msg_to(). */
void
proc_tell(struct parent *p, enum msg_type t, const void *m)
{
	enum role	 r = msg_to(t, ROLE_PARENT);

	if (r < ROLE_MAX)
		proc_send(p, r, t, m);
}

/*
 * Send a child a descriptor, which is ours no more; net/net.h has what flags
 * and arg mean.  -1: there is none.
 */
int
proc_give(struct proc *pr, int kind, uint8_t flags, uint32_t arg,
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

/* An event of the parent's own, or of its log, for mip6ctl monitor. */
void
parent_event(struct parent *p, enum role about, enum log_level level,
    const char *name, const char *text)
{
	struct msg_event	 ev;

	memset(&ev, 0, sizeof(ev));
	ev.role = (uint8_t)about;
	ev.level = (uint8_t)level;
	snprintf(ev.name, sizeof(ev.name), "%s", name);
	snprintf(ev.text, sizeof(ev.text), "%s", text);
	proc_tell(p, MSG_EVENT, &ev);
}

/* Close an answer. */
void
query_end(struct parent *p, uint32_t conn, int status, const char *text)
{
	struct msg_report_end	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	m.status = (uint16_t)status;
	snprintf(m.text, sizeof(m.text), "%s", text);
	proc_tell(p, MSG_REPORT_END, &m);
}
