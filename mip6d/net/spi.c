/*
 * Whose an ESP SPI is, by home address, as the parent tells from the kernel's
 * associations (RFC 6275 5.1).  Packets with an SPI that is not known yet are
 * kept, a few and for half a second, while the parent is asked; both are
 * limited, as anybody can send such packets.  Pure; owns the table and the
 * copies.  Called by shim.c, bind.c and net.c.
 */
#include <stdlib.h>
#include <string.h>

#include "core/limit.h"
#include "net/spi.h"
#include "wire/ip6.h"

struct spi {
	struct hlink	 link;		/* first */
	LIST_ENTRY(spi)	 all;
	bool		 old;		/* of a sec that has gone */
	uint32_t	 spi;
	struct in6_addr	 home;
};

/* An empty table.  False when out of memory. */
bool
spis_init(struct spis *s, const uint64_t key[2])
{
	memset(s, 0, sizeof(*s));
	LIST_INIT(&s->all);
	s->key.k[0] = key[0];
	s->key.k[1] = key[1];
	return (htab_init(&s->tab, 0));
}

void
spis_free(struct spis *s)
{
	htab_each(&s->tab, htab_free_entry, NULL);
	htab_free(&s->tab);
}

static uint64_t
hash(const struct spis *s, uint32_t spi)
{
	return (hash_bytes(&s->key, &spi, sizeof(spi)));
}

static bool
match(const struct hlink *l, const void *key)
{
	return (((const struct spi *)(const void *)l)->spi ==
	    *(const uint32_t *)key);
}

static struct spi *
find(const struct spis *s, uint32_t spi)
{
	return ((void *)htab_find(&s->tab, hash(s, spi), match, &spi));
}

static size_t
none_at(const struct spis *s, uint32_t spi, const struct in6_addr *home)
{
	uint8_t	 k[sizeof(spi) + sizeof(*home)];

	memcpy(k, &spi, sizeof(spi));
	memcpy(k + sizeof(spi), home, sizeof(*home));
	return (hash_bytes(&s->key, k, sizeof(k)) & (SPI_NONE_MAX - 1));
}

static void
drop(struct spis *s, struct spi *e)
{
	htab_remove(&s->tab, &e->link);
	LIST_REMOVE(e, all);
	free(e);
}

static void
age(struct spis *s)
{
	struct spi	*e;

	LIST_FOREACH(e, &s->all, all)
		e->old = true;
}

static void
forget(struct spis *s)
{
	struct spi	*e, *next;

	for (e = LIST_FIRST(&s->all); e != NULL; e = next) {
		next = LIST_NEXT(e, all);
		if (e->old)
			drop(s, e);
	}
}

/* This one is not home's, or is nobody's that is known. */
static void
is_not(struct spis *s, const struct msg_spi *m, struct spi *e, struct mono now)
{
	size_t	 i = none_at(s, m->spi, &m->home);

	if (m->what == SPI_UNKNOWN) {
		s->none[i].spi = m->spi;
		s->none[i].home = m->home;
		s->none[i].until = mono_add(now, SPI_NONE_TIME);
	}
	if (e != NULL && in6_eq(&e->home, &m->home))
		drop(s, e);
}

/*
 * Note what the parent says, asked or not.  SPI_UNKNOWN is about the SPI and
 * the home address together: another may still own that SPI.  False when there
 * is no memory for it: then the parent will be asked again.
 */
bool
spis_told(struct spis *s, const struct msg_spi *m, struct mono now)
{
	struct spi	*e = find(s, m->spi);

	if (m->what == SPI_AGE)
		age(s);
	else if (m->what == SPI_FORGET)
		forget(s);
	else if (m->what != SPI_IS)
		is_not(s, m, e, now);
	if (m->what != SPI_IS)
		return (true);
	if (e == NULL) {
		if ((e = calloc(1, sizeof(*e))) == NULL)
			return (false);
		e->spi = m->spi;
		htab_insert(&s->tab, &e->link, hash(s, m->spi));
		LIST_INSERT_HEAD(&s->all, e, all);
	}
	e->home = m->home;
	e->old = false;
	return (true);
}

/* Does this SPI belong to home? */
enum spi_owner
spis_owner(const struct spis *s, uint32_t spi, const struct in6_addr *home,
    struct mono now)
{
	const struct spi	*e = find(s, spi);
	size_t			 i;

	if (e != NULL)
		return (in6_eq(&e->home, home) ? OWNER_SAME : OWNER_OTHER);
	i = none_at(s, spi, home);
	return (s->none[i].spi == spi && in6_eq(&s->none[i].home, home) &&
	    mono_before(now, s->none[i].until) ? OWNER_NONE : OWNER_UNKNOWN);
}

static bool
is_of(const struct held *h, uint32_t spi, const struct in6_addr *home)
{
	return (h->spi == spi && in6_eq(&h->home, home));
}

/*
 * Keep a copy of a packet from home until it is known whose its SPI is.
 * HOLD_ASK: the parent is to be asked.  HOLD_FULL: it was not kept.
 */
enum hold
spis_hold(struct spis *s, uint32_t spi, const struct in6_addr *home,
    const struct pkt *p, const struct vnet *v, uint32_t ifindex,
    struct mono now)
{
	struct held	*h = NULL;
	size_t		 i, same = 0;

	for (i = 0; i < HOLD_MAX; i++)
		if (s->held[i].used)
			same += is_of(&s->held[i], spi, home);
		else if (h == NULL)
			h = &s->held[i];
	if (h == NULL || same == HOLD_PER_SPI || p->len > HOLD_SIZE ||
	    (same == 0 && !limit_take(&s->asks, now, ASK_RATE,
	    ASK_BURST)))
		return (HOLD_FULL);
	h->spi = spi;
	h->home = *home;
	h->ifindex = ifindex;
	h->used = true;
	h->until = mono_add(now, HOLD_TIME);
	h->vnet = *v;
	h->len = p->len;
	memcpy(h->buf + PKT_HEADROOM, pkt_data(p), p->len);
	s->nheld++;
	return (same == 0 ? HOLD_ASK : HOLD_WAIT);
}

/* A packet that is held with this SPI and home address, or NULL. */
struct held *
spis_held(struct spis *s, uint32_t spi, const struct in6_addr *home)
{
	size_t	 i;

	for (i = 0; s->nheld > 0 && i < HOLD_MAX; i++)
		if (s->held[i].used && is_of(&s->held[i], spi, home))
			return (&s->held[i]);
	return (NULL);
}

/* One that has waited for too long, or NULL. */
struct held *
spis_overdue(struct spis *s, struct mono now)
{
	size_t	 i;

	for (i = 0; s->nheld > 0 && i < HOLD_MAX; i++)
		if (s->held[i].used && !mono_before(now, s->held[i].until))
			return (&s->held[i]);
	return (NULL);
}

/* A held packet has been dealt with: its place is free. */
void
spis_release(struct spis *s, struct held *h)
{
	h->used = false;
	s->nheld--;
}
