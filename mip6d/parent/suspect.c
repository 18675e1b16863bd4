/*
 * A child says that its peer sent what is malformed.  Either may be the one
 * at fault, and an engine that was taken over must not have net killed by its
 * word: all traffic would stop with it.  At first both get a new pipe.  When
 * that does not help the engine is restarted, whoever of the two it was that
 * complained.  net is only when two engines complain about it.
 * Pure: the time is passed in, the verdict comes out.
 */
#include <string.h>

#include "parent/suspect.h"

static bool
recent(struct mono then, struct mono now)
{
	return (mono_diff(now, then) <= SUSPECT_MEMORY);
}

/* Does another engine say the same of net? */
static bool
others_accuse_net(const struct suspicion *v, enum role engine,
    struct mono now)
{
	unsigned int	 r;

	FOREACH_ROLE(r)
		if (r != engine && v[r].accused_net &&
		    recent(v[r].accused_at, now))
			return (true);
	return (false);
}

/*
 * An accusation between that engine and net; accuses_net: of the engine, else
 * of net.  Returns what is to be done.
 */
enum suspect_verdict
suspect(struct suspicion v[ROLE_MAX], enum role engine, bool accuses_net,
    struct mono now)
{
	struct suspicion	*s = &v[engine];

	if (!recent(s->last, now))
		s->n = 0;
	s->last = now;
	s->n++;
	if (accuses_net) {
		if (others_accuse_net(v, engine, now))
			return (SUSPECT_NET);
		s->accused_net = true;
		s->accused_at = now;
	}
	return (s->n == 1 ? SUSPECT_PIPE : SUSPECT_ENGINE);
}

/* net is a new process: what was said of the old one does not count. */
void
suspect_forget(struct suspicion v[ROLE_MAX])
{
	memset(v, 0, ROLE_MAX * sizeof(v[0]));
}
