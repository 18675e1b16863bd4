/*
 * What a binding waits for before it is in force and acknowledged, a row each,
 * in order: the acknowledgement never promises what does not work yet (RFC
 * 6275 10.3.1).  Only what a row wants of this binding is begun; to give up, or
 * to end, is to undo in reverse order.  The rows' functions are in the files
 * of what they are about; binding.c goes through the table, and b->coa.waits
 * has the bits of the steps under way.
 */
#include "ha/step.h"
#include "wire/mh.h"

const struct step	 steps[STEP_MAX] = {
	[STEP_DAD] = {
		.name = "dad",
		.wanted = bc_physical,
		.start = proxy_begin,
		.failed = HC_DAD_FAILED, .status = MH_ST_DAD_FAILED,
	},
	[STEP_ROUTE] = {
		.name = "routing",
		.wanted = bc_physical,
		.start = route_start,
		.done = route_done,
		.undo = route_undo, .undo_waits = true,
		.answer = route_answer,
		.deadline = ROUTE_TIMEOUT,
		.failed = HC_ROUTE_FAILED, .status = MH_ST_UNSPECIFIED,
	},
	[STEP_POLICY] = {
		.name = "securing",
		.wanted = policy_wanted,
		.again = policy_again,
		.start = policy_start,
		.done = policy_done,
		.check = policy_check,
		.undo = policy_undo,
		.answer = policy_answer,
		.deadline = ROUTE_TIMEOUT,
		.failed = HC_IPSEC_FAILED, .status = MH_ST_UNSPECIFIED,
	},
};

/*
 * Begin with the step first, and go on until one is to be waited for, whose
 * bit is then in waits, or all are done.  NULL, or the one that has failed.
 */
const struct step *
steps_from(struct ha *ha, struct bce *b, unsigned int first)
{
	enum step_says	 says = STEP_DONE;
	unsigned int	 i;

	b->coa.waits = 0;
	for (i = first; i < STEP_MAX && says == STEP_DONE; i++)
		if (steps[i].wanted(ha, b))
			says = steps[i].start(ha, b);
	if (says == STEP_FAILED)
		return (&steps[i - 1]);
	if (says == STEP_WAIT)
		b->coa.waits = STEP_BIT(i - 1);
	return (NULL);
}

/* The bits of the steps that such a change has done again. */
uint8_t
steps_again(const struct ha *ha, const struct bce *b, unsigned int change)
{
	uint8_t		 which = 0;
	unsigned int	 i;

	for (i = 0; i < STEP_MAX; i++)
		if (steps[i].again != NULL && steps[i].again(ha, b, change))
			which |= STEP_BIT(i);
	return (which);
}

/* Do these again, all at the same time, of a binding that is in force. */
void
steps_repeat(struct ha *ha, struct bce *b, uint8_t which)
{
	unsigned int	 i;

	for (i = 0; which != 0 && i < STEP_MAX; i++)
		if ((which & STEP_BIT(i)) != 0 && steps[i].wanted(ha, b) &&
		    steps[i].start(ha, b) == STEP_WAIT)
			b->coa.waits |= STEP_BIT(i);
}

/*
 * Undo the steps in reverse order, begun or not: those whose end the node can
 * have to wait for (waits), or the others.
 */
void
steps_undo(struct ha *ha, struct bce *b, bool at_home, bool waits)
{
	unsigned int	 i;

	for (i = STEP_MAX; i-- > 0;) {
		if (steps[i].undo_waits != waits)
			continue;
		b->coa.waits &= (uint8_t)~STEP_BIT(i);
		if (steps[i].undo != NULL &&
		    steps[i].undo(ha, b, at_home) == STEP_WAIT)
			b->coa.waits |= STEP_BIT(i);
	}
}

/* How long to wait for what is under way; 0: nothing, or it ends by itself. */
int64_t
steps_deadline(const struct bce *b)
{
	int64_t		 most = 0;
	unsigned int	 i;

	for (i = 0; b->coa.waits != 0 && i < STEP_MAX; i++)
		if ((b->coa.waits & STEP_BIT(i)) != 0 &&
		    steps[i].deadline > most)
			most = steps[i].deadline;
	return (most);
}

/* The first of these bits, which are not 0, as a step. */
unsigned int
steps_first(uint8_t bits)
{
	unsigned int	 i;

	for (i = 0; i < STEP_MAX - 1 && (bits & STEP_BIT(i)) == 0; i++)
		continue;
	return (i);
}
