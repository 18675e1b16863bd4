/*
 * What only root can answer of the questions of control clients: those about
 * processes, globals, its own counters and timers, and rows in the kernel.
 * Children are asked by control itself.  Called by verbs.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/report.h"
#include "core/tables.h"
#include "core/verb.h"
#include "kern/kern.h"
#include "parent/kernel.h"
#include "parent/parent.h"
#include "parent/peers.h"

const struct counter_def parent_counters[] = {
	[PC_RESTARTS] = { "restarts", "Children started again" },
	[PC_DENIED] = { "denied", "Requests of children denied" },
	[PC_RELOADS] = { "reloads", "Configurations reloaded" },
	[PC_RELOADS_FAILED] = { "reloads_failed", "Reloads that failed" },
	[PC_KERNEL_REQUESTS] = { "kernel_requests",
	    "Requests to the kernel for a child" },
	[PC_KERNEL_ERRORS] = { "kernel_errors",
	    "Requests that the kernel refused" },
	[PC_KERNEL_LOST] = { "kernel_lost",
	    "Times that kernel events were lost and read again" },
	[PC_QUERIES_REFUSED] = { "queries_refused",
	    "Queries refused as too many were outstanding" },
	[PC_IPSEC_DUMPS] = { "ipsec_dumps", "Dumps of IPsec databases" },
	[PC_IPSEC_ERRORS] = { "ipsec_errors",
	    "Dumps of IPsec databases, and removals, that failed" },
	[PC_IPSEC_LOST] = { "ipsec_lost",
	    "Dumps of IPsec databases with parts missing" },
	[PC_HUNG] = { "hung", "Children killed as they did not answer" },
	[PC_ACCUSED] = { "accused",
	    "Children that others said to have sent malformed messages" },
	[PC_LATE_TICKS] = { "late_ticks",
	    "Seconds in which this process itself did not run in time" },
	[PC_WOKE] = { "woke",
	    "Times the host has slept, or its clock was set" },
	[PC_CAPTURE_ERRORS] = { "capture_errors",
	    "Captures of an interface that failed, to be tried again" },
	[PC_CAPTURES_FULL] = { "descriptors_short",
	    "Times that there was no descriptor for net" },
	[PC_GROUP_SOCKETS_FULL] = { "group_sockets_full",
	    "Requests for a socket for groups beyond what net may have" },
	[PC_LATE_ACKS] = { "late_acknowledgements",
	    "Answers to configurations that were aborted or replaced" },
	[PC_PIPES_LOST] = { "pipes_lost",
	    "Pipes between children made anew as something was lost" },
	[PC_LOGS_DROPPED] = { "logs_dropped",
	    "Lines of a child's log that were too many in a second" },
	[PC_ROWS_REMOVED] = { "rows_removed",
	    "Rows that somebody removed from the kernel or changed" },
	[PC_ROWS_PUT_BACK] = { "rows_put_back",
	    "Rows put back into the kernel" },
	[PC_ROWS_FOUGHT] = { "rows_fought",
	    "Rows that somebody kept removing, put back seldom since" },
	[PC_ROWS_REFUSED] = { "rows_refused",
	    "Times that the kernel refused to take or to give up a row" },
	[PC_ROWS_TAKEN] = { "rows_taken",
	    "Rows with our mark that nobody asked for, removed" },
	[PC_KERNEL_FORGED] = { "kernel_forged",
	    "Messages about the kernel that did not come from it" },
	[PC_MAX] = { NULL, NULL },
};

#define NOTE_TICKS	2	/* seconds of silence that are of no interest */

/* Milliseconds from now to then, 0 if that is over. */
static int64_t
until(struct mono now, struct mono then)
{
	return (mono_before(now, then) ? mono_diff(then, now) / NS_PER_MS : 0);
}

/* What a process is at, or waits for, if it is not simply there. */
static void
note_of(const struct proc *pr, char *text, size_t cap)
{
	text[0] = '\0';
	if (pr->role == ROLE_PARENT)
		return;
	if (pr->state == PROC_ENDING)
		snprintf(text, cap, "was told to end");
	else if (pr->state == PROC_STARTING && peers_awaited(pr))
		snprintf(text, cap, "waits for its pipe to net");
	else if (proc_running(pr) && pr->watch.silent >= NOTE_TICKS)
		snprintf(text, cap, "no word from it for %u s; killed after "
		    "%d s", pr->watch.silent, WATCH_SILENT);
	else if (proc_running(pr) && pr->watch.busy >= NOTE_TICKS)
		snprintf(text, cap, "busy for %u s", pr->watch.busy);
}

