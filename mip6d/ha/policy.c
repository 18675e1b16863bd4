/*
 * Security associations of a binding (RFC 4877, RFC 6275 10.3.1, 10.3.2): the
 * policies and the endpoint of the key management protocol follow the
 * care-of address.  The parent carries it out; the acknowledgement waits for
 * its word, as the K bit in it must be true.
 */
#include <string.h>

#include "ha/bu.h"
#include "wire/ip6.h"

#define IPSEC_ID	0x40000000U	/* beside the ids of routes */
#define IPSEC_ID_MASK	0xffffffU
#define IPSEC_GEN(b)	((uint32_t)(b)->ipsec_gen << 24 & 0x3f000000U)
#define ID(b)		(IPSEC_ID | IPSEC_GEN(b) | ((b)->id + 1))

/* Is there anything that has to follow the care-of address? */
static bool
follows(const struct bce *b)
{
	return (b->node != NULL && b->node->ipsec &&
	    (b->node->ike || b->node->protect != PROTECT_NONE));
}

static void
tell(struct ha *ha, struct bce *b, const struct in6_addr *peer, uint8_t flags,
    bool wait)
{
	struct msg_ipsec	 m;

	memset(&m, 0, sizeof(m));
	b->ipsec_gen++;
	m.id = wait ? ID(b) : 0;
	m.home = b->home;
	m.local = ha->links[b->slot]->address;
	m.peer = *peer;
	m.flags = flags;
	ha_emit(ha, ROLE_PARENT, MSG_IPSEC, &m);
}

/* Can the IKE_SA's endpoint be moved, and does the mobile node want that? */
static bool
moves_keys(const struct ha *ha, const struct bce *b)
{
	return (b->node->ike && ha->key_mobility &&
	    (b->flags & BF_KEY_MOBILITY) != 0);
}

/*
 * The node is at another care-of address.  True if an answer is to come,
 * which binding_secured() is told.
 */
bool
policy_move(struct ha *ha, struct bce *b)
{
	if (!follows(b))
		return (false);
	tell(ha, b, &b->coa, (uint8_t)
	    ((b->node->protect != PROTECT_NONE ? IPSEC_TUNNEL : 0) |
	    (moves_keys(ha, b) ? IPSEC_KM : 0)), true);
	b->flags |= BF_SECURING;
	return (true);
}

/*
 * The binding ends; at home the node's IKE_SA is reached at its home address
 * (RFC 4877 4.2: its tunnel policies are inactive, the rest is kept).
 */
void
policy_end(struct ha *ha, struct bce *b, bool at_home)
{
	if (!follows(b))
		return;
	b->flags &= (uint8_t)~BF_SECURING;
	tell(ha, b, at_home ? &b->home : &b->coa,
	    at_home && moves_keys(ha, b) ? IPSEC_KM : 0, false);
}

/*
 * RFC 6275 10.3.1, K = 0: connections of the key management protocol to where
 * the node was, or to its home address if it had no binding, are discarded.
 */
void
policy_discard(struct ha *ha, const struct bce *b,
    const struct in6_addr *old)
{
	struct msg_key_want	 m;

	if (b->node == NULL || !b->node->ike || in6_eq(old, &b->coa))
		return;
	memset(&m, 0, sizeof(m));
	m.home = b->home;
	m.local = ha->links[b->slot]->address;
	m.remote = *old;
	m.op = KEY_END;
	ha_emit(ha, ROLE_PARENT, MSG_KEY_WANT, &m);
}

/* The K bit for an acknowledgement (RFC 6275 10.3.1). */
bool
policy_key_mobility(const struct ha *ha, const struct bce *b, uint32_t error)
{
	return (error == 0 && b->node != NULL && b->node->ipsec &&
	    moves_keys(ha, b));
}

/* The binding that a result is about, if it is about its policies. */
struct bce *
policy_result(struct ha *ha, const struct msg_result *m)
{
	struct bce	*b;

	if ((m->id & IPSEC_ID) == 0 || (m->id & IPSEC_ID_MASK) == 0)
		return (NULL);
	b = pool_get(&ha->pool, (m->id & IPSEC_ID_MASK) - 1);
	if (b == NULL || m->id != ID(b) || (b->flags & BF_SECURING) == 0)
		return (NULL);
	b->flags &= (uint8_t)~BF_SECURING;
	return (b);
}
