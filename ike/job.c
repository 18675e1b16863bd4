/*
 * Requests to charon and whom their answers are for.  Each answer is matched
 * to what asked by a job: its kind, the node's home address and the number of
 * the attempt.  keying.c, load.c, spis.c and spare.c send, and keying.c is
 * called with what came back.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ike/keying.h"

/* success and errmsg of an answer; NULL: all is well. */
static const char *
error_of(enum vici_result r, const struct vici_cursor *msg, char *text,
    size_t cap)
{
	if (r == VICI_UNKNOWN)
		snprintf(text, cap, "charon does not know that command");
	else if (vici_get_yes(msg, "success"))
		return (NULL);
	else if (!vici_get_str(msg, "errmsg", text, cap))
		snprintf(text, cap, "charon tells no reason");
	return (text);
}

static void
on_reply(void *arg, enum vici_result r, const struct vici_cursor *msg)
{
	struct job	 j = *(struct job *)arg;
	char		 text[NODE_TEXT_MAX];

	free(arg);
	if (r != VICI_GONE)
		j.k->calls->answered(j.k, &j, r == VICI_DONE,
		    error_of(r, msg, text, sizeof(text)));
}

/*
 * Have charon do what was built.  node may be NULL; id tells later answers
 * from those to what was asked before.  False if it could not be asked.
 */
bool
job_send(struct keying *k, struct vici_builder *b, enum job_kind kind,
    const struct node *n, uint32_t id, bool counted)
{
	struct job	*j;
	const char	*stream = NULL;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		return (false);
	j->k = k;
	j->kind = kind;
	j->counted = counted;
	j->id = id;
	if (n != NULL)
		j->home = n->home;
	if (kind == JOB_POLL || kind == JOB_SPIS)
		stream = "list-sa";
	else if (kind == JOB_SWEEP)
		stream = "list-conn";
	if (!charon_request(k->charon, b, stream, on_reply, j)) {
		free(j);
		return (false);
	}
	k->loader.out += counted;
	return (true);
}
