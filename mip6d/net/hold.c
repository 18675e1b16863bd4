#include <stdlib.h>
#include <string.h>

#include "net/hold.h"
#include "wire/ip6.h"

/*
 * Keep a copy of the packet that DP_HOLD was the verdict of.  HOLD_FIRST: the
 * parent is to be asked; HOLD_FULL: no room, it is to be dropped.
 */
enum hold_result
hold_add(struct hold *h, const struct dp_out *o, const struct pkt *p,
    const struct vnet *vnet, uint32_t ifindex, uint8_t flags, struct mono now)
{
	struct held	*free_one = NULL, *e;
	size_t		 i, same = 0;

	for (i = 0; i < HOLD_MAX; i++) {
		e = &h->v[i];
		if (e->data == NULL)
			free_one = e;
		else if (e->spi == o->spi && in6_eq(&e->home, &o->home))
			same++;
	}
	if (free_one == NULL || same == HOLD_PER_SPI ||
	    (free_one->data = malloc(PKT_HEADROOM + p->len)) == NULL)
		return (HOLD_FULL);
	e = free_one;
	memcpy(e->data + PKT_HEADROOM, pkt_data(p), p->len);
	e->len = p->len;
	e->spi = o->spi;
	e->home = o->home;
	e->ifindex = ifindex;
	e->flags = flags;
	e->has_vnet = vnet != NULL;
	if (vnet != NULL)
		e->vnet = *vnet;
	e->until = mono_add(now, HOLD_TIME);
	h->n++;
	return (same == 0 ? HOLD_FIRST : HOLD_ALSO);
}

/* One that waits for this SPI, NULL: none. */
struct held *
hold_of(struct hold *h, uint32_t spi, const struct in6_addr *home)
{
	size_t	 i;

	for (i = 0; i < HOLD_MAX && h->n > 0; i++)
		if (h->v[i].data != NULL && h->v[i].spi == spi &&
		    in6_eq(&h->v[i].home, home))
			return (&h->v[i]);
	return (NULL);
}

/* One that has waited for too long, NULL: none. */
struct held *
hold_expired(struct hold *h, struct mono now)
{
	size_t	 i;

	for (i = 0; i < HOLD_MAX && h->n > 0; i++)
		if (h->v[i].data != NULL && !mono_before(now, h->v[i].until))
			return (&h->v[i]);
	return (NULL);
}

/* It has been dealt with. */
void
hold_drop(struct hold *h, struct held *e)
{
	free(e->data);
	memset(e, 0, sizeof(*e));
	h->n--;
}

void
hold_clear(struct hold *h)
{
	size_t	 i;

	for (i = 0; i < HOLD_MAX; i++)
		if (h->v[i].data != NULL)
			hold_drop(h, &h->v[i]);
}