static void
rows_processes(struct parent *p, struct report *rep)
{
	struct mono	 now = mono_now();
	struct proc	*pr;
	unsigned int	 r;
	char		 sandbox[192], note[96];

	FOREACH_ROLE(r) {
		pr = &p->procs[r];
		if (r != ROLE_PARENT && pr->state == PROC_NONE)
			continue;
		report_row(rep, "process");
		report_str(rep, "role", role_name((enum role)r));
		report_u64(rep, "pid", (uint64_t)(r == ROLE_PARENT ? getpid() :
		    pr->pid));
		report_str(rep, "state", r == ROLE_PARENT ? "ready" :
		    proc_state_name(pr->state));
		proc_sandbox(pr, sandbox, sizeof(sandbox));
		report_str(rep, "sandbox", r == ROLE_PARENT ? "root" :
		    sandbox);
		report_u64(rep, "restarts", pr->restarts);
		report_ms(rep, "backoff_ms", pr->state == PROC_WAITING ?
		    until(now, pr->retry) : 0);
		report_str(rep, "last_exit", pr->last_exit);
		if (pr->exited.ns != 0)
			report_ms(rep, "exited_ms",
			    mono_diff(now, pr->exited) / NS_PER_MS);
		note_of(pr, note, sizeof(note));
		report_str(rep, "note", note);
		report_ms(rep, "uptime_ms", pr->since.ns == 0 ? 0 :
		    mono_diff(now, pr->since) / NS_PER_MS);
		report_u64(rep, "ipc_queued", pr->ipc == NULL ? 0 :
		    ipc_queued(pr->ipc));
		report_u64(rep, "ipc_dropped", pr->ipc == NULL ? 0 :
		    pr->ipc->stats.dropped);
		report_u64(rep, "ipc_held", pr->ipc == NULL ? 0 :
		    pr->ipc->stats.held);
		report_u64(rep, "denied", pr->denied);
		report_end(rep);
	}
}

static void
row_global(struct report *rep, const char *name, const char *value)
{
	report_row(rep, "global");
	report_str(rep, "name", name);
	report_str(rep, "value", value);
	report_end(rep);
}

/* What the kernel can do. */
static void
rows_caps(struct parent *p, struct report *rep)
{
	static const char *const	 how[] = { "not at all", "nf_tables",
	    "ip6tables", "ipfw", "the kernel drops silently",
	    "a rule of yours" };
	struct kern_caps		 c;
	size_t				 interfaces, without;
	char				 text[48];

	kern_caps(p->kern, &c);
	row_global(rep, "kernel mobile ipv6", c.mip6 ? "yes" : "no");
	row_global(rep, "kernel pf_key", c.pfkey ? "yes" : "no");
	row_global(rep, "kernel pf_key migrate", c.pfkey_migrate ? "yes" :
	    "no");
	row_global(rep, "kernel ipsec", c.ipsec ? "yes" : "no");
	row_global(rep, "kernel optimistic dad", c.optimistic_dad ? "yes" :
	    "no");
	row_global(rep, "kernel forwarding", c.forwarding ? "on" : "off");
	if (p->conf->mn != NULL)
		row_global(rep, "from home without mip6d", c.fail_closed ?
		    "unreachable" : "in clear: not fail-closed here");
	row_global(rep, "parameter problems suppressed by", how[c.suppress]);
	captures_count(p, &interfaces, &without);
	snprintf(text, sizeof(text), "%zu of %zu", interfaces - without,
	    interfaces);
	row_global(rep, "interfaces seen", text);
}

static void
rows_globals(struct parent *p, struct report *rep)
{
	static const char *const	 planes[] = {
		"auto", "user", "kernel"
	};
	const struct conf_global	*g = &p->conf->global;
	size_t				 i;

	row_global(rep, "configuration", p->conf_path);
	row_global(rep, "log", p->debug || g->log == LOGTO_STDERR ? "stderr" :
	    "syslog");
	row_global(rep, "verbose", p->verbose ? "yes" : "no");
	row_global(rep, "user", g->user);
	row_global(rep, "chroot", g->chroot);
	row_global(rep, "state-directory", g->state);
	row_global(rep, "dataplane", planes[g->dataplane]);
	for (i = 0; i < g->nsockets; i++)
		row_global(rep, g->sockets[i].restricted ?
		    "control socket (restricted)" : "control socket",
		    g->sockets[i].path);
	rows_caps(p, rep);
}

/* Our own, and what the kernel refuses by the policies that are ours. */
static void
rows_counters(struct parent *p, struct report *rep)
{
	const struct row_counters	*r = kern_row_counters(p->kern);
	struct kern_drop		 v[KERN_DROPS_MAX];
	size_t				 i, n;

	p->counters.v[PC_ROWS_REMOVED] = r->removed;
	p->counters.v[PC_ROWS_PUT_BACK] = r->put_back;
	p->counters.v[PC_ROWS_FOUGHT] = r->rivals;
	p->counters.v[PC_ROWS_REFUSED] = r->refused;
	p->counters.v[PC_ROWS_TAKEN] = r->taken;
	p->counters.v[PC_KERNEL_FORGED] = kern_forged(p->kern);

	for (i = 0; i < p->counters.n; i++)
		report_counter(rep, "parent", p->counters.defs[i].name,
		    p->counters.defs[i].help, p->counters.v[i]);
	n = p->planner == NULL ? 0 : kern_ipsec_drops(v, KERN_DROPS_MAX);
	for (i = 0; i < n; i++)
		report_counter(rep, "kernel", v[i].name, v[i].help,
		    v[i].value);
}

