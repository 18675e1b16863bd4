/*
 * Reload: parse and check the file, stage it in every child, commit when all
 * have acknowledged.  Any failure keeps the old configuration and says why.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/timer.h"
#include "parent/guard.h"
#include "parent/kernel.h"
#include "parent/notify.h"
#include "parent/parent.h"

#define STAGE_TIMEOUT	SEC(10)	/* without progress */
#define STAGE_MAX	SEC(300) /* with it: nobody can hold up a reload */

/* Has it a configuration that can be changed? */
static bool
is_up(const struct proc *pr)
{
	return (proc_running(pr) && pr->configured);
}

struct complaint {
	char	*text;
	size_t	 cap;
};

static void
complain(void *arg, const char *file, int line, int column, const char *text)
{
	struct complaint	*c = arg;
	size_t			 n = strlen(c->text);

	log_error("%s:%d:%d: %s", file, line, column, text);
	if (n + 2 < c->cap)
		snprintf(c->text + n, c->cap - n, "%s%s:%d:%d: %s",
		    n == 0 ? "" : "\n", file, line, column, text);
}

/* Read the configuration file; NULL and the complaints in text. */
struct conf *
parent_read_conf(struct parent *p, char *text, size_t cap)
{
	struct complaint	 c = { text, cap };
	struct conf		*conf;

	text[0] = '\0';
	conf = conf_parse_file(p->conf_path, p->macros, p->nmacros,
	    parent_host(), complain, &c);
	if (conf != NULL && p->socket != NULL)
		listen_override(conf, p->socket);
	return (conf);
}

static void
finish(struct parent *p, const char *why)
{
	struct reload	*r = &p->reload;
	uint32_t	 conn = r->conn;

	if (r->timer != NULL)
		event_free(r->timer);
	conf_free(r->conf);
	memset(r, 0, sizeof(*r));
	notify("READY=1");
	COUNT(&p->counters, why == NULL ? PC_RELOADS : PC_RELOADS_FAILED);
	if (why == NULL)
		log_info("configuration reloaded");
	else
		/* Of several complaints each has been a line already. */
		log_error("configuration kept, reload failed: %.*s",
		    (int)strcspn(why, "\n"), why);
	parent_event(p, ROLE_PARENT, why == NULL ? LL_INFO : LL_ERROR,
	    why == NULL ? "reloaded" : "reload-failed", why == NULL ? "" : why);
	if (conn != 0)
		query_end(p, conn, why == NULL ? 0 : 1,
		    why == NULL ? "configuration reloaded" : why);
}

static void
abandon(struct parent *p, const char *why)
{
	unsigned int	 r;

	FOREACH_ROLE(r)
		if (p->procs[r].in_reload)
			proc_end_conf(&p->procs[r], false);
	finish(p, why);
}

static void
on_timeout(int fd, short what, void *arg)
{
	struct parent	*p = arg;
	char		 text[96];
	unsigned int	 r;

	(void)fd;
	(void)what;
	FOREACH_ROLE(r)
		if (p->procs[r].in_reload && !p->procs[r].acked)
			break;
	snprintf(text, sizeof(text), "%s does not answer",
	    role_name((enum role)r));
	abandon(p, text);
}

/* Time is counted from here on again: somebody gets on with it. */
void
reload_progress(struct parent *p)
{
	if (p->reload.active && p->reload.timer != NULL &&
	    mono_diff(mono_now(), p->reload.begun) < STAGE_MAX)
		timer_in(p->reload.timer, STAGE_TIMEOUT);
}

/* A child that started meanwhile was sent the old one: now the new one. */
static void
commit_child(struct parent *p, struct proc *pr)
{
	if (pr->in_reload)
		proc_end_conf(pr, true);
	else if (proc_running(pr) && role_wanted(pr->role, p->conf) &&
	    !proc_send_conf(pr, p->conf))
		proc_kill(pr, "it has no configuration");
}

/* Its directory is another, or could not be had: it begins anew. */
static void
move_store(struct parent *p)
{
	unsigned int	 r;

	FOREACH_CHILD(r)
		if (role_def((enum role)r)->files &&
		    strcmp(p->state_dir, p->conf->global.state) != 0)
			proc_end(&p->procs[r]);
}

static void
commit(struct parent *p)
{
	struct conf	*old = p->conf;
	unsigned int	 r;

	p->conf = p->reload.conf;
	p->reload.conf = NULL;
	FOREACH_CHILD(r)
		commit_child(p, &p->procs[r]);
	kernel_reconfigured(p);
	confrows_forget(p);
	/* Home links that are new want to know their interfaces. */
	snapshot_home_links(p);
	move_store(p);
	planner_configured(p);
	advert_configured(p, old);
	conf_free(old);
	finish(p, NULL);
	proc_start_wanted(p);
}

