/*
 * A child says that its peer sent what is malformed.  Either may be the one
 * at fault, and an engine that was taken over must not have net killed by its
 * word: all traffic would stop with it.  At first both get a new pipe.  When
 * that does not help a client that can't work without its server is restarted,
 * whoever of the two it was that complained; one that can, as all can without
 * control, stays without a pipe for a while, so that neither stops the other.
 * The server is only restarted when two clients complain about it.
 * Pure: the time is passed in, the verdict comes out.
 */
#include <string.h>

#include "parent/suspect.h"

static bool
recent(struct mono then, struct mono now)
{
	return (mono_diff(now, then) <= SUSPECT_MEMORY);
}

/* Does another client say the same of the server? */
static bool
others_accuse(const struct suspicion *v, enum role client, struct mono now)
{
	unsigned int	 r;

	FOREACH_ROLE(r)
		if (r != client && v[r].accused &&
		    recent(v[r].accused_at, now))
			return (true);
	return (false);
}

/*
 * An accusation between that client and the server whose clients v is about;
 * accuses: of the client, else of the server; needs: it can't work without.
 * Returns what is to be done.
 */
enum suspect_verdict
suspect(struct suspicion v[ROLE_MAX], enum role client, bool accuses,
    bool needs, struct mono now)
{
	struct suspicion	*s = &v[client];

	if (!recent(s->last, now))
		s->n = 0;
	s->last = now;
	s->n++;
	if (accuses) {
		if (others_accuse(v, client, now))
			return (SUSPECT_SERVER);
		s->accused = true;
		s->accused_at = now;
	}
	if (s->n == 1)
		return (SUSPECT_PIPE);
	return (needs ? SUSPECT_CLIENT : SUSPECT_APART);
}

/* Are they to have no pipe now? */
bool
suspect_apart(const struct suspicion *s, bool needs, struct mono now)
{
	return (!needs && s->n > 1 && recent(s->last, now));
}

/* The server is a new process: what was said of the old one does not count. */
void
suspect_forget(struct suspicion v[ROLE_MAX])
{
	memset(v, 0, ROLE_MAX * sizeof(v[0]));
}
