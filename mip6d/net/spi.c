#include <stdlib.h>
#include <string.h>

#include "net/spi.h"
#include "wire/ip6.h"

struct spi {
	struct hlink	 link;
	uint32_t	 spi;
	struct in6_addr	 home;
};

static bool
match(const struct hlink *l, const void *key)
{
	return (((const struct spi *)(const void *)l)->spi ==
	    *(const uint32_t *)key);
}

static struct spi *
find(const struct spi_table *t, uint32_t spi)
{
	return ((struct spi *)(void *)htab_find(&t->known,
	    hash_bytes(&t->key, &spi, sizeof(spi)), match, &spi));
}

static void
free_chain(struct hlink *l)
{
	struct hlink	*next;

	for (; l != NULL; l = next) {
		next = l->next;
		free(l);
	}
}

/* An empty table; key is secret and random.  False when out of memory. */
bool
spi_init(struct spi_table *t, const uint64_t key[2])
{
	memset(t, 0, sizeof(*t));
	t->key.k[0] = key[0];
	t->key.k[1] = key[1];
	return (htab_init(&t->known, 64));
}

void
spi_free(struct spi_table *t)
{
	htab_each(&t->known, free_chain);
	htab_free(&t->known);
}

static size_t
find_refused(const struct spi_table *t, uint32_t spi,
    const struct in6_addr *home, struct mono now)
{
	size_t	 i;

	for (i = 0; i < SPI_REFUSED; i++)
		if (t->refused[i].spi == spi &&
		    mono_before(now, t->refused[i].until) &&
		    in6_eq(&t->refused[i].home, home))
			break;
	return (i);
}

/*
 * May ESP with this SPI come from home?  SPI_ASK: it is not known; SPI_NONE:
 * nor does the kernel, as it said a moment ago.
 */
enum spi_verdict
spi_check(const struct spi_table *t, uint32_t spi,
    const struct in6_addr *home, struct mono now)
{
	const struct spi	*s = find(t, spi);

	if (s != NULL)
		return (in6_eq(&s->home, home) ? SPI_OK : SPI_WRONG);
	return (find_refused(t, spi, home, now) < SPI_REFUSED ? SPI_NONE :
	    SPI_ASK);
}

static void
refuse(struct spi_table *t, const struct msg_spi *m, struct mono now)
{
	size_t	 i = find_refused(t, m->spi, &m->home, now);

	if (i == SPI_REFUSED)
		i = t->next++ % SPI_REFUSED;
	t->refused[i].spi = m->spi;
	t->refused[i].home = m->home;
	t->refused[i].until = mono_add(now, SPI_REFUSED_FOR);
}

/* What the parent says of an SPI; false when there is no room for it. */
bool
spi_told(struct spi_table *t, const struct msg_spi *m, struct mono now)
{
	struct spi	*s = find(t, m->spi);

	switch (m->what) {
	case SPI_IS:
		if (s == NULL) {
			if (t->known.count >= SPI_MAX ||
			    (s = calloc(1, sizeof(*s))) == NULL)
				return (false);
			s->spi = m->spi;
			htab_insert(&t->known, &s->link,
			    hash_bytes(&t->key, &m->spi, sizeof(m->spi)));
		}
		s->home = m->home;
		break;
	case SPI_UNKNOWN:
		refuse(t, m, now);
		break;
	default:
		if (s != NULL && in6_eq(&s->home, &m->home)) {
			htab_remove(&t->known, &s->link);
			free(s);
		}
		break;
	}
	return (true);
}
