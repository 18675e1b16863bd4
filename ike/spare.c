/*
 * CHILD_SAs too many.  When both ends make one at the same time, as after both
 * charons stood still until the old one was over, each keeps both.  The home
 * agent has the older one end, and it alone, so that not each end deletes
 * another; the mobile node's charon follows.
 */
#include "ike/conn.h"
#include "ike/keying.h"

/* An IKE_SA of n has changed: is there a CHILD_SA to be ended? */
void
spare_end(struct keying *k, const struct node *n, const struct ike_sa *sa)
{
	const struct child_sa	*c;
	struct vici_builder	 b;
	uint8_t			 mem[CONN_SMALL];

	if (n->is_mn || (c = sa_spare(sa)) == NULL)
		return;
	conn_terminate_child(&b, mem, sizeof(mem), c->id);
	/* If it can't be asked for by now, the next list shows it again. */
	if (!job_send(k, &b, JOB_OTHER, NULL, 0, false))
		return;
	COUNT(&k->ch->counters, IC_SPARES);
	log_info("charon: %s: CHILD_SA %s[%u] is ended, as there is a newer "
	    "one", sa->name, c->name, (unsigned int)c->id);
}
