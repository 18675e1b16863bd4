/*
 * BSD: the default routers that the kernel knows, which messages of the
 * routing socket tell of in part only: the table of routes is read and
 * compared.  Owns the list of those that were told; a default route by one
 * that is out of reach is taken here.  Called by bsd_events.c and bsd.c.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kern/bsd.h"

static struct bsd_routers	 found;
static bool			 no_room;

static void
router_row(struct kern *k, const struct bsd_msg *m, const struct rt_msghdr *h)
{
	struct bsd_router	 r, *v;
	struct in6_addr		 dst;
	uint32_t		 scope;
	size_t			 cap;

	(void)k;
	if ((h->rtm_flags & BSD_TAG) == BSD_TAG ||
	    (h->rtm_flags & (RTF_GATEWAY | RTF_UP)) !=
	    (RTF_GATEWAY | RTF_UP) || (h->rtm_flags & (RTF_REJECT |
	    RTF_BLACKHOLE | RTF_HOST)) != 0 ||
	    !bsd_sa_in6(m, RTAX_DST, &dst, &scope) ||
	    !IN6_IS_ADDR_UNSPECIFIED(&dst) ||
	    bsd_sa_plen(m, RTAX_NETMASK) != 0 ||
	    !bsd_sa_in6(m, RTAX_GATEWAY, &r.addr, &scope))
		return;
	r.ifindex = h->rtm_index != 0 ? h->rtm_index : scope;
	if (found.n == found.cap) {
		cap = found.cap * 2 + 16;
		if ((v = realloc(found.v, cap * sizeof(*v))) == NULL) {
			no_room = true;
			return;
		}
		found.v = v;
		found.cap = cap;
	}
	found.v[found.n++] = r;
}

/* All default routers into found; 0 or an errno. */
static int
find_routers(struct kern *k)
{
	int	 e;

	found.n = 0;
	no_room = false;
	if ((e = bsd_each_route(k, RTF_GATEWAY, router_row)) != 0)
		return (e);
	return (no_room ? ENOMEM : 0);
}

/* What was found is what is known from now on. */
static void
keep_found(struct kern *k)
{
	struct bsd_routers	 old = k->routers;

	k->routers = found;
	found = old;
}

static bool
contains(const struct bsd_routers *list, const struct bsd_router *r)
{
	size_t	 i;

	for (i = 0; i < list->n; i++)
		if (list->v[i].ifindex == r->ifindex &&
		    IN6_ARE_ADDR_EQUAL(&list->v[i].addr, &r->addr))
			return (true);
	return (false);
}

static void
tell_router(struct kern *k, const struct bsd_router *r, bool gone)
{
	struct msg_router	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = r->ifindex;
	m.addr = r->addr;
	m.gone = gone;
	k->cb.router(k->cb.arg, &m);
}

/* Has the kernel a default route by that router? */
static bool
is_default_router(struct kern *k, const struct bsd_router *r)
{
	return (find_routers(k) == 0 && contains(&found, r));
}

/*
 * What a message says of a default route depends on who asked for it; the
 * table is the same for all.  Tell what has changed there.
 */
void
bsd_routers_compare(struct kern *k)
{
	size_t	 i;

	if (find_routers(k) != 0)
		return;
	for (i = 0; i < k->routers.n; i++)
		if (!contains(&found, &k->routers.v[i]))
			tell_router(k, &k->routers.v[i], true);
	for (i = 0; i < found.n; i++)
		if (!contains(&k->routers, &found.v[i]))
			tell_router(k, &found.v[i], false);
	keep_found(k);
}

/* Tell all there are; 0 or an errno. */
int
bsd_routers_dump(struct kern *k)
{
	size_t	 i;
	int	 e;

	if ((e = find_routers(k)) != 0)
		return (e);
	for (i = 0; i < found.n; i++)
		tell_router(k, &found.v[i], false);
	/* Those that have gone are told by kern_read(), to all processes. */
	if (k->routers.n == 0)
		keep_found(k);
	return (0);
}

void
bsd_routers_free(struct kern *k)
{
	free(k->routers.v);
}

/* Take the default route by this router, if there is one that is not ours. */
int
bsd_begin_router(struct kern *k, const struct row *row, bool add,
    uint32_t token)
{
	struct row_addr		 a;
	struct bsd_router	 r;

	(void)token;
	if (add)
		return (EOPNOTSUPP);
	memcpy(&a, row->key, sizeof(a));
	r.addr = a.addr;
	r.ifindex = a.ifindex;
	if (is_default_router(k, &r))
		bsd_choose_again(k, &r);
	/* It may be all that there is. */
	return (is_default_router(k, &r) ? bsd_route(k, RTM_DELETE,
	    &in6addr_any, 0, &r) : 0);
}
