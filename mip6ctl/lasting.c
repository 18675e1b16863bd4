/*
 * mip6ctl check asks several processes one after the other, so a move or a
 * rekeying that is under way looks like a difference.  Such a one is gone, or
 * is another one, at the next look; a fault stays.  mip6ctl.c hands over what
 * it found at each look and has what lasted in the end.
 */
#include <stdlib.h>
#include <string.h>

#include "mip6ctl/lasting.h"

/*
 * Take a finding, of which a copy is made, into a struct findings: a check_fn.
 * Out of memory is remembered there.
 */
void
findings_add(void *arg, const struct check_finding *f)
{
	struct findings	*s = arg;
	size_t		 cap;
	void		*v;

	if (s->n == s->cap) {
		cap = s->cap == 0 ? 16 : s->cap * 2;
		if ((v = realloc(s->v, cap * sizeof(*s->v))) == NULL) {
			s->no_memory = true;
			return;
		}
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = *f;
}

static int
by_all(const void *a, const void *b)
{
	const struct check_finding	*x = a, *y = b;
	int				 d;

	if ((d = memcmp(&x->home, &y->home, sizeof(x->home))) == 0 &&
	    (d = strcmp(x->where, y->where)) == 0)
		d = strcmp(x->text, y->text);
	return (d);
}

static void
in_order(struct findings *s)
{
	if (s->n > 0)
		qsort(s->v, s->n, sizeof(*s->v), by_all);
}

/*
 * Keep of s what is in now as well, with the same words.  Both are sorted by
 * home address.
 */
void
findings_keep(struct findings *s, struct findings *now)
{
	size_t	 i, j = 0, kept = 0;
	int	 d;

	in_order(s);
	in_order(now);
	for (i = 0; i < s->n; i++) {
		while ((d = j < now->n ?
		    by_all(&now->v[j], &s->v[i]) : 1) < 0)
			j++;
		if (d == 0)
			s->v[kept++] = s->v[i];
	}
	s->n = kept;
}

void
findings_free(struct findings *s)
{
	free(s->v);
	memset(s, 0, sizeof(*s));
}
