/*
 * What the kernel tells of associations: net is to know which SPIs are whose
 * (RFC 4877 4.2), and we where the ends of a tunnel's associations are.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "parent/assoc.h"

#define ASKED_MAX	64	/* questions of net under way */

static struct in6_addr
address(const struct pfkey_addr *a)
{
	struct in6_addr	 r = IN6ADDR_ANY_INIT;

	if (a->family == AF_INET6)
		memcpy(&r, a->bytes, sizeof(r));
	return (r);
}

static void
tell(struct assocs *all, uint32_t spi, const struct in6_addr *home,
    enum spi_what what)
{
	struct msg_spi	 m;

	memset(&m, 0, sizeof(m));
	m.spi = spi;
	m.home = *home;
	m.what = (uint8_t)what;
	proc_send(all->parent, ROLE_NET, MSG_SPI, &m);
}

/* An inbound association for a node's Binding Updates. */
static void
add_spi(struct assoc *a, uint32_t spi)
{
	unsigned int	 i;

	for (i = 0; i < SPIS_MAX; i++)
		if (a->spis[i] == spi)
			return;
	for (i = 0; i < SPIS_MAX && a->spis[i] != 0; i++)
		;
	if (i == SPIS_MAX) {
		/* The oldest has been replaced several times over. */
		tell(a->all, a->spis[0], &a->spd.home, SPI_GONE);
		memmove(&a->spis[0], &a->spis[1],
		    sizeof(a->spis) - sizeof(a->spis[0]));
		i--;
	}
	a->spis[i] = spi;
	tell(a->all, spi, &a->spd.home, SPI_IS);
}

static void
remove_spi(struct assoc *a, uint32_t spi)
{
	unsigned int	 i;

	for (i = 0; i < SPIS_MAX; i++)
		if (a->spis[i] == spi) {
			a->spis[i] = 0;
			tell(a->all, spi, &a->spd.home, SPI_GONE);
		}
}

/* Whose tunnel is it?  By its reqid, as its ends tell nothing. */
static struct assoc *
by_reqid(const struct assocs *all, uint32_t reqid)
{
	const struct reqids	*r = &all->reqids;
	const struct reqid_entry *e;

	if (reqid < r->first || (reqid - r->first) / 2 >= r->n)
		return (NULL);
	e = &r->v[(reqid - r->first) / 2];
	return (e->reqid == 0 ? NULL : assoc_find(all, &e->home));
}

static void
tunnel_ends(struct assoc *a, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	bool	 out;

	/* On a mobile node the agent is the peer, else it is us. */
	out = IN6_ARE_ADDR_EQUAL(a->spd.mine ? dst : src, &a->spd.agent);
	a->sa_ends.local = out ? *src : *dst;
	a->sa_ends.peer = out ? *dst : *src;
	a->has_sa_ends = true;
}

static void
there_is(struct assocs *all, uint32_t reqid, uint32_t spi, uint8_t mode,
    const struct in6_addr *src, const struct in6_addr *dst)
{
	struct assoc	*a = by_reqid(all, reqid);

	if (a == NULL)
		return;
	a->keyed = mono_now();
	if (mode == PFKEY_TUNNEL && reqid == a->spd.reqid + 1)
		tunnel_ends(a, src, dst);
	else if (!a->spd.mine && reqid == a->spd.reqid &&
	    IN6_ARE_ADDR_EQUAL(src, &a->spd.home) &&
	    IN6_ARE_ADDR_EQUAL(dst, &a->spd.agent))
		add_spi(a, spi);
}

