/*
 * Manual associations of a configuration that has gone, on their way out of
 * the kernel.  While too many requests wait, or memory is short, they are kept
 * here and tried again: keys that nobody has any more are to protect nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sec/int.h"

struct leftover {
	struct leftover	*next;		/* while it waits */
	struct sec	*sec;
	enum role	 role;		/* whose it was */
	struct in6_addr	 home;
	struct prim_sa	 sa;
};

static void
on_lost(void *arg, const struct prim_result *r)
{
	struct sec	*s = arg;

	if (r->error != 0 && r->error != ESRCH && r->error != ENOENT)
		sec_count(s, SC_ERRORS);
}

static void
on_result(void *arg, const struct prim_result *r)
{
	struct leftover	*l = arg;
	struct sec	*s = l->sec;

	if (sec_is_short(r) || r->error == ECANCELED ||
	    r->error == ETIMEDOUT) {
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
	struct prim_request	 r = { .op = PRIM_SA_DROP, .sa = l->sa };

	sec_ask(l->sec, &r, on_result, l);
}

/* Remove this association of a node, which may go meanwhile. */
void
leftover_remove(struct sec_node *n, const struct prim_sa *sa)
{
	struct prim_request	 r = { .op = PRIM_SA_DROP, .sa = *sa };
	struct sec		*s = n->sec;
	struct leftover		*l;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		/* It may work, and is counted if it does not. */
		sec_ask(s, &r, on_lost, s);
		return;
	}
	l->sec = s;
	l->role = n->role;
	l->home = n->want.home;
	l->sa = *sa;
	s->nleftovers++;
	ask(l);
}

/* Has the node one of that number again?  Its job replaces what is there. */
static bool
is_wanted(const struct leftover *l)
{
	const struct sec_node	*n = sec_find(l->sec, l->role, &l->home);
	size_t			 i;

	if (n == NULL || n->gone)
		return (false);
	for (i = 0; i < n->nsas; i++)
		if (n->sas[i].spi == l->sa.spi)
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

/* Forget those that wait; nobody carries anything out any more. */
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
