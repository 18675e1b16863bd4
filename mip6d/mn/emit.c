/*
 * What the mobile node says to others: tunnels and groups to net; addresses,
 * policies, saved state, events and lines of the log to the parent.  It
 * remembers in struct home what was told last, so that each is said only when
 * it is news, and says all of it again to a net that began anew.  Called by
 * all files of the mobile node.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mn/parts.h"

#define LOGS_PER_SECOND	20
#define STATE_MAX	64

static void
emit(struct mn *mn, enum msg_type t, const void *m)
{
	mn->env->emit(mn->env->ctx, t, m);
}

/* Text of an address in buf, of INET6_ADDRSTRLEN bytes. */
const char *
mn_ntop(const struct in6_addr *a, char *buf)
{
	return (inet_ntop(AF_INET6, a, buf, INET6_ADDRSTRLEN));
}

/* A line of the log; no more than so many a second, others can provoke it. */
void
mn_log(struct mn *mn, struct now now, enum mn_log level, const char *fmt, ...)
{
	struct msg_log	 m;
	va_list		 ap;
	unsigned int	 lost;
	size_t		 n = 0;

	if (!limit_lines(&mn->lines, now.mono, LOGS_PER_SECOND, &lost))
		return;
	memset(&m, 0, sizeof(m));
	m.level = (uint8_t)level;
	if (lost > 0)
		n = (size_t)snprintf(m.text, sizeof(m.text),
		    "(%u lines not logged) ", lost);
	va_start(ap, fmt);
	vsnprintf(m.text + n, sizeof(m.text) - n, fmt, ap);
	va_end(ap);
	emit(mn, MSG_LOG, &m);
}

/* Something happened to a home address: its history, monitor, log. */
void
mn_event(struct home *h, struct now now, const char *name, const char *fmt, ...)
{
	struct msg_event	 m;
	struct history		*r;
	va_list			 ap;
	char			 buf[INET6_ADDRSTRLEN];

	memset(&m, 0, sizeof(m));
	m.level = MN_INFO;
	m.home = h->conf.address;
	snprintf(m.name, sizeof(m.name), "%s", name);
	va_start(ap, fmt);
	vsnprintf(m.text, sizeof(m.text), fmt, ap);
	va_end(ap);
	emit(h->mn, MSG_EVENT, &m);
	r = &h->history[h->nhistory++ % MN_HISTORY];
	r->at = now.mono.ns;
	snprintf(r->name, sizeof(r->name), "%s", name);
	snprintf(r->text, sizeof(r->text), "%.95s", m.text);
	mn_log(h->mn, now, MN_INFO, "%s: %s %.400s",
	    mn_ntop(&h->conf.address, buf), name, m.text);
}

/*
 * Tunnel through local on ifindex; inactive: the binding is known, but its
 * packets are dropped.  notify: tell the first packet each way.
 */
void
tell_bind(struct home *h, const struct in6_addr *local, uint32_t ifindex,
    bool active, bool notify)
{
	struct msg_bind	 m;
	uint8_t		 owner[BIND_OWNER_MAX];
	bool		 same;

	memset(&m, 0, sizeof(m));
	m.owner.len = resume_record(h, owner);
	m.owner.p = h->owner;
	m.home = h->conf.address;
	m.local = *local;
	m.peer = h->conf.agent;
	m.ifindex = ifindex;
	m.flags = active ? BIND_ACTIVE : 0;
	same = h->bind_told == TOLD_ON && h->bind.ifindex == ifindex &&
	    (h->bind.flags & BIND_ACTIVE) == m.flags &&
	    in6_eq(&h->bind.local, local);
	if (same && h->bind.owner.len == m.owner.len &&
	    memcmp(h->owner, owner, m.owner.len) == 0)
		return;
	if (same)
		m.flags = h->bind.flags;
	else if (active && notify)
		m.flags |= BIND_NOTIFY;
	memcpy(h->owner, owner, m.owner.len);
	h->bind = m;
	h->bind_told = TOLD_ON;
	emit(h->mn, MSG_BIND, &m);
}

