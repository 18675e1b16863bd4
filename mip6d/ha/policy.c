/*
 * Security associations of a binding (RFC 4877, RFC 6275 10.3.1, 10.3.2): the
 * policies and the endpoint of the key management protocol follow the
 * care-of address.  The parent carries it out; the acknowledgement waits for
 * its word, as the K bit in it must be true.  A step of a binding (step.c).
 */
#include <errno.h>
#include <string.h>

#include "ha/step.h"
#include "wire/ip6.h"

#define IPSEC_ID	0x40000000U	/* beside the ids of routes */
#define IPSEC_ID_MASK	0xffffffU
#define IPSEC_GEN(b)	((uint32_t)(b)->ipsec_gen << 24 & 0x3f000000U)
#define ID(b)		(IPSEC_ID | IPSEC_GEN(b) | ((b)->id + 1))

/*
 * Is there anything that has to follow the care-of address?  Not what a
 * Binding Update says that IPsec did not protect (RFC 4877 4.3).
 */
static bool
follows(const struct bce *b)
{
	return (b->node != NULL && b->node->ipsec &&
	    (b->flags & BF_PROTECTED) != 0 &&
	    (b->node->ike || b->node->protect != PROTECT_NONE));
}

/* ... the policies of a tunnel? */
static bool
wants_tunnel(const struct bce *b)
{
	return (follows(b) && b->node->protect != PROTECT_NONE);
}

static void
tell(struct ha *ha, struct bce *b, const struct in6_addr *peer, uint8_t flags,
    bool wait)
{
	struct msg_ipsec	 m;

	memset(&m, 0, sizeof(m));
	b->ipsec_gen = ++ha->gen;
	b->flags = (uint8_t)((b->flags & ~BF_TUNNEL) |
	    ((flags & IPSEC_TUNNEL) != 0 ? BF_TUNNEL : 0));
	m.id = wait ? ID(b) : 0;
	m.home = b->home;
	m.local = ha->links[b->slot]->address;
	m.peer = *peer;
	m.flags = flags;
	ha_emit(ha, MSG_IPSEC, &m);
}

/* Can the IKE_SA's endpoint be moved, and does the mobile node want that? */
static bool
moves_keys(const struct ha *ha, const struct bce *b)
{
	return (follows(b) && b->node->ike && ha->key_mobility &&
	    (b->flags & BF_KEY_MOBILITY) != 0);
}

/* The K bit for an acknowledgement (RFC 6275 10.3.1). */
bool
policy_key_mobility(const struct ha *ha, const struct bce *b)
{
	return (moves_keys(ha, b) && (b->flags & BF_KEYS_STAY) == 0);
}

/* See struct step. */
bool
policy_wanted(const struct ha *ha, const struct bce *b)
{
	(void)ha;
	return (follows(b));
}

/* One that was refused is asked for again with any Binding Update. */
bool
policy_again(const struct ha *ha, const struct bce *b, unsigned int change)
{
	(void)ha;
	if (b->coa.state != BCE_BOUND)
		return (change != 0);
	return ((change & CHANGE_MOVED) != 0 ||
	    (b->flags & BF_UNSECURED) != 0);
}

/* The node is at another care-of address. */
enum step_says
policy_start(struct ha *ha, struct bce *b)
{
	b->flags &= (uint8_t)~(BF_KEYS_STAY | BF_UNSECURED);
	tell(ha, b, &b->coa.addr,
	    (uint8_t)((wants_tunnel(b) ? IPSEC_TUNNEL : 0) |
	    (moves_keys(ha, b) ? IPSEC_KM : 0)), true);
	return (STEP_WAIT);
}

/*
 * What the parent said to the policies and endpoints of b; EOPNOTSUPP: they
 * are there, but the IKE_SA can't be moved.  A node that has a binding keeps
 * it in any case: without the K bit it makes new associations.
 */
bool
policy_done(struct ha *ha, struct bce *b, uint32_t error)
{
	bool	 there = error == 0 || error == EOPNOTSUPP;

	if (error != 0 && policy_key_mobility(ha, b)) {
		COUNT(ha->env->counters, HC_KEYS_STAY);
		b->flags |= BF_KEYS_STAY;
	}
	if (b->reply != NULL)
		b->reply->key_mobility = policy_key_mobility(ha, b);
	if (!there && b->coa.state == BCE_BOUND)
		b->flags |= BF_UNSECURED;
	return (there);
}

/*
 * The binding ends; at home the node's IKE_SA is reached at its home address
 * (RFC 4877 4.2: its tunnel policies are inactive, the rest is kept).
 */
enum step_says
policy_undo(struct ha *ha, struct bce *b, bool at_home)
{
	uint8_t	 flags = at_home && policy_key_mobility(ha, b) ? IPSEC_KM : 0;

	if (flags != 0 || (b->flags & BF_TUNNEL) != 0)
		tell(ha, b, at_home ? &b->home : &b->coa.addr, flags, false);
	b->flags &= (uint8_t)~BF_UNSECURED;
	return (STEP_DONE);
}

enum step_says
policy_check(struct ha *ha, struct bce *b)
{
	if (!follows(b))
		return (policy_undo(ha, b, false));
	if (wants_tunnel(b) == ((b->flags & BF_TUNNEL) != 0))
		return (STEP_SAME);
	return (policy_start(ha, b));
}

struct bce *
policy_answer(struct ha *ha, const struct msg_result *m)
{
	struct bce	*b;

	if ((m->id & IPSEC_ID) == 0 || (m->id & IPSEC_ID_MASK) == 0)
		return (NULL);
	b = pool_get(&ha->pool, (m->id & IPSEC_ID_MASK) - 1);
	if (b == NULL || m->id != ID(b) ||
	    (b->coa.waits & STEP_BIT(STEP_POLICY)) == 0)
		return (NULL);
	return (b);
}

/*
 * RFC 6275 10.3.1, K = 0: connections of the key management protocol to where
 * the node was (old; ::, nowhere) are discarded.
 */
void
policy_discard(struct ha *ha, const struct bce *b,
    const struct in6_addr *old)
{
	struct msg_key_want	 m;

	if (!follows(b) || !b->node->ike || in6_is_unspecified(old))
		return;
	memset(&m, 0, sizeof(m));
	m.home = b->home;
	m.local = ha->links[b->slot]->address;
	m.remote = *old;
	m.op = KEY_DISCARD;
	ha_emit(ha, MSG_KEY_WANT, &m);
}
