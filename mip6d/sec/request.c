/*
 * What engines ask for: that the policies of a node follow its binding
 * (MSG_IPSEC).  That it is a node of that engine's and at its home agent the
 * parent has looked at; a newer request takes the place of one that still
 * waits, which is answered.
 */
#include <errno.h>

#include "sec/int.h"

/* Who asked for what is not going to be done is told so. */
void
request_cancel(struct sec_node *n)
{
	if (n->asked)
		job_answer(n, n->request.id, ECANCELED);
	n->asked = false;
}

static void
answer(struct sec *s, enum role role, uint32_t id, int error)
{
	struct msg_result	 r = { .id = id, .error = (uint32_t)error };

	if (id != 0)
		s->env.send(s->env.arg, role, MSG_RESULT, &r);
}

/* ha, mn: MSG_IPSEC. */
void
request_take(struct sec *s, enum role role, const struct msg_ipsec *m)
{
	struct sec_node	*n = sec_find(s, role, &m->home);

	if (n == NULL && s->incomplete) {
		answer(s, role, m->id, ENOMEM);
		return;
	}
	if (n == NULL || n->gone) {
		answer(s, role, m->id, EACCES);
		return;
	}
	request_cancel(n);
	n->request = *m;
	n->asked = true;
	sec_queue(n);
	sec_soon(s);
}
