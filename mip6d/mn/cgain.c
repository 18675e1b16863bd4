/*
 * What the cga process tells of home addresses that are CGAs and answers to
 * what it is asked (RFC 4866 4.5, 4.8); and that it does not.  Whatever it
 * says, or if it is not there, return routability goes on without it.  The
 * tokens and signatures themselves are for ero.c and optimise.c.
 */
#include <string.h>

#include "mn/parts.h"

/* All of h that have something of a key to gain, or to wait for no longer. */
static void
keyed(struct home *h, struct now now)
{
	struct peer	*p, *next;

	for (p = TAILQ_FIRST(&h->mn->peers.use); p != NULL; p = next) {
		next = TAILQ_NEXT(p, use);
		if (p->home == h)
			peer_keyed(p, now);
	}
}

/* The parameters of a home address; none: it has no key for it any more. */
void
cga_params_input(struct mn *mn, const struct msg_cga_params *m,
    struct now now)
{
	struct home	*h;

	for (h = mn->homes; h != NULL; h = h->next)
		if ((in6_is_unspecified(&m->home) ||
		    in6_eq(&m->home, &h->conf.address)) &&
		    ero_params(h, &m->params, now))
			keyed(h, now);
}

/* Who of mn asked that for home, or NULL. */
static struct peer *
asked(struct mn *mn, const struct in6_addr *home, uint32_t id, bool sign)
{
	struct peer	*p;

	TAILQ_FOREACH(p, &mn->peers.all, entry)
		if (id != 0 && in6_eq(&p->home->conf.address, home) &&
		    (sign ? p->ero.sign_id : p->ero.decrypt_id) == id)
			return (p);
	MN_COUNT(mn, ero_late);
	return (NULL);
}

/* A signature, or that there is none. */
void
cga_signed_input(struct mn *mn, const struct msg_cga_signed *m,
    struct now now)
{
	struct peer	*p = asked(mn, &m->home, m->id, true);

	if (p == NULL)
		return;
	if (ero_signed(p, m, now))
		peer_signed(p, &m->signature, now);
	else
		peer_keyed(p, now);
}

/* A permanent home keygen token, or that there is none. */
void
cga_decrypted_input(struct mn *mn, const struct msg_cga_decrypted *m,
    struct now now)
{
	struct peer	*p = asked(mn, &m->home, m->id, false);

	if (p == NULL)
		return;
	/* The next life of this process is to have it, too. */
	if (ero_decrypted(p, m, now))
		pair_record(p, now);
	peer_step(p, now);
}

/* It has not answered in time. */
void
cga_timer(struct peer *p, struct now now)
{
	ero_overdue(p, now);
	peer_keyed(p, now);
}
