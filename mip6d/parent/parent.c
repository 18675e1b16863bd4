/*
 * The life of the parent from its start to its end: checks of what it needs,
 * the claim to be the only daemon here, signals, and the order in which all
 * ends.  Children are in children.c, the kernel is in kernel.c; struct parent
 * has the state of all of them.  main.c calls parent_run(), or parent_dry_run()
 * for mip6d -n.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "kern/compat.h"
#include "parent/kernel.h"
#include "parent/parent.h"
#include "parent/peers.h"
#include "parent/pidfile.h"

/* What is done with what children say, and when one is gone. */
const struct proc_hooks	 parent_hooks = {
	verbs_from_child,
	{ peers_gone, query_child_gone, reload_child_gone, planner_child_gone,
	    kernel_child_gone, keyfile_child_gone }
};

static void
on_signal(int sig, short what, void *arg)
{
	struct parent	*p = arg;

	(void)what;
	switch (sig) {
	case SIGCHLD:
		proc_reap(p);
		break;
	case SIGHUP:
		log_info("SIGHUP: reload");
		reload_begin(p, 0);
		break;
	default:
		log_info("%s: ending", sig == SIGINT ? "SIGINT" : "SIGTERM");
		parent_end(p, 0);
		break;
	}
}

static void
catch_signals(struct parent *p)
{
	static const int	 sigs[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	struct event		*ev;
	size_t			 i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		ev = evsignal_new(p->base, sigs[i], on_signal, p);
		if (ev == NULL || event_add(ev, NULL) == -1)
			fatalx("out of memory");
	}
}

/* Child pr is to become that user; false and why if that is root. */
static bool
become(struct proc *pr, const struct passwd *pw, char *why, size_t cap)
{
	struct group	*gr;

	pr->uid = pw->pw_uid;
	pr->gid = pw->pw_gid;
	if (pr->gid == 0 && (gr = getgrnam("nogroup")) != NULL)
		pr->gid = gr->gr_gid;
	if (pr->uid != 0 && pr->gid != 0)
		return (true);
	snprintf(why, cap, "user \"%s\" is root: a child never is",
	    pw->pw_name);
	return (false);
}

/*
 * The users that the children become: the one that is configured, or for a
 * role its own, named _mip6d_net for instance, where the system has that.
 */
static bool
find_users(struct parent *p, char *why, size_t cap)
{
	const char	*name = p->conf->global.user;
	struct passwd	*pw;
	unsigned int	 r;
	char		 own[256];

	if ((pw = getpwnam(name)) == NULL) {
		snprintf(why, cap, "user \"%s\" does not exist: create it, "
		    "or name another one by `user' in the configuration", name);
		return (false);
	}
	FOREACH_CHILD(r)
		if (!become(&p->procs[r], pw, why, cap))
			return (false);
	FOREACH_CHILD(r) {
		snprintf(own, sizeof(own), "%s_%s", name,
		    role_name((enum role)r));
		if ((pw = getpwnam(own)) != NULL &&
		    !become(&p->procs[r], pw, why, cap))
			return (false);
	}
	return (true);
}

/* The directory that children are locked into; made if it is not there. */
static bool
check_chroot(struct parent *p, bool make, char *why, size_t cap)
{
	const char	*dir = p->conf->global.chroot;
	struct stat	 st;

	if (!make && lstat(dir, &st) == -1 && errno == ENOENT)
		return (true);
	if (make && mkdir(dir, 0755) == -1 && errno != EEXIST) {
		snprintf(why, cap, "%s: %s", dir, strerror(errno));
		return (false);
	}
	if (lstat(dir, &st) == -1 || !S_ISDIR(st.st_mode)) {
		snprintf(why, cap, "%s: is not a directory", dir);
		return (false);
	}
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		snprintf(why, cap, "%s: must belong to root and be writable "
		    "by nobody else", dir);
		return (false);
	}
	return (true);
}

static bool
prepare(struct parent *p, char *why, size_t cap)
{
	if (geteuid() != 0) {
		snprintf(why, cap, "needs root: only mip6d -n does not");
		return (false);
	}
	return (find_users(p, why, cap) && check_chroot(p, true, why, cap));
}

/*
 * Become the only daemon here, or say who is.  Nothing that others have is
 * changed before: the tun device is what a network namespace has one of, and
 * the pidfile tells daemons of several namespaces apart.
 */
bool
parent_claim(struct parent *p, char *why, size_t cap)
{
	if (tun_claim(p, why, cap) == -1)
		return (false);
	if ((p->pid_fd = pidfile_take(p->pidfile, why, cap)) == -1)
		return (false);
	p->kern_ours = true;
	return (listen_open(p, why, cap) == 0);
}

/* Undo parent_claim() and all after it, as far as they came. */
void
parent_cleanup(struct parent *p)
{
	ipsec_close(p);
	confrows_forget(p);
	planner_close(p);
	kernel_close(p);
	listen_close(p);
	pidfile_leave(p->pid_fd, p->pidfile);
	p->pid_fd = -1;
}

static bool
begin(struct parent *p, char *why, size_t cap)
{
	return (prepare(p, why, cap) && kernel_open(p, why, cap) == 0 &&
	    kernel_check(p, p->conf, why, cap) && parent_claim(p, why, cap) &&
	    kernel_begin(p, why, cap) == 0);
}

/* A reason began or ended: a line of the log, and an event. */
static void
say_why(void *arg, enum why_level level, bool began, const struct why *y,
    const char *line)
{
	enum log_level	 l = level == WHY_WARNING ? LL_WARN : LL_INFO;

	(void)y;
	log_put(l, line);
	parent_event(arg, ROLE_PARENT, l, level == WHY_WARNING ? EVENT_LOG :
	    began ? "reason" : "reason-ended", line);
}

/*
 * What would this host refuse to start p->conf for?  Each of it is told; the
 * kernel is only asked by root.  Nothing is made, taken or removed.
 */
void
parent_dry_run(struct parent *p, void (*say)(const char *))
{
	char	 why[512];

	if (!parent_has_files(why, sizeof(why)))
		say(why);
	if (!find_users(p, why, sizeof(why)))
		say(why);
	if (!check_chroot(p, false, why, sizeof(why)))
		say(why);
	if (geteuid() != 0)
		return;
	if ((p->base = event_base_new()) == NULL)
		fatalx("out of memory");
	if (kernel_open(p, why, sizeof(why)) == -1 ||
	    !kernel_check(p, p->conf, why, sizeof(why)))
		say(why);
	kernel_close(p);
}

/*
 * Run with p->conf and the flags set, until a signal ends it.  Returns the
 * exit status.
 */
int
parent_run(struct parent *p)
{
	struct hash_key	 key;
	char		 why[512];

	p->since = mono_now();
	arc4random_buf(&key, sizeof(key));
	p->procs[ROLE_PARENT].since = p->since;
	compat_proctitle("parent");
	if (!parent_has_files(why, sizeof(why)))
		fatalx("%s", why);
	if (counters_init(&p->counters, parent_counters) == -1 ||
	    !whys_init(&p->whys, &key, say_why, p) ||
	    (p->base = event_base_new()) == NULL)
		fatalx("out of memory");
	p->pid_fd = p->tun.fd = -1;
	listen_init(p);
	catch_signals(p);
	proc_init(p, &parent_hooks);
	if (!begin(p, why, sizeof(why))) {
		log_error("%s", why);
		parent_cleanup(p);
		return (1);
	}
	planner_configured(p);
	pulse_start(p);
	proc_start_wanted(p);
	event_base_dispatch(p->base);
	parent_cleanup(p);
	log_info("ended");
	return (p->exit_status);
}
