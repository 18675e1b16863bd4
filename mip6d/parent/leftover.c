/*
 * Manual associations of a configuration that has gone, on their way out of
 * the kernel.  While too many requests wait, or memory is short, they are kept
 * here and tried again: keys that nobody has any more are to protect nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parent/ipsec.h"

struct leftover {
	struct leftover	*next;		/* while it waits */
	struct sec	*sec;
	enum role	 role;		/* whose it was */
	struct in6_addr	 home;
	struct pfkey_addr src, dst;
	uint32_t	 spi;
};

static void
on_lost(void *arg, const struct pfkey_reply *r)
{
	struct sec	*s = arg;
	int		 e = sadb_errno(r);

	if (e != 0 && e != ESRCH && e != ENOENT)
		COUNT(&s->parent->counters, PC_IPSEC_ERRORS);
}

static void
on_reply(void *arg, const struct pfkey_reply *r)
{
	struct leftover	*l = arg;
	struct sec	*s = l->sec;
	int		 e = sadb_errno(r);

	if (job_is_short(r) || e == ECANCELED || e == ETIMEDOUT) {
		l->next = s->leftovers;
		s->leftovers = l;
		sec_retry(s);
		return;
	}
	on_lost(s, r);
	s->nleftovers--;
	free(l);
}

static void
ask(struct leftover *l)
{
	struct pfkey_msg	 m;
	struct pfkey_sa		 sa;

	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.spi = l->spi;
	sa.src = l->src;
	sa.dst = l->dst;
	if (pfkey_from_sa(&m, PFKEY_DELETE, &sa) == PFKEY_OK)
		sadb_request(l->sec->sadb, &m, on_reply, l);
	else {
		l->sec->nleftovers--;
		free(l);
	}
}

/* Remove this association of a node, which may go meanwhile. */
void
leftover_remove(struct sec_node *n, const struct pfkey_sa *sa)
{
	struct sec		*s = n->sec;
	struct leftover		*l;
	struct pfkey_msg	 m;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		/* It may work, and is counted if it does not. */
		if (pfkey_from_sa(&m, PFKEY_DELETE, sa) == PFKEY_OK)
			sadb_request(s->sadb, &m, on_lost, s);
		return;
	}
	l->sec = s;
	l->role = n->role;
	l->home = n->want.home;
	l->src = sa->src;
	l->dst = sa->dst;
	l->spi = sa->spi;
	s->nleftovers++;
	ask(l);
}

/* Has the node one of that number again?  Its job replaces what is there. */
static bool
is_wanted(const struct leftover *l)
{
	const struct sec_node	*n = sec_find(l->sec, l->role, &l->home);
	size_t			 i;

	if (n == NULL || n->gone || !sec_manual(n))
		return (false);
	for (i = 0; i < n->conf->nsas; i++)
		if (n->conf->sas[i].spi == l->spi)
			return (true);
	return (false);
}

/* Those that wait, once more. */
void
leftover_retry(struct sec *s)
{
	struct leftover	*l, *next = s->leftovers;

	s->leftovers = NULL;
	while ((l = next) != NULL) {
		next = l->next;
		if (is_wanted(l)) {
			s->nleftovers--;
			free(l);
		} else
			ask(l);
	}
}

/* Forget those that wait; there is no socket any more. */
void
leftover_free(struct sec *s)
{
	struct leftover	*l;

	while ((l = s->leftovers) != NULL) {
		s->leftovers = l->next;
		free(l);
	}
	s->nleftovers = 0;
}