/* How a row is doing, in words. */
static void
row_state(const struct kern_row *r, char *text, size_t cap)
{
	static const char *const	 states[] = {
		[ROW_IN_PLACE] = "in place", [ROW_PENDING] = "to be put",
		[ROW_WAITS] = "waits for its interface",
		[ROW_FOUGHT] = "somebody keeps removing it",
		[ROW_FAILED] = "refused", [ROW_TO_GO] = "to be removed",
	};
	size_t				 n;

	n = (size_t)snprintf(text, cap, "%s", states[r->state]);
	if (r->state == ROW_FAILED && n < cap)
		n += (size_t)snprintf(text + n, cap - n, ": %s",
		    strerror(r->error));
	if (r->put_back > 0 && n < cap)
		snprintf(text + n, cap - n, ", put back %llu time%s",
		    (unsigned long long)r->put_back,
		    r->put_back == 1 ? "" : "s");
}

static bool
row_kernel(void *arg, const struct kern_row *r)
{
	struct report	*rep = arg;
	char		 state[160];

	if (report_full(rep))
		return (false);
	row_state(r, state, sizeof(state));
	report_row(rep, TABLE_KERNEL);
	report_str(rep, "kind", r->kind);
	report_str(rep, "row", r->text);
	report_str(rep, "state", state);
	report_u64(rep, "put_back", r->put_back);
	report_end(rep);
	return (true);
}

/* What must be in the kernel, from the row with that number on. */
static uint64_t
rows_kernel(struct parent *p, struct report *rep, uint64_t cursor)
{
	kern_rows(p->kern, &cursor, row_kernel, rep);
	return (cursor);
}

static void
rows_timers(struct parent *p, struct report *rep)
{
	struct mono	 now = mono_now();
	struct proc	*pr;
	unsigned int	 r;

	FOREACH_ROLE(r) {
		pr = &p->procs[r];
		if (pr->state != PROC_WAITING)
			continue;
		report_row(rep, "timer");
		report_str(rep, "role", "parent");
		report_str(rep, "name", "restart");
		report_u64(rep, "count", 1);
		report_ms(rep, "next_ms", until(now, pr->retry));
		report_end(rep);
	}
}

static void
answer(struct parent *p, const struct msg_query *q)
{
	static struct report	 rep;
	struct msg_report	 m;
	struct msg_report_end	 end;
	int			 error = 0;

	report_init(&rep);
	memset(&end, 0, sizeof(end));
	end.conn = q->conn;
	switch (q->verb) {
	case VERB_STATUS:
		whys_health(&p->whys, &rep, role_name(ROLE_PARENT),
		    clock_now());
		break;
	case VERB_WHY:
		end.cursor = whys_rows(&p->whys, &rep, q->arg, q->cursor,
		    clock_now());
		break;
	case VERB_SHOW_PROCESSES:
		rows_processes(p, &rep);
		break;
	case VERB_SHOW_GLOBALS:
		rows_globals(p, &rep);
		break;
	case VERB_SHOW_KERNEL:
		end.cursor = rows_kernel(p, &rep, q->cursor);
		break;
	case VERB_SHOW_CONFIGURATION:
		end.cursor = confrows(p, &rep, q->cursor, &error);
		if (error == ESTALE)
			snprintf(end.text, sizeof(end.text),
			    "the configuration has changed: ask again");
		break;
	case VERB_SHOW_COUNTERS:
	case VERB_SHOW_METRICS:
		rows_counters(p, &rep);
		break;
	case VERB_SHOW_TIMERS:
		rows_timers(p, &rep);
		break;
	default:
		end.status = EOPNOTSUPP;
		snprintf(end.text, sizeof(end.text), "not for the parent");
		break;
	}
	if (error != 0)
		end.status = (uint16_t)error;
	if (rep.w.off > 0) {
		memset(&m, 0, sizeof(m));
		m.conn = q->conn;
		m.rows.p = rep.mem;
		m.rows.len = rep.w.off;
		proc_tell(p, MSG_REPORT, &m);
	}
	proc_tell(p, MSG_REPORT_END, &end);
}

/* MSG_QUERY, of control. */
void
query_from_control(struct parent *p, const struct msg_query *q)
{
	if (q->verb == VERB_SHOW_SPD || q->verb == VERB_SHOW_SAD)
		ipsec_query(p, q);
	else
		answer(p, q);
}

/* Who asked is no more: what a dump of the kernel will bring is for nobody. */
void
query_child_gone(struct proc *pr)
{
	if (pr->role == ROLE_CONTROL)
		ipsec_forget(pr->parent);
}
