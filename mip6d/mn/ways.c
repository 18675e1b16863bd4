/*
 * Which way packets of the home addresses go, as far as net was told: the rows
 * of "show path", one for each home address and one for each correspondent
 * whose packets may go another way.  Called by query.c; reads what the other
 * files keep and owns nothing.
 */
#include "core/report.h"
#include "mn/parts.h"

#define OTHERS	"others"	/* address, of packets of a home */

static void
way(struct report *r, const char *name, const struct in6_addr *local,
    const struct in6_addr *remote)
{
	report_str(r, "way", name);
	report_addr(r, "local", local);
	report_addr(r, "remote", remote);
}

static void
reason(struct report *r, const char *text, int64_t until, struct now now)
{
	report_ms(r, "again_ms", until <= now.mono.ns ? 0 :
	    (until - now.mono.ns) / NS_PER_MS);
	report_str(r, "reason", text);
}

static bool
has_tunnel(const struct home *h)
{
	return (h->bind_told == TOLD_ON && (h->bind.flags & BIND_ACTIVE) != 0);
}

/* Why nothing goes out, where there is neither a tunnel nor the home link. */
static const char *
why_nothing(const struct home *h)
{
	static const char *const	 texts[] = {
		[PHASE_NONE] = "there is no link",
		[PHASE_AWAY] = "the home agent has not accepted yet",
		[PHASE_RETURNING] = "the home agent is asked to let go",
		[PHASE_HOME] = "",
		[PHASE_REFUSED] = "another host has this address",
		[PHASE_ENDING] = "the end of the daemon",
	};

	return (h->phase == PHASE_AWAY && h->nolink_since != NEVER ?
	    texts[PHASE_NONE] : texts[h->phase]);
}

static void
home_way(struct report *r, const struct home *h)
{
	if (h->phase == PHASE_HOME)
		way(r, "home", &h->conf.address, &in6addr_any);
	else if (has_tunnel(h))
		way(r, "tunnel", &h->bind.local, &h->bind.peer);
	else
		way(r, "none", &in6addr_any, &in6addr_any);
}

/* Packets of this home address to whom no other row is about, and back. */
void
ways_home(struct report *r, const struct home *h, struct now now)
{
	report_addr(r, "source", &h->conf.address);
	report_str(r, "destination", OTHERS);
	home_way(r, h);
	reason(r, h->phase == PHASE_HOME || has_tunnel(h) ? "" :
	    why_nothing(h), NEVER, now);
}

/* Why packets don't go directly; about one that is left in peace, for long. */
static const char *
why_not_direct(const struct peer *p)
{
	static const char *const	 held[] = {
		[PEER_SILENT] = "it does not answer",
		[PEER_REFUSES] = "it refuses",
		[PEER_NO_MOBILITY] = "it knows nothing of Mobile IPv6",
		[PEER_SPENT] = "no number of its static key is left",
	};

	if (p->home->peers.place == PEERS_HOME)
		return (p->hold != PEER_NOT_HELD ? "" :
		    "its binding is being deleted");
	if (p->hold != PEER_NOT_HELD)
		return (held[p->hold]);
	if (p->update.waiting)
		return ("it has not answered the Binding Update yet");
	return (peer_expects(p) ? "it has not answered the tests yet" :
	    "nothing was sent to it yet");
}

/* Packets of a home address to this correspondent, and back. */
void
ways_peer(struct report *r, const struct peer *p, struct now now)
{
	char	 addr[INET6_ADDRSTRLEN];

	report_addr(r, "source", &p->home->conf.address);
	report_str(r, "destination", mn_ntop(&p->addr, addr));
	if (p->paired) {
		way(r, "direct", &p->binding.coa, &p->addr);
		reason(r, "", NEVER, now);
	} else {
		home_way(r, p->home);
		reason(r, why_not_direct(p), p->hold == PEER_NOT_HELD ? NEVER :
		    p->hold_until, now);
	}
}