static void
commit_if_all(struct parent *p)
{
	unsigned int	 r;

	FOREACH_ROLE(r)
		if (p->procs[r].in_reload && !p->procs[r].acked)
			return;
	commit(p);
}

/* What can't change while we run. */
static const char *
unchangeable(const struct parent *p, const struct conf *c)
{
	const struct conf_global	*a = &p->conf->global, *b = &c->global;
	size_t				 i;

	if (strcmp(a->user, b->user) != 0)
		return ("user changed: needs a restart");
	if (strcmp(a->chroot, b->chroot) != 0)
		return ("chroot changed: needs a restart");
	if (strcmp(a->pidfile, b->pidfile) != 0)
		return ("pidfile changed: needs a restart");
	if (a->nsockets != b->nsockets)
		return ("control sockets changed: needs a restart");
	for (i = 0; i < a->nsockets; i++)
		if (strcmp(a->sockets[i].path, b->sockets[i].path) != 0 ||
		    a->sockets[i].restricted != b->sockets[i].restricted)
			return ("control sockets changed: needs a restart");
	return (NULL);
}

static bool
stage_all(struct parent *p)
{
	struct proc	*pr;
	unsigned int	 r;

	FOREACH_ROLE(r) {
		pr = &p->procs[r];
		/* One that ends with this configuration need not agree. */
		if (!is_up(pr) || !role_wanted(pr->role, p->reload.conf))
			continue;
		if (!proc_send_conf(pr, p->reload.conf))
			return (false);
		pr->in_reload = true;
		pr->acked = false;
	}
	return (true);
}

/* Begin a reload for a control client, or (0) for a signal. */
void
reload_begin(struct parent *p, uint32_t conn)
{
	char		 text[MSG_TEXT_MAX];
	const char	*why;

	if (p->reload.active || p->ending) {
		if (conn != 0)
			query_end(p, conn, 1,
			    "a reload is under way");
		return;
	}
	p->reload.active = true;
	p->reload.conn = conn;
	notify("RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)(mono_now().ns / 1000));
	p->reload.begun = mono_now();
	p->reload.conf = parent_read_conf(p, text, sizeof(text));
	if (p->reload.conf == NULL) {
		finish(p, text);
		return;
	}
	if ((why = unchangeable(p, p->reload.conf)) != NULL) {
		finish(p, why);
		return;
	}
	if (!kernel_check(p, p->reload.conf, text, sizeof(text))) {
		finish(p, text);
		return;
	}
	p->reload.timer = event_new(p->base, -1, 0, on_timeout, p);
	if (p->reload.timer == NULL || !stage_all(p)) {
		abandon(p, p->reload.timer == NULL ? "out of memory" :
		    "it could not be handed to all processes: see the log");
		return;
	}
	reload_progress(p);
	commit_if_all(p);
}

/* A child has staged the configuration of this reload, or has not. */
static void
reload_ack(struct proc *pr, const struct msg_conf_ack *m)
{
	struct parent	*p = pr->parent;
	char		 text[MSG_TEXT_MAX];

	if (!m->ok) {
		snprintf(text, sizeof(text), "%s: %.400s", role_name(pr->role),
		    m->text);
		abandon(p, text);
		return;
	}
	pr->acked = true;
	reload_progress(p);
	commit_if_all(p);
}

/*
 * A child has answered a configuration.  What it was not sent last is an
 * answer to one that was aborted or replaced, and says nothing.
 */
void
proc_conf_ack(struct proc *pr, const struct msg_conf_ack *m)
{
	if (m->gen == 0 || m->gen != pr->conf_gen) {
		COUNT(&pr->parent->counters, PC_LATE_ACKS);
		return;
	}
	if (pr->in_reload) {
		reload_ack(pr, m);
		return;
	}
	if (!m->ok) {
		proc_kill(pr, m->text);
		return;
	}
	proc_end_conf(pr, true);
	if (!pr->configured) {
		pr->configured = true;
		proc_configured(pr);
	}
}

/* A child died; if it still had to answer, there is no reload. */
void
reload_child_gone(struct proc *pr)
{
	char	 text[64];

	if (!pr->in_reload || pr->acked)
		return;
	snprintf(text, sizeof(text), "%s died", role_name(pr->role));
	abandon(pr->parent, text);
}
