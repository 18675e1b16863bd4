/*
 * The tun device: made, given to net, made again when somebody removes it, and
 * as wide as the links that tunnels lead over.  It is also the lock of a
 * network namespace, as only one daemon can have it.  The parent keeps it
 * open, so that it outlives the net process.
 */
#include <event2/event.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/encap.h"
#include "kern/kern.h"
#include "parent/kernel.h"
#include "parent/parent.h"
#include "wire/rewrite.h"

#define TUN_NAME	PARENT_TUN
#define CLAIM_TIMES	50
#define CLAIM_EVERY	100	/* ms */

/*
 * So that what the kernel puts into the tun need not be cut or refused
 * (RFC 2473 section 7.1).
 */
static uint32_t
wanted_mtu(struct parent *p)
{
	uint32_t	 outer = IP6_HDRLEN, mtu = captures_mtu(p);

	if (p->conf != NULL)
		outer += (uint32_t)encap_front(p->conf);
	if (p->conf == NULL || !p->conf->global.no_encapsulation_limit)
		outer += RW_LIMIT_LEN;
	return (mtu < IP6_MINMTU + outer ? IP6_MINMTU : mtu - outer);
}

/* The links that tunnels lead over may have another MTU now. */
void
tun_follow_mtu(struct parent *p)
{
	uint32_t	 mtu;
	int		 e;

	if (p->tun.fd == -1 || (mtu = wanted_mtu(p)) == p->tun.mtu)
		return;
	p->tun.mtu = mtu;
	log_info("%s: its MTU is %u now, for links of %u", TUN_NAME, mtu,
	    captures_mtu(p));
	if ((e = kern_tun_mtu(p->kern, mtu)) != 0)
		log_error("%s: MTU %u: %s", TUN_NAME, mtu, strerror(e));
	event_active(p->kern_commit_ev, EV_TIMEOUT, 0);
}

/* Make it, if net is wanted and it is not there. */
void
tun_open(struct parent *p)
{
	if (p->tun.fd != -1 || !role_wanted(ROLE_NET, p->conf))
		return;
	p->tun.mtu = wanted_mtu(p);
	p->tun.fd = kern_tun(p->kern, TUN_NAME, p->tun.mtu, &p->tun.ifindex);
	if (p->tun.fd == -1)
		log_error("tun device %s: %s", TUN_NAME, strerror(errno));
}

/* At the end; the kernel removes it. */
void
tun_close(struct parent *p)
{
	if (p->tun.fd != -1)
		close(p->tun.fd);
	p->tun.fd = -1;
}

/* Somebody deleted the device: another one, and net begins with that. */
void
tun_lost(void *arg)
{
	struct parent	*p = arg;

	if (p->tun.fd == -1)
		return;
	log_warn("somebody removed the tun device %s: it is made again",
	    TUN_NAME);
	close(p->tun.fd);
	p->tun.fd = -1;
	p->tun.ifindex = 0;
	tun_open(p);
	if (proc_running(&p->procs[ROLE_NET]))
		proc_kill(&p->procs[ROLE_NET], "its tun device was removed");
}

/*
 * The parent keeps the tun: the device outlives the net process.  One that was
 * removed, and could not be made again at once, is made now.
 */
int
tun_give(struct proc *pr)
{
	struct parent	*p = pr->parent;

	tun_open(p);
	if (p->tun.fd == -1)
		return (-1);
	return (proc_give(pr, FD_TUN, kern_tun_flags, p->tun.ifindex,
	    TUN_NAME, fcntl(p->tun.fd, F_DUPFD_CLOEXEC, 0)));
}

static bool
is_dead(pid_t pid)
{
	return (pid > 0 && kill(pid, 0) == -1 && errno == ESRCH);
}

/*
 * The tun device, as the lock that it is; -1 and who has it.  Children of a
 * parent that was killed hold it for the moment that they take to end.
 */
int
tun_claim(struct parent *p, char *why, size_t cap)
{
	struct timespec		 nap = { 0, CLAIM_EVERY * NS_PER_MS };
	struct kern_caps	 caps;
	unsigned int		 i;
	pid_t			 pid = 0;

	kern_caps(p->kern, &caps);
	if (p->undo ? !caps.tun : !role_wanted(ROLE_NET, p->conf))
		return (0);
	for (i = 0; i < CLAIM_TIMES; i++) {
		p->tun.mtu = wanted_mtu(p);
		p->tun.fd = kern_tun(p->kern, TUN_NAME, p->tun.mtu,
		    &p->tun.ifindex);
		if (p->tun.fd != -1)
			return (0);
		if (errno != EBUSY) {
			snprintf(why, cap, "tun device %s: %s", TUN_NAME,
			    strerror(errno));
			return (-1);
		}
		pid = kern_tun_holder(p->kern, TUN_NAME);
		if (pid > 0 && !is_dead(pid))
			break;
		nanosleep(&nap, NULL);
	}
	if (pid == 0)
		snprintf(why, cap, "another program has the tun device %s",
		    TUN_NAME);
	else if (is_dead(pid))
		snprintf(why, cap, "the tun device %s is held by what is left "
		    "of mip6d, pid %ld, which is dead: end its children",
		    TUN_NAME, (long)pid);
	else
		snprintf(why, cap, "another mip6d is running here, pid %ld: "
		    "it has the tun device %s", (long)pid, TUN_NAME);
	return (-1);
}