/* One message of the kernel that nobody asked for. */
void
feed_news(struct assocs *all, const struct pfkey_msg *m)
{
	struct in6_addr	 src = address(&m->src.a), dst = address(&m->dst.a);
	struct assoc	*a;

	if (m->type == PFKEY_FLUSH) {
		feed_dump(all);
		return;
	}
	if (!PFKEY_HAS(m, PFKEY_X_SA) || m->errnum != 0)
		return;
	if (m->type == PFKEY_ADD || m->type == PFKEY_UPDATE) {
		if (PFKEY_HAS(m, PFKEY_X_SA2))
			there_is(all, m->sa2.reqid, m->sa.spi, m->sa2.mode,
			    &src, &dst);
		return;
	}
	if (m->type != PFKEY_DELETE && (m->type != PFKEY_EXPIRE ||
	    !PFKEY_HAS(m, PFKEY_X_LIFE_HARD)))
		return;
	if ((a = assoc_find(all, &src)) != NULL && !a->spd.mine)
		remove_spi(a, m->sa.spi);
}

static void
on_dump(void *arg, const struct pfkey_reply *r)
{
	struct assocs		*all = arg;
	const struct pfkey_sa	*sa;
	struct in6_addr		 src, dst;
	size_t			 i;

	all->dumping = false;
	for (i = 0; r->error == PFKEY_OK && i < r->nsas; i++) {
		sa = &r->sas[i];
		src = address(&sa->src);
		dst = address(&sa->dst);
		if (sa->state == PFKEY_MATURE || sa->state == PFKEY_DYING)
			there_is(all, sa->reqid, sa->spi, sa->mode, &src,
			    &dst);
	}
	if (r->error == PFKEY_E_GAP)
		feed_dump(all);
}

/* Learn what there is; an SPI that has gone will do no harm. */
void
feed_dump(struct assocs *all)
{
	struct pfkey_msg	 m;

	if (all->dumping)
		return;
	pfkey_msg_init(&m, PFKEY_DUMP);
	m.satype = PFKEY_ESP;
	all->dumping = sadb_request(all->sadb, &m, on_dump, all);
}

/* net is new: all of it. */
void
feed_net(struct assocs *all)
{
	unsigned int	 k;
	size_t		 i;

	for (i = 0; i < all->n; i++)
		for (k = 0; k < SPIS_MAX; k++)
			if (all->v[i]->spis[k] != 0)
				tell(all, all->v[i]->spis[k],
				    &all->v[i]->spd.home, SPI_IS);
}

struct question {
	struct assocs	*all;
	uint32_t	 spi;
	struct in6_addr	 home;
};

static void
on_answer(void *arg, const struct pfkey_reply *r)
{
	struct question	 q = *(struct question *)arg;
	struct assoc	*a = assoc_find(q.all, &q.home);

	free(arg);
	q.all->nasked--;
	if (a != NULL && r->error == PFKEY_OK && r->msg != NULL &&
	    PFKEY_HAS(r->msg, PFKEY_X_SA2) &&
	    r->msg->sa2.reqid == a->spd.reqid) {
		add_spi(a, q.spi);
		tell(q.all, q.spi, &q.home, SPI_IS);
	} else
		tell(q.all, q.spi, &q.home, SPI_UNKNOWN);
}

/* net: whose is this SPI?  The kernel knows, if anybody. */
void
feed_asked(struct assocs *all, const struct msg_spi *m)
{
	struct assoc		*a = assoc_find(all, &m->home);
	struct question		*q;
	struct pfkey_msg	 g;
	struct pfkey_sa		 sa;

	if (a == NULL || a->spd.mine || all->nasked == ASKED_MAX ||
	    (q = malloc(sizeof(*q))) == NULL) {
		tell(all, m->spi, &m->home, SPI_UNKNOWN);
		return;
	}
	*q = (struct question){ all, m->spi, m->home };
	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.spi = m->spi;
	sa.src = spd_addr(&a->spd.home);
	sa.dst = spd_addr(&a->spd.agent);
	all->nasked++;
	if (pfkey_from_sa(&g, PFKEY_GET, &sa) == PFKEY_OK &&
	    sadb_request(all->sadb, &g, on_answer, q))
		return;
	all->nasked--;
	free(q);
	tell(all, m->spi, &m->home, SPI_UNKNOWN);
}
