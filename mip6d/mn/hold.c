/*
 * Pauses: how long to wait before something is tried again that was refused,
 * or that somebody on the way said is of no use.  This is the one table of
 * them, with the first pause of each cause and the last one; each is twice as
 * long as the one before.  Nobody can hold the node up for longer than the
 * last one, which is the MAX_BINDACK_TIMEOUT of RFC 6275 section 11.8 at
 * most.  What a pause is about keeps the length of its last one and its end:
 * the home agent (struct dest), a registration (struct peering), the home link
 * (struct home), a care-of address (struct addr), a question (struct pace).
 */
#include "mn/parts.h"

static const struct {
	int64_t	 first, last;
} holds[HOLD_CAUSES] = {
	/*
	 * An ICMPv6 error says that there is no home agent (section 11.3.5).
	 * Anybody can.  It is about the destination, so it survives movement;
	 * an acknowledgement that is on its way still counts, and ends it.
	 */
	[HOLD_ERROR] = { SEC(1), SEC(32) },
	/* The home agent itself refuses, and says why (section 11.7.3). */
	[HOLD_REFUSED] = { SEC(1), SEC(32) },
	/* ... this care-of address, status 174. */
	[HOLD_CAREOF] = { SEC(1), SEC(32) },
	/* The home prefix is advertised where no home agent answers. */
	[HOLD_NOT_HOME] = { SEC(10), SEC(32) },
	/* Somebody on the home link says that he has the home address. */
	[HOLD_RIVAL] = { SEC(1), SEC(32) },
	/* Errors of the path, which the home agent was asked about. */
	[HOLD_ASKED] = { SEC(1), SEC(32) },
};

/* The next pause for this cause, after one of *len or, with 0, none. */
int64_t
hold_next(enum hold_cause cause, int64_t *len)
{
	*len = *len < holds[cause].first ? holds[cause].first : *len * 2;
	if (*len > holds[cause].last)
		*len = holds[cause].last;
	return (*len);
}
