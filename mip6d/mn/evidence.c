/*
 * Evidence: rows of what was seen and when, and the questions that are asked
 * of them (RFC 6275 sections 11.5.1, 11.5.2 and 11.5.5).  All is pure: rows
 * and times go in, answers come out.  Each time that an interface comes to a
 * link has a number, its attachment; what was seen under an earlier number
 * says nothing of the link of now.
 */
#include <stddef.h>

#include "mn/evidence.h"
#include "wire/ip6.h"

static const struct sight	 unseen = { NEVER, 0 };

/* Nothing is known of it. */
void
evidence_router_init(struct router_evidence *r)
{
	r->heard = unseen;
	r->asked = r->lost = r->default_until = NEVER;
	r->questions = 0;
}

/* It has advertised itself, or answered, on this attachment. */
void
evidence_router_heard(struct router_evidence *r, uint32_t attachment,
    int64_t now)
{
	r->heard = (struct sight){ now, attachment };
	r->asked = r->lost = NEVER;
	r->questions = 0;
}

/* The kernel uses it; that counts as long as it was never heard itself. */
void
evidence_router_told(struct router_evidence *r, uint32_t attachment)
{
	if (r->heard.at != NEVER)
		return;
	r->heard.attachment = attachment;
	r->asked = r->lost = NEVER;
	r->questions = 0;
}

/* It is doubted; sent: it could be asked, too. */
void
evidence_router_asked(struct router_evidence *r, int64_t now, bool sent)
{
	if (r->asked == NEVER)
		r->asked = now;
	if (sent)
		r->questions++;
}

/* It did not answer, or what it promised is over. */
void
evidence_router_gave_up(struct router_evidence *r, int64_t now)
{
	r->lost = now;
	r->asked = NEVER;
	r->questions = 0;
}

/* Was it seen on this attachment at all? */
bool
evidence_router_here(const struct router_evidence *r, uint32_t attachment)
{
	return (r->heard.attachment == attachment);
}

/* Does it answer? */
enum router_state
evidence_router_state(const struct router_evidence *r)
{
	return (r->lost != NEVER ? ROUTER_LOST :
	    r->asked != NEVER ? ROUTER_PROBING : ROUTER_OK);
}

/* Is it on the present link, as far as is known? */
bool
evidence_router_live(const struct router_evidence *r, uint32_t attachment)
{
	return (evidence_router_here(r, attachment) && r->lost == NEVER);
}

/* May packets go out by it?  So it said, for a time that is not over. */
bool
evidence_router_default(const struct router_evidence *r, uint32_t attachment,
    int64_t now)
{
	return (evidence_router_live(r, attachment) && r->default_until > now);
}

/* It was a default router, for a time that is over (RFC 4861 6.3.5). */
bool
evidence_router_ended(const struct router_evidence *r, int64_t now)
{
	return (r->default_until != NEVER && r->default_until <= now);
}

/* Does the address belong to the link of this attachment? */
bool
evidence_of_link(const struct addr_evidence *a, uint32_t attachment)
{
	return (a->of_link.attachment == attachment);
}

/* The parent is asked for the way, by this request. */
void
evidence_path_asked(struct path_evidence *p, uint32_t id, int64_t now)
{
	p->id = id;
	p->asked = now;
}

/* Is there a request without an answer? */
bool
evidence_path_pending(const struct path_evidence *p)
{
	return (p->asked != NEVER);
}

/* It has answered; true: that was waited for. */
bool
evidence_path_answered(struct path_evidence *p, int64_t now)
{
	bool	 pending = evidence_path_pending(p);

	p->acknowledged = now;
	p->asked = NEVER;
	return (pending);
}

/* Go on without an answer. */
void
evidence_path_forget(struct path_evidence *p)
{
	p->asked = NEVER;
}

/* Nothing was asked. */
void
evidence_agent_init(struct agent_evidence *e)
{
	e->answered = unseen;
	e->ifindex = 0;
	e->where = in6addr_any;
	e->silent = 0;
	e->silent_since = e->error_at = e->echo_heard = e->unverified_at =
	    NEVER;
}

/*
 * It has accepted this care-of address, or at home that there is none, to a
 * Binding Update that went out there.
 */
void
evidence_agent_heard(struct agent_evidence *e, const struct in6_addr *where,
    uint32_t ifindex, uint32_t attachment, int64_t now)
{
	e->answered = (struct sight){ now, attachment };
	e->ifindex = ifindex;
	e->where = *where;
}

/* What it answered is out of date: another Binding Update is to be answered. */
void
evidence_agent_open(struct agent_evidence *e)
{
	e->answered = unseen;
}

/* Is this what it has answered last? */
bool
evidence_agent_answers(const struct agent_evidence *e,
    const struct in6_addr *where, uint32_t ifindex)
{
	return (e->answered.at != NEVER && e->ifindex == ifindex &&
	    in6_eq(&e->where, where));
}

/* The same, on this very attachment? */
bool
evidence_agent_here(const struct agent_evidence *e,
    const struct in6_addr *where, uint32_t ifindex, uint32_t attachment)
{
	return (evidence_agent_answers(e, where, ifindex) &&
	    e->answered.attachment == attachment);
}

/* Has that happened since it does not answer any more? */
bool
evidence_agent_meanwhile(const struct agent_evidence *e, int64_t at)
{
	return (at != NEVER && at >= e->silent_since);
}

/* One more Binding Update without an answer, the first of them sent then. */
void
evidence_agent_silent(struct agent_evidence *e, int64_t since)
{
	if (e->silent++ > 0)
		return;
	e->silent_since = since;
	e->error_at = e->echo_heard = NEVER;
	if (!evidence_agent_meanwhile(e, e->unverified_at))
		e->unverified_at = NEVER;
}

/* It has not been looked for. */
void
evidence_neighbor_forget(struct neighbor_evidence *e)
{
	e->sought = unseen;
	e->found = NEVER;
	e->tries = 0;
}

/* It is asked for there, once more. */
void
evidence_neighbor_sought(struct neighbor_evidence *e, uint32_t ifindex,
    uint32_t attachment, int64_t now)
{
	e->sought = (struct sight){ now, attachment };
	e->ifindex = ifindex;
	e->tries++;
}

/* Is what is known of it about this attachment? */
bool
evidence_neighbor_of(const struct neighbor_evidence *e, uint32_t ifindex,
    uint32_t attachment)
{
	return (e->ifindex == ifindex && e->sought.attachment == attachment);
}

/*
 * Where is the home address, or what is to be done to find out?  An
 * advertisement of the home prefix is a reason to ask the home agent, as
 * anybody can send one.  Its word is taken if there is nothing to be lost, or
 * if the home agent can't be asked without keys, which could only be made from
 * the home address on the link.
 */
enum place
evidence_place(const struct place_evidence *e)
{
	bool	 word = !e->elsewhere || (!e->askable && !e->maybe_bound);

	if (!e->home_link || (e->careof &&
	    (e->forced || (e->held && !e->at_home))))
		return (e->careof ? PLACE_AWAY : PLACE_NOWHERE);
	if (e->elsewhere && e->away && !e->found)
		return (PLACE_SEEK);
	if (e->returning)
		return (PLACE_WAIT);
	if (e->defended && e->answered)
		return (PLACE_RIVAL);
	if (e->defended && e->at_home && e->held)
		return (PLACE_WAIT);
	if (e->defended)
		return (PLACE_ASK);
	if (e->at_home && e->there && e->answered)
		return (PLACE_HOME);
	if (word && (!e->maybe_bound || (e->at_home && e->there)))
		return (PLACE_HOME);
	return (PLACE_ASK);
}