void
tell_unbind(struct home *h)
{
	struct msg_unbind	 m;

	if (h->bind_told == TOLD_OFF)
		return;
	memset(&m, 0, sizeof(m));
	m.home = h->conf.address;
	h->bind_told = TOLD_OFF;
	emit(h->mn, MSG_UNBIND, &m);
}

/* Odd when something is put there, even when it is taken away. */
uint32_t
request_id(struct mn *mn, bool add)
{
	mn->requests++;
	return (mn->requests << 1 | (add ? 1 : 0));
}

/*
 * Traffic from the home address goes into the tunnel, or no longer; on the
 * home link what is for the home prefix does not.  The request, 0: it is no
 * news.
 */
uint32_t
tell_policy(struct home *h, bool active)
{
	struct msg_home_policy	 m;
	enum told		 want = active ? TOLD_ON : TOLD_OFF;
	bool			 on_link = active &&
	    h->phase == PHASE_RETURNING;

	if (h->policy_told == want && h->policy_on_link == on_link)
		return (0);
	memset(&m, 0, sizeof(m));
	m.id = request_id(h->mn, active);
	m.home = h->conf.address;
	m.active = active;
	m.on_link = on_link;
	h->policy_told = want;
	h->policy_on_link = on_link;
	emit(h->mn, MSG_HOME_POLICY, &m);
	return (m.id);
}

/* The home address on the tun interface. */
void
tell_tun(struct home *h, bool on)
{
	enum told	 want = on ? TOLD_ON : TOLD_OFF;

	if (h->tun_told == want)
		return;
	h->tun_told = want;
	tell_address(h, 0, on, ADDR_NODAD);
}

/* The home address on an interface, 0: the tun; flags ADDR_NODAD or 0. */
void
tell_address(struct home *h, uint32_t ifindex, bool add, uint8_t flags)
{
	struct msg_addr_set	 m;

	memset(&m, 0, sizeof(m));
	m.id = request_id(h->mn, add);
	m.ifindex = ifindex;
	m.addr = h->conf.address;
	m.plen = ifindex == 0 ? 128 : h->conf.prefix.len;
	m.flags = flags;
	m.add = add;
	m.preferred = m.valid = UINT32_MAX;
	if (ifindex != 0)
		h->on_ifindex = add ? ifindex : 0;
	emit(h->mn, MSG_ADDR_SET, &m);
}

static void
group(struct home *h, uint32_t ifindex, bool join)
{
	struct msg_group	 m;

	memset(&m, 0, sizeof(m));
	m.group = in6_solicited(&h->conf.address);
	m.ifindex = ifindex;
	m.join = join;
	emit(h->mn, MSG_GROUP, &m);
}

/*
 * Be in the home address's solicited-node group on this interface and on no
 * other; 0: on none.  Needed while the kernel does not have the address there.
 */
void
tell_group(struct home *h, uint32_t ifindex)
{
	if (h->group_ifindex == ifindex)
		return;
	if (h->group_ifindex != 0)
		group(h, h->group_ifindex, false);
	h->group_ifindex = ifindex;
	if (ifindex != 0)
		group(h, ifindex, true);
}

/* What the next life must know: sequence number, clock, the binding. */
void
tell_state(struct home *h, struct now now)
{
	struct msg_state	 m;
	uint8_t			 data[STATE_MAX];

	memset(&m, 0, sizeof(m));
	m.home = h->conf.address;
	m.data.len = save_record(AGENT(h), now, data, sizeof(data));
	m.data.p = data;
	emit(h->mn, MSG_STATE_SAVE, &m);
}

/* net or we were restarted: the tunnels that it must know, and groups. */
void
tell_again(struct mn *mn)
{
	struct home		*h;

	for (h = mn->homes; h != NULL; h = h->next) {
		if (h->group_ifindex != 0)
			group(h, h->group_ifindex, true);
		if (h->bind_told != TOLD_ON)
			continue;
		h->bind.flags &= (uint8_t)~BIND_NOTIFY;
		emit(mn, MSG_BIND, &h->bind);
	}
}

/* ... and that was all. */
void
tell_end(struct mn *mn)
{
	struct msg_empty	 end = { 0 };

	emit(mn, MSG_RESYNC_END, &end);
}
